"""Who did what, and how things were: told from the journals, and brought back without losing a line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.cli.main import main
from qualkit.errors import UsageError
from qualkit.files import chronicle, codebook_history, emergent, journal, replay, statuses
from qualkit.files import transcript as transcripts
from qualkit.files.anchors import anchor
from qualkit.files.check import check_project
from qualkit.files.chronicle import Event, history
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_history import History, moves_of
from qualkit.files.emergent import Held, accept_theme, accepted_themes, release_theme
from qualkit.files.journal import Journal, check_journal, read_codings
from qualkit.files.replay import Replay
from qualkit.files.restore import moment, restore
from qualkit.files.revise import with_text
from qualkit.files.statuses import Status, read_statuses, set_status
from qualkit.files.suggestions import read_suggestions
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Verdict

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from tests.study import Study


@pytest.fixture
def clock(study: Study, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What time it is, in a list of one: everything that writes takes it from there."""
    time = ["2099-01-01T10:00:00Z"]
    for module, name in (
        (journal, "now"),
        (codebook_history, "now"),
        (statuses, "now"),
        (emergent, "now"),
        (transcripts, "_now"),
    ):
        monkeypatch.setattr(module, name, lambda: time[0])
    return time


def mine(study: Study) -> Project:
    return replace(study.project, coder="anna")


def told(events: tuple[Event, ...]) -> list[tuple[str, str]]:
    return [(e.who, e.what) for e in events if e.at >= "2099"]


def decide_all(study: Study) -> Journal:
    """``anna`` accepts one suggestion on beta-01 and rejects another."""
    project = mine(study)
    book = Journal(project, "anna", "beta-01")
    transcript = load_transcript(project, "beta-01")
    for suggestion, verdict in zip(read_suggestions(project, "beta-01"), ("accept", "reject"), strict=False):
        place = anchor(transcript, suggestion.start, suggestion.end)
        book.decide(Verdict(verdict), place, suggestion.code, suggestion.id)
    return book


def test_a_decision_names_the_suggestion_its_model_and_its_codebook(study: Study, clock: list[str]) -> None:
    decide_all(study)
    for folder in study.project.suggestions.iterdir():  # they are made again by another model
        folder.rename(folder.with_name("other@ffffffffffff"))
    events = [e for e in history(study.project, "beta-01") if e.at >= "2099"]
    assert [(e.what, e.code) for e in events] == [("accepted", "water"), ("rejected", "condition")]
    assert {(e.model, e.codebook) for e in events} == {("little@0123456789ab", "book")}
    assert events[0].suggestion == "beta-01-1-water"
    (coding,) = [c for c in read_codings(study.project, ["beta-01"]) if c.suggestion]
    assert [e.what for e in history(study.project, coding.id)] == ["accepted"]
    assert [e.what for e in history(study.project, coding.id[:6])] == ["accepted"]


def test_an_older_journal_tells_the_model_as_long_as_its_suggestions_are_there(
    study: Study, clock: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journal, "_origin", lambda self: {})
    decide_all(study)
    found = [e for e in history(study.project, "beta-01") if e.what == "accepted"]
    assert [e.model for e in found] == ["little@0123456789ab"]


def test_everything_that_happens_to_a_coding_is_told(study: Study, clock: list[str]) -> None:
    project = mine(study)
    book = Journal(project, "anna", "alpha-01")
    transcript = load_transcript(project, "alpha-01")
    coding = book.add_coding("water", anchor(transcript, 0, 10))
    book.move_boundary(coding.id, anchor(transcript, 0, 15))
    book.memo("Miksi?", f"coding:{coding.id}")
    moves = moves_of(project, [(coding, "rail")])
    History(project).change("merge water into rail", lambda b: b, moves)
    book.refresh()
    book.remove_coding(coding.id)
    book.undo()
    book.redo()
    book.undo()
    events = history(project, coding.id)
    words = ["coded", "moved", "memo", "recoded", "removed", "undone", "redone", "undone"]
    assert [e.what for e in events] == words
    assert [e.stands for e in events if e.what == "removed"] == [False]
    assert [e.text for e in events if e.what in ("memo", "recoded")] == ["Miksi?", "was water"]
    assert next(e.what for e in history(project, "rail") if e.coding == coding.id) == "recoded"
    assert ("anna", "codebook") in told(history(project))


