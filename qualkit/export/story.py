"""The report as a sequence of blocks, in its language: what every format that is read by people lays out."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from qualkit.export import front, sections
from qualkit.export.blocks import Figure, Heading, Pair, Para, Quoted, Square, Table, bullets, row
from qualkit.export.coreq import coreq
from qualkit.export.front import Numbers
from qualkit.export.method import method_paragraph, saturation_sentences
from qualkit.picture.candidates import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.export.blocks import Block
    from qualkit.export.words import Words
    from qualkit.report import Report
    from qualkit.themes.passages import Passage

EVIDENCE = 3
"""Candidates whose evidence is quoted in their chapter."""


def story(report: Report, w: Words) -> Iterator[Block]:
    """Every block after the title, in reading order."""
    numbers = Numbers(report)
    if caution := front.warning(report, w):
        yield Para(caution, "caution")
    for line in (front.audience_line(report, w), front.selection_line(report, w)):
        if line:
            yield Para(line, "note")
    yield Heading(1, w("In short"), "summary")
    for line in front.summary(report, w):
        yield Para(line, "lead")
    yield from _worst(report, w, numbers)
    yield from _together(report, w, numbers)
    yield from _grid(report, w)
    yield from _sites(report, w, numbers)
    yield from _candidates(report, w, numbers)
    yield from _themes(report, w, numbers)
    yield from _clusters(report, w)
    yield from _method(report, w)


def _worst(report: Report, w: Words, numbers: Numbers) -> Iterator[Block]:
    worst = front.worst_lines(report, w, numbers)
    if worst:
        yield Heading(2, w("Where the state is worst"))
        yield bullets(worst)
        yield Para(
            w("◇ proposed from the wording, nobody has decided. [1] is the number of a quote."),
            "note",
            see="picture",
        )


def _together(report: Report, w: Words, numbers: Numbers) -> Iterator[Block]:
    lines = front.together_lines(report, w, numbers)
    if lines:
        yield Heading(2, w("What should be done together"))
        yield from lines
        yield Para(w("How the order was made, and how far it holds:"), "note", see="candidates")


def _grid(report: Report, w: Words) -> Iterator[Block]:
    yield Heading(1, w("The picture: sites and what is said of them"), "picture")
    yield Para(
        w(
            "Each cell gives the status, and how many passages and speakers it rests on. "
            "· nobody was asked, ? asked about and not answered, ◇ proposed from the wording, not decided."
        ),
        "note",
    )
    sites = tuple(site.name for site in report.picture.sites)
    rows: list[tuple[Square, ...]] = []
    for dimension, group in groupby(sections.grid(report, w), key=lambda r: r[0]):
        rows.append((Square(dimension, "dim"), *(Square("", "dim") for _ in sites)))
        rows += [(Square(name), *cells) for _, name, cells in group]
    yield Table(w("The situational picture"), ("", *sites), tuple(rows), grid=True, name="picture")
    yield Figure("heatmap", w("Passages by site and code"))
    judged = tuple(sections.judgement_rows(report, w))
    if judged:
        header = (w("Site"), w("Asset or service"), w("Status"), w("Reason"), w("Date"), w("Set by"))
        yield Table(w("Statuses that people have set"), header, judged, wide=True)
    gaps = sections.gap_lines(report, w)
    if gaps:
        yield Heading(2, w("Gaps: what nobody was asked"))
        yield bullets(gaps)


def _sites(report: Report, w: Words, numbers: Numbers) -> Iterator[Block]:
    """A table a site: every cell with its status, its evidence, how it is spoken of, and its quotes."""
    tables = [(site, tuple(sections.site_rows(site.id, report, w, numbers))) for site in report.picture.sites]
    if not any(rows for _, rows in tables):
        return
    yield Heading(1, w("Site by site"), "sites")
    yield Para(
        w("The numbers lead to the quotes behind a status; a reason is the word of who set it."), "note"
    )
    header = (w("Asset or service"), w("Status"), w("Evidence"), w("Spoken of as"), w("Quotes"))
    for site, rows in tables:
        if rows:
            yield Heading(2, site.name, f"sites--{site.id}")
            yield Table(site.name, header, rows)


def _candidates(report: Report, w: Words, numbers: Numbers) -> Iterator[Block]:
    if not report.candidates or report.weights is None:
        return
    yield Heading(1, w("Candidates for joint development"), "candidates")
    shares = dict(zip(PARTS, (w.decimal(s) for s in report.weights.shares()), strict=True))
    yield Para(
        w(
            "Score = {need} × need + {breadth} × breadth + {will} × will to co-operate + "
            "{dependency} × dependency. Need is the mean of the severity of the statuses and of the share of "
            "speakers who talk of condition or capacity; breadth is the share of sites where it is spoken of "
            "and not in good state; will and dependency are shares of speakers.",
            **shares,
        ),
        "note",
    )
    header = (
        "", w("Target"), w("Score"), w("Need"), w("Breadth"), w("Will"), w("Dependency"), w("Speakers"),
        w("Place"), w("Among the first three"),
    )  # fmt: skip
    rows = []
    for place, c in enumerate(report.candidates, 1):
        figures = (c.score, c.need, c.breadth, c.will, c.dependency)
        rows.append(
            row(
                Square(w.number(place), "number"),
                w.of_code(c.code),
                *(Square(w.decimal(value), "number") for value in figures),
                Square(w.number(c.voices), "number"),
                Square(f"{c.best}–{c.worst}" if c.best != c.worst else str(c.best), "number"),
                Square(w.percent(c.in_top), "number"),
            )
        )
    yield Table(w("Candidates by score"), header, tuple(rows), name="candidates")
    yield Para(
        w(
            "Place: where the target stands in nine of ten other weightings, drawn at random around these. "
            "A narrow range means that the order does not hang on the weights."
        ),
        "note",
    )
    printed = {q.id for q in report.quotes}
    for place, c in enumerate(report.candidates, 1):
        evidence = [p for p in c.evidence if p.id in printed]
        yield Heading(3, f"{place}. {w.of_code(c.code)}")
        yield Para(sections.sentence(front.candidate_line(c, report, w)), "", numbers.evidence(evidence))
        for passage in evidence[:2] if place <= EVIDENCE else ():
            yield Quoted(passage, numbers.of[passage.id], home=False)


def _themes(report: Report, w: Words, numbers: Numbers) -> Iterator[Block]:
    at_home: set[str] = set()

    def quoted(passage: Passage) -> Quoted:
        first = passage.id not in at_home
        at_home.add(passage.id)
        return Quoted(passage, numbers.of[passage.id], home=first)

    for dimension, group in groupby(report.themes, key=lambda theme: theme.dimension):
        yield Heading(1, w.of_code(report.codebook.by_id[dimension]), f"dimension-{dimension}")
        for theme in group:
            yield Heading(2, w.of_code(theme.code), theme.code.id)
            evidence = numbers.evidence(theme.printed, len(theme.printed))
            yield Para(sections.theme_line(theme, report, w), "", evidence)
            for line in sections.theme_lines(theme, report, w):
                yield Para(line, "note")
            for quote in theme.quotes:
                yield quoted(quote)
            if theme.opposites:
                yield Heading(3, w("Views that differ"))
                told = w("Put side by side by their wording; whether they contradict is for the reader.")
                yield Para(told, "note")
                for pair in theme.opposites:
                    yield Pair(quoted(pair.well), quoted(pair.ill))


def _clusters(report: Report, w: Words) -> Iterator[Block]:
    if not report.clusters:
        return
    yield Heading(1, w("Outside the codebook"), "clusters")
    yield Para(
        w("Passages that no code holds, grouped by what they say. The names are their commonest words."),
        "note",
    )
    yield bullets(
        [
            f"{c.name_in(w.language)} ({w.many('{count} passage', '{count} passages', len(c.members))})"
            for c in report.clusters
        ]
    )


def _method(report: Report, w: Words) -> Iterator[Block]:
    yield Heading(1, w("How this was made"), "method")
    yield Para(method_paragraph(report, w))
    for text in report.agreement.paragraphs if report.agreement else ():
        yield Para(text)
    rows = tuple(row(name, value) for name, value in sections.method_rows(report, w))
    yield Table(w("Material and method in figures"), (w("What"), w("Value")), rows)
    yield from _coverage(report, w)
    if report.saturation and report.saturation.interviews:
        yield Heading(2, w("Saturation"))
        for line in saturation_sentences(report, w):
            yield Para(line)
        yield Figure("saturation", w("New codes by interview"))
    if any(not t.few for theme in report.themes for t in theme.together):
        yield Figure("network", w("Codes that are spoken of together"))
    held = sections.withheld_lines(report, w)
    if held:
        yield Heading(2, w("Withheld"))
        yield bullets(held)
    yield Heading(2, w("Reporting checklist (COREQ)"))
    yield Para(
        w("Filled from the project; what only a person knows is left empty. Tong, Sainsbury & Craig 2007."),
        "note",
    )
    items = tuple(row(Square(str(n), "number"), item, answer) for n, item, answer in coreq(report, w))
    yield Table("COREQ", (w("No."), w("Item"), w("In this study")), items)


def _coverage(report: Report, w: Words) -> Iterator[Block]:
    yield Heading(2, w("Who was heard"))
    names = {"site": w("Site"), "role": w("Role"), "language": w("Language")}
    rows = []
    for covered in report.coverage:
        group = covered.group
        if covered.by == "site":
            group = report.site_names.get(group, group)
        elif covered.by == "language":
            group = w.language_name(group)
        counts = (covered.interviews, covered.transcribed, covered.speakers)
        hours = w.number(round(covered.duration_ms / 3_600_000, 1))
        rows.append(
            row(
                names[covered.by],
                group or "–",
                *(Square(w.number(n), "number") for n in counts),
                Square(hours, "number"),
                Square(w.number(covered.passages), "number"),
            )
        )
    header = (
        w("By"), w("Group"), w("Interviews"), w("Transcribed"), w("Speakers"), w("Hours"), w("Passages"),
    )  # fmt: skip
    yield Table(w("Coverage"), header, tuple(rows))
    yield Figure("coverage", w("Interviews and passages by site"))
