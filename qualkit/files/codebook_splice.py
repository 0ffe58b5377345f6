"""Changing a codebook's text only where it says something else: every other line stays as people wrote it.

A change to a name costs one line of difference, not a file laid out anew. The
result is not trusted: :mod:`qualkit.files.codebook_write` reads it back.
"""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qualkit.files.codebook_check import CODE_KEYS, TOP_KEYS
from qualkit.files.yamltree import compose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WIDTH = 110
_RESERVED = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")


class Awkward(Exception):
    """A file laid out so that nothing can be put in safely."""


@dataclass(slots=True)
class _Text:
    """A text and the pieces that are to stand elsewhere in it."""

    text: str
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def put(self, start: int, end: int, new: str) -> None:
        self.edits.append((start, end, new))

    def done(self) -> str:
        parts, at = [], 0
        for start, end, new in sorted(self.edits, key=lambda edit: edit[:2]):
            if start < at:
                raise Awkward
            parts += [self.text[at:start], new]
            at = end
        return "".join([*parts, self.text[at:]])


def spliced(path: Path, text: str, wanted: dict[str, Any]) -> str:
    """A codebook's YAML text, made to say what is wanted.

    Raises :class:`Awkward`, and :class:`BadFile` when the text is not YAML.
    """
    edited = _Text(text)
    root = compose(path, text)
    if root is None or root.id != "mapping" or root.flow_style:
        raise Awkward
    codes = _pairs(root).get("codes")
    if codes is None or codes[1].id != "sequence" or codes[1].flow_style:
        raise Awkward
    rest = {key: value for key, value in wanted.items() if key != "codes"}
    _mapping(edited, root, rest, [key for key in TOP_KEYS if key != "codes"])
    there = {_code_id(node): node for node in codes[1].value}
    for code in wanted["codes"]:
        if code["id"] in there:
            _mapping(edited, there[code["id"]], code, CODE_KEYS)
    result = edited.done()
    if list(there) != [code["id"] for code in wanted["codes"]]:
        result = _arranged(path, result, wanted["codes"])
    return result


def _pairs(node: Any) -> dict[str, tuple[Any, Any]]:
    if node.id != "mapping":
        raise Awkward
    return {key.value: (key, value) for key, value in node.value}


def _code_id(node: Any) -> str:
    pair = _pairs(node).get("id")
    if pair is None or node.flow_style:
        raise Awkward
    return str(pair[1].value).strip()


def _end(text: str, node: Any) -> int:
    """Where a node's own text ends; marks of blocks reach to the next token, over comments."""
    if node.id == "scalar" and node.style in ("|", ">"):
        start: int = node.start_mark.index
        return start + len(text[start : node.end_mark.index].rstrip())
    if node.id != "scalar" and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if node.id == "mapping" else last)
    return int(node.end_mark.index)


def _mapping(edited: _Text, node: Any, wanted: dict[str, Any], known: Iterable[str]) -> None:
    """Make a mapping say what is wanted: keys that are known and not wanted go, others stay."""
    text, pairs = edited.text, _pairs(node)
    gone = [key for key in pairs if key in known and key not in wanted]
    new = [key for key in wanted if key not in pairs]
    if node.flow_style and (gone or new):
        whole = {key: _plain(value) for key, (_, value) in pairs.items() if key not in gone} | wanted
        edited.put(node.start_mark.index, node.end_mark.index, _flow(whole))
        return
    for key in gone:
        start = text.rfind("\n", 0, pairs[key][0].start_mark.index) + 1
        if text[start : pairs[key][0].start_mark.index].strip():
            raise Awkward  # the key that the list's hyphen stands before
        end = text.find("\n", _end(text, pairs[key][1]))
        edited.put(start, len(text) if end < 0 else end + 1, "")
    for key, value in wanted.items():
        if key in pairs:
            _value(edited, pairs[key][1], value, node)
    if new:
        indent = " " * node.value[0][0].start_mark.column
        at = _line_end(text, _end(text, node))
        edited.put(at, at, "".join(f"\n{indent}{line}" for key in new for line in _block(key, wanted[key])))


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _value(edited: _Text, node: Any, wanted: Any, parent: Any) -> None:
    """Make one value say what is wanted, when it does not yet."""
    if _same(_plain(node), wanted):
        return
    if isinstance(wanted, dict) and node.id == "mapping":
        _mapping(edited, node, wanted, [key.value for key, _ in node.value])
        return
    start, end = node.start_mark.index, _end(edited.text, node)
    column = parent.value[0][0].start_mark.column
    gap = "" if edited.text[start - 1 : start].isspace() else " "
    if isinstance(wanted, list) and node.id == "sequence":
        if node.flow_style:
            edited.put(start, end, _wrapped(_items(edited.text, node, wanted), column + 2))
        elif not _lines(edited, node, wanted):
            rows = [f"- {item}" for item in _items(edited.text, node, wanted)]
            edited.put(start, end, f"\n{' ' * node.start_mark.column}".join(rows))
    elif isinstance(wanted, list | dict):
        if node.id != "scalar" or node.style or node.value:
            raise Awkward
        edited.put(start, end, gap + _flow(wanted))
    else:
        folded = "" if parent.flow_style else _folded(wanted, column + 2)
        edited.put(start, end, gap + (folded or _scalar(wanted)))


def _items(text: str, node: Any, wanted: list[str]) -> list[str]:
    """The entries of a list as they are to be written: as they were, where they were there before."""
    there = {_words(_plain(part)): text[part.start_mark.index : _end(text, part)] for part in node.value}
    return [there.get(_words(item)) or _scalar(item) for item in wanted]


