"""The sentences of a report, in its language: what every format says alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from qualkit.export.blocks import Square, row
from qualkit.export.words import Words, named
from qualkit.files.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.picture import Cell
    from qualkit.picture.candidates import Candidate
    from qualkit.report import Report
    from qualkit.report.agreement import Agreed
    from qualkit.themes.theme import Theme

RANK = (Status.CRITICAL, Status.POOR, Status.ADEQUATE, Status.GOOD)
WORST = 6
"""Cells named on the first page."""


def summary(report: Report, w: Words) -> list[str]:
    """The first page: what there is, in what state it is, what most is said of, where nobody was asked."""
    lines = [
        w(
            "{interviews} from {sites}; {passages} in {themes}.",
            interviews=w.many("{count} interview", "{count} interviews", report.method.transcribed),
            sites=w.many("{count} site", "{count} sites", len(report.picture.sites)),
            passages=w.many("{count} coded passage", "{count} coded passages", _passages(report)),
            themes=w.many("{count} theme", "{count} themes", len(report.themes)),
        )
    ]
    if state := state_line(report, w):
        lines.append(state)
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


def state_line(report: Report, w: Words) -> str:
    """How many cells are in which state, and how many of the statuses a person has set."""
    cells = [c for c in report.picture.cells.values() if c.status in RANK]
    if not cells:
        return ""
    counts = Counter(c.status for c in cells)
    shown = ", ".join(f"{w.status(s)} {w.number(counts[s])}" for s in RANK if counts[s])
    decided = sum(c.decided for c in cells)
    return w(
        "State of {cells}: {counts}. People have set {decided} of these; "
        "the others are proposed from the wording.",
        cells=w.many("{count} asset or service", "{count} assets and services", len(cells)),
        counts=shown,
        decided=w.number(decided),
    )


def worst_lines(report: Report, w: Words) -> list[str]:
    """The cells in the worst state: a person's word before a proposal, more voices before fewer."""
    cells = [c for c in report.picture.cells.values() if c.status in (Status.CRITICAL, Status.POOR)]
    cells.sort(key=lambda c: (not c.decided, c.status is not Status.CRITICAL, -c.speakers, -len(c.passages)))
    lines = []
    for cell in cells[:WORST]:
        name = w.of_code(report.codebook.by_id[cell.code])
        said = w.many("{count} speaker", "{count} speakers", cell.speakers)
        why = cell.judgements[0].reason if cell.decided else w("proposed from the wording")
        site = report.site_names.get(cell.site, cell.site)
        lines.append(f"{site}, {name}: {w.status(cell.status)} ({said}) – {why}")
    return lines


def together_lines(report: Report, w: Words) -> list[str]:
    """The first candidates for joint development, each with what speaks for it."""
    return [f"{w.of_code(c.code)}: {candidate_line(c, report, w)}" for c in report.candidates[:3]]


def candidate_line(candidate: Candidate, report: Report, w: Words) -> str:
    """What speaks for a candidate, in counts."""
    sites = ", ".join(report.site_names.get(s, s) for s in candidate.sites)
    line = w(
        "score {score}; {speakers} at {count} ({sites}).",
        score=w.decimal(candidate.score),
        speakers=w.many("{count} speaker", "{count} speakers", candidate.voices),
        count=w.many("{count} site", "{count} sites", len(candidate.sites)),
        sites=sites or "–",
    )
    will = w(
        "Of its speakers {will} talk of co-operation and {dependency} of dependency.",
        will=w.percent(candidate.will),
        dependency=w.percent(candidate.dependency),
    )
    return f"{line} {will}"


def gap_lines(report: Report, w: Words) -> list[str]:
    """What nobody was asked, and what was asked and not answered, by site."""
    lines = []
    for site in report.picture.sites:
        gaps = [c for c in report.picture.gaps if c.site == site.id]
        unasked = [w.of_code(report.codebook.by_id[c.code]) for c in gaps if not c.asked]
        silent = [w.of_code(report.codebook.by_id[c.code]) for c in gaps if c.asked]
        if unasked:
            lines.append(
                w("{site}: nobody was asked about: {codes}.", site=site.name, codes="; ".join(unasked))
            )
        if silent:
            lines.append(
                w("{site}: asked and not answered: {codes}.", site=site.name, codes="; ".join(silent))
            )
    return lines


def judgement_rows(report: Report, w: Words) -> Iterator[tuple[Square, ...]]:
    """Every status that a person has set, other coders' differing ones too."""
    for code in report.picture.codes:
        for site in report.picture.sites:
            for j in report.picture.cell(site.id, code.id).judgements:
                yield row(
                    site.name,
                    w.of_code(code),
                    Square(w.status(j.status), j.status.value),
                    j.reason,
                    w.date(j.at),
                    j.coder,
                )


