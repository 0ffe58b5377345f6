from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile
from qualkit.files.transcript import read_transcript, write_transcript
from qualkit.transcription.readers import read_foreign


def read(tmp_path: Path, name: str, text: str) -> list[tuple[str, int | None, int | None, str]]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    transcript = read_foreign(path).transcript
    return [(transcript.speaker(t.speaker).name, t.start_ms, t.end_ms, t.text) for t in transcript.turns]


def test_names_in_front_and_blank_lines(tmp_path: Path) -> None:
    text = (
        "\ufeffHaastattelija: Mitä kuuluu?\r\nMatti Meikäläinen: Hyvää\r\nkiitos.\r\n\r\nJa vielä: tää.\r\n"
        "[00:01:02] Matti Meikäläinen: [laughs] ok [/] klo 12:30.\n"
    )
    assert read(tmp_path, "a.txt", text) == [
        ("Haastattelija", None, None, "Mitä kuuluu?"),
        ("Matti Meikäläinen", None, None, "Hyvää kiitos."),
        ("Matti Meikäläinen", None, None, "Ja vielä: tää."),
        ("Matti Meikäläinen", 62000, 63690, "[laughs] ok [/] klo 12:30."),
    ]


def test_text_without_names(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", "Yksi rivi\njatkuu.\n\nToinen <b>.\n") == [
        ("", None, None, "Yksi rivi jatkuu."),
        ("", None, None, "Toinen <b>."),
    ]


def test_roles(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("I: Hej?\nB: Hej.\n")
    assert [s.role for s in read_foreign(path).transcript.speakers] == ["interviewer", ""]


def test_subrip(tmp_path: Path) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,500\nH: Moi\n<i>moi</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nja hei\n\n"
        "3\n01:00:05,000 --> 01:00:04,000\nV: {\\an8}No moi\n\n4\n00:00:09,000 --> 00:00:10,000\n\n"
    )
    assert read(tmp_path, "a.srt", text) == [
        ("H", 1000, 4000, "Moi moi ja hei"),
        ("V", 3605000, 3605000, "No moi"),
    ]


def test_webvtt(tmp_path: Path) -> None:
    text = (
        "WEBVTT\n\nNOTE made by x\n\nSTYLE\n::cue {}\n\nid\n00:01.000 --> 00:02.000 align:start\n"
        "<v Anna>Yksi <00:01.500><c>kaksi</c></v>\n\n00:02.000 --> 00:03.000\n<v.loud Bo>Kolme\n"
    )
    assert read(tmp_path, "a.vtt", text) == [("Anna", 1000, 2000, "Yksi kaksi"), ("Bo", 2000, 3000, "Kolme")]


@pytest.mark.parametrize(
    ("name", "text"), [("a.txt", " \n\n"), ("a.srt", "no times here"), ("a.vtt", "WEBVTT\n")]
)
def test_no_text(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(BadFile, match="no text"):
        read(tmp_path, name, text)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from([".txt", ".srt", ".vtt"]))
def test_whatever_is_read_can_be_written(text: str, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        if suffix != ".txt":
            text = f"00:00:01.000 --> 00:00:02.000\n{text}"
        path.write_text(text, encoding="utf-8")
        try:
            transcript = read_foreign(path).transcript
        except BadFile:
            return
        write_transcript(path.with_suffix(".json"), transcript)
        assert read_transcript(path.with_suffix(".json")) == transcript
