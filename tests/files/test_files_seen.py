"""What nobody keeps a journal of: earlier states of memos and interviews.csv, restored and told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qualkit.cli.main import main
from qualkit.files import seen
from qualkit.files.check import check_project
from qualkit.files.chronicle import history
from qualkit.files.interviews import interview, read_interviews, write_interviews
from qualkit.files.memos import read_memos, write_memo
from qualkit.files.restore import restore
from qualkit.files.seen import LIST, Files, note_files
from qualkit.model import Interview, Memo

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from tests.study import Study


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    time = ["2099-01-01T10:00:00Z"]
    monkeypatch.setattr(seen, "now", lambda: time[0])
    return time


def mine(study: Study) -> Project:
    return replace(study.project, coder="anna")


def role(project: Project, name: str, text: str) -> None:
    rows = [replace(row, role=text) if row.id == name else row for row in read_interviews(project)]
    write_interviews(project, rows)


def test_rows_and_memos_come_back_as_they_were_and_nothing_is_lost(study: Study, clock: list[str]) -> None:
    project = mine(study)
    write_memo(project, Memo("plan", "project", "anna", "2026-03-01T10:00:00Z", "Alku"))
    write_memo(project, Memo("theirs", "project", "bo", "2026-03-01T10:00:00Z", "Bon"))
    write_memo(project, Memo("short", "code:water", "", "", "Lyhyt"))
    role(project, "beta-01", "boss")
    note_files(project)
    before = project.interviews.read_bytes()
    clock[0] = "2099-01-01T11:00:00Z"
    write_memo(project, Memo("plan", "project", "anna", "2026-03-01T10:00:00Z", "Loppu"))
    write_memo(project, Memo("theirs", "project", "bo", "2026-03-01T10:00:00Z", "Bon toinen"))
    write_memo(project, Memo("later", "project", "anna", "", "Myöhempi"))
    (project.memos / "short.md").unlink()
    role(project, "beta-01", "")
    rows = [row for row in read_interviews(project) if row.id != "alpha-02"]
    write_interviews(project, [*rows, Interview("only-a-row")])
    note_files(project)
    clock[0] = "2099-01-01T12:00:00Z"

    shown = restore(project, "2099-01-01T10:30:00Z")
    told = {(t.kind, t.name): (t.text, t.own) for t in shown.turned}
    assert told == {
        ("interview", "alpha-02"): ("its row comes", True),
        ("interview", "beta-01"): ("role: – → boss", True),
        ("interview", "only-a-row"): ("its row goes", True),
        ("memo", "later"): ("goes", True),
        ("memo", "plan"): ("as it was", True),
        ("memo", "short"): ("comes back", True),
        ("memo", "theirs"): ("as it was", False),
    }
    assert interview(project, "beta-01").role == ""
    assert restore(project, "2099-01-01T10:30:00Z", write=True).written
    assert project.interviews.read_bytes() == before
    texts = {memo.id: memo.text for memo in read_memos(project)}
    assert texts == {"plan": "Alku", "short": "Lyhyt", "theirs": "Bon toinen"}
    assert not [t for t in restore(project, "2099-01-01T10:30:00Z").turned if t.own]
    clock[0] = "2099-01-01T13:00:00Z"
    restore(project, "2099-01-01T11:30:00Z", write=True)
    assert {memo.id for memo in read_memos(project)} == {"plan", "later", "theirs"}
    assert "only-a-row" in {row.id for row in read_interviews(project)}


def test_a_row_stays_where_something_of_its_interview_is(study: Study, clock: list[str]) -> None:
    project = mine(study)
    rows = list(read_interviews(project))
    write_interviews(project, rows[:1])
    note_files(project)
    clock[0] = "2099-01-01T11:00:00Z"
    write_interviews(project, [replace(rows[0], role="boss"), *rows[1:]])
    restore(project, "2099-01-01T10:30:00Z", write=True)
    assert [row.id for row in read_interviews(project)] == [row.id for row in rows]
    assert read_interviews(project)[0].role == rows[0].role


def test_what_was_changed_by_hand_since_it_was_last_seen_is_kept_first(
    study: Study, clock: list[str]
) -> None:
    project = mine(study)
    write_memo(project, Memo("m", "project", "", "", "yksi"))
    note_files(project)
    clock[0] = "2099-01-01T11:00:00Z"
    write_memo(project, Memo("m", "project", "", "", "kaksi"))  # nobody has seen it yet
    restore(project, "2099-01-01T10:30:00Z", write=True)
    assert read_memos(project)[0].text == "yksi"
    restore(project, "2099-01-01T11:00:00Z", write=True)
    marks = [s.fact for s in Files(project).seen if s.path == "memos/m.md"]
    assert len({m.partition("~")[0] for m in marks}) == 2
    kept = [path.read_text(encoding="utf-8") for path in (project.root / LIST).parent.glob("memos/*")]
    assert any("kaksi" in text for text in kept)


def test_history_tells_of_rows_memos_and_what_was_deleted(study: Study, clock: list[str]) -> None:
    project = mine(study)
    write_memo(project, Memo("m", "code:water", "anna", "", "yksi"))
    note_files(project)
    note_files(project)
    assert [e for e in history(project) if e.at >= "2099"] == []  # since when they are so nobody knows
    clock[0] = "2099-01-01T11:00:00Z"
    write_memo(project, Memo("m", "code:water", "anna", "", "kaksi"))
    role(project, "beta-01", "boss")
    note_files(project)
    clock[0] = "2099-01-01T12:00:00Z"
    (project.memos / "m.md").unlink()
    (project.codings / "anna" / "alpha-01.jsonl").unlink()
    note_files(project)
    told = [(e.who, e.what, e.interview, e.code, e.text) for e in history(project) if e.at >= "2099"]
    assert told == [
        ("anna", "row", "beta-01", "", "role: =manager() → boss"),
        ("anna", "memo", "", "water", "m.md changed: kaksi"),
        ("anna", "deleted", "alpha-01", "", "codings/anna/alpha-01.jsonl"),
        ("anna", "deleted", "", "", "memos/m.md"),
    ]
    assert [e.what for e in history(project, "beta-01")][-1] == "row"


def test_a_copy_without_recordings_has_not_deleted_them(study: Study, clock: list[str]) -> None:
    project = mine(study)
    for name in ("alpha-01.wav", "alpha-02.wav"):
        project.recordings.mkdir(exist_ok=True)
        (project.recordings / name).write_bytes(b"RIFF")
    note_files(project)
    (project.recordings / "alpha-01.wav").unlink()
    note_files(project)
    assert Files(project).last["recordings/alpha-01.wav"].mark == "-"
    (project.recordings / "alpha-02.wav").unlink()
    note_files(project)
    assert Files(project).last["recordings/alpha-02.wav"].mark == "there"


def test_the_order_of_rows_is_no_change_and_a_changed_line_is_told(study: Study, clock: list[str]) -> None:
    project = mine(study)
    note_files(project)
    write_interviews(project, reversed(read_interviews(project)))
    note_files(project)
    assert len(Files(project).seen) == len(Files(project).facts)
    role(project, "beta-01", "boss")
    note_files(project)
    role(project, "beta-01", "chief")
    note_files(project)
    path = project.root / LIST
    path.write_bytes(path.read_bytes().replace(b'"by":"anna"', b'"by":"bo"', 1))
    assert path in [problem.path for problem in check_project(project.root)]


def test_verbs_note_what_they_find(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    project = study.project

    def call(*words: str) -> str:
        with pytest.raises(SystemExit) as end:
            main([*words, "--project", str(project.root)])
        assert end.value.code == 0
        return capsys.readouterr().out

    call("code", "alpha-01", "--undo")
    role(project, "beta-01", "boss")
    call("code", "alpha-01", "--undo")
    assert "role: =manager() → boss" in call("history", "beta-01")
    state = json.loads(call("restore", "--at", "2001-01-01T00:00Z", "--json"))
    assert ("interview", "beta-01") in {(t["kind"], t["name"]) for t in state["turned"]}
