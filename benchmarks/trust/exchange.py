"""50,000 codings out as REFI-QDA and in again: seconds and peak memory of a process each.

python benchmarks/trust/exchange.py FOLDER
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path

from qualkit.exchange.landing import write_journal
from qualkit.files.anchors import anchor, anchor_fields
from qualkit.files.interviews import write_interviews
from qualkit.files.journal import read_codings
from qualkit.files.project import Project, init_project, load_project
from qualkit.files.transcript import save_transcript
from qualkit.model import Interview, Speaker, Transcript, Turn

INTERVIEWS, TURNS, CODINGS = 100, 250, 500


def make(root: Path) -> Project:
    """A project of 100 interviews of 250 turns with 500 codings each."""
    project = init_project(root, "Large", ("fi", "sv", "en"))
    ids = [f"site-{n:03}" for n in range(INTERVIEWS)]
    write_interviews(project, [Interview(i, "site", "2026-03-01", "fi", "manager") for i in ids])
    for name in ids:
        said = [f"Höyrylinja {n} vuotaa 💧 ja portti {name} jää yöksi auki, sanottiin." for n in range(TURNS)]
        turns = tuple(Turn(f"S{n % 2 + 1}", t, n * 9000, n * 9000 + 8000) for n, t in enumerate(said))
        transcript = Transcript(name, "fi", (Speaker("S1"), Speaker("S2")), turns)
        save_transcript(project, transcript)
        lines = []
        for n in range(CODINGS):
            at = transcript.turn_starts[n // 2] + (n % 2) * 12
            fields = anchor_fields(anchor(transcript, at, at + 30))
            lines.append(
                {"id": f"{ids.index(name):04x}{n:08x}", "op": "add", "at": "2026-03-01T10:00:00Z",
                 "code": "first-code", "anchor": fields, "memo": "muistio" if n % 10 == 0 else ""}
            )  # fmt: skip
        write_journal(project, "anna", name, lines)
    return project


def measured(*arguments: object) -> float:
    """Seconds that a `qualkit` took. Raises when it failed."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "qualkit", *map(str, arguments)], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Make the project, export and import it, and print the figures."""
    folder = Path(sys.argv[1])
    project = make(folder / "large")
    file, back = folder / "large.qdpx", folder / "back"
    for what, arguments in (
        ("export", ("export", "refi", file, "--project", project.root)),
        ("import", ("import", file, "--to", back)),
    ):
        seconds = measured(*arguments)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"{what}: {seconds:.1f} s, at most {peak:.0f} MB so far")
    same = sorted(c.id for c in read_codings(project)) == sorted(
        c.id for c in read_codings(load_project(back))
    )
    print(f"{len(read_codings(project))} codings, the same again: {same}")


if __name__ == "__main__":
    main()
