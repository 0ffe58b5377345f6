"""The report as tidy tables, keyed by site and code: what joins the quantitative half.

Column names are English and stay the same in every language. A value is text, a
whole number, a figure, true or false, or None.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.picture.candidates import PARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qualkit.report import Report
    from qualkit.themes.passages import Passage

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: name, columns, rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def tables(report: Report, quotes: Callable[[Report], Sheet] | None = None) -> Iterator[Sheet]:
    """Every table, one after the other, so that only one is held at a time.

    ``quotes`` makes another table of the quotes than the usual one.
    """
    for make in (
        quotes or _quotes, _picture, _themes, _candidates, _interviews, _presence, _by_site, _by_interview,
        _by_code, _coverage, _together, _codebook, _withheld,
    ):  # fmt: skip
        yield make(report)


def withheld(passage: Passage, report: Report) -> str:
    """Why the words of a passage are not in the tables: ``restricted``, ``no-consent`` or empty."""
    if passage.quotable:
        return ""
    return "restricted" if report.audience == "public" and passage.restricted else "no-consent"


def _quotes(report: Report) -> Sheet:
    columns = (
        "id", "interview", "site", "site_name", "role", "speaker", "date", "language", "dimension", "code",
        "code_name", "start_ms", "end_ms", "quote", "coder", "decided_by", "decision", "suggestion", "score",
        "revision", "start", "end", "withheld", "names_replaced",
    )  # fmt: skip
    names = {c.id: c.name_in(report.language) for c in report.codebook.codes}
    dimension = {code: report.codebook.dimension(code) for code in names}
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            p.id, p.interview, p.site, report.site_names.get(p.site, p.site), p.role, p.speaker,
            p.date or None,
            p.language, dimension.get(p.code, ""), p.code, names.get(p.code, p.code), p.start_ms, p.end_ms,
            p.quote if p.quotable else None, p.coder, "person" if p.by_person else "machine", p.decision,
            p.suggestion or None, p.score, p.revision, p.start, p.end,
            withheld(p, report) or None, p.altered,
        )
        for p in report.passages
    )  # fmt: skip
    return Sheet("quotes", columns, rows)


def _picture(report: Report) -> Sheet:
    columns = (
        "site", "site_name", "code", "code_name", "dimension", "status", "status_by", "status_reason",
        "status_date", "passages", "speakers", "strength", "asked", "interviews", "proposed_status",
        "proposal_score", "condition", "capacity", "investment", "cooperation", "dependency_risk",
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for site in report.picture.sites:
        for code in report.picture.codes:
            c = report.picture.cell(site.id, code.id)
            j = c.judgements[0] if c.judgements else None
            by = j.coder if j else "machine" if c.proposal else None
            aspects = (
                c.aspects.get(a, 0)
                for a in ("condition", "capacity", "investment", "cooperation", "dependency-risk")
            )
            rows.append((
                site.id, site.name, code.id, code.name_in(report.language),
                report.codebook.dimension(code.id), c.status.value if c.status else None, by,
                j.reason if j else None, j.at[:10] if j else None, len(c.passages), c.speakers, c.strength,
                c.asked, report.picture.interviews.get(site.id, 0),
                c.proposal.status.value if c.proposal else None, c.proposal.score if c.proposal else None,
                *aspects,
            ))  # fmt: skip
    return Sheet("picture", columns, tuple(rows))


def _themes(report: Report) -> Sheet:
    columns = (
        "code", "code_name", "dimension", "passages", "decided_by_person", "interviews", "speakers", "sites",
        "phrases_fi", "phrases_sv", "phrases_en", "opposites",
    )  # fmt: skip
    rows = tuple(
        (
            t.code.id, t.code.name_in(report.language), t.dimension, len(t.passages), t.by_person,
            len(t.interviews), t.speakers, len(t.sites),
            *(", ".join(t.phrases.get(lang, ())) or None for lang in ("fi", "sv", "en")), len(t.opposites),
        )
        for t in report.themes
    )  # fmt: skip
    return Sheet("themes", columns, rows)


def _candidates(report: Report) -> Sheet:
    columns = (
        "place", "code", "code_name", "score", *PARTS, "sites", "speakers", "best_place", "worst_place",
        "in_top_three",
    )  # fmt: skip
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            n, c.code.id, c.code.name_in(report.language), round(c.score, 4),
            *(round(float(getattr(c, part)), 4) for part in PARTS), ", ".join(c.sites), c.voices,
            c.best, c.worst, round(c.in_top, 3),
        )
        for n, c in enumerate(report.candidates, 1)
    )  # fmt: skip
    return Sheet("candidates", columns, rows)


def _interviews(report: Report) -> Sheet:
    counts: dict[str, int] = {}
    for p in report.passages:
        counts[p.interview] = counts.get(p.interview, 0) + 1
    columns = ("interview", "site", "date", "language", "role", "consent", "passages")
    rows = tuple(
        (c.id, c.site, c.date or None, c.language, c.role, c.consent or None, counts.get(c.id, 0))
        for c in report.cases.values()
    )
    return Sheet("interviews", columns, rows)


def _presence(report: Report) -> Sheet:
    """0/1: interviews down, codes across."""
    codes = [t.code.id for t in report.themes]
    held = {(p.interview, p.code) for p in report.passages}
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (case.id, case.site, *(int((case.id, code) in held) for code in codes))
        for case in report.cases.values()
    )
    return Sheet("presence", ("interview", "site", *codes), rows)


def _by_site(report: Report) -> Sheet:
    """Passages: codes down, sites across."""
    sites = [s.id for s in report.picture.sites]
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (t.code.id, t.code.name_in(report.language), *(t.sites.get(s, 0) for s in sites), len(t.passages))
        for t in report.themes
    )
    return Sheet("codes_by_site", ("code", "code_name", *sites, "all"), rows)


def _by_interview(report: Report) -> Sheet:
    """Passages: interviews down, codes across."""
    codes = [t.code.id for t in report.themes]
    held = Counter((p.interview, p.code) for p in report.passages)
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (case.id, case.site, *(held[case.id, code] for code in codes)) for case in report.cases.values()
    )
    return Sheet("codes_by_interview", ("interview", "site", *codes), rows)


def _by_code(report: Report) -> Sheet:
    """Passages that two codes share: codes down and across; a code with itself is all of its passages."""
    codes = [t.code.id for t in report.themes]
    rows: list[tuple[Value, ...]] = []
    for theme in report.themes:
        shared = {o.code: o.passages for o in theme.together} | {theme.code.id: len(theme.passages)}
        rows.append((theme.code.id, *(shared.get(code, 0) for code in codes)))
    return Sheet("codes_by_code", ("code", *codes), tuple(rows))


def _coverage(report: Report) -> Sheet:
    columns = ("by", "group", "interviews", "transcribed", "coded", "speakers", "hours", "passages")
    rows = tuple(
        (
            c.by, c.group, c.interviews, c.transcribed, c.coded, c.speakers,
            round(c.duration_ms / 3_600_000, 3), c.passages,
        )
        for c in report.coverage
    )  # fmt: skip
    return Sheet("coverage", columns, rows)


def _together(report: Report) -> Sheet:
    rows = tuple(
        (t.code.id, o.code, o.passages, round(o.strength, 4), o.few)
        for t in report.themes
        for o in t.together
        if t.code.id < o.code
    )
    return Sheet("together", ("code", "other", "passages", "jaccard", "few"), rows)


def _codebook(report: Report) -> Sheet:
    columns = (
        "code",
        "parent",
        *(f"{what}_{lang}" for what in ("name", "definition") for lang in ("fi", "sv", "en")),
    )

    def rows() -> Iterator[tuple[Value, ...]]:
        for c in report.codebook.codes:
            texts = (t.get(lang) or None for t in (c.name, c.definition) for lang in ("fi", "sv", "en"))
            yield (c.id, c.parent or None, *texts)

    return Sheet("codebook", columns, tuple(rows()))


def _withheld(report: Report) -> Sheet:
    rows = tuple((w.reason, w.count, ", ".join(w.interviews)) for w in report.withheld)
    return Sheet("withheld", ("reason", "passages", "interviews"), rows)
