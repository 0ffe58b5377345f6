"""The word lists hold what the rest relies on."""

from __future__ import annotations

import pytest

from qualkit.language.wordlists import is_content, pairs, word_list, word_table
from qualkit.model import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_lists(language: str) -> None:
    for name in ("stopwords", "fillers", "backchannels", "conjunctions", "abbreviations"):
        assert word_list(name, language), name
    assert word_table("spoken", language)


def test_an_unknown_language_has_none() -> None:
    assert word_list("stopwords", "de") == frozenset()
    assert pairs("parts", "de") == {}


def test_content_words() -> None:
    assert is_content("putki", "fi")
    assert not any(is_content(word, "fi") for word in ("niinku", "joo", "on", "2024"))
