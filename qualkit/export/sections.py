"""The sentences of a report, in its language: what every format says alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.export.blocks import Square, row
from qualkit.export.words import Words, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.export.front import Numbers
    from qualkit.picture import Cell
    from qualkit.report import Report
    from qualkit.report.agreement import Agreed
    from qualkit.themes.theme import Theme


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
    """What goes with a code, how strongly, and where that rests on few passages; empty when nothing does."""
    book = report.codebook.by_id
    parts = []
    for t in theme.together[:4]:
        few = ", " + w("few") if t.few else ""
        parts.append(f"{w.of_code(book[t.code])} ({w.number(t.passages)}; {w.decimal(t.strength)}{few})")
    return w("In the same words (passages; Jaccard index): {codes}.", codes="; ".join(parts)) if parts else ""


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
    aspects = "; ".join(f"{w.of_code(book[a])} {n}" for a, n in list(cell.aspects.items())[:3])
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


def site_rows(site: str, report: Report, w: Words, numbers: Numbers) -> Iterator[tuple[Square, ...]]:
    """What is known of each asset and service at a site: status, strength, aspects, and quotes behind it."""
    book = report.codebook.by_id
    strength = {
        "none": w("nobody spoke of it"),
        "single": w("a single speaker"),
        "some": w("two speakers"),
        "several": w("several speakers"),
    }
    for code in report.picture.codes:
        cell = report.picture.cell(site, code.id)
        if not cell.passages and not cell.decided:
            continue
        status = f"{w.status(cell.status)}{'' if cell.decided or cell.status is None else ' ◇'}"
        aspects = "; ".join(f"{w.of_code(book[a])} {w.number(n)}" for a, n in cell.aspects.items())
        counts = f"{w.number(len(cell.passages))}/{w.number(cell.speakers)}"
        said = "; ".join(filter(None, (cell.judgements[0].reason if cell.decided else "", aspects)))
        yield (
            Square(w.of_code(code)),
            Square(
                status,
                cell.status.value if cell.status else "",
                proposed=cell.status is not None and not cell.decided,
            ),
            Square(f"{strength[cell.strength]} ({counts})"),
            Square(said or "–"),
            Square("", "quotes", evidence=numbers.of_cell(cell, 6)),
        )


def sentence(text: str) -> str:
    """Text with a capital in front."""
    return text[:1].upper() + text[1:]


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


def differences_lines(theme: Theme, report: Report, w: Words) -> list[str]:
    """Which sites and roles speak more or less of it than their share; none when none clearly does."""
    more: list[str] = []
    less: list[str] = []
    for difference in (*theme.by_site[:2], *theme.by_role[:2]):
        group = report.site_names.get(difference.group, difference.group)
        told = w(
            "{group} {count} (expected {expected})",
            group=group,
            count=w.number(difference.passages),
            expected=w.number(round(difference.expected, 1)),
        )
        (more if difference.more else less).append(told)
    return [
        *([w("Spoken of more than expected: {groups}.", groups="; ".join(more))] if more else ()),
        *([w("Spoken of less than expected: {groups}.", groups="; ".join(less))] if less else ()),
    ]


def theme_lines(theme: Theme, report: Report, w: Words) -> list[str]:
    """Every sentence on a theme after its counts."""
    lines = (
        aspects_line(theme, report, w),
        phrases_line(theme, w),
        together_line(theme, report, w),
        *differences_lines(theme, report, w),
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
    if m.settled or m.refused:
        told = w(
            "given {given}, not given {refused}; they count in place of both coders' own",
            given=w.number(m.settled),
            refused=w.number(m.refused),
        )
        rows.append((w("Disagreements settled"), told))
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


def sound_lines(report: Report, w: Words) -> list[str]:
    """How many quotes can be listened to, and which cannot and why; none when nobody asked for sound."""
    why = {
        "unasked": w("no consent is on record, and a voice tells who speaks"),
        "no-recording": w("there is no recording"),
        "other-recording": w("the recording is not the one that was transcribed"),
        "unreadable": w("the recording cannot be decoded there"),
        "no-times": w("the transcript has no times"),
    }
    if not report.sounds and not report.mute:
        return []
    quotes = w.many("{count} quote", "{count} quotes", len(report.sounds))
    return [
        w("With sound: {quotes}. Voices tell who speaks: pass this file on with care.", quotes=quotes),
        *(
            w(
                "{quotes} without sound: {why} ({interviews}).",
                quotes=w.many("{count} quote", "{count} quotes", held.count),
                why=why[held.reason],
                interviews=", ".join(held.interviews),
            )
            for held in report.mute
        ),
    ]
