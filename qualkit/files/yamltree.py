"""YAML as nested text with line numbers, for files that people write by hand.

Every scalar stays the text that was typed: ``no``, ``on`` and ``112`` are words
in Finnish and Swedish lists before they are truth values or numbers. Aliases are
refused, because a few lines of them can unfold to gigabytes; tags are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.files.text import read_text

if TYPE_CHECKING:
    from pathlib import Path

Place = tuple[str | int, ...]
"""Keys and indices from the top: ``("codes", 3, "terms", "fi", 0)``."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What a YAML file holds."""

    value: Any
    """Dictionaries, lists and text; an empty scalar and ``~`` are empty text."""
    lines: dict[Place, int]
    doubled: tuple[tuple[int, str], ...]
    """Line and name of every key that stands twice in its mapping; the first one counts."""

    def line(self, *place: str | int) -> int:
        """The line of a place, or of the nearest one above it that is there."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_tree(path: Path) -> Tree:
    """The tree in a YAML file. Raises :class:`BadFile` with the line."""
    return parse_tree(path, read_text(path))


def parse_tree(path: Path, text: str) -> Tree:
    """The tree in a YAML text of ``path``. Raises :class:`BadFile` with the line."""
    node = compose(path, text)
    lines: dict[Place, int] = {}
    doubled: list[tuple[int, str]] = []
    value = "" if node is None else _value(path, node, (), lines, doubled, set())
    return Tree(value, lines, tuple(doubled))


def compose(path: Path, text: str) -> Any:
    """The YAML library's own nodes of a text, which know where they stand; None when it is empty.

    Raises :class:`BadFile` with the line.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return _composed(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        if "\t" in _indent(text, line):
            raise BadFile(path, "a tab stands in the indentation.", "Indent with spaces.", line) from None
        raise BadFile(path, f"this is not YAML: {_why(error)}.", "Correct the line.", line) from None
    except (YAMLError, RecursionError, ValueError) as error:
        message = "it is nested too deep" if isinstance(error, RecursionError) else str(error).split("\n")[0]
        raise BadFile(path, f"this is not YAML: {message}.", "Undo the last edit.") from None


@lru_cache(maxsize=1)
def _composed(text: str) -> Any:
    """The nodes of the last text are kept: a change of a codebook reads again what it wrote."""
    from ruamel.yaml import YAML  # 20 ms that a process without a codebook does not need

    return YAML(typ="safe", pure=True).compose(text)


def _value(
    path: Path,
    node: Any,
    place: Place,
    lines: dict[Place, int],
    doubled: list[tuple[int, str]],
    seen: set[int],
) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if id(node) in seen:
        raise BadFile(path, "an alias (*) stands here.", "Write the text out.", line)
    seen.add(id(node))
    if node.id == "scalar":
        return "" if not node.style and node.value in ("~", "null", "") else node.value
    if node.id == "sequence":
        return [_value(path, v, (*place, n), lines, doubled, seen) for n, v in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key, value in node.value:
        at = key.start_mark.line + 1
        if key.id != "scalar":
            raise BadFile(path, "a key must be a word.", "Correct the line.", at)
        if key.value in found:
            doubled.append((at, key.value))
            continue
        lines[(*place, key.value)] = at
        found[key.value] = _value(path, value, (*place, key.value), lines, doubled, seen)
    return found


def _indent(text: str, line: int) -> str:
    """What stands before the first letter of a line."""
    rows = text.split("\n")
    row = rows[line - 1] if 0 < line <= len(rows) else ""
    return row[: len(row) - len(row.lstrip())]


def _why(error: Any) -> str:
    return " ".join(part.strip() for part in (error.context, error.problem) if part).replace("\n", " ")
