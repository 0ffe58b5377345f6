"""One row a quote under the column names of MAXQDA's *coded segments*, with what else is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.export.tables import Sheet, withheld
from qualkit.export.words import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.export.tables import Value
    from qualkit.report import Report
    from qualkit.themes.passages import Passage

READ = (
    "Document group", "Document name", "Code", "Beginning", "End", "Weight score", "Segment", "Modified by",
    "Modified on", "Area", "Coverage %",
)  # fmt: skip
"""What people read; Area counts characters, Coverage % is their share of the document."""
BEHIND = (
    "ID", "site", "code", "role", "speaker", "date", "language", "start_ms", "end_ms", "decided_by",
    "decision", "suggestion", "revision", "start", "end", "withheld", "names_replaced",
)  # fmt: skip


def segments(report: Report) -> Sheet:
    """The sheet ``quotes`` of the workbook. A code comes with its dimension: ``Infrastructure > Water``."""
    book, language = report.codebook, report.language
    paths = {}
    for code in book.codes:
        above = book.by_id.get(book.dimension(code.id))
        name = code.name_in(language)
        paths[code.id] = f"{above.name_in(language)} > {name}" if above and above is not code else name
    rows = tuple(_row(p, report, paths.get(p.code, p.code)) for p in report.passages)
    return Sheet("quotes", (*READ, *BEHIND), rows)


def _row(p: Passage, report: Report, code: str) -> tuple[Value, ...]:
    length = report.characters.get(p.interview, 0)
    return (*_read(p, report, code, length), *_behind(p, report))


def _read(p: Passage, report: Report, code: str, length: int) -> Iterator[Value]:
    yield from (report.site_names.get(p.site, p.site), p.interview, code)
    yield clock(p.start_ms) or str(p.start)
    yield clock(p.end_ms) or str(p.end)
    yield None if p.score is None else round(100 * p.score)
    yield p.quote if p.quotable else None
    yield from (p.coder, p.created[:10] or None, p.end - p.start)
    yield round(100 * (p.end - p.start) / length, 2) if length else None


def _behind(p: Passage, report: Report) -> Iterator[Value]:
    yield from (p.id, p.site, p.code, p.role, p.speaker, p.date or None, p.language, p.start_ms, p.end_ms)
    yield "person" if p.by_person else "machine"
    yield from (p.decision, p.suggestion or None, p.revision, p.start, p.end)
    yield from (withheld(p, report) or None, p.altered)
