"""What one copy deleted and the other still has: it neither comes back nor goes without a word."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qualkit.exchange import merge_files
from qualkit.exchange.merge import merge
from qualkit.files import seen as seen_module
from qualkit.files.chronicle import history
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_history import History
from qualkit.files.interviews import read_interviews, write_interviews
from qualkit.files.journal import Journal, read_codings
from qualkit.files.memos import read_memos, write_memo
from qualkit.files.project import Project, load_project
from qualkit.files.restore import restore
from qualkit.files.seen import LIST, Files, extended, note_files
from qualkit.files.transcript import transcript_ids
from qualkit.model import Memo
from tests.exchange.copies import copied, faults, tree
from tests.study import make_study

if TYPE_CHECKING:
    from tests.study import Study


def seen(study: Study) -> Project:
    """The study with two memos and two recordings, and all of it seen."""
    project = study.project
    for name in ("one", "two"):
        write_memo(project, Memo(name, "project", "anna", "", f"Muistio {name}"))
    project.recordings.mkdir(exist_ok=True)
    for name in ("alpha-01", "beta-01"):
        (project.recordings / f"{name}.wav").write_bytes(name.encode())
    note_files(project)
    return project


def rows_without(project: Project, name: str) -> None:
    write_interviews(project, [row for row in read_interviews(project) if row.id != name])


def role(project: Project, name: str, text: str) -> None:
    rows = [replace(row, role=text) if row.id == name else row for row in read_interviews(project)]
    write_interviews(project, rows)


def says(project: Project) -> dict[str, Any]:
    project = load_project(project.root)
    return {
        "rows": sorted(read_interviews(project), key=lambda row: row.id),
        "memos": sorted(read_memos(project), key=lambda memo: memo.id),
        "transcripts": transcript_ids(project),
        "recordings": sorted(path.name for path in project.recordings.iterdir()),
        "journals": sorted(f"{p.parent.name}/{p.name}" for p in project.codings.glob("*/*.jsonl")),
        "codes": sorted(load_codebook(project).by_id),
    }


def either_way(a: Project, b: Project, **settle: str) -> tuple[Project, Project]:
    """``a`` with ``b`` in it and the other way about, both settled alike; again nothing changes."""
    number = next(_NUMBERS)
    ab, ba = copied(a, f"ab{number}"), copied(b, f"ba{number}")
    other = {item: {"ours": "theirs", "theirs": "ours"}[choice] for item, choice in settle.items()}
    assert merge(ab, b.root, settle).written
    assert merge(ba, a.root, other).written
    assert says(ab) == says(ba)
    for project, once_more in ((ab, b), (ba, a)):
        before = tree(project)
        again = merge(project, once_more.root)
        assert (again.files, dict(again.took)) == ((), {})
        assert tree(project) == before
        assert [p for p in faults(project) if p.path.name == "list.jsonl"] == []
    return load_project(ab.root), load_project(ba.root)


_NUMBERS = itertools.count()


def test_a_deleted_memo_and_row_stay_deleted_and_can_be_brought_back(study: Study) -> None:
    a = seen(study)
    b = copied(a, "b")
    (b.memos / "one.md").unlink()
    rows_without(b, "alpha-02")
    done = merge(copied(a, "told"), b.root)
    assert done.took == {"memos deleted": 1, "interviews taken out": 1}
    ab, _ = either_way(a, b)
    assert [memo.id for memo in read_memos(ab)] == ["two"]
    assert "alpha-02" not in {row.id for row in read_interviews(ab)}
    ab = replace(ab, coder="anna")
    restore(ab, "2001-01-01T00:00:00Z", write=True)
    assert {memo.id for memo in read_memos(ab)} == {"one", "two"}
    assert read_interviews(ab) == read_interviews(a)


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_deleted_here_and_changed_there_is_asked(study: Study, choice: str) -> None:
    a = seen(study)
    b = copied(a, "b")
    (a.memos / "one.md").unlink()
    rows_without(a, "alpha-02")
    write_memo(b, Memo("one", "project", "anna", "", "Muutettu"))
    role(b, "alpha-02", "boss")
    before = tree(a)
    asked = merge(a, b.root)
    assert [q.item for q in asked.questions] == ["interview:alpha-02", "memo:one"]
    assert asked.questions[1].differences[0].ours == "deleted"
    assert not asked.written
    assert tree(a) == before
    ab, _ = either_way(a, b, **{q.item: choice for q in asked.questions})
    assert len(read_memos(ab)) == (1 if choice == "ours" else 2)
    assert ("alpha-02" in {row.id for row in read_interviews(ab)}) == (choice == "theirs")
    c = copied(b, "c")  # whoever was not there takes it over
    assert merge(c, ab.root).written
    assert says(c) == says(ab)


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_what_is_deleted_of_an_interview_is_asked_at_once(study: Study, choice: str) -> None:
    a = seen(study)
    b = copied(a, "b")
    rows_without(b, "alpha-01")
    (b.transcripts / "alpha-01.json").unlink()
    (b.recordings / "alpha-01.wav").unlink()
    for path in b.codings.glob("*/alpha-01.jsonl"):
        path.unlink()
    (question,) = merge(a, b.root, write=False).questions
    assert question.item == "deleted:alpha-01"
    assert {d.place: d.theirs for d in question.differences} == {
        "codings/anna/alpha-01.jsonl": "deleted",
        "codings/bo/alpha-01.jsonl": "deleted",
        "recordings/alpha-01.wav": "deleted",
        "transcripts/alpha-01.json": "deleted",
    }
    journal = (a.codings / "anna" / "alpha-01.jsonl").read_bytes()
    ab, ba = either_way(a, b, **{"deleted:alpha-01": choice})
    stays = choice == "ours"
    for project in (ab, ba):
        assert ("alpha-01" in transcript_ids(project)) == stays
        assert ("alpha-01" in {row.id for row in read_interviews(project)}) == stays
        assert (project.recordings / "alpha-01.wav").exists() == stays
        assert bool(read_codings(project, ["alpha-01"])) == stays
        assert faults(project) == []
    if not stays:  # in the copy that had them, transcript and journal are among the earlier ones
        assert [p.read_bytes() for p in (ab.codings / "anna" / ".forks").iterdir()] == [journal]
        assert (ab.transcripts / ".revisions" / "alpha-01.r1.json").exists()


def test_what_was_never_there_comes_in(study: Study) -> None:
    a = seen(study)
    b = copied(a, "b")
    write_memo(b, Memo("three", "project", "bo", "", "Uusi"))
    (b.recordings / "beta-02.wav").write_bytes(b"x")
    assert merge(a, b.root).took == {"memos": 1, "recordings": 1}


def test_a_deletion_that_no_copy_has_seen_is_none(study: Study) -> None:
    write_memo(study.project, Memo("one", "project", "anna", "", "Muistio"))
    b = copied(study.project, "b")
    (b.memos / "one.md").unlink()
    assert merge(study.project, b.root).files == ()
    assert merge(b, study.project.root).took == {"memos": 1}


def test_an_edit_is_told_from_what_it_was_before(study: Study) -> None:
    a = seen(study)
    b = copied(a, "b")
    role(a, "beta-01", "boss")
    role(a, "alpha-01", "")
    write_memo(b, Memo("one", "project", "anna", "", "Muutettu"))
    role(b, "alpha-02", "chief")
    ab, _ = either_way(a, b)
    roles = {row.id: row.role for row in read_interviews(ab)}
    assert (roles["beta-01"], roles["alpha-01"], roles["alpha-02"]) == ("boss", "", "chief")
    assert {memo.text for memo in read_memos(ab)} == {"Muutettu", "Muistio two"}


def test_what_was_put_back_is_not_taken_for_old(study: Study) -> None:
    a = seen(study)
    (a.memos / "one.md").unlink()
    note_files(a)
    b = copied(a, "b")
    write_memo(a, Memo("one", "project", "anna", "", "Muistio one"))
    ab, _ = either_way(a, b)
    assert {memo.id for memo in read_memos(ab)} == {"one", "two"}


def test_copies_without_recordings_have_deleted_none(study: Study) -> None:
    a = seen(study)
    b, c = copied(a, "b"), copied(a, "c")
    for copy in (b, c):
        for path in copy.recordings.iterdir():
            path.unlink()
    role(c, "beta-01", "boss")
    either_way(b, c)
    assert merge(b, c.root).written
    assert merge(b, a.root).took == {"recordings": 2}
    assert not merge(a, c.root).questions
    assert len(list(a.recordings.iterdir())) == 2


def test_a_list_that_names_what_is_no_file_of_a_project_leads_nowhere(study: Study) -> None:
    a = seen(study)
    b = copied(a, "b")
    (b.root.parent / "secret.md").write_text("x")
    rows = {
        "memos/../../secret.md": "2d711642b726b044",
        "/etc/passwd": "there",
        "memos/one.md": "../../x",
        "memos/": 3,
    }
    place = b.root / LIST
    line = {"id": "1", "op": "seen", "at": "2026-01-01T00:00:00Z", "by": "x", "files": rows}
    place.write_bytes(extended(place.read_bytes(), [line]))
    write_memo(b, Memo("three", "project", "bo", "", "Uusi"))
    before = {path for path in a.root.parent.rglob("*") if a.root not in path.parents}
    assert merge(a, b.root).took == {"memos": 1}
    assert {path for path in a.root.parent.rglob("*") if a.root not in path.parents} == before
    assert {s.path for s in Files(a).elsewhere} == {"memos/three.md"}


def test_a_code_deleted_in_one_copy_goes_and_its_codings_are_told(study: Study) -> None:
    a = seen(study)
    b = copied(a, "b")

    def without(book: Any) -> Any:
        return replace(book, codes=tuple(code for code in book.codes if code.id != "rail"))

    History(b).change("delete rail", without)
    ab, _ = either_way(a, b)
    assert "rail" not in load_codebook(ab).by_id
    told = [p.message for p in faults(ab) if "'rail'" in p.message]
    assert bool(told) == any(c.code == "rail" for c in read_codings(ab))


def test_a_cut_list_is_refused_with_nothing_changed(study: Study) -> None:
    a = seen(study)
    b = copied(a, "b")
    role(b, "beta-01", "boss")
    note_files(b)
    path = b.root / LIST
    path.write_bytes(path.read_bytes().replace(b'"by":"tester"', b'"by":"bo"', 1))
    before = tree(a)
    assert [p.path for p in merge(a, b.root).faults] == [path]
    assert tree(a) == before


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(
            ["delete memo", "write memo", "delete row", "change row", "add row", "delete sound",
             "delete text", "delete journal", "note", "code"]
        ),
        st.integers(0, 1),
    ),
    max_size=9,
)  # fmt: skip


def act(project: Project, what: str, pick: int) -> None:
    thing = what.partition(" ")[2]
    interview = ("alpha-01", "beta-01")[pick]
    memo = project.memos / f"{('one', 'two')[pick]}.md"
    if what == "delete memo":
        memo.unlink(missing_ok=True)
    elif what == "write memo":
        write_memo(project, Memo(memo.stem, "project", "anna", "", f"{project.root.name} {pick}"))
    elif what == "delete row":
        rows_without(project, interview)
    elif what == "change row":
        role(project, interview, project.root.name)
    elif what == "add row":
        rows = [row for row in read_interviews(project) if row.id != interview]
        write_interviews(project, [*rows, replace(read_interviews(project)[0], id=interview)])
    elif what == "note":
        note_files(project)
    elif what == "code":
        if (project.transcripts / f"{interview}.json").exists():
            Journal(project, f"coder-{project.root.name}", interview).memo(f"muistio {pick}")
    else:
        place = {
            "sound": project.recordings / f"{interview}.wav",
            "text": project.transcripts / f"{interview}.json",
            "journal": project.codings / "anna" / f"{interview}.jsonl",
        }[thing]
        place.unlink(missing_ok=True)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(ACTIONS, st.sampled_from(["a", "b"]))
# Kept against a deletion, and taken out in the third copy too.
@example(
    [("a", "delete row", 0), ("a", "delete row", 1), ("a", "delete sound", 0), ("c", "delete row", 0)], "b"
)
def test_both_orders_come_to_the_same_whatever_is_deleted(
    actions: list[tuple[str, str, int]], winner: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder) / "study")
        seen(study)
        copies = {name: copied(study.project, name) for name in "abc"}
        for name, what, pick in actions:
            if read_interviews(copies[name]):
                act(copies[name], what, pick)
        a, b = copies["a"], copies["b"]
        asked = {q.item for q in merge(a, b.root, write=False).questions}
        assert asked == {q.item for q in merge(b, a.root, write=False).questions}
        ab, ba = either_way(a, b, **dict.fromkeys(asked, "ours" if winner == "a" else "theirs"))
        for other in (a, b):  # whoever was there takes over what was settled, without a question
            assert not merge(other, ab.root).questions
            assert says(other) == says(ab)
        c = copies["c"]  # a third one: in both orders again
        asked = {q.item for q in merge(ab, c.root, write=False).questions}
        abc, cab = copied(ab, "abc"), copied(c, "cab")
        assert not merge(abc, c.root, dict.fromkeys(asked, "ours")).questions
        assert not merge(cab, ba.root, dict.fromkeys(asked, "theirs")).questions
        assert says(abc) == says(cab)


def test_what_another_copy_held_was_never_the_state_of_this_one(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ["2099-01-01T10:00:00Z"]
    for module in (seen_module, merge_files):
        monkeypatch.setattr(module, "now", lambda: clock[0])
    a = replace(seen(study), coder="anna")
    b = replace(copied(a, "b"), coder="bo")
    clock[0] = "2099-01-01T11:00:00Z"
    write_memo(b, Memo("one", "project", "anna", "", "Muutettu"))
    rows_without(b, "alpha-02")
    note_files(b)
    clock[0] = "2099-01-01T13:00:00Z"
    assert merge(a, b.root).written
    then = restore(a, "2099-01-01T12:00:00Z")
    assert {(t.kind, t.name, t.text) for t in then.turned} == {
        ("interview", "alpha-02", "its row comes"),
        ("memo", "one", "as it was"),
    }
    told = [(e.at[11:13], e.who, e.what, e.interview) for e in history(a) if e.at >= "2099"]
    assert told == [("13", "bo", "row", "alpha-02"), ("13", "bo", "memo", "")]
