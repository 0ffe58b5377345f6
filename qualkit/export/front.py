"""The first page: what the state is, what is worst, what should be done together, and what to know of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from qualkit.export.blocks import Evidence, Para
from qualkit.files.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qualkit.export.words import Words
    from qualkit.picture import Cell
    from qualkit.picture.candidates import Candidate
    from qualkit.report import Report
    from qualkit.themes.passages import Passage

RANK = (Status.CRITICAL, Status.POOR, Status.ADEQUATE, Status.GOOD)
BAD = (Status.CRITICAL, Status.POOR)
WORST = 5
"""Cells named on the first page."""
BEST = 3
"""Candidates named on the first page."""
NAMED = 3
"""Quotes that a sentence names at most."""


class Numbers:
    """The numbers of the printed quotes, and which of them a finding rests on."""

    def __init__(self, report: Report) -> None:
        self.of: Mapping[str, int] = {q.id: n for n, q in enumerate(report.quotes, 1)}
        self.cells: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
        for quote in report.quotes:
            self.cells[quote.site, quote.code].append(Evidence(quote.id, self.of[quote.id]))

    def evidence(self, passages: Iterable[Passage], most: int = NAMED) -> tuple[Evidence, ...]:
        """The first printed ones of some passages, in the order of their numbers."""
        found = [Evidence(p.id, self.of[p.id]) for p in passages if p.id in self.of]
        return tuple(sorted(dict.fromkeys(found[:most]), key=lambda e: e.number))

    def of_cell(self, cell: Cell, most: int = NAMED) -> tuple[Evidence, ...]:
        """The printed quotes behind a cell of the picture."""
        return tuple(self.cells.get((cell.site, cell.code), ())[:most])


def opening(report: Report, w: Words) -> list[str]:
    """What stands first where only sentences fit: date, warnings, the selection, the summary."""
    date = w("Qualitative situational picture, {date}", date=w.date(report.date))
    told = (warning(report, w), audience_line(report, w), selection_line(report, w))
    return [line for line in (date, *told, *summary(report, w)) if line]


def summary(report: Report, w: Words) -> list[str]:
    """What there is, in what state it is, what most is said of, where nobody was asked."""
    lines = [
        w(
            "{interviews} {sites}; {passages} {themes}.",
            interviews=w.many("{count} interview", "{count} interviews", report.method.transcribed),
            sites=w.many("from {count} site", "from {count} sites", len(report.picture.sites)),
            passages=w.many("{count} coded passage", "{count} coded passages", counted(report)),
            themes=w.many("in {count} theme", "in {count} themes", len(report.themes)),
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
    if unasked := sum(not c.asked for c in report.picture.gaps):
        lines.append(
            w.many(
                "{count} cell of the picture is empty and nobody asked about it.",
                "{count} cells of the picture are empty and nobody asked about them.",
                unasked,
            )
        )
    return lines


def state_line(report: Report, w: Words) -> str:
    """How many cells are in which state, and how many of the statuses a person has set."""
    cells = [c for c in report.picture.cells.values() if c.status in RANK]
    if not cells:
        return ""
    counts = Counter(c.status for c in cells)
    return w(
        "State of {cells}: {counts}. People have set {decided} of these; "
        "the others are proposed from the wording.",
        cells=w.many("{count} asset or service", "{count} assets and services", len(cells)),
        counts=", ".join(f"{w.status(s)} {w.number(counts[s])}" for s in RANK if counts[s]),
        decided=w.number(sum(c.decided for c in cells)),
    )


def worst_lines(report: Report, w: Words, numbers: Numbers) -> list[Para]:
    """The cells in the worst state: a person's word before a proposal, more voices before fewer."""
    cells = [c for c in report.picture.cells.values() if c.status in BAD]
    cells.sort(key=lambda c: (not c.decided, c.status is not Status.CRITICAL, -c.speakers, -len(c.passages)))
    return [Para(_worst(cell, report, w), "", numbers.of_cell(cell)) for cell in cells[:WORST]]


