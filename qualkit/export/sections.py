"""The sentences of a report, in its language: what Markdown and HTML both say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.export.words import Words, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.picture import Cell
    from qualkit.report import Report
    from qualkit.themes.theme import Theme


@dataclass(frozen=True, slots=True)
class CellText:
    """One cell of the picture, ready to print."""

    text: str
    title: str
    """What the cell means, in a sentence, for a reader who points at it or cannot see shades."""
    level: int
    """Shade by the number of independent voices: 0 nothing, 1 one, 2 two, 3 three or more."""
    gap: bool


def summary(report: Report, w: Words) -> list[str]:
    """The first page: what there is, what most is said of, where nobody was asked."""
    lines = [
        w(
            "{interviews} from {sites}; {passages} in {themes}.",
            interviews=w.many("{count} interview", "{count} interviews", report.method.transcribed),
            sites=w.many("{count} site", "{count} sites", len(report.picture.sites)),
            passages=w.many("{count} coded passage", "{count} coded passages", _passages(report)),
            themes=w.many("{count} theme", "{count} themes", len(report.themes)),
        )
    ]
    most = sorted(report.themes, key=lambda t: (-t.speakers, -len(t.passages)))[:5]
    if most:
        said = "; ".join(
            f"{w.of_code(t.code)} ({w.many('{count} speaker', '{count} speakers', t.speakers)})" for t in most
        )
        lines.append(w("Most people speak of: {themes}.", themes=said))
    unasked = [c for c in report.picture.gaps if not c.asked]
    if unasked:
        lines.append(
            w(
                "{gaps} of the picture are empty and nobody asked about them.",
                gaps=w.many("{count} cell", "{count} cells", len(unasked)),
            )
        )
    return lines


def _passages(report: Report) -> int:
    return sum(len(t.passages) for t in report.themes)


def warning(report: Report, w: Words) -> str:
    """A sentence that must stand on the first page when the machine's proposals are counted; else empty."""
    machine = report.method.suggestions
    if not machine:
        return ""
    return w(
        "{machine} of {all} passages here were proposed by a machine and nobody has decided on them yet. "
        "They are marked ◇.",
        machine=w.number(machine),
        all=w.number(_passages(report)),
    )


def theme_line(theme: Theme, report: Report, w: Words) -> str:
    """How much is said under one code, where and by how many."""
    return w(
        "{passages}, {interviews}, {speakers}. By site: {sites}.",
        passages=w.many("{count} passage", "{count} passages", len(theme.passages)),
        interviews=w.many("{count} interview", "{count} interviews", len(theme.interviews)),
        speakers=w.many("{count} speaker", "{count} speakers", theme.speakers),
        sites=named(theme.sites, report.site_names),
    )


def together_line(theme: Theme, report: Report, w: Words) -> str:
    """What goes with a code; empty when too few passages share anything."""
    book = report.codebook.by_id
    shown = [t for t in theme.together if not t.few][:4]
    if not shown:
        return ""
    return w(
        "Often in the same words: {codes}.",
        codes=", ".join(f"{w.of_code(book[t.code])} ({w.number(t.passages)})" for t in shown),
    )


def cell_text(cell: Cell, report: Report, w: Words) -> CellText:
    """A cell of the grid: passages and voices, or what kind of gap it is."""
    if not cell.passages:
        interviewed = report.picture.interviews.get(cell.site, 0)
        if not interviewed:
            return CellText("", w("No interviews at this site"), 0, gap=False)
        if cell.asked:
            return CellText("?", w("Asked about, not answered"), 0, gap=True)
        return CellText("·", w("Nobody was asked"), 0, gap=True)
    book = report.codebook.by_id
    aspects = ", ".join(f"{w.of_code(book[a])} {n}" for a, n in list(cell.aspects.items())[:3])
    title = ", ".join(
        (
            w.many("{count} passage", "{count} passages", len(cell.passages)),
            w.many("{count} speaker", "{count} speakers", cell.speakers),
        )
    )
    return CellText(
        w.number(len(cell.passages)),
        f"{title}: {aspects}" if aspects else title,
        min(3, cell.speakers),
        gap=False,
    )


def grid(report: Report, w: Words) -> Iterator[tuple[str, str, list[CellText]]]:
    """Rows of the picture: dimension, code name, one cell a site."""
    book = report.codebook
    for code in report.picture.codes:
        dimension = book.by_id[book.dimension(code.id)]
        cells = [report.picture.cell(site.id, code.id) for site in report.picture.sites]
        yield w.of_code(dimension), w.of_code(code), [cell_text(c, report, w) for c in cells]


def aspects_line(theme: Theme, report: Report, w: Words) -> str:
    """How an asset is spoken of over all sites; empty when nothing is said of it."""
    counts: dict[str, int] = {}
    for site in report.picture.sites:
        cell = report.picture.cells.get((site.id, theme.code.id))
        for aspect, count in cell.aspects.items() if cell else ():
            counts[aspect] = counts.get(aspect, 0) + count
    if not counts:
        return ""
    names = {code.id: w.of_code(code) for code in report.codebook.codes}
    return w("Spoken of as: {aspects}.", aspects=named(counts, names))


def method_rows(report: Report, w: Words) -> list[tuple[str, str]]:
    """How the findings came about, as name and value."""
    m = report.method
    languages = ", ".join(f"{w.language_name(lang)} {count}" for lang, count in m.languages.items())
    decided = m.accepted + m.rejected
    hours = w.number(round(m.duration_ms / 3_600_000, 1))
    rows = [
        (
            w("Interviews"),
            w("{transcribed} transcribed of {all}", transcribed=m.transcribed, all=m.interviews),
        ),
        (w("Speech"), w("{hours} h in {turns} turns", hours=hours, turns=w.number(m.turns))),
        (w("Languages"), languages),
        (w("Coders"), ", ".join(m.coders) or w("nobody yet")),
        (w("Passages coded by people"), w.number(m.codings)),
        (w("Passages only suggested"), w.number(m.suggestions)),
    ]
    if decided:
        share = w.percent(m.accepted / decided)
        rows.append(
            (w("Suggestions accepted"), w("{share} of {all} decided", share=share, all=w.number(decided)))
        )
    rows += [
        (w("Codebook"), f"{w('version')} {m.codebook_version} · {m.codebook_hash[:12]}"),
        (w("Transcription model"), ", ".join(m.transcription_models) or "–"),
        (w("Embedding model"), m.embedding_model or "–"),
        ("Qualkit", m.version),
    ]
    return rows


def withheld_lines(report: Report, w: Words) -> list[str]:
    """What is counted and not printed, and why."""
    why = {
        "no-consent": w("the interviewee did not agree to be quoted"),
        "unplaced": w("the transcript was corrected and the words cannot be found for certain"),
    }
    return [
        w(
            "{passages} without a quote: {why} ({interviews}).",
            passages=w.many("{count} passage", "{count} passages", held.count),
            why=why[held.reason],
            interviews=", ".join(held.interviews),
        )
        for held in report.withheld
    ]
