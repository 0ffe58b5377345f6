"""A small project that holds everything a review needs, hostile text included."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

os.environ["QUALKIT_LANG"] = "en"

from qualkit.files.interviews import write_interviews
from qualkit.files.project import Project, init_project
from qualkit.files.segments import write_segments
from qualkit.files.suggestions import write_suggestions
from qualkit.files.transcript import save_transcript
from qualkit.model import Interview, Reason, Segment, Speaker, Suggestion, Transcript, Turn, Word

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "[laughs] ok [/] [@click=app.quit]x[/] rlo \u202eabc\u202c emoji 🔧 "
    "漢字 and a very " + "long " * 60 + "end"
)
CODEBOOK = """format: qualkit-codebook/1
name: {fi: Koe, sv: Prov, en: Trial}
version: "1"
languages: [fi, sv, en]
codes:
  - id: infrastructure
    codable: false
    color: "#1f4e79"
    name: {fi: Infrastruktuuri, sv: Infrastruktur, en: Infrastructure}
    definition: {fi: Rakenteet., sv: Strukturer., en: Structures.}
  - id: water
    parent: infrastructure
    color: "#1f77b4"
    name: {fi: Vesi, sv: Vatten, en: Water}
    definition: {fi: Vesihuolto alueella., sv: Vattnet i området., en: The water of the site.}
    examples: {fi: [vesi loppui], sv: [vattnet tog slut], en: [the water ran out]}
    terms: {fi: [vesi, viemäri], sv: [vatten], en: [water, sewer]}
  - id: steam-heat
    parent: infrastructure
    color: "#d62728"
    name: {fi: Höyry ja lämpö, sv: Ånga och värme, en: Steam and heat}
    definition: {fi: Höyryverkko., sv: Ångnätet., en: The steam network.}
    terms: {fi: [höyry], sv: [ånga], en: [steam]}
  - id: rail
    parent: infrastructure
    color: "#2ca02c"
    name: {fi: Rautatie, sv: Järnväg, en: Railway}
    definition: {fi: Raiteet., sv: Spåren., en: The tracks.}
    terms: {fi: [raide], sv: [spår], en: [track]}
  - id: aspect
    codable: false
    name: {fi: Näkökulma, sv: Aspekt, en: Aspect}
  - id: condition
    parent: aspect
    color: "#9467bd"
    name: {fi: Kunto, sv: Skick, en: Condition}
    definition: {fi: Ikä ja korjausvelka., sv: Ålder och skick., en: Age and repair debt.}
    terms: {fi: [vanha], sv: [gammal], en: [old]}
"""
TEXTS = (
    ("S1", "What should I know about the water here?"),
    ("S2", "The water main is old. It broke twice last winter, and the steam line too."),
    ("S2", "We have no rail any more."),
    ("S1", "Mm."),
    ("S2", HOSTILE),
    ("S2", "The steam comes from the power plant, and the pipe is from 1974."),
)


@dataclass(frozen=True)
class Sample:
    """The project and what was written into it."""

    project: Project
    transcript: Transcript

    def journal_lines(self, interview: str = "alpha-01") -> list[str]:
        path = self.project.codings / self.project.coder / f"{interview}.jsonl"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def transcript_of(interview: str) -> Transcript:
    turns = []
    for index, (speaker, text) in enumerate(TEXTS):
        words: tuple[Word, ...] = ()
        if index == 2:
            words = (Word(0, 2, 9000, 9200, 0.9), Word(3, 7, 9200, 9500, 0.2))
        turns.append(Turn(speaker, text, index * 5000, index * 5000 + 4800, words))
    return Transcript(
        interview,
        "en",
        (Speaker("S1", "Asker", "interviewer"), Speaker("S2", "Keeper [bold]", "interviewee")),
        tuple(turns),
    )


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sample:
    monkeypatch.setenv("QUALKIT_CODER", "tester")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    project = init_project(tmp_path / "study", "Trial [study]", ("en",), codebook=CODEBOOK)
    write_interviews(
        project,
        [
            Interview("alpha-01", site="alpha", language="en", role="operator", date="2026-03-01"),
            Interview("alpha-02", site="alpha", language="en", role="[b]manager[/b]"),
            Interview("beta-01", site="beta", language="en"),
        ],
    )
    transcript = transcript_of("alpha-01")
    save_transcript(project, transcript)
    save_transcript(project, transcript_of("alpha-02"))
    starts = transcript.turn_starts
    first = transcript.turns[1].text.index(" It broke")
    spans = [
        (starts[1], starts[1] + first),
        (starts[1] + first + 1, starts[1] + len(TEXTS[1][1])),
        (starts[2], starts[2] + len(TEXTS[2][1])),
        (starts[4], starts[4] + len(TEXTS[4][1])),
        (starts[5], starts[5] + len(TEXTS[5][1])),
    ]
    segments = [Segment("alpha-01", 1, a, b) for a, b in spans]
    write_segments(project, "alpha-01", "meaning", 1, segments)

    def suggest(number: int, code: str, score: float, *, shown: bool = True) -> Suggestion:
        start, end = spans[number]
        reasons = (Reason("term", f"[{code}]", 1.2), Reason("definition", "near the site", 0.4))
        return Suggestion(
            f"s{number}-{code}",
            "alpha-01",
            1,
            start,
            end,
            code,
            score,
            "toy@0",
            "x",
            shown,
            "useful",
            reasons,
        )

    write_suggestions(
        project,
        "toy@0",
        "alpha-01",
        [
            suggest(0, "water", 0.91),
            suggest(0, "condition", 0.72),
            suggest(0, "steam-heat", 0.11, shown=False),
            suggest(1, "condition", 0.66),
            suggest(1, "steam-heat", 0.58),
            suggest(2, "rail", 0.95),
            suggest(4, "steam-heat", 0.88),
        ],
    )
    return Sample(project, transcript)