def _worst(cell: Cell, report: Report, w: Words) -> str:
    name = w.of_code(report.codebook.by_id[cell.code])
    said = w.many("{count} speaker", "{count} speakers", cell.speakers)
    site = report.site_names.get(cell.site, cell.site)
    line = f"{site}, {name}: {w.status(cell.status)}{'' if cell.decided else ' ◇'} ({said})"
    if cell.decided:
        return f"{line} – {cell.judgements[0].reason}"
    words = [word for word in cell.proposal.words if not word.startswith("!")] if cell.proposal else []
    return f"{line} – {w('in their words: {words}', words=', '.join(words[:3]))}" if words else line


def together_lines(report: Report, w: Words, numbers: Numbers) -> list[Para]:
    """The first candidates for joint development, each with what speaks for it."""
    return [
        Para(
            f"{place}. {w.of_code(c.code)}: {candidate_line(c, report, w)}",
            "",
            numbers.evidence(c.evidence),
        )
        for place, c in enumerate(report.candidates[:BEST], 1)
    ]


def candidate_line(candidate: Candidate, report: Report, w: Words) -> str:
    """What speaks for a candidate, in counts."""
    cells = [report.picture.cell(s.id, candidate.code.id) for s in report.picture.sites]
    bad = [report.site_names.get(c.site, c.site) for c in cells if c.status in BAD and c.passages]
    where = f" ({', '.join(bad)})" if bad else ""
    return w(
        "poor or critical {bad}{where}, spoken of {all}; {speakers}; {will} speak of co-operation, "
        "{dependency} of dependency; score {score}.",
        bad=w.many("at {count} site", "at {count} sites", len(bad)),
        where=where,
        all=w.many("at {count} site", "at {count} sites", sum(bool(c.passages) for c in cells)),
        speakers=w.many("{count} speaker", "{count} speakers", candidate.voices),
        will=w.number(round(candidate.will * candidate.voices)),
        dependency=w.number(round(candidate.dependency * candidate.voices)),
        score=w.decimal(candidate.score),
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


def selection_line(report: Report, w: Words) -> str:
    """Which part of the material was chosen; empty when all of it was."""
    chosen = report.selection
    codes = (w.of_code(report.codebook.by_id[c]) if c in report.codebook.by_id else c for c in chosen.codes)
    parts = [
        (w("Interviews"), chosen.interviews),
        (w("Site"), tuple(report.site_names.get(s, s) for s in chosen.sites)),
        (w("Role"), chosen.roles),
        (w("Language"), tuple(w.language_name(lang) for lang in chosen.languages)),
        (w("Code"), tuple(codes)),
        (w("Coders"), chosen.coders),
    ]
    told = [f"{name}: {', '.join(values)}" for name, values in parts if values]
    if chosen.since or chosen.until:
        told.append(f"{w('Date')}: {w.date(chosen.since)}–{w.date(chosen.until)}")
    if chosen.confidence:
        told.append(f"{w('Score')} ≥ {w.decimal(chosen.confidence)}")
    return w("Only a part of the material. {filters}.", filters="; ".join(told)) if told else ""


def warning(report: Report, w: Words) -> str:
    """A sentence that must stand on the first page when the machine's proposals are counted; else empty."""
    machine = report.method.suggestions
    if not machine:
        return ""
    return w(
        "{machine} of {all} passages here were proposed by a machine and nobody has decided on them yet. "
        "They are marked ◇.",
        machine=w.number(machine),
        all=w.number(counted(report)),
    )


def mark(report: Report, w: Words) -> str:
    """What stands on every page while the machine's proposals are counted; else empty."""
    return w("◇ machine suggestions are counted, undecided") if report.method.suggestions else ""


def counted(report: Report) -> int:
    """Passages of all themes."""
    return sum(len(t.passages) for t in report.themes)
