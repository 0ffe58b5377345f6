"""Merging, importing into, telling and turning back a project of 50,000 codings: seconds and peak memory.

python benchmarks/trust/merging.py FOLDER
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from exchange import make

from qualkit.files.anchors import anchor
from qualkit.files.journal import Journal, read_codings
from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript


def measured(what: str, *arguments: object) -> None:
    """Run a `qualkit` and print what it took. Raises when it failed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "qualkit", *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "QUALKIT_CODER": "anna"},
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    print(
        f"{what}: {seconds:.1f} s, {usage.ru_maxrss / 1024:.0f} MB, exit {os.waitstatus_to_exitcode(status)}"
    )


def main() -> None:
    """Make the project and a copy that a second coder has worked in, and measure."""
    folder = Path(sys.argv[1])
    project = make(folder / "large")
    measured("export refi", "export", "refi", folder / "large.qdpx", "--project", project.root)
    other = folder / "from-bo"
    shutil.copytree(project.root, other)
    copy = load_project(other)
    for number in range(100):
        name = f"site-{number:03}"
        transcript = load_transcript(copy, name)
        places = [(transcript.turn_starts[n], transcript.turn_starts[n] + 20) for n in range(100)]
        passages = [("first-code", anchor(transcript, *place), "") for place in places]
        Journal(copy, "bo", name).add_codings(passages)
    measured("merge of 10,000 new codings", "merge", other, "--project", project.root)
    print(f"{len(read_codings(project))} codings")
    measured("the same merge again", "merge", other, "--project", project.root)
    measured("import of the same 50,000", "import", folder / "large.qdpx", "--to", project.root)
    measured("history", "history", "--json", "--project", project.root)
    measured("restore, shown", "restore", "--at", "2020-01-01T00:00:00Z", "--project", project.root)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"at most {peak:.0f} MB")


if __name__ == "__main__":
    main()
