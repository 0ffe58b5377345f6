from __future__ import annotations

import errno
import json
import os
import tempfile
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile, Conflict, QualkitError, UsageError
from qualkit.files.text import one_line
from qualkit.files.transcript import (
    check_transcript,
    latest_revision,
    load_transcript,
    read_transcript,
    save_transcript,
    transcript_ids,
    write_transcript,
)
from qualkit.model import Notice, NoticeKind, Source, Speaker, Transcript, Turn, Word

if TYPE_CHECKING:
    from qualkit.files.project import Project

SMALL = Transcript(
    interview="kilpi-01",
    language="fi",
    speakers=(Speaker("S1", "Haastattelija", "interviewer"), Speaker("S2")),
    turns=(
        Turn("S1", "Eli vesi 🔧 tulee", 0, 4200, (Word(0, 3, 0, 310, 0.5), Word(9, 10, 400, 500))),
        Turn("S2", "[laughs] ok [/] \u202eabc\u202c <b>", language="sv", overlap=True, sampled=True),
    ),
    source=Source("kilpi-01.ogg", "00ff", 61000),
    provenance={"engine": "x", "settings": {"beam": 5, "words": [1, None, True]}},
    notices=(Notice(NoticeKind.DAMAGED, 1, 2, "torn"),),
)


def write(path: Path, change: dict[str, Any]) -> Path:
    """The small transcript's JSON with places such as ``turns.0.text`` changed (None: taken away)."""
    write_transcript(path, SMALL)
    content = json.loads(path.read_text())
    for place, value in change.items():
        at = content
        *way, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        for part in way:
            at = at[part]
        if value is None:
            del at[last]
        else:
            at[last] = value
    path.write_text(json.dumps(content))
    return path


