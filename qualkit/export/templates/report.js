"use strict";
(function () {
  const field = document.getElementById("find");
  const count = document.getElementById("found");
  const items = Array.from(document.querySelectorAll("blockquote, .scene"));
  const plain = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
  field.parentElement.hidden = false;
  field.addEventListener("input", function () {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const hit = words.every((word) => plain.get(item).includes(word));
      item.hidden = !hit;
      if (hit && item.tagName === "BLOCKQUOTE") shown += 1;
    }
    count.textContent = words.length ? String(shown) : "";
  });
})();
