"""A merge that is stopped on its way: all of it or nothing, also after a crash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.errors import Conflict, QualkitError
from qualkit.exchange.merge import merge
from qualkit.files import staging
from qualkit.files.journal import Journal
from qualkit.files.memos import read_memos
from qualkit.files.staging import recover
from tests.exchange.copies import copied, faults, tree, work

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from tests.study import Study


def stopping(monkeypatch: pytest.MonkeyPatch, error: BaseException, *, for_good: bool = False) -> None:
    """Have the fifth file that is moved into its place raise; ``for_good``: and every move after it."""
    moved = 0
    replace_ = Path.replace

    def failing(self: Path, target: Path) -> Path:
        nonlocal moved
        coming = "staging" in self.parts and "new" in self.parts
        moved += coming
        if (moved == 5 and coming) or (moved >= 5 and for_good):
            raise error
        return replace_(self, target)

    monkeypatch.setattr(Path, "replace", failing)


def test_a_failure_on_the_way_changes_nothing(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    b = copied(study.project, "b")
    work(b, "bo", "b")
    before = tree(study.project)
    stopping(monkeypatch, OSError(28, "full"))
    with pytest.raises(QualkitError):
        merge(study.project, b.root)
    assert tree(study.project) == before
    monkeypatch.undo()
    assert merge(study.project, b.root).written


def test_what_a_crash_left_half_done_is_taken_back(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    b = copied(study.project, "b")
    work(b, "bo", "b")
    before = tree(study.project)
    stopping(monkeypatch, KeyboardInterrupt())
    monkeypatch.setattr("qualkit.files.staging._back", lambda *_: None)
    monkeypatch.setattr("shutil.rmtree", lambda *_args, **_kw: None)
    with pytest.raises(KeyboardInterrupt):
        merge(study.project, b.root)
    assert tree(study.project) != before
    monkeypatch.undo()
    assert "cut short" in faults(study.project)[-1].message
    recover(study.project)
    assert tree(study.project) == before


def test_what_cannot_be_taken_back_yet_is_kept_until_it_can(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = copied(study.project, "b")
    work(b, "bo", "b")
    before = tree(study.project)
    stopping(monkeypatch, OSError(30, "read-only"), for_good=True)
    for _ in range(2):
        with pytest.raises(QualkitError):
            merge(study.project, b.root)
    monkeypatch.undo()
    assert "cut short" in faults(study.project)[-1].message
    recover(study.project)
    assert tree(study.project) == before


def test_a_file_that_changed_meanwhile_stops_the_merge(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    b = copied(study.project, "b")
    Journal(b, "anna", "alpha-01").memo("lisää")
    write = staging._write

    def racing(project: Project, stage: Path, changes: Any) -> None:
        write(project, stage, changes)
        path = project.codings / "anna" / "alpha-01.jsonl"
        path.write_bytes(path.read_bytes() + b"\n")

    monkeypatch.setattr(staging, "_write", racing)
    with pytest.raises(Conflict):
        merge(study.project, b.root)


def test_a_merge_after_a_crash_begins_anew(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    b = copied(study.project, "b")
    work(b, "bo", "b")
    unlink = Path.unlink

    def dying(self: Path, *, missing_ok: bool = False) -> None:
        if self.name == "moves.json":
            raise KeyboardInterrupt
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", dying)
    monkeypatch.setattr("qualkit.files.staging._back", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        merge(study.project, b.root)
    monkeypatch.undo()
    done = merge(study.project, b.root)  # all is in its place, but was to be taken back
    assert done.took["memos"] == 1
    assert done.took == {**done.took, "journals": 2}
    assert faults(study.project) == []
    assert "memo-b" in {memo.id for memo in read_memos(study.project)}
