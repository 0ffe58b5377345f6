"""The picker's ranking: any language, slips of the finger, likely codes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qualkit.files.codebook import load_codebook
from qualkit.tui.fuzzy import entries, ranked

if TYPE_CHECKING:
    from tests.tui.conftest import Sample


def found(sample: Sample, query: str, **likely: list[str]) -> list[str]:
    book = load_codebook(sample.project)
    return [code.id for code in ranked(query, book, entries(book), **likely)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("steam", "steam-heat"),
        ("ånga", "steam-heat"),
        ("höy", "steam-heat"),
        ("hoyry", "steam-heat"),
        ("steem", "steam-heat"),
        ("repair debt", "condition"),
        ("raide", "rail"),
        ("VESI", "water"),
    ],
)
def test_one_word_in_any_language_finds_it(sample: Sample, typed: str, first: str) -> None:
    assert found(sample, typed)[0] == first


def test_two_letters_find_only_what_holds_them(sample: Sample) -> None:
    assert found(sample, "ste") == ["steam-heat"]
    assert found(sample, "xyzzy") == []


def test_without_words_the_likely_ones_come_first(sample: Sample) -> None:
    assert found(sample, "", recent=["rail"], suggested=["condition"])[:2] == ["rail", "condition"]
    assert found(sample, "") == ["water", "steam-heat", "rail", "condition"]
