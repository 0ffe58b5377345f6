from __future__ import annotations

import errno
import itertools
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from qualkit.errors import BadFile, Conflict, QualkitError, UsageError
from qualkit.files import lines
from qualkit.files.anchors import anchor_fields
from qualkit.files.journal import (
    Journal,
    check_journal,
    coders,
    read_codings,
    read_decisions,
)
from qualkit.files.lines import digest
from qualkit.files.locks import holding
from qualkit.files.project import Project, init_project
from qualkit.files.replay import JournalState
from qualkit.model import Anchor, Verdict

A = Anchor(1, 3, 7, "ä🔧cd", "e", "after", 10, 20)


def place(start: int, quote: str = "ä🔧cd") -> Anchor:
    return Anchor(1, start, start + len(quote), quote, "be\u202efore", "m\u0308")


def filled(project: Project) -> Journal:
    """A journal with every kind of step in it."""
    journal = Journal(project, "anna", "k-1")
    water = journal.add_coding("water", A, memo="huom")
    journal.decide(Verdict.ACCEPT, place(9), "rail", "s1")
    journal.decide(Verdict.REJECT, place(9), "road", "s2")
    journal.decide(Verdict.NOTHING, place(20))
    journal.move_boundary(water.id, place(2))
    journal.memo("muistio", f"coding:{water.id}")
    journal.bookmark(40)
    journal.add_codings([("water", place(50), "s3"), ("gas", place(50), "s4")])
    journal.undo()
    journal.redo()
    journal.remove_coding(water.id)
    return journal


def test_everything_is_there_after_opening_again(project: Project) -> None:
    journal = filled(project)
    state = Journal(project, "anna", "k-1").state
    assert state == journal.state
    assert [c.code for c in state.codings.values()] == ["rail", "water", "gas"]
    assert [d.verdict for d in state.decisions] == [Verdict.ACCEPT, Verdict.REJECT, Verdict.NOTHING]
    assert state.bookmarks == (40,)
    assert [m.text for m in state.memos] == ["muistio"]
    rail, water, gas = state.codings.values()
    assert (rail.suggestion, rail.coder, rail.interview, rail.anchor) == ("s1", "anna", "k-1", place(9))
    assert water.bulk == gas.bulk != ""
    assert check_journal(journal.path) == []
    ops = [entry.op for entry in journal.entries]
    assert ops == [
        "open", "add", "decide", "decide", "decide", "move", "memo", "bookmark", "group", "undo", "redo",
        "remove",
    ]  # fmt: skip


def test_undo_and_redo_have_no_limit_and_outlive_the_session(project: Project) -> None:
    journal = filled(project)
    states = [journal.state]
    while Journal(project, "anna", "k-1").undo() is not None:
        journal.refresh()
        states.append(journal.state)
    assert len(states) == 10
    assert states[-1] == JournalState()
    for state in reversed(states[:-1]):
        assert Journal(project, "anna", "k-1").redo() is not None
        journal.refresh()
        assert journal.state == state
    assert journal.redo() is None
    assert check_journal(journal.path) == []


