from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qualkit.errors import BadFile, Conflict, QualkitError, UsageError
from qualkit.files import recordings
from qualkit.files.interviews import read_interviews, write_interviews
from qualkit.files.recordings import (
    Recording,
    add_recording,
    add_transcript,
    check_recordings,
    file_hash,
    find_recordings,
    recording,
)
from qualkit.files.revise import with_text
from qualkit.files.transcript import load_transcript, save_transcript, transcript_ids
from qualkit.model import Interview, Speaker, Transcript, Turn

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project


def audio(path: Path, content: str = "sound") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_by_id_and_by_column(project: Project) -> None:
    rows = [
        Interview("a"),
        Interview("b", recording="day 1/Ääni 2.MP3"),
        Interview("c"),
        Interview("d", recording="no.wav"),
    ]
    write_interviews(project, rows)
    first = audio(project.recordings / "a.ogg")
    second = audio(project.recordings / "day 1" / "Ääni 2.MP3")
    audio(project.recordings / "a.txt")
    audio(project.recordings / "README.md")
    assert find_recordings(project) == (Recording("a", first), Recording("b", second))
    assert recording(project, "b") == Recording("b", second)
    assert recording(project, "c") is None
    (problem,) = check_recordings(project)
    assert "d: there is no recording 'no.wav'" in problem.message


def test_several_files_of_one_id(project: Project) -> None:
    write_interviews(project, [Interview("a")])
    audio(project.recordings / "a.mp3")
    best = audio(project.recordings / "a.wav")
    assert find_recordings(project) == (Recording("a", best),)
    assert "a.wav is taken for a, and a.mp3 is there too" in check_recordings(project)[0].message


def test_a_recording_without_a_row(project: Project) -> None:
    audio(project.recordings / "orphan.m4a")
    assert find_recordings(project) == ()
    assert "belongs to no row" in check_recordings(project)[0].message