def test_corrections_statuses_and_the_codebook_are_told(study: Study, clock: list[str]) -> None:
    project = mine(study)
    save_transcript(project, with_text(load_transcript(project, "alpha-01"), 0, "Miten?"))
    set_status(project, "alpha", "water", Status.POOR, "vanha putki")
    History(project).change("new version", lambda b: replace(b, version="9"))
    History(project).undo()
    assert sorted(told(history(project))) == [
        ("anna", "codebook"), ("anna", "codebook"), ("anna", "corrected"), ("anna", "status"),
    ]  # fmt: skip
    assert [e.text for e in history(project) if e.what == "status"] == ["alpha: poor. vanha putki"]
    assert [e.text for e in history(project, "alpha-01") if e.what == "corrected"] == ["revision 2"]
    with pytest.raises(UsageError, match="Nothing is known"):
        history(project, "nowhere")


def test_an_earlier_state_comes_back_and_no_line_is_lost(study: Study, clock: list[str]) -> None:
    project = mine(study)
    before = {p: p.read_bytes() for p in project.codings.rglob("*.jsonl")}
    then = read_codings(project)
    texts = [t.text for t in load_transcript(project, "alpha-01").turns]
    version, noon = load_codebook(project).hash, clock[0]
    set_status(project, "alpha", "water", Status.GOOD, "eilen")
    clock[0] = "2099-01-01T11:00:00Z"
    decide_all(study)
    book = Journal(project, "anna", "alpha-01")
    book.remove_coding(study.codings["old-fi"].id)
    book.memo("myöhemmin")
    Journal(project, "bo", "alpha-02").memo("bon oma")
    set_status(project, "alpha", "water", Status.POOR, "tänään")
    set_status(project, "beta", "rail", Status.POOR, "tänään")
    save_transcript(project, with_text(load_transcript(project, "alpha-01"), 0, "Miten?"))
    History(project).change("new version", lambda b: replace(b, version="9"))

    shown = restore(project, noon)
    assert not shown.written
    assert sorted(shown.codings, key=lambda c: c.id) == sorted(then, key=lambda c: c.id)
    assert [(t.kind, t.own) for t in shown.turned] == [
        ("journal", True), ("journal", True), ("journal", False),
        ("codebook", True), ("transcript", True), ("status", True), ("status", True),
    ]  # fmt: skip
    assert load_codebook(project).version == "9"

    clock[0] = "2099-01-01T12:00:00Z"
    assert restore(project, noon, write=True).written
    assert sorted(read_codings(project), key=lambda c: c.id) == sorted(then, key=lambda c: c.id)
    assert [m.text for m in Journal(project, "bo", "alpha-02").state.memos] == ["bon oma"]
    assert load_codebook(project).hash == version
    newest = load_transcript(project, "alpha-01")
    assert (newest.revision, [t.text for t in newest.turns]) == (3, texts)
    standing = {place: found[0].status for place, found in read_statuses(project).items()}
    assert standing == {("alpha", "water"): Status.GOOD}
    for path, data in before.items():
        assert path.read_bytes().startswith(data)
        assert check_journal(path) == []
    assert not [p for p in check_project(project.root) if p.path != project.codebook_path]
    assert [t for t in restore(project, noon).turned if t.own] == []

    book = Journal(project, "anna", "alpha-01")  # and forth again
    book.undo()
    assert [m.text for m in book.state.memos] == ["myöhemmin"]
    clock[0] = "2099-01-01T13:00:00Z"
    restore(project, "2099-01-01T11:00:00Z", write=True)
    assert study.codings["old-fi"].id not in {c.id for c in read_codings(project)}
    assert load_codebook(project).version == "9"


