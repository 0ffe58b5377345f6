"""Sentences and clauses of a turn."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.language.tokens import tokens
from qualkit.model import Turn, Word
from qualkit.segment.clauses import clauses, sentences


def cut(text: str, language: str = "fi") -> list[str]:
    return [text[start:end] for start, end in sentences(text, language)]


def test_sentences_end_at_full_stops_and_keep_them() -> None:
    assert cut("Joo. Se on vanha! Onko?  ") == ["Joo.", "Se on vanha!", "Onko?"]


def test_abbreviations_and_ordinals_end_nothing() -> None:
    assert cut("Se on esim. putki. Toinen on 3. linja.") == ["Se on esim. putki.", "Toinen on 3. linja."]


def test_a_turn_without_words_has_no_sentence() -> None:
    assert cut(" … -- ?!") == []


def test_a_long_sentence_without_punctuation_is_cut_before_conjunctions() -> None:
    text = (
        "se linja on rakennettu joskus kaheksankytluvulla ja eristykset siitä on loppu mutta se sähkö on "
        "kuitenkin aika hyvässä kunnossa koska muuntoasema uusittiin viime vuonna kokonaan"
    )
    found = [text[a:b] for a, b in clauses(Turn("A", text), "fi")]
    assert len(found) >= 3
    assert found[0].startswith("se linja")
    assert any(clause.startswith(("mutta", "koska")) for clause in found)


def test_a_pause_of_the_recording_is_a_cut() -> None:
    said = [f"sana{number}" for number in range(30)]
    text = " ".join(said)
    times, at, ms = [], 0, 0
    for number, word in enumerate(said):
        ms += 2_000 if number == 15 else 0
        times.append(Word(at, at + len(word), ms, ms + 300))
        at += len(word) + 1
        ms += 300
    spans = clauses(Turn("A", text, words=tuple(times)), "fi")
    assert [text[a:b].split()[0] for a, b in spans] == ["sana0", "sana15"]


@given(
    st.text(alphabet=st.characters(exclude_characters="\n\r"), max_size=300),
    st.sampled_from(["fi", "sv", "en", ""]),
)
def test_clauses_hold_every_word_once_and_in_order(text: str, language: str) -> None:
    spans = clauses(Turn("A", text), language)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    inside = [
        token for start, end in spans for token in tokens(text) if start <= token.start and token.end <= end
    ]
    assert inside == tokens(text)
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_thousands_of_words_without_a_stop(language: str) -> None:
    assert clauses(Turn("A", "sana " * 3_000), language)
