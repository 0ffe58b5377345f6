from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from qualkit.errors import NoProject
from qualkit.files.anchors import anchor
from qualkit.files.check import check_project
from qualkit.files.interviews import write_interviews
from qualkit.files.journal import Journal
from qualkit.files.memos import write_memo
from qualkit.files.project import Project, load_project
from qualkit.files.suggestions import write_suggestions
from qualkit.files.transcript import load_transcript, save_transcript, transcript_path
from qualkit.model import Interview, Memo, Speaker, Suggestion, Transcript, Turn

CODEBOOK = """format: qualkit-codebook/1
name: {fi: Koe}
languages: [fi]
codes:
  - {id: water, name: {fi: Vesi}, definition: {fi: Vesi.}, examples: {fi: [Vesi on.]}, terms: {fi: [vesi]}}
"""


@pytest.fixture
def sound(project: Project) -> Project:
    """A project with everything in it and no fault."""
    project.codebook_path.write_text(CODEBOOK)
    text = project.config.read_text().replace("[sites]", '[sites]\nkilpi = "Kilpisalo"')
    project.config.write_text(text)
    write_interviews(project, [Interview("a", "kilpi", language="fi"), Interview("b")])
    transcript = Transcript("a", "fi", (Speaker("S1"),), (Turn("S1", "Se vesi on hyvää."),))
    save_transcript(project, transcript)
    (project.recordings / "a.wav").write_text("x")
    Journal(project, "anna", "a").add_coding("water", anchor(transcript, 3, 7))
    write_memo(project, Memo("m", "project", "anna", "2026-11-24T12:00:00Z", "huom"))
    write_suggestions(project, "e5@1", "a", [Suggestion("s", "a", 1, 3, 7, "water", 0.5, "e5@1", "x")])
    return load_project(project.root)


def messages(project: Project) -> list[str]:
    return [f"{p.path.name}:{p.line}: {p.message}" for p in check_project(project.root)]


def test_a_sound_project(sound: Project) -> None:
    before = {path: path.read_bytes() for path in sound.root.rglob("*") if path.is_file()}
    assert messages(sound) == []
    after = {path: path.read_bytes() for path in sound.root.rglob("*") if path.is_file()}
    assert {path: data for path, data in after.items() if path not in before}.keys() <= {
        sound.work / "codebook.json"
    }
    assert all(after[path] == data for path, data in before.items())


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(NoProject):
        check_project(tmp_path)


def test_every_kind_of_file_is_looked_at(sound: Project) -> None:
    """One fault in each file: all of them are told, none hides another."""
    (sound.interviews).write_text("id,date\na,x\na,\n")
    transcript_path(sound, "a").write_text("{")
    sound.codebook_path.write_text(CODEBOOK.replace("terms", "tems"))
    (sound.memos / "m.md").write_text("---\n")
    journal = sound.codings / "anna" / "a.jsonl"
    journal.write_text(journal.read_text().replace('"code":"water"', '"code":"gas"'))
    path = sound.suggestions / "e5@1" / "a.jsonl"
    path.write_text("{}\n")
    told = {problem.path.name: problem for problem in check_project(sound.root)}
    assert told.keys() == {"interviews.csv", "a.json", "codebook.yaml", "m.md", "a.jsonl"}
    assert all(problem.hint for problem in told.values())
    assert sum(m.startswith("a.jsonl") for m in messages(sound)) == 2
    sound.config.write_text("x = ")
    assert messages(sound) == ["qualkit.toml:1: this is not TOML: Invalid value at the end of the file."]


def test_what_does_not_fit_together(sound: Project) -> None:
    write_interviews(sound, [Interview("a", "nowhere", language="de"), Interview("c", recording="c.wav")])
    save_transcript(sound, Transcript("b", "fi", (Speaker("S1"),), (Turn("S1", "x"),)))
    (sound.recordings / "z.mp3").write_text("x")
    sound.codebook_path.write_text(CODEBOOK.replace("id: water", "id: gas"))
    told = messages(sound)
    for part in (
        "a: the site 'nowhere' is not in qualkit.toml",
        "a: the language de is not among languages",
        "c: there is no recording 'c.wav'",
        "z.mp3:0: this recording belongs to no row",
        "b.json:0: it has no row in interviews.csv",
        "a.jsonl:0: 1 coding(s) have the code 'water', which the codebook does not hold",
    ):
        assert any(part in message for message in told), (part, told)
    assert len(told) == 6


def test_codings_that_lost_their_text(sound: Project) -> None:
    path = transcript_path(sound, "a")
    good = path.read_text()
    path.write_text(good.replace("Se vesi", "Kas vesi"))
    assert any("does not stand where it says in revision 1" in message for message in messages(sound))
    path.write_text(good.replace('"revision": 1', '"revision": 2'))
    assert any("revision 1 of a is not there" in message for message in messages(sound))
    path.write_text(good)
    save_transcript(sound, replace(load_transcript(sound, "a"), revision=2, turns=(Turn("S1", "Muuta."),)))
    assert messages(sound) == []  # the old revision is kept, and the coding stands on it


def test_links_and_names(sound: Project, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (sound.transcripts / "b.json").symlink_to(tmp_path / "b.json")
    (sound.transcripts / "b c.json").write_text("{}")
    (tmp_path / "b.json").write_text("{}")
    told = messages(sound)
    assert "b.json:0: this link leads out of the project." in told
    assert any(message.startswith("b c.json:0: its name may hold") for message in told)
    for path in sound.memos.iterdir():
        path.unlink()
    sound.memos.rmdir()
    sound.memos.symlink_to(tmp_path / "out")
    assert "memos:0: this link leads out of the project." in messages(sound)


def test_a_missing_table_of_interviews(sound: Project) -> None:
    sound.interviews.unlink()
    assert "interviews.csv:0: there is no such file." in messages(sound)


def test_the_sample_project_is_sound() -> None:
    root = Path(__file__).parents[2]
    assert [str(p) for p in check_project(root) if p.path.name != "qualkit.toml"] == []


def test_a_colon_in_the_folders_name_does_not_cut_the_message(sound: Project, tmp_path: Path) -> None:
    odd = tmp_path / "study: two"
    shutil.copytree(sound.root, odd)
    path = odd / "codings" / "anna" / "a.jsonl"
    path.write_bytes(b"{}\n" + path.read_bytes())
    (problem,) = check_project(odd)
    assert problem.message == "its first line is no journal's."


def test_a_damaged_list_of_what_was_settled_is_told(sound: Project) -> None:
    (sound.root / "exchange").mkdir()
    (sound.root / "exchange" / "settled.json").write_text("{")
    (problem,) = check_project(sound.root)
    assert problem.path.name == "settled.json"
