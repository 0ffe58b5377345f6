"""The report as Markdown (CommonMark with tables)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.export.blocks import Bullets, Figure, Heading, Pair, Para, Quoted, Table
from qualkit.export.kit import visible
from qualkit.export.story import story
from qualkit.export.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.export.blocks import Block
    from qualkit.export.kit import Kit
    from qualkit.report import Report
    from qualkit.themes.passages import Passage

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
_OPENING = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))(?P<list>[.)]?)", re.MULTILINE)
"""What would make a heading, a list or a rule of a line."""


def files(kit: Kit) -> dict[str, bytes]:
    """``report.md``."""
    return {"report.md": render(kit.report).encode("utf-8")}


def render(report: Report) -> str:
    """The report as one Markdown text. Quotes are escaped, so that they show character for character."""
    return "\n".join(_lines(report, words(report.language))) + "\n"


def escape(text: str) -> str:
    """Text from outside as Markdown that shows it verbatim; marks that turn a line around become visible."""
    return _OPENING.sub(_plain_opening, _SPECIAL.sub(r"\\\1", visible(text)))


def _plain_opening(found: re.Match[str]) -> str:
    space, sign, after = found.groups()
    return f"{space}{sign}\\{after}" if after else f"{space}\\{sign}"


def _lines(report: Report, w: Words) -> Iterator[str]:
    yield f"# {_line(report.title)}"
    yield ""
    yield w("Qualitative situational picture, {date}", date=w.date(report.date))
    yield ""
    for block in story(report, w):
        yield from _block(block, w)


def _line(text: str) -> str:
    """Text on one line, escaped."""
    return escape(" ".join(text.split("\n")))


def _block(block: Block, w: Words) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * (block.level + 1)} {_line(block.text)}"
        case Para(kind="caution"):
            yield f"> **{_line(block.text)}**"
        case Para():
            yield _line(block.text)
        case Bullets():
            yield from (f"- {_line(item)}" for item in block.items)
        case Table():
            yield f"*{_line(block.caption)}*"
            yield ""
            yield f"| {' | '.join(map(_line, block.header))} |"
            yield f"|---{'|---' * (len(block.header) - 1)}|"
            for row in block.rows:
                cells = (f"**{_line(c.text)}**" if c.kind == "dim" and c.text else _line(c.text) for c in row)
                yield f"| {' | '.join(cells)} |"
        case Quoted():
            yield from _quote(block.passage, w)
        case Pair():
            yield from _quote(block.well, w)
            yield ""
            yield from _quote(block.ill, w)
        case Figure():
            yield f"*{_line(block.caption)}: charts/{block.name}.svg*"
    yield ""


def _quote(quote: Passage, w: Words) -> Iterator[str]:
    yield from quote_lines(quote.quote)
    mark = "" if quote.by_person else " ◇"
    yield f"> — {_line(w.place(quote))}{mark} · {_line(w.trail(quote))}"


def quote_lines(quote: str) -> Iterator[str]:
    """A quote's lines as this format writes them."""
    return (f"> {escape(line)}  " for line in quote.split("\n"))