def test_themes_come_back_and_go_as_they_stood_then(study: Study, clock: list[str]) -> None:
    project = mine(study)
    transcript = load_transcript(project, "alpha-01")
    passages = [
        Held("alpha-01", anchor(transcript, start, start + 8), nearness, "typical")
        for start, nearness in zip(transcript.turn_starts[:2], (0.9, 0.8), strict=True)
    ]

    def accept(ident: str, name: str, coder: str = "") -> None:
        accept_theme(project, ident, name, {"fi": ("putki",)}, 0.7, passages, coder)

    accept("cluster-1", "Putket")
    accept("cluster-2", "Luvat")
    accept("cluster-3", "Rahat", "bo")
    noon, then = clock[0], accepted_themes(project)
    clock[0] = "2099-01-01T11:00:00Z"
    release_theme(project, "cluster-1")
    accept("cluster-2", "Lupa-asiat")
    accept("cluster-4", "Uusi")
    accept("cluster-5", "Bon uusi", "bo")
    before = {p: p.read_bytes() for p in (project.root / "themes").iterdir()}
    assert [(t.kind, t.name, t.text, t.own) for t in restore(project, noon).turned] == [
        ("theme", "cluster-2", "as it was", True),
        ("theme", "cluster-4", "goes", True),
        ("theme", "cluster-5", "goes", False),
        ("theme", "cluster-1", "comes back", True),
    ]
    clock[0] = "2099-01-01T12:00:00Z"
    restore(project, noon, write=True)
    found = accepted_themes(project)
    assert set(found) == {*then, "cluster-5"}
    assert {ident: found[ident] for ident in then} == then
    assert all(path.read_bytes().startswith(data) for path, data in before.items())
    assert [t for t in restore(project, noon).turned if t.own] == []
    clock[0] = "2099-01-01T13:00:00Z"  # and forth again
    restore(project, "2099-01-01T11:00:00Z", write=True)
    assert {i: t.name for i, t in accepted_themes(project).items()} == {
        "cluster-2": "Lupa-asiat", "cluster-3": "Rahat", "cluster-4": "Uusi", "cluster-5": "Bon uusi",
    }  # fmt: skip


LINES = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "memo", "bookmark", "undo", "redo", "restore"]), st.integers(0, 9)
    ),
    max_size=25,
)


@given(LINES, st.integers(0, 25))
def test_restoring_is_exact_and_undo_takes_it_back(script: list[tuple[str, int]], until: int) -> None:
    place = {"revision": 1, "start": 0, "end": 1, "quote": "x"}
    one = Replay("anna", "i")
    for number, (op, pick) in enumerate(script):
        line: dict[str, Any] = {"id": f"l{number}", "op": op, "at": f"t{number:02}"}
        if op == "add":
            line |= {"code": "water", "anchor": place}
        elif op == "remove":
            line["of"] = f"l{pick}"
        elif op == "memo":
            line |= {"text": f"m{pick}", "about": "project"}
        elif op == "bookmark":
            line |= {"position": pick, "on": bool(number % 2)}
        elif op == "restore":
            line["until"] = f"t{pick:02}"
        elif op == "undo":
            line["of"] = one.done[-1][0]["id"] if one.done else "none"
        else:
            line["of"] = one.undone[-1]["id"] if one.undone else "none"
        one.apply(line)
        if number == until:
            wanted = one.state()
    if until >= len(script):
        wanted = one.state()
    now = one.state()
    one.apply({"id": "r", "op": "restore", "at": "t90", "until": f"t{until:02}"})
    made = one.state()
    assert dict(made.codings) == dict(wanted.codings)
    assert made.bookmarks == wanted.bookmarks
    assert {m.id: m for m in made.memos} == {m.id: m for m in wanted.memos}
    one.apply({"id": "u", "op": "undo", "at": "t91", "of": "r"})
    assert dict(one.state().codings) == dict(now.codings)


def test_a_time_is_read_as_a_person_writes_it() -> None:
    assert moment("2026-11-24T12:00:00Z") == "2026-11-24T12:00:00Z"
    assert moment("2026-11-24T12:00+02:00") == "2026-11-24T10:00:00Z"
    assert moment("2026-11-24 12:00").startswith("2026-11-24T")
    with pytest.raises(UsageError):
        moment("yesterday")


def test_the_verbs(study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALKIT_CODER", "anna")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([*arguments, "--project", str(study.project.root)])
        assert isinstance(end.value.code, int)
        return end.value.code, *capsys.readouterr()

    code, out, _ = call("history", "alpha-01", "--coder", "bo", "--json")
    assert (code, [(e["who"], e["what"]) for e in json.loads(out)]) == (0, [("bo", "coded")])
    assert "coded" in call("history", "--last", "2")[1]
    code, out, _ = call("restore", "--at", "2001-01-01T00:00:00Z")
    assert (code, out.splitlines()[0]) == (0, "At 2001-01-01T00:00:00Z: 0 codings.")
    assert "another coder's" in out
    assert len(read_codings(study.project)) == 6
    assert call("restore", "--at", "2001-01-01T00:00:00Z", "--write")[0] == 0
    assert {c.coder for c in read_codings(study.project)} == {"bo"}
    assert call("history", "nowhere")[0] == 2


def test_every_operation_of_a_journal_is_told() -> None:
    told_ = {"open", "repaired", "undo", "redo", "add", "remove", "move", "decide", "memo", "bookmark"}
    assert set(replay.OPERATIONS) == told_ | {"group", "restore"}
    assert chronicle.SHORT > 0
