"""The language of a short stretch of speech."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from qualkit.language.detect import detect_language

SIB = Path(__file__).parents[2].parent / "shared" / "data" / "sib200"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no se on vähän niinku", "fi"), ("mä oon sitä mieltä", "fi"), ("int vet jag", "sv"),
        ("de e så", "sv"), ("you know what", "en"), ("höyryputki", "fi"), ("rörbryggan läcker", "sv"),
    ],
)  # fmt: skip
def test_a_few_words_are_enough(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text", ["", "12345", "mm", "Я не знаю", "你好 世界", "Guten Tag, wie geht es Ihnen heute?"]
)
def test_nothing_is_said_where_nothing_is_known(text: str) -> None:
    assert detect_language(text) == ""
    assert detect_language(text, "fi") == "fi"


@pytest.mark.skipif(not SIB.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize(("folder", "language"), [("fin", "fi"), ("swe", "sv"), ("eng", "en")])
def test_sentences_of_sib_200(folder: str, language: str) -> None:
    with (SIB / folder / "test.tsv").open(encoding="utf-8") as file:
        texts = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    right = sum(detect_language(text) == language for text in texts)
    assert right / len(texts) >= 0.99
