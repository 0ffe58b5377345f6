"""A small coded study that the tests of themes, picture, report, exports and verbs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.files.anchors import anchor
from qualkit.files.interviews import write_interviews
from qualkit.files.journal import Journal
from qualkit.files.project import Project, init_project, load_project
from qualkit.files.suggestions import write_suggestions
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Coding, Interview, Speaker, Suggestion, Transcript, Turn, Verdict

if TYPE_CHECKING:
    from pathlib import Path

CODEBOOK = """format: qualkit-codebook/1
name: {fi: Koe, sv: Prov, en: Trial}
version: "3"
languages: [fi, sv, en]
codes:
  - {id: infrastructure, codable: false, name: {fi: Infrastruktuuri, sv: Infrastruktur, en: Infrastructure}}
  - id: water
    parent: infrastructure
    name: {fi: Vesi, sv: Vatten, en: Water}
    definition: {fi: Vesihuolto., sv: Vattnet., en: The water.}
    terms: {fi: [vesi], sv: [vatten], en: [water]}
  - id: steam-heat
    parent: infrastructure
    name: {fi: Höyry, sv: Ånga, en: Steam}
    definition: {fi: Höyryverkko., sv: Ångnätet., en: The steam network.}
    terms: {fi: [höyry], sv: [ånga], en: [steam]}
  - id: rail
    parent: infrastructure
    name: {fi: Rautatie, sv: Järnväg, en: Railway}
    definition: {fi: Raiteet., sv: Spåren., en: The tracks.}
    terms: {fi: [raide], sv: [spår], en: [track, rail]}
  - {id: aspect, codable: false, name: {fi: Näkökulma, sv: Aspekt, en: Aspect}}
  - id: condition
    parent: aspect
    name: {fi: Kunto, sv: Skick, en: Condition}
    definition: {fi: Ikä ja kunto., sv: Ålder och skick., en: Age and condition.}
    terms: {fi: [vanha], sv: [gammal], en: [old]}
"""
HOSTILE = '=HYPERLINK("x") <script>alert(1)</script> [laughs] *a* | b `c` \u202ereversed\u202c & 🔧 Ääni'
SAID: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "alpha-01": (
        "fi",
        (
            ("S1", "Miten vesi ja raide?"),
            ("S2", "No siis se vesijohto on niinku vanha, seittemänkytluvulta."),
            ("S2", HOSTILE),
            ("S2", "Höyryä riittää."),
        ),
    ),
    "alpha-02": (
        "sv",
        (("S1", "Vattnet?"), ("S2", "Vattnet räcker nog till, jo."), ("S2", "Ångan är gammal.")),
    ),
    "beta-01": (
        "en",
        (("S1", "And the water?"), ("S2", "The water pipe is old, really old."), ("S3", "No, it is fine.")),
    ),
    "beta-02": ("en", (("S1", "Well?"), ("S2", "Our water is a secret."), ("S2", "The steam is too."))),
}
MODEL = "little@0123456789ab"


@dataclass(frozen=True)
class Study:
    """The project, and the codings made in it by name."""

    project: Project
    codings: dict[str, Coding]

    def transcript(self, interview: str) -> Transcript:
        return load_transcript(self.project, interview)


def make_study(folder: Path) -> Study:
    """Four interviews at two sites, coded by ``anna`` and ``bo``, with suggestions on three of them."""
    init_project(folder, "Trial <study>", ("fi", "sv", "en"), codebook=CODEBOOK)
    config = folder / "qualkit.toml"
    config.write_text(
        config.read_text(encoding="utf-8") + 'alpha = "Alpha & sons"\nbeta = "Beta"\n', encoding="utf-8"
    )
    project = load_project(folder)
    write_interviews(
        project,
        [
            Interview("alpha-01", "alpha", "2026-03-01", "fi", "käyttöpäällikkö", consent="quote"),
            Interview("alpha-02", "alpha", "2026-03-02", "sv", "driftchef", consent="quote"),
            Interview("beta-01", "beta", "2026-03-03", "en", "=manager()", speakers=3),
            Interview("beta-02", "beta", "2026-03-04", "en", "director", consent="no-quote"),
        ],
    )
    for interview, (language, turns) in SAID.items():
        voices = sorted({speaker for speaker, _ in turns})
        save_transcript(
            project,
            Transcript(
                interview,
                language,
                tuple(Speaker(v, role="interviewer" if v == "S1" else "interviewee") for v in voices),
                tuple(Turn(s, t, i * 10_000, i * 10_000 + 9_000) for i, (s, t) in enumerate(turns)),
            ),
        )
    codings = {}
    for name, coder, interview, code, turn in (
        ("water-fi", "anna", "alpha-01", "water", 1),
        ("old-fi", "anna", "alpha-01", "condition", 1),
        ("water-again", "bo", "alpha-01", "water", 1),
        ("hostile", "anna", "alpha-01", "water", 2),
        ("water-sv", "bo", "alpha-02", "water", 1),
        ("secret", "anna", "beta-02", "water", 1),
    ):
        journal = Journal(project, coder, interview)
        transcript = load_transcript(project, interview)
        start = transcript.turn_starts[turn]
        passage = anchor(transcript, start, start + len(transcript.turns[turn].text))
        codings[name] = journal.add_coding(code, passage)
    _suggest(project)
    return Study(project, codings)


def _suggest(project: Project) -> None:
    wanted = {
        "alpha-01": ((0, "water", True), (1, "water", True), (3, "steam-heat", True)),
        "alpha-02": ((2, "steam-heat", True), (2, "condition", True), (1, "rail", False)),
        "beta-01": ((1, "water", True), (1, "condition", True), (2, "condition", True)),
    }
    for interview, rows in wanted.items():
        transcript = load_transcript(project, interview)
        write_suggestions(
            project,
            MODEL,
            interview,
            [
                Suggestion(
                    f"{interview}-{turn}-{code}",
                    interview,
                    1,
                    transcript.turn_starts[turn],
                    transcript.turn_starts[turn] + len(transcript.turns[turn].text),
                    code,
                    0.8 if shown else 0.1,
                    MODEL,
                    "book",
                    shown,
                )
                for turn, code, shown in rows
            ],
        )
    journal = Journal(project, "anna", "beta-01")
    transcript = load_transcript(project, "beta-01")
    start = transcript.turn_starts[2]
    passage = anchor(transcript, start, start + len(transcript.turns[2].text))
    journal.decide(Verdict.REJECT, passage, "condition", "beta-01-2-condition")
