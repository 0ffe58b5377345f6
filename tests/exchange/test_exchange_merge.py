"""Two copies of a project made one: what unites, what is asked; order and repetition do not matter."""

from __future__ import annotations

import io
import itertools
import json
import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qualkit.cli.main import main
from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.exchange.merge import merge
from qualkit.exchange.merge_lines import Copy, newer
from qualkit.files.anchors import anchor
from qualkit.files.atomic import write_text
from qualkit.files.chronicle import history
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_history import History
from qualkit.files.dismissed import dismissed
from qualkit.files.emergent import accepted_themes
from qualkit.files.interviews import interview, read_interviews, write_interviews
from qualkit.files.journal import Journal, check_journal, journals, read_codings
from qualkit.files.memos import read_memos, write_memo
from qualkit.files.project import Project, load_project
from qualkit.files.pseudonyms import Pseudonym, read_pseudonyms, write_pseudonyms
from qualkit.files.revise import with_text
from qualkit.files.settlements import settle, settlements
from qualkit.files.statuses import Status, read_statuses, set_status
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Memo
from tests.exchange.copies import copied, faults, tree, work
from tests.study import make_study

if TYPE_CHECKING:
    from tests.study import Study


def content(project: Project) -> dict[str, Any]:
    """What a project says, whatever the order of rows."""
    memos = [*read_memos(project), *(m for j in journals(project) for m in j.state.memos)]
    return {
        "codings": sorted(read_codings(project), key=lambda c: c.id),
        "memos": sorted(memos, key=lambda m: m.id),
        "interviews": sorted(read_interviews(project), key=lambda row: row.id),
        "transcripts": {r.id: load_transcript(project, r.id) for r in read_interviews(project)},
        "codebook": load_codebook(project).hash,
        "statuses": read_statuses(project),
        "sites": sorted(project.sites, key=lambda s: s.id),
        "pseudonyms": sorted(read_pseudonyms(project), key=lambda p: p.name),
        "dismissed": dismissed(project),
        "themes": accepted_themes(project),
        "forks": sorted(p.name for p in project.transcripts.glob(".revisions/*")),
    }


def both_ways(study: Study, **settle: str) -> tuple[Project, Project]:
    """(ours with theirs merged in, theirs with ours merged in) of copies ``a`` and ``b``."""
    a, b = (load_project(study.project.root.with_name(name)) for name in "ab")
    ab, ba = copied(a, "ab"), copied(b, "ba")
    other = {item: {"ours": "theirs", "theirs": "ours"}.get(c, c) for item, c in settle.items()}
    assert merge(ab, b.root, settle).written
    assert merge(ba, a.root, other).written
    return load_project(ab.root), load_project(ba.root)


def test_everything_unites_in_either_order_and_again_changes_nothing(study: Study) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    work(a, "anna", "a")
    work(b, "bo", "b")
    ab, ba = both_ways(study)
    assert content(ab) == content(ba)
    assert len(read_codings(ab)) == len(study.codings) + 2
    assert {m.text for m in read_memos(ab)} == {"a", "b"}
    assert {r.id for r in read_interviews(ab)} > {"gamma-a", "gamma-b"}
    assert interview(ab, "gamma-b").attributes == {"a": "", "b": "yes"}
    assert {s.id for s in ab.sites} == {"alpha", "beta", "gamma-a", "gamma-b"}
    assert dismissed(ab) == {"group-a", "group-b"}
    assert {i: t.name for i, t in accepted_themes(ab).items()} == {"theme-a": "Theme a", "theme-b": "Theme b"}
    assert faults(ab) == []
    before = tree(ab)
    for other in (b, a, ba):
        assert merge(ab, other.root).files in ((), ("interviews.csv",))
        assert not merge(ab, other.root).took
    assert content(load_project(ab.root)) == content(ba)
    assert tree(ab).keys() == before.keys()


def test_three_copies_come_to_the_same_in_any_order(study: Study) -> None:
    copies = [copied(study.project, name) for name in "xyz"]
    for project, coder in zip(copies, ("anna", "bo", "cilla"), strict=True):
        work(project, coder, project.root.name)
    results = []
    for number, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 2, 0))):
        into = copied(study.project, f"into{number}")
        for index in order:
            assert merge(into, copies[index].root).written
        results.append(content(load_project(into.root)))
    assert results[0] == results[1] == results[2]


