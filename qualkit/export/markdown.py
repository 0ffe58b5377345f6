"""The report as Markdown (CommonMark with tables)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.export import sections
from qualkit.export.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.report import Report
    from qualkit.themes.passages import Passage

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$])")
_OPENING = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))(?P<list>[.)]?)", re.MULTILINE)
"""What would make a heading, a list or a rule of a line."""
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def render(report: Report) -> str:
    """The report as one Markdown text. Quotes are escaped, so that they show character for character."""
    return "\n".join(_lines(report, words(report.language))) + "\n"


def escape(text: str) -> str:
    """Text from outside as Markdown that shows it verbatim; marks that turn a line around become visible."""
    plain = _TURNS.sub(lambda m: f"⟨U+{ord(m[0]):04X}⟩", text)
    return _OPENING.sub(_plain_opening, _SPECIAL.sub(r"\\\1", plain))


def _plain_opening(found: re.Match[str]) -> str:
    space, sign, after = found.groups()
    return f"{space}{sign}\\{after}" if after else f"{space}\\{sign}"


def _lines(report: Report, w: Words) -> Iterator[str]:
    yield f"# {escape(report.title)}"
    yield ""
    yield w("Qualitative situational picture, {date}", date=w.date(report.date))
    yield ""
    if caution := sections.warning(report, w):
        yield f"> **{escape(caution)}**"
        yield ""
    for line in sections.summary(report, w):
        yield escape(line)
        yield ""
    yield from _picture(report, w)
    yield from _themes(report, w)
    yield from _clusters(report, w)
    yield f"## {w('How this was made')}"
    yield ""
    for name, value in sections.method_rows(report, w):
        yield f"- {escape(name)}: {escape(value)}"
    held = sections.withheld_lines(report, w)
    if held:
        yield ""
        yield f"### {w('Withheld')}"
        yield ""
        yield from (f"- {escape(line)}" for line in held)


def _picture(report: Report, w: Words) -> Iterator[str]:
    yield f"## {w('The picture: sites and what is said of them')}"
    yield ""
    yield w("Figures count passages. · nobody was asked, ? asked about and not answered.")
    yield ""
    sites = [escape(site.name) for site in report.picture.sites]
    yield f"| | {' | '.join(sites)} |"
    yield f"|---|{'---:|' * len(sites)}"
    for _, name, cells in sections.grid(report, w):
        yield f"| {escape(name)} | {' | '.join(c.text for c in cells)} |"
    yield ""


def _themes(report: Report, w: Words) -> Iterator[str]:
    dimension = ""
    for theme in report.themes:
        if theme.dimension != dimension:
            dimension = theme.dimension
            yield f"## {escape(w.of_code(report.codebook.by_id[dimension]))}"
            yield ""
        yield f"### {escape(w.of_code(theme.code))}"
        yield ""
        for line in (
            sections.theme_line(theme, report, w),
            sections.aspects_line(theme, report, w),
            sections.together_line(theme, report, w),
        ):
            if line:
                yield escape(line)
                yield ""
        for quote in theme.quotes:
            yield from _quote(quote, w)


def _quote(quote: Passage, w: Words) -> Iterator[str]:
    for line in quote.quote.split("\n"):
        yield f"> {escape(line)}  "
    mark = "" if quote.by_person else " ◇"
    yield f"> — {escape(w.place(quote))}{mark}"
    yield ""


def _clusters(report: Report, w: Words) -> Iterator[str]:
    if not report.clusters:
        return
    yield f"## {w('Outside the codebook')}"
    yield ""
    yield w("Passages that no code holds, grouped by what they say. The names are their commonest words.")
    yield ""
    for cluster in report.clusters:
        count = w.many("{count} passage", "{count} passages", len(cluster.members))
        yield f"- {escape(cluster.name_in(w.language))} ({count})"
    yield ""
