"""How long a report takes, in every format, over a made-up project of many interviews.

    python benchmarks/report/large.py --interviews 500 --codings 100

With ``--suggested`` the project remembers what the dictionaries said, as `qualkit suggest`
leaves it: before the time that is measured every word is looked for among the codebook's terms.

Prints seconds by part and format, and the peak memory. No text of it was ever said by anybody.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from qualkit.coding.lexical import LexicalIndex
from qualkit.export import WRITERS, render
from qualkit.export.kit import Kit
from qualkit.files.anchors import anchor
from qualkit.files.codebook import load_codebook
from qualkit.files.coded_units import read_coded_units, units_beside
from qualkit.files.interviews import write_interviews
from qualkit.files.journal import Journal
from qualkit.files.project import Project, init_project, load_project
from qualkit.files.sample import CODEBOOK, sample_root
from qualkit.files.transcript import load_transcript, save_transcript, transcript_ids
from qualkit.language.remembered import remember, words_file
from qualkit.model import Interview, Speaker, Transcript, Turn
from qualkit.report import build_report

SITES = 12


def remember_words(project: Project) -> None:
    """What `qualkit suggest` asks the dictionaries, and keeps: the words of all that is said."""
    index = LexicalIndex(load_codebook(project))
    for interview in transcript_ids(project):
        transcript = load_transcript(project, interview)
        for turn in transcript.turns:
            index.match(turn.text, transcript.language)
    remember(words_file(project), 0)


def make(root: Path, interviews: int, codings: int, *, suggested: bool = False) -> Project:
    """A project whose passages are the coded units beside the codebook, shuffled, each with a number."""
    text = (sample_root() / CODEBOOK).read_text(encoding="utf-8")
    project = init_project(root, "Large", ("fi", "sv", "en"), text)
    with project.config.open("a", encoding="utf-8") as file:
        file.writelines(f'site-{n} = "Site {n}"\n' for n in range(SITES))
    project = load_project(root)
    units = read_coded_units(units_beside(sample_root() / CODEBOOK))
    random = np.random.default_rng(1)
    pool = {
        lang: [(code, u.text) for u in units if u.language == lang for code in u.codes]
        for lang in ("fi", "sv", "en")
    }
    rows = []
    for n in range(interviews):
        language = ("fi", "fi", "sv", "en")[n % 4]
        name = f"interview-{n:03}"
        rows.append(
            Interview(
                name, f"site-{n % SITES}", f"2026-0{1 + n % 9}-10", language, f"role {n % 7}", consent="quote"
            )
        )
        said = [pool[language][i] for i in random.integers(0, len(pool[language]), codings)]
        turns = tuple(
            Turn(
                "S1" if i % 2 else "S2", f"{text} {random.integers(1_000_000)}", i * 9_000, i * 9_000 + 8_000
            )
            for i, (_, text) in enumerate(said)
        )
        speakers = (Speaker("S1", role="interviewee"), Speaker("S2", role="interviewee"))
        transcript = Transcript(name, language, speakers, turns)
        save_transcript(project, transcript)
        codes = (
            (code, anchor(transcript, start, start + len(turn.text)), "")
            for (code, _), turn, start in zip(said, turns, transcript.turn_starts, strict=True)
        )
        Journal(project, "anna", name).add_codings(codes)
    write_interviews(project, rows)
    if suggested:
        remember_words(project)
    return project


def main() -> None:
    """Make the project, the report, and every format."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--interviews", type=int, default=500)
    parser.add_argument("--codings", type=int, default=100, help="of each interview")
    parser.add_argument("--suggested", action="store_true", help="a project that has been suggested")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "large"
        # In a process of its own, so that its memory is not counted.
        size = (root, chosen.interviews, chosen.codings)
        maker = get_context("spawn").Process(target=make, args=size, kwargs={"suggested": chosen.suggested})
        maker.start()
        maker.join()
        project = load_project(root)
        began = at = time.perf_counter()
        steps = build_report(project)
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                report = end.value
                break
            if step.stage == "report":
                now = time.perf_counter()
                print(f"until {step.note or 'done'}: {now - at:.1f} s", flush=True)
                at = now
        kit = Kit(report)
        for name in WRITERS:
            at = time.perf_counter()
            written = sum(map(len, render(kit, name).values()))
            print(f"{name}: {time.perf_counter() - at:.1f} s, {written / 1e6:.1f} MB", flush=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
        print(
            f"all: {time.perf_counter() - began:.1f} s, peak {peak:.0f} MiB, {len(report.passages)} passages"
        )


if __name__ == "__main__":
    main()