def audience_line(report: Report, w: Words) -> str:
    """For whom the report is, and what that changed."""
    parts = []
    if report.audience == "public":
        parts.append(w("Made for the public: what is marked restricted is not in it."))
    if report.pseudonyms:
        parts.append(
            w("Names of people, firms and sites are replaced; a replaced name stands in square brackets.")
        )
    return " ".join(parts)


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


def cell_square(cell: Cell, report: Report, w: Words) -> Square:
    """A cell of the grid: status, passages and voices, or what kind of gap it is."""
    if not cell.passages and not cell.decided:
        interviewed = report.picture.interviews.get(cell.site, 0)
        if not interviewed:
            return Square("", "", w("No interviews at this site"))
        if cell.asked:
            return Square("?", "gap", w("Asked about, not answered"))
        return Square("·", "gap", w("Nobody was asked"))
    book = report.codebook.by_id
    aspects = ", ".join(f"{w.of_code(book[a])} {n}" for a, n in list(cell.aspects.items())[:3])
    title = ", ".join(
        (
            w.many("{count} passage", "{count} passages", len(cell.passages)),
            w.many("{count} speaker", "{count} speakers", cell.speakers),
        )
    )
    if aspects:
        title += f": {aspects}"
    counts = f"{w.number(len(cell.passages))}/{w.number(cell.speakers)}"
    if cell.status is None:
        return Square(counts, "", title)
    if cell.decided:
        title += f". {cell.judgements[0].reason}"
        return Square(f"{w.status(cell.status)} {counts}", cell.status.value, title)
    words = ", ".join(cell.proposal.words) if cell.proposal else ""
    title += ". " + w("Proposed from the wording, nobody has decided") + (f": {words}" if words else "")
    return Square(f"{w.status(cell.status)} ◇ {counts}", cell.status.value, title, proposed=True)


def grid(report: Report, w: Words) -> Iterator[tuple[str, str, list[Square]]]:
    """Rows of the picture: dimension, code name, one cell a site."""
    book = report.codebook
    for code in report.picture.codes:
        dimension = book.by_id[book.dimension(code.id)]
        cells = [report.picture.cell(site.id, code.id) for site in report.picture.sites]
        yield w.of_code(dimension), w.of_code(code), [cell_square(c, report, w) for c in cells]


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


def phrases_line(theme: Theme, w: Words) -> str:
    """Its key phrases, language by language; empty when it has none."""
    parts = [
        f"{', '.join(theme.phrases[language])} ({w.language_name(language)})"
        for language in ("fi", "sv", "en")
        if theme.phrases.get(language)
    ]
    return w("Key phrases: {phrases}.", phrases="; ".join(parts)) if parts else ""


def differences_line(theme: Theme, report: Report, w: Words) -> str:
    """Which sites and roles speak more or less of it than their share; empty when none clearly does."""
    parts = []
    for difference in (*theme.by_site[:2], *theme.by_role[:2]):
        group = report.site_names.get(difference.group, difference.group)
        parts.append(
            w(
                "{group} {count} (expected {expected})",
                group=group,
                count=w.number(difference.passages),
                expected=w.number(round(difference.expected, 1)),
            )
        )
    return w("Differs from its share of the talk: {groups}.", groups="; ".join(parts)) if parts else ""


def theme_lines(theme: Theme, report: Report, w: Words) -> list[str]:
    """Every sentence on a theme, counts first."""
    lines = (
        theme_line(theme, report, w),
        aspects_line(theme, report, w),
        phrases_line(theme, w),
        together_line(theme, report, w),
        differences_line(theme, report, w),
    )
    return [line for line in lines if line]


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
    if m.bulk:
        rows.append((w("Accepted many at a time"), w.number(m.bulk)))
    if report.agreement is not None:
        rows.append((w("Agreement of coders"), agreement_text(report.agreement, w)))
    rows += [
        (w("Codebook"), f"{w('version')} {m.codebook_version} · {m.codebook_hash[:12]}"),
        (w("Transcription model"), ", ".join(m.transcription_models) or "–"),
        (w("Embedding model"), m.embedding_model or "–"),
        ("Qualkit", m.version),
    ]
    return rows


def agreement_text(agreed: Agreed, w: Words) -> str:
    """Krippendorff's alpha, and what it was measured on."""
    alpha = "–" if agreed.alpha is None else w.decimal(agreed.alpha)
    return w(
        "Krippendorff's alpha {alpha} on {units} of {interviews} that two people coded",
        alpha=alpha,
        units=w.many("{count} unit", "{count} units", agreed.units),
        interviews=w.many("{count} interview", "{count} interviews", agreed.interviews),
    )


def withheld_lines(report: Report, w: Words) -> list[str]:
    """What is counted and not printed, and why."""
    why = {
        "no-consent": w("the interviewee did not agree to be quoted"),
        "restricted": w("it shares words with something marked restricted"),
        "restricted-code": w("the code is restricted; the passages are not counted in this report either"),
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
