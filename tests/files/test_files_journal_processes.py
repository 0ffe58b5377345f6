"""Journals under several processes, and under one that is killed in the middle of its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from qualkit.files.journal import Journal, check_journal

if TYPE_CHECKING:
    from qualkit.files.project import Project

WRITER = """
import sys
from pathlib import Path
from qualkit.files.journal import Journal
from qualkit.files.project import load_project
from qualkit.model import Anchor, Verdict

root, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
journal = Journal(load_project(root), "anna", "k-1")
print("ready", flush=True)
sys.stdin.readline()
for n in range(count):
    quote = "ä" * 40
    anchor = Anchor(1, n, n + 40, quote, name, "")
    if n % 3:
        print(journal.add_coding(name, anchor).id, flush=True)
    else:
        print(journal.decide(Verdict.ACCEPT, anchor, name).id, flush=True)
"""


def start(project: Project, name: str, count: int) -> subprocess.Popen[str]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(project.root), name, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    return writer


def go(*writers: subprocess.Popen[str]) -> None:
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()


def test_two_processes_on_one_journal_lose_nothing(project: Project) -> None:
    writers = [start(project, name, 60) for name in ("one", "other")]
    mine = Journal(project, "anna", "k-1")
    go(*writers)
    for n in range(20):
        mine.bookmark(n, on=True)
    said = [writer.communicate(timeout=60)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    mine.refresh()
    state = mine.state
    there = set(state.codings) | {decision.id for decision in state.decisions}
    assert all(len(ids) == 60 for ids in said)
    assert set(said[0]) | set(said[1]) <= there
    assert len(state.codings) == 120
    assert len(state.bookmarks) == 20
    assert Journal(project, "anna", "k-1").state == state
    assert check_journal(mine.path) == []
    # and all of it can be undone, whoever did it
    while mine.undo() is not None:
        pass
    assert not mine.state.codings


def test_a_process_that_is_killed_loses_nothing_it_had_answered_for(project: Project) -> None:
    answered: list[str] = []
    for after in (1, 7, 13):
        writer = start(project, f"w{after}", 100_000)
        go(writer)
        assert writer.stdout is not None
        answered += [writer.stdout.readline().strip() for _ in range(after)]
        if os.name == "posix":
            os.kill(writer.pid, signal.SIGKILL)
        else:
            writer.kill()
        rest = writer.communicate(timeout=60)[0].split("\n")
        answered += rest[:-1]  # an answer without its line feed was never given
    journal = Journal(project, "anna", "k-1")
    there = set(journal.state.codings) | {decision.id for decision in journal.state.decisions}
    assert len(answered) >= 21
    assert set(answered) <= there
    # the dead processes' locks are free, and a torn line, if any, is closed
    journal.bookmark(1)
    assert check_journal(journal.path) == []
    assert Journal(project, "anna", "k-1").state == journal.state