def test_links_out_of_the_project_are_not_followed(project: Project, tmp_path: Path) -> None:
    write_interviews(project, [Interview("a"), Interview("b")])
    audio(tmp_path / "out" / "b.wav")
    (project.recordings / "a.wav").symlink_to(audio(tmp_path / "secret.wav"))
    assert find_recordings(project) == ()
    assert "link leads out" in check_recordings(project)[0].message
    (project.recordings / "a.wav").unlink()
    project.recordings.rmdir()
    project.recordings.symlink_to(tmp_path / "out")
    assert find_recordings(project) == ()
    with pytest.raises(BadFile, match="leads out of the project"):
        add_recording(project, audio(tmp_path / "c.wav"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["b.wav"]


def test_adding_makes_a_safe_id_and_a_row(project: Project, tmp_path: Path) -> None:
    source = audio(tmp_path / "Käyttö; (=1) 2026.WAV")
    added = add_recording(project, source, Interview("", site="kilpi", language="fi", speakers=3))
    assert added.new
    assert added.path == project.recordings / "kaytto-1-2026.wav"
    assert added.path.read_bytes() == source.read_bytes()
    assert read_interviews(project) == (
        Interview("kaytto-1-2026", "kilpi", language="fi", speakers=3, attributes={}),
    )
    assert find_recordings(project) == (Recording("kaytto-1-2026", added.path),)


def test_adding_twice_does_no_work_and_never_overwrites(project: Project, tmp_path: Path) -> None:
    first = add_recording(project, audio(tmp_path / "1" / "a.wav", "one"))
    again = add_recording(project, audio(tmp_path / "2" / "a.wav", "one"))
    assert (again.new, again.path, again.interview) == (False, first.path, first.interview)
    other = add_recording(project, audio(tmp_path / "3" / "a.wav", "two"))
    third = add_recording(project, audio(tmp_path / "4" / "A.mp3", "three"))
    assert [x.interview.id for x in (first, other, third)] == ["a", "a-2", "a-3"]
    assert first.path.read_text() == "one"
    assert [row.id for row in read_interviews(project)] == ["a", "a-2", "a-3"]
    with pytest.raises(Conflict, match="a file for a-2 already"):
        add_recording(project, audio(tmp_path / "5" / "x.wav", "four"), Interview("a-2"))


def test_a_row_that_waits_for_its_recording(project: Project, tmp_path: Path) -> None:
    rows = (Interview("kilpi-01", "kilpi", "2026-11-24", attributes={"vuoro": "yö"}), Interview("b"))
    write_interviews(project, rows)
    added = add_recording(project, audio(tmp_path / "Kilpi 01.m4a"))
    assert added.interview == rows[0]
    named = add_recording(project, audio(tmp_path / "whatever.mp3", "other"), Interview("b"))
    assert named.path.name == "b.mp3"
    assert [row.id for row in read_interviews(project)] == ["kilpi-01", "b"]


@pytest.mark.parametrize("name", ["x.docx", "x", "x.exe"])
def test_files_that_are_neither(project: Project, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="neither a recording nor"):
        add_recording(project, audio(tmp_path / name))
    assert read_interviews(project) == ()


def test_no_such_file_and_no_such_id(project: Project, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        add_recording(project, tmp_path / "none.wav")
    with pytest.raises(UsageError, match="may hold letters"):
        add_recording(project, audio(tmp_path / "a.wav"), Interview("../a"))


def test_a_full_disk_leaves_nothing(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_text("ha")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(QualkitError, match="disk is full"):
        add_recording(project, audio(tmp_path / "a.wav"))
    assert list(project.recordings.iterdir()) == []
    assert read_interviews(project) == ()


def said(*texts: str, language: str = "") -> Transcript:
    return Transcript("x", language, (Speaker("S1"),), tuple(Turn("S1", t) for t in texts), revision=7)


def test_a_transcript_made_elsewhere(project: Project, tmp_path: Path) -> None:
    source = tmp_path / "Haastattelu 3.txt"
    added = add_transcript(project, source, said("Mitä kuuluu?", "Hyvää, kiitos."))
    assert added.interview.id == "haastattelu-3"
    transcript = load_transcript(project, "haastattelu-3")
    assert [turn.text for turn in transcript.turns] == ["Mitä kuuluu?", "Hyvää, kiitos."]
    assert (transcript.language, transcript.revision) == ("fi", 1)
    assert not add_transcript(project, source, said("Mitä kuuluu?", "Hyvää, kiitos.")).new
    assert add_transcript(project, source, said("Jotain muuta.")).interview.id == "haastattelu-3-2"
    assert transcript_ids(project) == ("haastattelu-3", "haastattelu-3-2")
    with pytest.raises(Conflict):
        add_transcript(project, source, said("Kolmas."), Interview("haastattelu-3"))
    with pytest.raises(UsageError, match="may hold letters"):
        add_transcript(project, source, said("Kolmas."), Interview("../a"))


def test_a_file_whose_transcript_was_corrected_is_not_added_again(project: Project, tmp_path: Path) -> None:
    read = replace(said("Mitä kuulu?"), provenance={"sha256": "ab"})
    assert add_transcript(project, tmp_path / "a.txt", said("Muuta.")).new
    assert add_transcript(project, tmp_path / "a.txt", read).interview.id == "a-2"
    save_transcript(project, with_text(load_transcript(project, "a-2"), 0, "Mitä kuuluu?"))
    again = add_transcript(project, tmp_path / "a.txt", read)
    assert (again.new, again.interview.id) == (False, "a-2")


def test_the_language_of_a_transcript(project: Project, tmp_path: Path) -> None:
    write_interviews(project, [Interview("a", language="en")])
    assert add_transcript(project, tmp_path / "a.vtt", said("Hi", language="sv")).interview.id == "a"
    assert load_transcript(project, "a").language == "en"
    assert add_transcript(project, tmp_path / "b.vtt", said("Hej", language="sv")).interview.language == "sv"
    added = add_transcript(
        project, tmp_path / "c.vtt", said("Hei", language="sv"), Interview("", language="fi")
    )
    assert added.interview.language == "fi"


def test_a_transcript_for_a_row_with_a_recording(project: Project, tmp_path: Path) -> None:
    add_recording(project, audio(tmp_path / "a.wav"))
    assert add_transcript(project, tmp_path / "a.txt", said("Moi.")).interview.id == "a"
    assert [row.id for row in read_interviews(project)] == ["a"]


def test_the_hash_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "_BLOCK", 2)
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert file_hash(audio(tmp_path / "x", "abc")) == expected
    with pytest.raises(BadFile):
        file_hash(tmp_path / "none")