def test_a_longer_continuation_of_one_journal_wins(study: Study) -> None:
    b = copied(study.project, "b")
    Journal(b, "anna", "alpha-01").memo("lisää")
    longer = (b.codings / "anna" / "alpha-01.jsonl").read_bytes()
    assert merge(study.project, b.root).took == {"journals": 1}
    assert (study.project.codings / "anna" / "alpha-01.jsonl").read_bytes() == longer
    Journal(study.project, "anna", "alpha-01").memo("vielä")
    assert merge(study.project, b.root).files == ()


@pytest.mark.parametrize("choice", ["ours", "theirs", "both"])
def test_a_fork_of_one_coders_journal_is_asked_and_never_guessed(study: Study, choice: str) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    for project in (a, b):
        Journal(project, "anna", "alpha-01").memo(project.root.name)
    before = tree(a)
    asked = merge(a, b.root)
    assert [q.item for q in asked.questions] == ["journal:anna/alpha-01"]
    assert "memo" in asked.questions[0].differences[0].ours
    assert not asked.written
    assert tree(a) == before
    ab, ba = both_ways(study, **{"journal:anna/alpha-01": choice})
    assert content(ab) == content(ba)
    assert tree(ab)["codings/anna/alpha-01.jsonl"] == tree(ba)["codings/anna/alpha-01.jsonl"]
    said = {m.text for m in Journal(ab, "anna", "alpha-01").state.memos}
    assert said == {"ours": {"a"}, "theirs": {"b"}, "both": {"a", "b"}}[choice]
    assert not check_journal(ab.codings / "anna" / "alpha-01.jsonl")
    for other in (a, b, ba):
        assert merge(ab, other.root).files == ()
    assert merge(b, ab.root).written  # whoever has not decided yet is not asked again
    assert content(b) == content(ab)


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_a_transcript_corrected_on_both_sides_is_settled(
    study: Study, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = itertools.count()  # what is settled in each copy is settled at a time of its own
    monkeypatch.setattr("qualkit.exchange.merging.now", lambda: f"2026-11-24T12:00:{next(seconds):02}Z")
    a, b = copied(study.project, "a"), copied(study.project, "b")
    for project in (a, b):
        transcript = with_text(load_transcript(project, "alpha-01"), 1, f"Se putki on {project.root.name}.")
        save_transcript(project, transcript)
        coder = {"a": "anna", "b": "bo"}[project.root.name]
        start = transcript.turn_starts[1]
        Journal(project, coder, "alpha-01").add_coding("condition", anchor(transcript, start, start + 14))
    asked = merge(a, b.root)
    (question,) = asked.questions
    assert question.item == "transcript:alpha-01"
    assert (question.differences[0].place, "putki on a" in question.differences[0].ours) == ("turn 2", True)
    assert "putki on b" in question.differences[0].theirs
    ab, ba = both_ways(study, **{"transcript:alpha-01": choice})
    assert content(ab) == content(ba)
    head = load_transcript(ab, "alpha-01")
    assert head.revision == 3
    assert head.turns[1].text == f"Se putki on {'a' if choice == 'ours' else 'b'}."
    assert faults(ab) == []
    for other in (a, b, ba):
        assert merge(ab, other.root).files == ()
    assert merge(a, ab.root).written
    assert merge(b, ab.root).written
    assert content(a) == content(b) == content(ab)


def test_a_correction_on_one_side_only_needs_no_question(study: Study) -> None:
    b = copied(study.project, "b")
    for words in ("Se putki.", "Se vesiputki."):
        save_transcript(b, with_text(load_transcript(b, "alpha-01"), 1, words))
    assert merge(study.project, b.root).took == {"transcripts": 1}
    assert content(study.project) == content(b)
    c = copied(b, "c")
    save_transcript(c, with_text(load_transcript(c, "alpha-01"), 1, "Se höyryputki."))
    assert merge(c, b.root).files == ()


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_a_codebook_edited_on_both_sides_is_settled(study: Study, choice: str) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    for project in (a, b):
        name = project.root.name

        def renamed(book: Any, name: str = name) -> Any:
            codes = [replace(c, name={**c.name, "en": name}) if c.id == "water" else c for c in book.codes]
            return replace(book, codes=tuple(codes))

        History(project).change(f"rename {name}", renamed)
    (question,) = merge(a, b.root).questions
    assert question.item == "codebook:codebook"
    assert [d.place for d in question.differences] == ["water.name"]
    ab, ba = both_ways(study, **{"codebook:codebook": choice})
    wanted = "a" if choice == "ours" else "b"
    for project in (ab, ba):
        assert load_codebook(project).by_id["water"].name["en"] == wanted
        made = History(project).done[-1]
        assert made.what == "settled"
        assert (History(project).folder / f"{made.before}.yaml").exists()
    for other in (a, b, ba):
        assert not merge(ab, other.root).questions
    assert merge(b, ab.root).written
    assert load_codebook(b).by_id["water"].name["en"] == wanted
    History(ab).undo()  # the decision can be taken back
    assert load_codebook(ab).by_id["water"].name["en"] == ("b" if choice == "ours" else "a")


def test_a_codebook_edited_on_one_side_comes_in(study: Study) -> None:
    b = copied(study.project, "b")
    book = load_codebook(b)
    History(b).change("retire", lambda _: replace(book, version="4"))
    assert merge(study.project, b.root).took == {"codebooks": 1}
    assert load_codebook(study.project).version == "4"
    assert [m.what for m in History(study.project).done] == ["retire"]
    assert merge(b, study.project.root).files == ()


@pytest.mark.parametrize("choice", ["ours", "theirs"])
def test_rows_settings_and_pseudonyms_that_differ_are_settled(study: Study, choice: str) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    for project, consent, role in ((a, "quote", ""), (b, "no-quote", "boss")):
        rows = [
            replace(r, consent=consent, role=role) if r.id == "beta-01" else r
            for r in read_interviews(project)
        ]
        write_interviews(project, rows)
        write_pseudonyms(project, [Pseudonym("Liisa", consent, "person")])
        text = project.config.read_text(encoding="utf-8")
        write_text(project.config, text.replace("Trial", f"Trial {consent}"))
        write_memo(project, Memo("m", "project", "", "", consent))
    items = [q.item for q in merge(a, b.root).questions]
    assert items == ["settings", "interview:beta-01", "memo:m", "pseudonym:Liisa"]
    ab, ba = both_ways(study, **dict.fromkeys(items, choice))
    assert content(ab) == content(ba)
    row = interview(ab, "beta-01")
    assert (row.consent, row.role) == ("quote" if choice == "ours" else "no-quote", "boss")
    assert ab.name == ba.name == f"Trial {row.consent} <study>"
    assert read_pseudonyms(ab)[0].pseudonym == row.consent
    for other in (a, b, ba):
        assert not merge(ab, other.root).questions
    assert merge(b, ab.root).written
    assert content(b) == content(ab)


def test_both_memos_can_be_kept(study: Study) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    for project in (a, b):
        write_memo(project, Memo("m", "project", "", "", project.root.name))
    ab, ba = both_ways(study, **{"memo:m": "both"})
    assert sorted(m.text for m in read_memos(ab)) == ["a", "b"]
    assert content(ab) == content(ba)
    assert merge(ab, a.root).files == ()


def test_what_is_settled_wrongly_is_told(study: Study) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    for project in (a, b):
        write_memo(project, Memo("m", "project", "", "", project.root.name))
    with pytest.raises(UsageError):
        merge(a, b.root, {"memo:m": "mine"})
    assert merge(a, b.root, {"memo:n": "ours"}).unasked == ("memo:n",)


def test_a_journal_that_was_changed_by_hand_is_refused(study: Study) -> None:
    b = copied(study.project, "b")
    Journal(b, "anna", "alpha-01").memo("lisää")
    path = b.codings / "anna" / "alpha-01.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"condition"', b'"rail"'))
    before = tree(study.project)
    done = merge(study.project, b.root)
    assert done.faults
    assert not done.written
    assert tree(study.project) == before


def test_our_own_journal_that_was_changed_by_hand_is_no_fork(study: Study) -> None:
    b = copied(study.project, "b")
    path = study.project.codings / "anna" / "alpha-01.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"condition"', b'"rail"', 1))
    done = merge(study.project, b.root)
    assert [p.path for p in done.faults] == [path]
    assert not done.questions
    assert not done.written


def test_statuses_and_codebook_changes_that_were_changed_by_hand_are_told(study: Study) -> None:
    b = copied(study.project, "b")
    for status in (Status.POOR, Status.GOOD):
        set_status(b, "alpha", "water", status, "syy", "bo")
    for version in "45":
        History(b).change(version, lambda book, v=version: replace(book, version=v))  # type: ignore[misc]
    assert faults(b) == []
    places = (b.root / "statuses" / "bo.jsonl", History(b).folder / "codebook.jsonl")
    for path, former in zip(places, (b'"poor"', b'"what":"4"'), strict=True):
        path.write_bytes(path.read_bytes().replace(former, former[:-2] + b'x"'))
    assert [p.path for p in faults(b)] == list(places)
    done = merge(study.project, b.root)
    assert [p.path.name for p in done.faults] == ["bo.jsonl"]
    assert not done.written


def test_a_journal_cut_in_the_middle_of_a_line_is_behind(study: Study) -> None:
    b = copied(study.project, "b")
    path = b.codings / "anna" / "alpha-01.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert merge(study.project, b.root).files == ()
    assert merge(b, study.project.root).took == {"journals": 1}


def test_another_project_is_refused(study: Study, tmp_path: Path) -> None:
    other = make_study(tmp_path / "other").project
    for row in read_interviews(other):
        changed = load_transcript(other, row.id)
        (other.transcripts / f"{row.id}.json").unlink()
        save_transcript(other, replace(changed, language="xx"))
    shutil.rmtree(other.codings)
    with pytest.raises(UsageError):
        merge(study.project, other.root)
    with pytest.raises(UsageError):
        merge(study.project, study.project.root)
    with pytest.raises(QualkitError):
        merge(study.project, tmp_path)


def test_an_archive_of_a_copy_is_a_copy(study: Study, tmp_path: Path) -> None:
    b = copied(study.project, "b")
    work(b, "bo", "b")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        for path in filter(Path.is_file, b.root.rglob("*")):
            file.write(path, f"b/{path.relative_to(b.root).as_posix()}")
    assert merge(study.project, tmp_path / "b.zip").written
    assert content(load_project(study.project.root)) == content(load_project(b.root))
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as file:
        file.writestr("qualkit.toml", b"")
        file.writestr("../evil", b"")
    with pytest.raises(BadFile):
        merge(study.project, tmp_path / "evil.zip")


def test_lines_are_compared_by_what_they_say(tmp_path: Path) -> None:
    one, two = b'{"id":"1","prev":""}\n{"id":"2","prev":"x"}\n', b'{"id":"1","prev":""}\n'
    path = tmp_path / "j.jsonl"
    assert newer(Copy(path, two), Copy(path, one)) == "theirs"
    assert newer(Copy(path, one), Copy(path, two)) == "ours"
    assert newer(Copy(path, one), Copy(path, b'{"id":"2","prev":""}\n')) == "ours"
    assert newer(Copy(path, two), Copy(path, b'{"id":"2","prev":""}\n')) == ""


def test_the_verb_asks_tells_and_settles(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    work(b, "bo", "b")
    for project in (a, b):
        write_memo(project, Memo("m", "project", "", "", project.root.name))

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["merge", "--project", str(a.root), str(b.root), *map(str, arguments)])
        assert isinstance(end.value.code, int)
        return end.value.code, *capsys.readouterr()

    code, out, err = call()
    assert code == 1
    assert "memo:m: two memos of one name" in out
    assert "--settle memo:m=ours|theirs|both" in err
    assert call("--settle", "memo:m")[0] == 2
    code, out, err = call("--settle", "memo:m=theirs", "--json")
    answer = json.loads(out)
    assert code == 0
    assert answer["written"]
    assert answer["took"]["memos"] == 2
    assert call("--settle", "memo:m=theirs")[:2] == (0, "Came in: nothing new.\n")


def test_what_two_people_settled_comes_together_and_is_told(study: Study) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    coding = study.codings["water-fi"]
    for project, who in ((a, "cilla"), (b, "dora")):
        settle(project, who, "alpha-01", "water", ("anna", "bo"), [coding.id], "given", coding.anchor, "sama")
    ab, ba = both_ways(study)
    assert settlements(ab) == settlements(ba)
    told = [e for e in history(ab, coding.id) if e.what == "decided"]
    assert sorted((e.who, e.text) for e in told) == [("cilla", "given: sama"), ("dora", "given: sama")]
    for project in (a, b):
        settle(project, "cilla", "alpha-01", "water", ("anna", "bo"), [coding.id], "not-given", coding.anchor)
    item = "settlements:cilla/alpha-01"
    assert [q.item for q in merge(ab, a.root).questions] == []
    assert merge(ab, a.root).files == ()
    assert [q.item for q in merge(ab, b.root).questions] == [item]
    assert merge(ab, b.root, {item: "both"}).written


def test_the_verb_asks_one_by_one(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = copied(study.project, "a"), copied(study.project, "b")
    for project in (a, b):
        write_memo(project, Memo("m", "project", "", "", project.root.name))
        write_pseudonyms(project, [Pseudonym("Liisa", project.root.name, "person")])
    monkeypatch.setattr("sys.stdin", io.StringIO("mine\ntheirs\nours\n"))
    with pytest.raises(SystemExit) as end:
        main(["merge", str(b.root), "--project", str(a.root), "--ask"])
    assert end.value.code == 0
    assert "Came in: 1 memos." in capsys.readouterr().out
    assert [m.text for m in read_memos(a)] == ["b"]
    assert [p.pseudonym for p in read_pseudonyms(a)] == ["a"]


ACTIONS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(["code", "memo", "file", "undo", "text", "row", "book", "status", "site", "name"]),
        st.integers(0, 3),
    ),
    max_size=12,
)


