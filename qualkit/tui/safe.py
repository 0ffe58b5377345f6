"""The one way that text from the user's files reaches the terminal.

Textual drops ``[laughs]`` from a plain ``str``, a terminal obeys an escape sequence that a
transcript holds, and a bidi mark turns a line around. :func:`shown` makes all of that visible,
and :class:`~textual.content.Content` built from it is never read as markup.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import get_character_cell_size
from textual.content import Content

if TYPE_CHECKING:
    from textual.style import Style

_NAMES = {
    0x061C: "ALM",
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "LSEP",
    0x2029: "PSEP",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "WJ",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0xFEFF: "BOM",
}
_SIGNS = {point: f"⟨{name}⟩" for point, name in _NAMES.items()}
_SIGNS |= {0x7F: "␡", 0xFE0E: "", 0xFE0F: ""}
"""Variation selectors are dropped: terminals disagree about the width they give."""
_PLAIN = re.compile("[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u20ac]*")
"""Text whose every code point is one cell wide and shows as itself: the fast path."""


class _Visible(dict[int, str | int]):
    """Code point → what is shown for it, worked out once a code point."""

    def __missing__(self, point: int) -> str | int:
        self[point] = shown = _visible(point)
        return shown


def _visible(point: int) -> str | int:
    if point < 0x20:
        return chr(0x2400 + point)
    if point in _SIGNS:
        return _SIGNS[point]
    category = unicodedata.category(chr(point))
    if category == "Cs":
        return "�"  # a lone surrogate cannot be encoded for the terminal
    if category in {"Cc", "Cf"} or 0xE0000 <= point <= 0xE0FFF:
        return f"⟨{point:X}⟩"
    return point


_TABLE = _Visible()


def shown(text: str) -> str:
    """``text`` as it is safe to print: controls, escapes and bidi marks are visible signs."""
    return text if _PLAIN.fullmatch(text) else text.translate(_TABLE)


def content(text: str, style: Style | str = "") -> Content:
    """``text`` for a widget, verbatim: never read as markup; only its line breaks stay what they are."""
    safe = "\n".join(map(shown, text.split("\n")))
    return Content.styled(safe, style) if style else Content(safe)


def is_plain(text: str) -> bool:
    """Whether every code point of ``text`` shows as itself in one cell."""
    return _PLAIN.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def cells(character: str) -> int:
    """Cells that one code point takes on the screen, as :func:`shown`."""
    return sum(get_character_cell_size(c) for c in shown(character))


def width(text: str) -> int:
    """Cells that ``text`` takes on the screen."""
    return len(text) if is_plain(text) else sum(map(cells, text))


def clip(text: str, limit: int) -> str:
    """The safe form of ``text`` in at most ``limit`` cells, with an ellipsis when it was longer."""
    if width(text) <= limit:
        return shown(text)
    kept, used = [], 0
    for character in text:
        used += cells(character)
        if used > limit - 1:
            break
        kept.append(character)
    return shown("".join(kept)).rstrip() + "…"
