"""Decisions lost when the desk is killed: `python benchmarks/tui/kill.py [ROUNDS [SEED]]`, 200 by default.

Each round opens the desk on a pty, sends keys of a review one after the other, and ends it with SIGKILL at a
random moment. A decision is made when the screen says so. Every one of them must be in the journal, every
line must be whole, and the next round goes on from it; one key more may be there, the one in flight.
"""

from __future__ import annotations

import json
import os
import pty
import random
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

from qualkit.files.interviews import write_interviews
from qualkit.files.journal import Journal, check_journal
from qualkit.files.project import Project, init_project
from qualkit.files.transcript import save_transcript
from qualkit.model import Interview, Speaker, Transcript, Turn

PROGRAM = """
import sys
from pathlib import Path
from qualkit.files.project import load_project
from qualkit.tui.app import Desktop
Desktop(load_project(Path(sys.argv[1])), "long-01").run()
"""
CODEBOOK = """format: qualkit-codebook/1
name: {en: Trial}
version: "1"
languages: [en]
codes:
  - id: water
    name: {en: Water}
  - id: steam
    name: {en: Steam}
"""
KEYS = ((b"0", b"nothing more here"), (b"b", b"bookmark"))
"""`0` says that nothing is here, `b` puts or takes a bookmark: a line of the journal each, and a word."""


def make(root: Path) -> Project:
    """An interview of 60 turns whose first passage has a code."""
    project = init_project(root, "Kill", ("en",), codebook=CODEBOOK)
    write_interviews(project, [Interview("long-01", "site", language="en")])
    turns = tuple(Turn("S1", f"Turn {n} is about the water main and the steam line.") for n in range(60))
    save_transcript(project, Transcript("long-01", "en", (Speaker("S1"),), turns))
    from qualkit.tui.desk import Desk

    Desk.open(project, "long-01").give(("water",), 0, 4)
    return project


def steps(project: Project) -> int:
    """Lines of the journal that a key wrote."""
    return sum(
        entry.op not in ("open", "repaired") for entry in Journal(project, project.coder, "long-01").entries
    )


def one_round(project: Project, pick: random.Random) -> tuple[int, int]:
    """Decisions that the screen has told, and those found in the journal."""
    before = steps(project)
    pid, fd = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"}
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, str(project.root)])  # noqa: S606
    _until(fd, b"saved", 20)
    os.write(fd, b"j")  # away from the passage that has a code
    _drain(fd, 0.1)
    told = 0
    end = time.monotonic() + pick.uniform(0.05, 1.2)
    while time.monotonic() < end:
        if pick.random() < 0.5:
            os.write(fd, b"j")
            _drain(fd, pick.uniform(0.002, 0.06))
        key, answer = pick.choice(KEYS)
        os.write(fd, key)
        told += _said(fd, answer, end)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(fd)
    return told, steps(project) - before


def _said(fd: int, wanted: bytes, end: float) -> bool:
    """Whether the screen says it before the moment comes."""
    got = b""
    while wanted not in got and (left := end - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            got += os.read(fd, 1 << 16)
    return wanted in got


def _until(fd: int, wanted: bytes, limit: float) -> None:
    got, end = b"", time.monotonic() + limit
    while wanted not in got and time.monotonic() < end:
        if select.select([fd], [], [], 0.1)[0]:
            got += os.read(fd, 1 << 16)
    if wanted not in got:
        raise TimeoutError(got[-500:])
    _drain(fd, 0.1)


def _drain(fd: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            os.read(fd, 1 << 16)


def rounds(project: Project, count: int, seed: int = 1) -> dict[str, int]:
    """All rounds on one project; what was lost beyond the keys in flight must be 0."""
    pick = random.Random(seed)  # noqa: S311
    made = lost = more = torn = 0
    for _ in range(count):
        told, kept = one_round(project, pick)
        made += told
        lost += max(0, told - kept)
        more += max(0, kept - told)
        torn += bool(check_journal(project.codings / project.coder / "long-01.jsonl"))
    return {"rounds": count, "decisions": made, "lost": lost, "in_flight": more, "damaged_journals": torn}


if __name__ == "__main__":
    how_many = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as made_folder:
        os.environ |= {"QUALKIT_LANG": "en", "QUALKIT_CODER": "bench", "XDG_CONFIG_HOME": made_folder}
        study = make(Path(made_folder) / "study")
        sys.stdout.write(json.dumps(rounds(study, how_many, seed), indent=1) + "\n")
