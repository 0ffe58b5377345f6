"""How fast units are scored once their vectors exist, and how much memory that takes.

    python benchmarks/coding/speed.py [UNITS …]      # 1600 and 50000 by default

The units are those of ``gold.tsv`` over and over, so words are looked up in warm caches. Vectors are made
first, in another process; so the peak is that of scoring. Each count runs in a process of its own.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.coding.gold import read_gold
from qualkit.coding.suggest import suggest_project
from qualkit.files.codebook import read_codebook
from qualkit.files.coded_units import units_beside
from qualkit.files.project import init_project
from qualkit.files.sample import CODEBOOK, sample_root
from qualkit.files.segments import write_segments
from qualkit.files.transcript import save_transcript
from qualkit.model import Segment, Speaker, Transcript, Turn

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
SUGGEST = (sys.executable, "-m", "qualkit", "suggest", "--progress", "none", "--project")
IN_ONE = 100
"""Units of an interview."""


def measure(count: int) -> None:
    """Print seconds and peak memory of a second run over ``count`` units."""
    codebook = sample_root() / CODEBOOK
    gold = read_gold(HERE / "gold.tsv", read_codebook(codebook)).units
    with tempfile.TemporaryDirectory() as folder:
        coded = units_beside(codebook).read_text(encoding="utf-8")
        book = codebook.read_text(encoding="utf-8")
        project = init_project(Path(folder) / "bench", "Bench", codebook=book, units=coded)
        units = islice(cycle(gold), count)
        for number in range(-(-count // IN_ONE)):
            some = list(islice(units, IN_ONE))
            turns = tuple(Turn("S2", unit.text, language=unit.language) for unit in some)
            one = Transcript(f"bench-{number:04}", "fi", (Speaker("S2", role="interviewee"),), turns)
            save_transcript(project, one)
            spans = zip(one.turn_starts, one.turns, strict=True)
            segments = [
                Segment(one.interview, 1, at, at + len(t.text), language=t.language) for at, t in spans
            ]
            write_segments(project, one.interview, "turn", 1, segments)
        first = _seconds(
            lambda: subprocess.run([*SUGGEST, str(project.root)], check=True, capture_output=True)
        )
        again = _seconds(lambda: list(suggest_project(project)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} units: {again:.1f} s once vectors exist, peak {peak:.0f} MiB")
    print(f"{count} units: {first:.0f} s with the vectors to make")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(counts: list[str]) -> None:
    """Each count in a process of its own."""
    if len(counts) == 1:
        measure(int(counts[0]))
        return
    for count in counts:
        subprocess.run([sys.executable, __file__, count], check=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["1600", "50000"])
