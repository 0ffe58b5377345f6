"""The COREQ checklist, filled from the project.

Tong, Sainsbury & Craig 2007, Int J Qual Health Care 19(6), 349–357.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.export.method import saturation_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.export.words import Words
    from qualkit.report import Report


def coreq(report: Report, w: Words) -> list[tuple[int, str, str]]:
    """The 32 items: number, what is asked, and the answer; empty where only a person knows it."""
    answers = _answers(report, w)
    return [(n, item, answers.get(n, "")) for n, item in enumerate(_items(w), 1)]


def _items(w: Words) -> tuple[str, ...]:
    return (
        w("Interviewer or facilitator"),
        w("Credentials"),
        w("Occupation"),
        w("Gender"),
        w("Experience and training"),
        w("Relationship established before the study"),
        w("Participants' knowledge of the interviewer"),
        w("Interviewer characteristics reported"),
        w("Methodological orientation and theory"),
        w("Sampling"),
        w("Method of approach"),
        w("Sample size"),
        w("Non-participation"),
        w("Setting of data collection"),
        w("Presence of non-participants"),
        w("Description of sample"),
        w("Interview guide"),
        w("Repeat interviews"),
        w("Audio or visual recording"),
        w("Field notes"),
        w("Duration"),
        w("Data saturation"),
        w("Transcripts returned to participants"),
        w("Number of data coders"),
        w("Description of the coding tree"),
        w("Derivation of themes"),
        w("Software"),
        w("Participant checking"),
        w("Quotations presented"),
        w("Data and findings consistent"),
        w("Clarity of major themes"),
        w("Clarity of minor themes"),
    )


def _answers(report: Report, w: Words) -> Mapping[int, str]:
    m = report.method
    sites = ", ".join(site.name for site in report.picture.sites)
    roles = ", ".join(dict.fromkeys(c.role for c in report.cases.values() if c.role))
    mean = m.duration_ms / 60_000 / m.transcribed if m.transcribed else 0
    major = [t for t in report.themes if t.speakers > 1]
    minor = [t for t in report.themes if t.speakers == 1]
    found = {
        1: ", ".join(report.interviewers),
        12: w.many("{count} interview", "{count} interviews", m.interviews),
        14: sites,
        16: roles,
        19: w("sound, transcribed with {models}", models=", ".join(m.transcription_models))
        if m.transcription_models
        else "",
        21: w("{minutes} minutes on average", minutes=w.number(round(mean))) if mean else "",
        22: " ".join(saturation_sentences(report, w)[1:]),
        24: w.number(len(m.coders)) if m.coders else "",
        25: w(
            "{codes}, version {version}; the codebook is part of the tables",
            codes=w.many("{count} code", "{count} codes", report.method.codes),
            version=m.codebook_version,
        ),
        26: w("codes from the codebook; groups outside it are named as such"),
        27: f"Qualkit {m.version}",
        29: w(
            "{quotes}, each with interview, role, time and coding",
            quotes=w.many("{count} quote", "{count} quotes", len(report.quotes)),
        ),
        31: w.many("{count} theme", "{count} themes", len(major)),
        32: w("{themes} with a single speaker", themes=w.many("{count} theme", "{count} themes", len(minor))),
    }
    return {n: text for n, text in found.items() if text}