def act(project: Project, what: str, pick: int) -> None:
    """Something that a person does; ``pick`` decides where and by whom."""
    coder = ("anna", "bo", "cilla", "dora")[pick]
    interview_id = ("alpha-01", "alpha-02", "beta-01", "beta-02")[pick]
    journal = Journal(project, coder, interview_id)
    transcript = load_transcript(project, interview_id)
    if what == "code":
        journal.add_coding("rail", anchor(transcript, pick, pick + 5))
    elif what == "memo":
        journal.memo(f"{project.root.name} {pick}")
    elif what == "file":
        write_memo(project, Memo(f"m{pick}", "project", coder, "", project.root.name))
    elif what == "undo":
        journal.undo()
    elif what == "text":
        words = f"{transcript.turns[0].text} {project.root.name}"
        save_transcript(project, with_text(transcript, 0, words))
    elif what == "row":
        rows = [
            replace(r, role=project.root.name) if r.id == interview_id else r
            for r in read_interviews(project)
        ]
        write_interviews(project, rows)
    elif what == "book":
        History(project).change("v", lambda b: replace(b, version=f"{b.version}{project.root.name}{pick}"))
    elif what == "status":
        set_status(project, "alpha", "water", Status.POOR, project.root.name, coder)
    elif what == "site":
        line = f'"{project.root.name}{pick}" = "Site"\n'
        text = project.config.read_text(encoding="utf-8")
        write_text(project.config, text if line in text else text + line)
    else:
        write_pseudonyms(project, [Pseudonym(f"N{pick}", project.root.name, "person")])


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(ACTIONS, st.sampled_from(["ours", "theirs"]))
def test_whatever_two_people_do_both_orders_come_to_the_same(
    actions: list[tuple[str, str, int]], choice: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder) / "study")
        copies = {name: copied(study.project, name) for name in "ab"}
        for name, what, pick in actions:
            act(copies[name], what, pick)
        copies = {name: load_project(copy.root) for name, copy in copies.items()}
        asked = merge(copies["a"], copies["b"].root, write=False).questions
        assert {q.item for q in asked} == {
            q.item for q in merge(copies["b"], copies["a"].root, write=False).questions
        }
        ab, ba = both_ways(study, **{q.item: choice for q in asked})
        assert content(ab) == content(ba)
        assert faults(ab) == []
        for other in (*copies.values(), ba):
            assert not merge(ab, other.root, write=False).questions
        for copy in copies.values():  # whoever was not there takes over what was settled
            assert merge(copy, ab.root).written
            assert content(load_project(copy.root)) == content(ab)
