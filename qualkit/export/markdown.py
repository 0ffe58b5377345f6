"""The report as Markdown (CommonMark with tables)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.export.blocks import Bullets, Figure, Heading, Pair, Para, Quoted, Table
from qualkit.export.kit import visible
from qualkit.export.story import story
from qualkit.export.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qualkit.export.blocks import Block, Evidence
    from qualkit.export.kit import Kit
    from qualkit.report import Report

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
        yield from _block(block, w, report.site_names)


def _line(text: str) -> str:
    """Text on one line, escaped."""
    return escape(" ".join(text.split("\n")))


def _block(block: Block, w: Words, sites: Mapping[str, str]) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * (block.level + 1)} {_line(block.text)}"
        case Para(kind="caution"):
            yield f"> **{_line(block.text)}**"
        case Para(see=""):
            yield _line(block.text) + _evidence(block.evidence)
        case Para():
            yield f"{_line(block.text)} [{w('Table')}](#{block.see})"
        case Bullets():
            yield from (f"- {_line(item.text)}{_evidence(item.evidence)}" for item in block.items)
        case Table():
            anchor = f'<a id="{block.name}"></a>' if block.name else ""
            yield f"{anchor}*{_line(block.caption)}*"
            yield ""
            yield f"| {' | '.join(map(_line, block.header))} |"
            yield f"|---{'|---' * (len(block.header) - 1)}|"
            for row in block.rows:
                cells = (
                    f"**{_line(c.text)}**"
                    if c.kind == "dim" and c.text
                    else (_line(c.text) + _evidence(c.evidence)).strip()
                    for c in row
                )
                yield f"| {' | '.join(cells)} |"
        case Quoted():
            yield from _quote(block, w, sites)
        case Pair():
            yield from _quote(block.well, w, sites)
            yield ""
            yield from _quote(block.ill, w, sites)
        case Figure():
            yield f"*{_line(block.caption)}: charts/{block.name}.svg*"
    yield ""


def _evidence(evidence: Sequence[Evidence]) -> str:
    """Links to the quotes that a sentence rests on."""
    return f" {', '.join(f'[{one.number}](#quote-{one.number})' for one in evidence)}" if evidence else ""


def _quote(quoted: Quoted, w: Words, sites: Mapping[str, str]) -> Iterator[str]:
    yield from quote_lines(quoted.passage.quote)
    anchor = f'<a id="quote-{quoted.number}"></a>' if quoted.home else ""
    yield f"> — {anchor}{quoted.number} · {_line(w.source(quoted.passage, sites))}"


def quote_lines(quote: str) -> Iterator[str]:
    """A quote's lines as this format writes them."""
    return (f"> {escape(line)}  " for line in quote.split("\n"))
