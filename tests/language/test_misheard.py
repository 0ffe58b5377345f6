"""Real words behind what recognition wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.language.misheard import heard_for, run_together, slips


@pytest.mark.parametrize(
    ("heard", "language", "lemma"),
    [
        ("raitteita", "fi", "raide"),
        ("kannakeissa", "fi", "kannake"),
        ("jatevesilupa", "fi", "jätevesilupa"),
        ("kombressori", "fi", "kompressori"),
        ("hamnnen", "sv", "hamn"),
    ],
)
def test_one_slip_of_the_ear(heard: str, language: str, lemma: str) -> None:
    assert lemma in {known.lemma for known in heard_for(heard, language)}


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        ("paineilmaputketon", ("paineilmaputket", "on")),
        ("laippapetti", ("laippa", "petti")),
        ("grzltputki", ()),
    ],
)
def test_words_run_together(heard: str, words: tuple[str, ...]) -> None:
    assert run_together(heard, "fi") == words


def test_short_words_and_names_with_signs_are_left_alone() -> None:
    assert heard_for("patu", "fi") == ()
    assert heard_for("co2-päästö", "fi") == ()
    assert run_together("putkion", "de") == ()


@given(st.text(max_size=30))
def test_a_slip_changes_one_letter(word: str) -> None:
    assert all(abs(len(form) - len(word)) <= 1 and form != word for form in slips(word))