def test_accepting_is_one_step(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    decision = journal.decide(Verdict.ACCEPT, A, "water", "s1", memo="varma")
    (coding,) = journal.state.codings.values()
    assert (coding.code, coding.suggestion, coding.memo) == ("water", "s1", "varma")
    undone = journal.undo()
    assert undone is not None
    assert undone.id == decision.id
    assert journal.state == JournalState()
    assert journal.undo() is None


def test_the_same_code_on_the_same_passage_is_one_coding(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    coding = journal.add_coding("water", A)
    assert journal.add_coding("water", A) == coding
    journal.decide(Verdict.ACCEPT, A, "water")
    assert journal.add_codings([("water", A, ""), ("gas", A, ""), ("gas", A, "")])[0].code == "gas"
    assert [c.code for c in journal.state.codings.values()] == ["water", "gas"]
    assert len(journal.state.decisions) == 1


def test_a_new_step_ends_redoing(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    journal.add_coding("water", A)
    journal.undo()
    before = journal.redoable
    assert before is not None
    journal.add_coding("gas", A)
    assert journal.redoable is None
    assert journal.redo() is None
    assert journal.undoable is not None
    assert journal.undoable.fields["code"] == "gas"


def test_memos(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    coding = journal.add_coding("water", A)
    memo = journal.memo("yksi\r\nkaksi ", f"coding:{coding.id}", title="T", anchor=A)
    assert memo is not None
    assert memo.text == "yksi\nkaksi"
    assert journal.state.codings[coding.id].memo == "yksi\nkaksi"
    again = journal.memo("kolme", memo.about, memo_id=memo.id)
    assert again is not None
    assert (again.id, again.text, again.created) == (memo.id, "kolme", memo.created)
    journal.memo("", memo_id=memo.id, about=memo.about)
    assert not journal.state.memos
    default = journal.memo("koko haastattelusta")
    assert default is not None
    assert default.about == "interview:k-1"
    with pytest.raises(UsageError, match="needs a text"):
        journal.memo(" ")


def test_steps_that_make_no_sense_are_refused_and_not_written(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    journal.add_coding("water", A)
    before = journal.path.read_bytes()
    for step in (
        lambda: journal.append("open"),
        lambda: journal.append("add", code="x"),
        lambda: journal.append("add", code="", anchor=lines.dump({})),
        lambda: journal.append(
            "add", code="x\ud800", anchor={"revision": 1, "start": 0, "end": 1, "quote": "a"}
        ),
        lambda: journal.append("group", steps=[{"op": "add", "id": "a"}]),
        lambda: journal.append("bookmark", position=-1),
        lambda: journal.remove_coding("nope"),
        lambda: journal.move_boundary("nope", A),
        lambda: journal.decide(Verdict.ACCEPT, A),
        lambda: journal.decide(Verdict.NOTHING, A, "water"),
        lambda: journal.add_coding("water", replace(A, end=3)),
    ):
        with pytest.raises(UsageError):
            step()
    assert journal.path.read_bytes() == before
    assert len(journal.state.codings) == 1


def test_a_group_is_all_or_nothing(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    good = {"op": "add", "id": "a", "code": "x", "anchor": anchor_fields(A)}
    with pytest.raises(UsageError):
        journal.append("group", steps=[good, {"op": "nonsense"}])
    assert journal.state == JournalState()


@pytest.mark.parametrize("name", ["", "..", "a/b", "model:x@1"])
def test_names_that_are_no_files(project: Project, name: str) -> None:
    with pytest.raises(UsageError):
        Journal(project, name, "k-1")
    with pytest.raises(UsageError):
        Journal(project, "anna", name)


def test_all_codings_of_a_project(project: Project) -> None:
    filled(project)
    Journal(project, "bertta", "k-1").add_coding("road", A)
    Journal(project, "bertta", "k-2").decide(Verdict.ACCEPT, A, "port")
    (project.codings / "readme.txt").write_text("x")
    (project.codings / ".hidden").mkdir()
    assert coders(project) == ("anna", "bertta")
    assert [c.code for c in read_codings(project)] == ["rail", "water", "gas", "road", "port"]
    assert [c.code for c in read_codings(project, ["k-1"], ["bertta"])] == ["road"]
    assert [d.code for d in read_decisions(project, interviews=["k-2"])] == ["port"]
    assert read_codings(project, []) == ()


def test_a_link_out_of_the_project_is_not_followed(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (project.codings / "eve").symlink_to(out)
    assert coders(project) == ()
    with pytest.raises(BadFile, match="leads out of the project"):
        Journal(project, "eve", "k-1")


# ── Crashes ──────────────────────────────────────────────────────────────────


def test_a_line_torn_anywhere_is_survived_kept_and_closed(project: Project) -> None:
    """Cut the last line at every byte: what was before holds, nothing is cut off, work goes on."""
    journal = filled(project)
    whole = journal.path.read_bytes()
    start = whole.rstrip(b"\n").rindex(b"\n") + 1
    journal.path.write_bytes(whole[:start])
    before = Journal(project, "anna", "k-1").state
    for cut in range(start, len(whole)):
        journal.path.write_bytes(whole[:cut])
        torn = Journal(project, "anna", "k-1")
        done = cut == len(whole) - 1  # only the line feed is missing
        assert torn.state == (journal.state if done else before)
        assert journal.path.read_bytes() == whole[:cut]
        added = torn.add_coding("port", place(cut))
        assert journal.path.read_bytes().startswith(whole[:cut])
        again = Journal(project, "anna", "k-1")
        assert again.state == torn.state
        assert again.state.codings[added.id] == added
        assert len(again.state.codings) == len(torn.state.codings)
        assert check_journal(journal.path) == []


@pytest.mark.parametrize("tear", [b"\0" * 40, b'{"id":"x","op":\0\0\0\n', b"\xff\xfe", b'{"id":', b'"x"'])
def test_what_a_power_cut_leaves(project: Project, tear: bytes) -> None:
    journal = filled(project)
    state = journal.state
    with journal.path.open("ab") as file:
        file.write(tear)
    assert Journal(project, "anna", "k-1").state == state
    assert not journal.refresh()
    journal.bookmark(99)
    assert Journal(project, "anna", "k-1").state == journal.state
    assert tear.strip(b"\n") in journal.path.read_bytes()
    assert check_journal(journal.path) == []


def test_a_journal_torn_in_its_first_line(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    journal.path.parent.mkdir(parents=True)
    journal.path.write_bytes(b'{"id":"1","op":"op')
    assert journal.state == JournalState()
    journal.add_coding("water", A)
    assert [e.op for e in Journal(project, "anna", "k-1").entries] == ["repaired", "open", "add"]
    assert check_journal(journal.path) == []


def test_an_empty_journal(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    journal.path.parent.mkdir(parents=True)
    for content in (b"", b"\n\n"):
        journal.path.write_bytes(content)
        fresh = Journal(project, "anna", "k-1")
        assert fresh.state == JournalState()
        fresh.bookmark(1)
        assert check_journal(journal.path) == []


@pytest.mark.parametrize("half", [0, 1, 30])
def test_a_full_disk_leaves_nothing_half_written(
    project: Project, monkeypatch: pytest.MonkeyPatch, half: int
) -> None:
    journal = filled(project)
    before, state = journal.path.read_bytes(), journal.state
    write = os.write

    def full(descriptor: int, data: memoryview) -> int:
        if half and len(data) > half:
            return write(descriptor, data[:half])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        if half:
            patch.setattr(os, "fsync", lambda _: full(-1, memoryview(b"")))
        with pytest.raises(QualkitError, match="disk is full"):
            journal.add_coding("port", A)
        with pytest.raises(QualkitError, match="disk is full"):
            journal.undo()
    assert journal.path.read_bytes() == before
    assert journal.state == state
    journal.add_coding("port", A)
    assert Journal(project, "anna", "k-1").state == journal.state
    assert check_journal(journal.path) == []


def test_a_folder_that_cannot_be_written_to(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(project, "anna", "k-1")
    project.codings.rmdir()
    project.codings.write_text("a file where the folder should be")
    with pytest.raises(QualkitError) as caught:
        journal.add_coding("water", A)
    assert "\n" not in str(caught.value)
    project.codings.unlink()

    def denied(*args: object) -> int:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", denied)
    with pytest.raises(QualkitError, match="no permission"):
        journal.add_coding("water", A)
    monkeypatch.undo()
    assert journal.add_coding("water", A).code == "water"


def test_another_process_that_keeps_the_journal(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")

    def impatient() -> None:
        with holding(project.work, "codings/anna/k-1", wait=0.05):
            raise AssertionError

    with holding(project.work, "codings/anna/k-1"), pytest.raises(Conflict, match="another Qualkit process"):
        impatient()
    assert journal.add_coding("water", A)


# ── Damage ───────────────────────────────────────────────────────────────────


def edited(journal: Journal, number: int, old: str, new: str) -> None:
    rows = journal.path.read_text(encoding="utf-8").split("\n")
    assert old in rows[number - 1]
    rows[number - 1] = rows[number - 1].replace(old, new)
    journal.path.write_text("\n".join(rows), encoding="utf-8")


def test_a_damaged_line_is_told_and_nothing_is_read_past_it(project: Project) -> None:
    journal = filled(project)
    edited(journal, 3, '"decide"', '"decide')
    with pytest.raises(BadFile, match="this line is damaged") as caught:
        _ = Journal(project, "anna", "k-1").state
    assert caught.value.line == 3
    assert [p.line for p in check_journal(journal.path)] == [3]
    before = journal.path.read_bytes()
    again = Journal(project, "anna", "k-1")
    for _ in range(2):  # half a journal is never taken for a whole one
        with pytest.raises(BadFile):
            again.add_coding("x", A)
        with pytest.raises(BadFile):
            _ = again.state
    assert journal.path.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('"decide"', '"decline"', "'decline' is not known"),
        ('"code":"rail"', '"kode":"rail"', "code must be|code is missing"),
        ('"verdict":"accept"', '"verdict":"yes"', "not a valid Verdict"),
        ('"start":9', '"start":"9"', "whole numbers"),
        ('"start":9', '"start":8', "not as long"),
        ('"quote":', '"kuote":', "wrong fields"),
    ],
)
def test_a_line_that_is_none_of_a_journal(project: Project, old: str, new: str, word: str) -> None:
    journal = filled(project)
    edited(journal, 3, old, new)
    again = Journal(project, "anna", "k-1")
    for _ in range(2):
        with pytest.raises(BadFile, match=word) as caught:
            _ = again.state
        assert caught.value.line == 3
    assert 3 in [p.line for p in check_journal(journal.path)]


def test_a_changed_line_is_noticed(project: Project) -> None:
    journal = filled(project)
    edited(journal, 3, '"rail"', '"road"')
    assert [p.line for p in check_journal(journal.path)] == [4]
    assert "changed" in check_journal(journal.path)[0].message
    assert "road" in [c.code for c in Journal(project, "anna", "k-1").state.codings.values()]


def test_a_line_taken_out_is_noticed_and_its_undo_does_no_harm(project: Project) -> None:
    journal = Journal(project, "anna", "k-1")
    journal.add_coding("water", A)
    journal.add_coding("gas", A)
    journal.undo()
    rows = journal.path.read_bytes().split(b"\n")
    journal.path.write_bytes(b"\n".join(rows[:2] + rows[3:]))
    assert [c.code for c in Journal(project, "anna", "k-1").state.codings.values()] == ["water"]
    assert [p.line for p in check_journal(journal.path)] == [3, 3]


def test_undoing_something_in_the_middle(project: Project) -> None:
    """What two journals of one coder, put together, can look like."""
    journal = Journal(project, "anna", "k-1")
    water = journal.add_coding("water", A)
    journal.add_coding("gas", A)
    with journal.path.open("ab") as file:
        file.write(lines.dump({"id": "u", "op": "undo", "at": "x", "of": water.id}) + b"\n")
    journal.refresh()
    assert [c.code for c in journal.state.codings.values()] == ["gas"]
    journal.redo()
    assert {c.code for c in journal.state.codings.values()} == {"water", "gas"}
    assert Journal(project, "anna", "k-1").state == journal.state


def test_a_copy_put_in_its_place_is_read_anew(project: Project) -> None:
    journal = filled(project)
    other = Journal(project, "bertta", "k-1")
    other.add_coding("port", A)
    journal.path.write_bytes(other.path.read_bytes())
    assert journal.refresh()
    assert [c.code for c in journal.state.codings.values()] == ["port"]
    assert "journal bertta/k-1" in check_journal(journal.path)[0].message
    journal.path.unlink()
    assert journal.refresh()
    assert journal.state == JournalState()
    journal.add_coding("gas", A)
    assert check_journal(journal.path) == []


def test_line_ends_that_a_version_control_turned(project: Project) -> None:
    journal = filled(project)
    state = journal.state
    journal.path.write_bytes(journal.path.read_bytes().replace(b"\n", b"\r\n"))
    again = Journal(project, "anna", "k-1")
    assert again.state == state
    again.add_coding("port", A)
    assert Journal(project, "anna", "k-1").state == again.state
    assert check_journal(journal.path) == []


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ({"id": "1", "op": "open", "format": "qualkit-journal/2"}, "newer Qualkit"),
        ({"id": "1", "op": "open"}, "qualkit-journal/1 is expected"),
        ({"id": "1", "op": "add"}, "no journal's"),
        ({}, "no journal's"),
    ],
)
def test_other_files(project: Project, line: dict[str, Any], word: str) -> None:
    journal = Journal(project, "anna", "k-1")
    journal.path.parent.mkdir(parents=True)
    journal.path.write_text(json.dumps(line) + "\n")
    with pytest.raises(BadFile, match=word) as caught:
        _ = journal.state
    assert caught.value.line == 1


def test_each_line_carries_the_hash_of_the_one_before(project: Project) -> None:
    rows = filled(project).path.read_bytes().rstrip(b"\n").split(b"\n")
    assert json.loads(rows[0])["prev"] == ""
    for before, row in itertools.pairwise(rows):
        assert json.loads(row)["prev"] == digest(before)


# ── Any sequence of steps ────────────────────────────────────────────────────

codes = st.sampled_from(["water", "rail", "gas"])
anchors = st.integers(0, 6).map(place)


class AnyJournal(RuleBasedStateMachine):
    """Two views of one journal, crashes and reopening, against a plain list of earlier states."""

    @initialize()
    def start(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.project = init_project(Path(self.folder.name), "P", ("fi",))
        self.views = [Journal(self.project, "anna", "k"), Journal(self.project, "anna", "k")]
        self.past: list[JournalState] = [JournalState()]
        self.future: list[JournalState] = []
        self.turn = 0
        self.moves = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            assert check_journal(self.journal.path) == [] or not self.journal.path.exists()
            self.folder.cleanup()

    @property
    def journal(self) -> Journal:
        return self.views[self.turn % 2]

    def stepped(self) -> None:
        state = self.journal.state
        if state != self.past[-1]:
            self.past.append(state)
            self.future = []

    @rule(code=codes, place=anchors)
    def add(self, code: str, place: Anchor) -> None:
        before = len(self.journal.entries)
        coding = self.journal.add_coding(code, place)
        assert self.journal.state.codings[coding.id] == coding
        if len(self.journal.entries) > before:
            self.stepped()

    @rule(code=codes, place=anchors, verdict=st.sampled_from(Verdict))
    def decide(self, code: str, place: Anchor, verdict: Verdict) -> None:
        decision = self.journal.decide(verdict, place, "" if verdict is Verdict.NOTHING else code)
        assert self.journal.state.decisions[-1] == decision
        self.stepped()

    @precondition(lambda self: self.past[-1].codings)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        coding = data.draw(st.sampled_from(list(self.past[-1].codings)))  # in order: ids are random
        self.journal.remove_coding(coding)
        assert coding not in self.journal.state.codings
        self.stepped()

    @precondition(lambda self: self.past[-1].codings)
    @rule(data=st.data(), place=anchors)
    def move(self, data: st.DataObject, place: Anchor) -> None:
        coding = data.draw(st.sampled_from(list(self.past[-1].codings)))  # in order: ids are random
        self.moves += 1
        place = replace(place, start_ms=self.moves)  # never a step that changes nothing
        assert self.journal.move_boundary(coding, place).anchor == place
        self.stepped()

    @rule(passages=st.lists(st.tuples(codes, anchors, st.just("s")), max_size=4))
    def bulk(self, passages: list[tuple[str, Anchor, str]]) -> None:
        added = self.journal.add_codings(passages)
        assert all(coding.bulk == added[0].bulk for coding in added)
        self.stepped()

    @rule(text=st.text(min_size=1).filter(str.strip), data=st.data())
    def memo(self, text: str, data: st.DataObject) -> None:
        about = data.draw(st.sampled_from(["", *(f"coding:{c}" for c in self.past[-1].codings)]))
        try:
            self.journal.memo(text, about)
        except UsageError:
            assert any("\ud800" <= letter <= "\udfff" for letter in text)
        self.stepped()

    @rule(position=st.integers(0, 5))
    def bookmark(self, position: int) -> None:
        assert self.journal.bookmark(position) == (position in self.journal.state.bookmarks)
        self.stepped()

    @rule()
    def undo(self) -> None:
        undone = self.journal.undo()
        assert (undone is None) == (len(self.past) == 1)
        if undone is not None:
            self.future.append(self.past.pop())

    @rule()
    def redo(self) -> None:
        redone = self.journal.redo()
        assert (redone is None) == (not self.future)
        if redone is not None:
            self.past.append(self.future.pop())

    @rule()
    def other_view(self) -> None:
        self.turn += 1
        self.journal.refresh()

    @rule()
    def reopen(self) -> None:
        self.views[self.turn % 2] = Journal(self.project, "anna", "k")

    @rule(tear=st.binary(min_size=1, max_size=20))
    def crash(self, tear: bytes) -> None:
        if b"\n" in tear or not self.journal.path.exists() or not tear.strip():
            return
        data = self.journal.path.read_bytes()
        if data.endswith(b"\n"):
            self.journal.path.write_bytes(data + b"{" + tear)

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "past"):
            self.journal.refresh()
            assert self.journal.state == self.past[-1]
            assert Journal(self.project, "anna", "k").state == self.past[-1]


AnyJournal.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyJournal = AnyJournal.TestCase
