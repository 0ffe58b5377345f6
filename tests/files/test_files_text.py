from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile
from qualkit.files.text import fault_in_line, fault_in_text, nfc, one_line, read_text

if TYPE_CHECKING:
    from pathlib import Path

anything = st.text(st.characters())  # surrogates and controls included


@given(anything)
def test_one_line_makes_what_a_turn_may_hold(text: str) -> None:
    made = one_line(text)
    assert fault_in_line(made) == ""
    assert one_line(made) == made


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufffe\uffff")))
def test_one_line_keeps_every_letter(text: str) -> None:
    assert one_line(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a\nb", "line break"),
        ("a\u2028b", "line break"),
        ("a\x1b[31m", "U\\+001B"),
        ("a\x00", "U\\+0000"),
        ("a\ud800", "U\\+D800"),
        ("a\u0308", "normal form C"),
    ],
)
def test_faults_in_a_line(text: str, word: str) -> None:
    with pytest.raises(AssertionError, match=word):
        assert not fault_in_line(text), fault_in_line(text)


def test_markup_bidi_marks_and_astral_planes_are_text() -> None:
    assert fault_in_line("[laughs] ok [/] \u202eabc\u202c 🔧 𝔸 <b>&amp; =1+1\t") == ""
    assert fault_in_text("two\nlines") == ""


def test_nfc_and_line_feeds() -> None:
    assert nfc("a\u0308\r\nb\rc") == "ä\nb\nc"


def test_a_wrong_byte_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntwo\nthr\xe4\n")
    with pytest.raises(BadFile) as caught:
        read_text(path)
    assert caught.value.line == 3
    assert "UTF-8" in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        read_text(tmp_path / "none.txt")
    with pytest.raises(BadFile, match="folder"):
        read_text(tmp_path)