def _lines(edited: _Text, node: Any, wanted: list[str]) -> bool:
    """Take out and add lines of a list, where those that stay keep their order; whether it could be done."""
    text = edited.text
    stay = [part for part in node.value if _words(_plain(part)) in wanted]
    words = [_words(_plain(part)) for part in stay]
    if not stay or words != wanted[: len(stay)]:
        return False
    for part in node.value:
        start = text.rfind("\n", 0, part.start_mark.index) + 1
        if text[start : part.start_mark.index].strip() != "-":
            return False
        if part not in stay:
            edited.put(start, min(_line_end(text, _end(text, part)) + 1, len(text)), "")
    at = _line_end(text, _end(text, stay[-1]))
    indent = " " * node.start_mark.column
    if rows := "".join(f"\n{indent}- {_scalar(item)}" for item in wanted[len(stay) :]):
        edited.put(at, at, rows)
    return True


def _plain(node: Any) -> Any:
    """What a node says, as text, lists and dictionaries."""
    if node.id == "scalar":
        return "" if not node.style and node.value in ("~", "null") else node.value
    if node.id == "sequence":
        return [_plain(part) for part in node.value]
    return {key.value: _plain(value) for key, value in node.value}


def _same(there: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return str(there).lower() == str(wanted).lower()
    if not wanted:
        return not there
    if isinstance(wanted, str):
        return isinstance(there, str) and (
            there.strip() == wanted if "\n" in wanted else _words(there) == wanted
        )
    if isinstance(wanted, list):
        said = [text for text in there if _words(text)] if isinstance(there, list) else None
        return said is not None and len(said) == len(wanted) and all(map(_same, said, wanted))
    return (
        isinstance(there, dict)
        and there.keys() == wanted.keys()
        and all(_same(there[k], wanted[k]) for k in wanted)
    )


def _words(text: Any) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""


# ── Writing values ───────────────────────────────────────────────────────────


def _scalar(value: Any) -> str:
    """A scalar that every reader of YAML takes for what it is: ids and truth values bare, text in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if re.fullmatch("[a-z][a-z0-9-]*", value) and value not in (
        "true",
        "false",
        "null",
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
    ):
        return str(value)
    quoted = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _folded(text: Any, column: int) -> str:
    """A long text as a folded block; empty where it must stand in quotes."""
    if not isinstance(text, str) or len(text) < 80 or not re.fullmatch(r"\S+(?: \S+)*", text):
        return ""
    if re.search("[\x7f-\x9f\u2028\u2029\ufeff\xa0]|^#|[^\\S ]", text):
        return ""
    rows = textwrap.wrap(text, WIDTH - column, break_long_words=False, break_on_hyphens=False)
    return ">-" + "".join(f"\n{' ' * column}{row}" for row in rows)


def _wrapped(items: list[str], column: int) -> str:
    rows = [""]
    for item in items:
        if rows[-1] and len(rows[-1]) + len(item) > WIDTH - column - 2:
            rows.append("")
        rows[-1] += item + ", "
    return "[" + f"\n{' ' * column}".join(row.rstrip() for row in rows).rstrip(",") + "]"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_scalar, value)) + "]"
    return _scalar(value)


def _block(key: str, value: Any) -> list[str]:
    """Lines of a key and its value, without indentation."""
    if isinstance(value, dict) and any(
        isinstance(part, list) or len(str(part)) > 60 for part in value.values()
    ):
        return [f"{key}:", *(f"  {line}" for name, part in value.items() for line in _block(name, part))]
    if isinstance(value, list) and len(str(value)) > 80:
        return [f"{key}:", *(f"  - {_scalar(part)}" for part in value)]
    folded = _folded(value, 2)
    return f"{key}: {folded or _flow(value)}".split("\n")


# ── Codes in another order, new ones, fewer ──────────────────────────────────


def _arranged(path: Path, text: str, wanted: list[dict[str, Any]]) -> str:
    """The codes' blocks in the wanted order, each with the comment lines above it; new ones written out."""
    key, sequence = _pairs(compose(path, text))["codes"]
    indent = " " * sequence.start_mark.column
    blocks: dict[str, tuple[str, str]] = {}
    first = at = _line_end(text, key.end_mark.index) + 1
    for node in sequence.value:
        start = text.rfind("\n", 0, node.start_mark.index) + 1
        if text[start : node.start_mark.index].strip() != "-" or start < at:
            raise Awkward
        end = min(_line_end(text, _end(text, node)) + 1, len(text))
        block = text[start:end]
        blocks[_code_id(node)] = (text[at:start], block if block.endswith("\n") else block + "\n")
        at = end
    order = [code["id"] for code in wanted]
    gap = "\n" if sum(lead[:1] == "\n" for lead, _ in blocks.values()) * 2 > len(blocks) else ""
    parts = []
    ids = list(blocks)
    for code in wanted:
        if code["id"] not in blocks:
            rows = [line for key, value in code.items() for line in _block(key, value)]
            parts.append(f"{gap}{indent}- {rows[0]}\n" + "".join(f"{indent}  {row}\n" for row in rows[1:]))
            continue
        before = ids[ids.index(code["id"]) - 1 :][:1] if ids.index(code["id"]) else []
        if before and before[0] not in order:  # a heading over a code that goes stays for the next one
            parts.append("".join(lead for lead, _ in (blocks[code_id] for code_id in before) if "#" in lead))
        parts += blocks[code["id"]]
    return text[:first] + "".join(parts) + text[at:]
