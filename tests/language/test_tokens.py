"""Words and their places."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from qualkit.language.tokens import normal, tokens, words


def test_words_keep_hyphens_apostrophes_and_case_endings_of_abbreviations() -> None:
    assert words("No joo, CO2-päästöt ABB:n verkossa – it's fine…") == [
        "no", "joo", "co2-päästöt", "abb:n", "verkossa", "it's", "fine",
    ]  # fmt: skip


def test_spans_slice_back_to_what_was_written() -> None:
    text = "Höyrylinja\u00a0on “VANHA”."
    assert [text[t.start : t.end] for t in tokens(text)] == ["Höyrylinja", "on", "VANHA"]


def test_decomposed_letters_and_soft_hyphens_are_one_word() -> None:
    assert words(unicodedata.normalize("NFD", "höyryä")) == ["höyryä"]
    assert words("kisko\u00adsto") == ["kiskosto"]


def test_typographic_apostrophe_is_the_straight_one() -> None:
    assert normal("Don’t") == "don't"


@given(st.text(max_size=80))
def test_any_text_gives_ordered_words_inside_it(text: str) -> None:
    at = 0
    for token in tokens(text):
        assert at <= token.start < token.end <= len(text)
        assert 0 < len(token.word) <= 64
        at = token.end
