"""What a report is laid out from: headings, paragraphs, tables, quotes and figures, without any format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qualkit.themes.passages import Passage


@dataclass(frozen=True, slots=True)
class Evidence:
    """A printed quote that a sentence rests on: what readers follow by its number."""

    id: str
    """Of the passage."""
    number: int
    """Of the quote in the report, counted from 1."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. ``level`` 1 is a part of the report, 3 a theme."""

    level: int
    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph; ``kind`` is ``lead`` (first page), ``note`` (small), ``caution`` or empty."""

    text: str
    kind: str = ""
    evidence: tuple[Evidence, ...] = ()
    see: str = ""
    """Name of a table of the report that tells more."""


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[Para, ...]


@dataclass(frozen=True, slots=True)
class Square:
    """One cell of a table."""

    text: str
    kind: str = ""
    """A status, ``gap``, ``number``, ``dim`` (a row that names a dimension), ``head`` or empty."""
    title: str = ""
    """What it means, in a sentence, for a reader who points at it or cannot see shades."""
    proposed: bool = False
    """A machine's word."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption; the first column names the row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Square, ...], ...]
    grid: bool = False
    """Columns of even width: the picture itself."""
    wide: bool = False
    """Better on a page turned sideways."""
    name: str = ""
    """What sentences refer to it by."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A verbatim quote with its source."""

    passage: Passage
    number: int = 0
    home: bool = True
    """The place that references to the quote lead to; a quote that comes twice has one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two opposite statements, side by side."""

    well: Quoted
    ill: Quoted


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart by name."""

    name: str
    caption: str


Block = Heading | Para | Bullets | Table | Quoted | Pair | Figure


def bullets(lines: Iterable[str | Para]) -> Bullets:
    """A list of sentences."""
    return Bullets(tuple(line if isinstance(line, Para) else Para(line) for line in lines))


def row(*cells: str | Square) -> tuple[Square, ...]:
    """A row of squares, texts among them made squares."""
    return tuple(cell if isinstance(cell, Square) else Square(cell) for cell in cells)
