"""The methods paragraph and what saturation says, in sentences that can go into a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.report.saturation import BASE, RUN, THRESHOLD

if TYPE_CHECKING:
    from qualkit.export.words import Words
    from qualkit.report import Report
    from qualkit.report.saturation import Saturation


def method_paragraph(report: Report, w: Words) -> str:
    """How the study was done, as far as the project's files know."""
    m = report.method
    dates = sorted(c.date for c in report.cases.values() if c.date)
    hours = w.number(round(m.duration_ms / 3_600_000, 1))
    parts = [
        w(
            "The material is {interviews} at {sites}, {hours} hours of speech.",
            interviews=w.many("{count} interview", "{count} interviews", m.transcribed),
            sites=w.many("{count} site", "{count} sites", len(report.picture.sites)),
            hours=hours,
        )
    ]
    if dates:
        first, last = w.date(dates[0]), w.date(dates[-1])
        parts.append(w("The interviews were held between {first} and {last}.", first=first, last=last))
    if m.transcription_models:
        models = ", ".join(m.transcription_models)
        if m.by_machine == m.transcribed:
            told = w("They were transcribed on the researcher's own machine with {models}.", models=models)
        else:
            told = w(
                "{interviews} transcribed on the researcher's own machine with {models}; "
                "the others came as text.",
                interviews=w.many("{count} was", "{count} were", m.by_machine),
                models=models,
            )
        parts.append(told)
    parts.append(
        w(
            "Passages were coded with a codebook of {codes} (version {version}).",
            codes=w.many("{count} code", "{count} codes", m.codes),
            version=m.codebook_version,
        )
    )
    if m.coders:
        parts.append(
            w(
                "{coders} gave {codings}.",
                coders=w.many("{count} coder", "{count} coders", len(m.coders)),
                codings=w.many("{count} coding", "{count} codings", m.codings),
            )
        )
    if decided := m.accepted + m.rejected:
        parts.append(
            w(
                "A language model that runs on the same machine suggested codes; people decided on {decided} "
                "suggestions and accepted {share} of them.",
                decided=w.number(decided),
                share=w.percent(m.accepted / decided),
            )
        )
    parts.append(w("Every quote is verbatim; nothing in this report was generated that nobody said."))
    return " ".join(parts)


def saturation_sentences(report: Report, w: Words) -> list[str]:
    """What the saturation of codes, and of pairs of codes, comes to."""
    lines = [
        w(
            "Saturation after Guest, Namey and Chen (2020): base {base} interviews, run {run}, "
            "threshold {threshold}.",
            base=w.number(BASE),
            run=w.number(RUN),
            threshold=w.percent(THRESHOLD),
        )
    ]
    if report.saturation:
        lines.append(_sentence(w("Codes"), report.saturation, w))
    if report.pairs:
        lines.append(_sentence(w("Pairs of codes"), report.pairs, w))
    return lines


def _sentence(what: str, found: Saturation, w: Words) -> str:
    if not found.shares or not found.base:
        return w("{what}: too few coded interviews to say.", what=what)
    last = w.percent(found.shares[-1])
    if found.reached:
        return w(
            "{what}: {base} in the base; reached at interview {reached}; the last run brought {last} new.",
            what=what,
            base=w.number(found.base),
            reached=w.number(found.reached),
            last=last,
        )
    return w(
        "{what}: {base} in the base; not reached; the last run still brought {last} new.",
        what=what,
        base=w.number(found.base),
        last=last,
    )
