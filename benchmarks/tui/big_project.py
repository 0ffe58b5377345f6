"""A project of the size that the desk must stay quick at: 500 interviews of 100 units, made from nothing.

`python benchmarks/tui/big_project.py FOLDER [--codes 500] [--interviews 500]`. Transcripts with words and
times, meaning units, suggestions, the engine's scores and vectors, a coder's decisions on one interview
in ten. The same arguments make the same files.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from qualkit.coding.learn import suggestion_id
from qualkit.coding.scores import Scored, write_scores
from qualkit.coding.vectors import append, create_cache, text_key
from qualkit.files.anchors import anchor
from qualkit.files.interviews import write_interviews
from qualkit.files.journal import Journal
from qualkit.files.project import Project, init_project
from qualkit.files.segments import write_segments
from qualkit.files.suggestions import write_suggestions
from qualkit.files.transcript import save_transcript
from qualkit.model import (
    Interview,
    Reason,
    Segment,
    Speaker,
    Suggestion,
    Transcript,
    Turn,
    Verdict,
    Word,
)

UNITS = 100
MODEL = "bench@000000000000"
_TALK = (
    "no se on semmonen asia että höyryputki menee tuosta sillan yli ja sitä on paikattu monta kertaa "
    "viemäri pumppaamo rautatie raide muuntaja kaapeli savupiippu putkisilta jäähdytysvesi laituri varasto "
    "vuonna talvella korjattiin uusittiin vuoto meni rikki tehdas johto pelastuslaitos kunta maksoi"
)
_WORDS = _TALK.split(" ")


def codebook(count: int) -> str:
    """A codebook of many codes in three languages."""
    pick = random.Random(1)  # noqa: S311
    head = "format: qualkit-codebook/1\nname: {fi: Koe, sv: Prov, en: Trial}\nversion: '1'\n"
    head += "languages: [fi, sv, en]\ncodes:\n"
    head += "".join(
        f"  - id: part-{n}\n    codable: false\n    color: '#1f4e79'\n"
        f"    name: {{fi: osa {n}, sv: del {n}, en: part {n}}}\n"
        for n in range(5)
    )
    return head + "".join(
        f"  - id: code-{n}\n    parent: part-{n % 5}\n"
        f"    name: {{fi: {pick.choice(_WORDS)} {n}, sv: kod {n}, en: code {n}}}\n"
        f"    definition: {{fi: Mitä koodi {n} tarkoittaa ja mistä {pick.choice(_WORDS)} kertoo., "
        f"sv: Vad kod {n} är., en: What code {n} means.}}\n"
        f"    terms: {{fi: [{pick.choice(_WORDS)}{n}, putki{n}], sv: [ord{n}], en: [word{n}, pipe{n}]}}\n"
        for n in range(count)
    )


def interview(project: Project, name: str, count: int, pick: random.Random, decided: bool) -> list[str]:
    """One interview with everything that the machine made of it; the texts of its units."""
    turns, at = [], 0
    for n in range(UNITS):
        said = [pick.choice(_WORDS) for _ in range(pick.randint(15, 45))]
        words, place = [], 0
        for word in said:
            words.append(Word(place, place + len(word), at, at + 300, pick.random()))
            place, at = place + len(word) + 1, at + 320
        turns.append(Turn(f"S{1 + n % 2}", " ".join(said), words[0].start_ms, at, tuple(words)))
    speakers = (Speaker("S1", "", "interviewer"), Speaker("S2", "", "interviewee"))
    transcript = Transcript(name, "fi", speakers, tuple(turns))
    save_transcript(project, transcript)
    spans = [(a, a + len(t.text)) for a, t in zip(transcript.turn_starts, turns, strict=True)]
    write_segments(project, name, "meaning", 1, [Segment(name, 1, a, b, None, False, "fi") for a, b in spans])
    draw = np.random.default_rng(pick.randrange(1 << 30))
    logits = draw.normal(-6, 2, (UNITS, count)).astype(np.float32)
    made = []
    reasons = (Reason("term", "putki", 1.2), Reason("example", "se putki vuoti sillan alla", 0.8))
    for unit, (start, end) in enumerate(spans):
        for code in np.argsort(-logits[unit])[:6]:
            score = round(float(1 / (1 + np.exp(-logits[unit, code] - 4))), 4)
            chosen = suggestion_id(name, 1, start, end, f"code-{code}")
            made.append(
                Suggestion(
                    chosen, name, 1, start, end, f"code-{code}", score, MODEL, "x", score > 0.6, "", reasons
                )
            )
    write_suggestions(project, MODEL, name, made, 1, "x")
    texts = [turn.text for turn in turns]
    write_scores(
        project,
        Scored(
            name,
            1,
            MODEL,
            "x",
            tuple(f"code-{n}" for n in range(count)),
            np.array(spans),
            np.zeros(UNITS, np.bool_),
            ("fi",) * UNITS,
            tuple(text_key("", text) for text in texts),
            logits,
            tuple(tuple(dict.fromkeys(text.split())) for text in texts),
        ),
    )
    if decided:
        journal = Journal(project, "bench", name)
        for one in [s for s in made if s.shown][:20]:
            verdict = Verdict.ACCEPT if pick.random() < 0.7 else Verdict.REJECT
            journal.decide(verdict, anchor(transcript, one.start, one.end), one.code, one.id)
    return texts


def make(root: Path, interviews: int = 500, codes: int = 500) -> Project:
    """The whole project."""
    pick = random.Random(7)  # noqa: S311
    project = init_project(root, "Bench", ("fi", "sv", "en"), codebook=codebook(codes))
    cases = [
        Interview(f"site{n % 25:02}-{n:03}", f"site{n % 25:02}", "2026-03-01", "fi", "operator")
        for n in range(interviews)
    ]
    write_interviews(project, cases)
    cache = create_cache(project.work / "vectors" / f"{MODEL}-plain", 384, MODEL, "")
    draw = np.random.default_rng(3)
    for n, case in enumerate(cases):
        texts = interview(project, case.id, codes, pick, n % 10 == 0)
        rows = draw.normal(size=(len(texts), 384)).astype(np.float32)
        append(cache, texts, rows / np.linalg.norm(rows, axis=1, keepdims=True))
    return project


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--interviews", type=int, default=500)
    parser.add_argument("--codes", type=int, default=500)
    chosen = parser.parse_args()
    make(chosen.folder, chosen.interviews, chosen.codes)