texts = st.text(st.characters(), max_size=30).map(one_line)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    text = draw(texts)
    words: list[Word] = []
    cuts = sorted(set(draw(st.lists(st.integers(0, len(text)), max_size=8))))
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        begins = draw(st.integers(0, 10**7))
        share = draw(st.none() | st.floats(0, 1))
        words.append(Word(start, end, begins, begins + draw(st.integers(0, 999)), share))
    start_ms = draw(st.none() | st.integers(0, 10**7))
    return Turn(
        speaker=draw(st.sampled_from(["S1", "S2", "ä"])),
        text=text,
        start_ms=start_ms,
        end_ms=None if start_ms is None else start_ms + draw(st.integers(0, 10**6)),
        words=tuple(words),
        language=draw(st.sampled_from(["", "fi", "sv"])),
        overlap=draw(st.booleans()),
        sampled=draw(st.booleans()),
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
transcripts = st.builds(
    Transcript,
    interview=st.sampled_from(["a", "kilpi-01", "käyttö"]),
    language=st.sampled_from(["", "fi", "sv", "en"]),
    speakers=st.lists(
        st.builds(Speaker, texts.filter(bool), texts, st.sampled_from(["", "interviewer", "interviewee"])),
        max_size=3,
        unique_by=lambda speaker: speaker.id,
    ).map(tuple),
    turns=st.lists(turns(), max_size=5).map(tuple),
    revision=st.integers(1, 99),
    source=st.none() | st.builds(Source, texts, texts, st.integers(0, 10**8)),
    provenance=st.dictionaries(texts, json_values, max_size=3),
    notices=st.lists(
        st.builds(
            lambda kind, start, length, message: Notice(kind, start, start + length, message),
            st.sampled_from(NoticeKind),
            st.integers(0, 10**7),
            st.integers(0, 10**6),
            texts,
        ),
        max_size=3,
    ).map(tuple),
)


@given(transcripts)
def test_round_trip(transcript: Transcript) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.json"
        write_transcript(path, transcript)
        assert read_transcript(path) == transcript
        before = path.read_bytes()
        write_transcript(path, read_transcript(path))
        assert path.read_bytes() == before


@given(transcripts, st.integers(0, 10**6), st.characters(), st.booleans())
def test_an_edit_by_hand_is_read_or_refused_in_one_line(
    transcript: Transcript, position: int, character: str, insert: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.json"
        write_transcript(path, transcript)
        text = path.read_text(encoding="utf-8")
        at = position % len(text)
        path.write_bytes((text[:at] + character + text[at + (not insert) :]).encode("utf-8", "surrogatepass"))
        caught = ""
        try:
            read_transcript(path)
        except BadFile as error:
            caught = str(error)
        assert "\n" not in caught
        assert not caught or caught.startswith(str(path))


def test_no_turns_and_a_word_a_line(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    write_transcript(path, replace(SMALL, turns=()))
    assert read_transcript(path).turns == ()
    write_transcript(path, SMALL)
    assert '   {"text": "🔧", "start": 9, "end": 10, "start_ms": 400, "end_ms": 500}\n' in path.read_text()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"turns": None}, "turns is missing"),
        ({"turns": {}}, "turns must be a list"),
        ({"turns.1": "x"}, r"turns\[1\] must be an object"),
        ({"turns.0.words.1.end": 99}, r"turns\[0\]\.words\[1\] stands at 9–99"),
        ({"turns.0.words.1.text": "x"}, r"turns\[0\]\.words\[1\]\.text is not what"),
        (
            {"turns.0.words.1.start": 2, "turns.0.words.1.end": 8, "turns.0.words.1.text": None},
            "after the word",
        ),
        ({"turns.0.words.0.confidence": 1.5}, r"words\[0\]\.confidence must be a number from 0 to 1"),
        ({"turns.0.words.0.start": "0"}, r"words\[0\]\.start must be a whole number"),
        ({"turns.0.words.0.start_ms": None}, r"words\[0\]\.start_ms must be"),
        ({"turns.0.end_ms": None}, r"turns\[0\]\.end_ms must be"),
        ({"turns.0.start_ms": 5000}, r"turns\[0\]\.end_ms is before start_ms"),
        ({"turns.0.start_ms": -1}, r"turns\[0\]\.start_ms must be"),
        ({"turns.0.start_ms": True}, r"turns\[0\]\.start_ms must be"),
        ({"turns.0.text": "a\nb", "turns.0.words": []}, r"turns\[0\]\.text holds a line break"),
        ({"turns.1.text": "\x1b[2J"}, r"turns\[1\]\.text holds the character U\+001B"),
        ({"turns.1.text": "\ud800"}, r"turns\[1\]\.text holds the character U\+D800"),
        ({"turns.1.text": 3}, r"turns\[1\]\.text must be text"),
        ({"turns.1.tekst": "x"}, r"turns\[1\]\.tekst is not a key"),
        ({"turns.1.overlap": "yes"}, r"turns\[1\]\.overlap must be true or false"),
        ({"turns.1.language": "finnish!"}, r"turns\[1\]\.language must be a language code"),
        ({"speakers.1.id": "S1"}, r"speakers\[1\]\.id stands twice"),
        ({"speakers.0.role": "boss"}, r"speakers\[0\]\.role must be"),
        ({"interview": "../x"}, "interview may hold letters"),
        ({"revision": 0}, "revision must be 1 or more"),
        ({"notices.0.kind": "x"}, r"notices\[0\]\.kind must be one of damaged"),
        ({"source.duration_ms": 1.5}, "source.duration_ms must be a whole number"),
        ({"format": "qualkit-transcript/2"}, "newer Qualkit"),
        ({"format": "rtf"}, "qualkit-transcript/1 is expected"),
        ({"format": None}, "qualkit-transcript/1 is expected"),
    ],
)
def test_nonsense_is_told_with_its_place(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    path = write(tmp_path / "kilpi-01.json", change)
    with pytest.raises(BadFile, match=word):
        read_transcript(path)
    assert len(check_transcript(path)) == 1


@pytest.mark.parametrize(
    ("data", "line", "word"),
    [
        (b"", 1, "not JSON"),
        (b'{\n "format": "qualkit-transcript/1",\n "turns": [}\n', 3, "not JSON"),
        (b"[]", 0, "the file must be an object"),
        (b'{"a": NaN}', 0, "no number"),
        (b"[" * 100_000, 0, "nested too deep"),
        (b'{"a": "\xff"}', 1, "UTF-8"),
    ],
)
def test_faults_of_syntax_are_told_with_their_line(tmp_path: Path, data: bytes, line: int, word: str) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(data)
    with pytest.raises(BadFile, match=word) as caught:
        read_transcript(path)
    assert caught.value.line == line


def test_letters_that_an_editor_decomposed_are_composed_again(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    text = "ä ö ääni"
    turn = Turn("S1", text, 0, 9, (Word(0, 1, 0, 1), Word(2, 3, 1, 2), Word(4, 8, 2, 3)))
    write_transcript(path, replace(SMALL, turns=(turn,)))
    content = json.loads(path.read_text())
    apart = unicodedata.normalize("NFD", text)
    content["turns"][0]["text"] = apart
    at = 0
    for word in content["turns"][0]["words"]:
        part = unicodedata.normalize("NFD", word["text"])
        at = apart.index(part, at)
        word |= {"text": part, "start": at, "end": at + len(part)}
        at += len(part)
    path.write_text(json.dumps(content))
    assert read_transcript(path).turns == (turn,)


def test_the_check_tells_what_reading_lets_pass(tmp_path: Path) -> None:
    path = write(
        tmp_path / "other.json", {"turns.1.speaker": "S22", "turns.0.text": " ", "turns.0.words": []}
    )
    messages = [problem.message for problem in check_transcript(path)]
    assert [m.split()[0] for m in messages] == ["turns[0].text", "turns[1].speaker", "this"]


def test_text_that_is_not_canonical_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    for text in ("two\nlines", "a\u0308", "\x1b"):
        with pytest.raises(BadFile, match="not written"):
            write_transcript(path, replace(SMALL, turns=(Turn("S1", text),)))
    with pytest.raises(BadFile, match="not written"):
        write_transcript(path, replace(SMALL, provenance={"x": float("nan")}))
    assert not path.exists()


def test_revisions_are_kept(project: Project) -> None:
    assert latest_revision(project, "kilpi-01") == 0
    with pytest.raises(UsageError, match="qualkit transcribe kilpi-01"):
        load_transcript(project, "kilpi-01")
    save_transcript(project, SMALL)
    second = replace(SMALL, revision=2, language="sv")
    save_transcript(project, second)
    save_transcript(project, replace(SMALL, revision=3))
    assert load_transcript(project, "kilpi-01", 1) == SMALL
    former = load_transcript(project, "kilpi-01", 2)
    assert replace(former, provenance=second.provenance) == second
    assert former.provenance["revised"] == {"at": ANY, "by": project.coder}
    assert load_transcript(project, "kilpi-01").revision == latest_revision(project, "kilpi-01") == 3
    assert transcript_ids(project) == ("kilpi-01",)
    with pytest.raises(UsageError, match="no revision 9"):
        load_transcript(project, "kilpi-01", 9)


def test_saving_again_changes_nothing_and_an_old_revision_is_refused(project: Project) -> None:
    path = save_transcript(project, replace(SMALL, provenance={"a": (1, 2)}))
    facts = path.stat()
    save_transcript(project, replace(SMALL, provenance={"a": [1, 2]}))
    assert path.stat().st_mtime_ns == facts.st_mtime_ns
    assert not (project.transcripts / ".revisions").exists()
    with pytest.raises(Conflict, match="revision 1 is there already"):
        save_transcript(project, replace(SMALL, language="sv"))


def test_a_transcript_under_another_name(project: Project) -> None:
    save_transcript(project, SMALL).rename(project.transcripts / "b.json")
    with pytest.raises(BadFile, match="the transcript of kilpi-01"):
        load_transcript(project, "b")
    with pytest.raises(UsageError, match="may hold letters"):
        load_transcript(project, "../b")


def test_a_link_out_of_the_project_is_not_followed(project: Project, tmp_path: Path) -> None:
    write_transcript(tmp_path / "kilpi-01.json", SMALL)
    (project.transcripts / "kilpi-01.json").symlink_to(tmp_path / "kilpi-01.json")
    with pytest.raises(BadFile, match="leads out of the project"):
        load_transcript(project, "kilpi-01")


def test_a_full_disk_keeps_the_former_revision(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_transcript(project, SMALL)
    before = path.read_bytes()

    def broken(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(QualkitError, match="disk is full"):
        save_transcript(project, replace(SMALL, revision=2))
    assert path.read_bytes() == before
    assert not list(project.root.rglob("*.part"))
