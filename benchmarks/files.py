"""The file layer in figures: import, replay, append, transcripts, search.

python benchmarks/files.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.files.anchors import anchor
from qualkit.files.index import search
from qualkit.files.journal import Journal
from qualkit.files.project import Project, init_project
from qualkit.files.transcript import read_transcript, save_transcript
from qualkit.model import Speaker, Transcript, Turn

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS, INTERVIEWS, CODINGS = 200, 100, 50_000
SAID = "no se höyryputkisto menee tuosta sillan yli ja sitä on paikattu monta kertaa vuonna {}"


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """Wall-clock seconds of one call, the mean of ``times``."""
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) / times


def transcript(number: int) -> Transcript:
    """An interview of 200 turns."""
    turns = tuple(
        Turn("S2", SAID.format(number * TURNS + i), i * 5_000, i * 5_000 + 4_000) for i in range(TURNS)
    )
    return Transcript(f"bench-{number:03}", "fi", (Speaker("S2"),), turns)


def measure(project: Project) -> None:
    """Print one line a figure."""
    layer = "import qualkit.files.check, qualkit.files.index, qualkit.files.journal, qualkit.files.state"
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), 5)
    full = seconds(lambda: subprocess.run([sys.executable, "-c", layer], check=True), 5)
    print(f"import of the file layer: {(full - bare) * 1000:.0f} ms")
    paths = [save_transcript(project, transcript(n)) for n in range(INTERVIEWS)]
    read = seconds(lambda: read_transcript(paths[0]), 20)
    print(f"reading a transcript of {TURNS} turns: {read * 1000:.1f} ms")
    first = read_transcript(paths[0])
    places = [
        anchor(first, start + skip, start + skip + length)
        for start in first.turn_starts
        for skip in range(25)
        for length in range(20, 30)
    ]
    journal = Journal(project, "bench", first.interview)
    journal.add_codings([("water", place, "") for place in places[:CODINGS]])
    print(f"an append with fsync: {seconds(lambda: journal.memo('x'), 50) * 1000:.1f} ms")

    def replay() -> int:
        return len(Journal(project, "bench", first.interview).state.codings)

    count = replay()
    print(f"replay of {count} codings: {seconds(replay, 3):.2f} s")
    print(f"indexing {INTERVIEWS * TURNS} turns: {seconds(lambda: search(project, 'mammutti')):.1f} s")
    found = seconds(lambda: search(project, "höyryputkisto", limit=100), 10)
    print(f"a search afterwards: {found * 1000:.0f} ms")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        measure(init_project(Path(folder) / "bench", "Bench", ("fi",)))
