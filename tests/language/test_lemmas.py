"""Lemmas, spoken forms, names, and the keys that a word is found under."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualkit.language.lemmas import analyse, lemma, lemma_keys, lemmas
from qualkit.model import LANGUAGES


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("putket", "putki"), ("vettä", "vesi"), ("raiteet", "raide"), ("työ", "työ"), ("Nesteen", "neste"),
        # spoken
        ("tehhä", "tehdä"), ("yks", "yksi"), ("oo", "olla"), ("kahella", "kaksi"), ("lahen", "lahti"),
        ("putkes", "putki"), ("putkest", "putki"), ("höyrylinjois", "höyrylinja"), ("laituril", "laituri"),
        ("valmiiks", "valmis"), ("rakentanu", "rakentaa"), ("korkee", "korkea"), ("sähkönen", "sähköinen"),
        ("kirjottaa", "kirjoittaa"), ("laittaan", "laittaa"), ("varautumine", "varautuminen"),
        # east and west
        ("rahhaa", "raha"), ("kolome", "kolme"), ("jalaka", "jalka"), ("putkehen", "putki"),
        # clitics and possessives
        ("tulloo", "tulla"), ("putkistokin", "putkisto"), ("putkistomme", "putkisto"),
        ("portinvartijaki", "portinvartija"),
        # names
        ("Virtasen", "virtanen"), ("Virtaselta", "virtanen"), ("Kilpilahdesta", "kilpilahti"),
        ("Helsingissä", "helsinki"), ("ABB:n", "abb"),
    ],
)  # fmt: skip
def test_finnish(word: str, expected: str) -> None:
    assert lemma(word, "fi") == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("rören", "rör"), ("rör", "rör"), ("hamnen", "hamn"), ("spår", "spår"), ("vattnet", "vatten"),
        ("int", "inte"), ("mycke", "mycket"), ("isbrytarn", "isbrytare"), ("trycket", "tryck"),
    ],
)  # fmt: skip
def test_swedish(word: str, expected: str) -> None:
    assert lemma(word, "sv") == expected


@pytest.mark.parametrize(
    ("word", "expected"), [("bridges", "bridge"), ("companies", "company"), ("power's", "power")]
)
def test_english(word: str, expected: str) -> None:
    assert lemma(word, "en") == expected


def test_an_unknown_name_keeps_every_base_form_it_may_have() -> None:
    assert "borealis" in analyse("Borealiksen", "fi").lemmas


def test_a_form_of_two_words_keeps_both() -> None:
    assert set(analyse("tuli", "fi").lemmas) == {"tulla", "tuli"}
    assert analyse("kadun", "fi").lemmas == ("katu", "katua")


@pytest.mark.parametrize(
    ("word", "language", "keys"),
    [
        ("höyryputkistossa", "fi", {"höyry", "putkisto", "putki", "höyryputkisto", "höyryputkistossa"}),
        ("sähköverkkoyhtiö", "fi", {"sähkö", "verkko", "yhtiö", "sähköverkko"}),
        ("höyrylinjan", "fi", {"höyry", "linja", "höyrylinja"}),
        ("rörbryggan", "sv", {"rör", "brygga", "rörbrygga"}),
        ("fjärrvärmenätet", "sv", {"fjärrvärme", "värme", "nät"}),
        ("wastewater", "en", {"waste", "water"}),
        ("pipe-bridge", "en", {"pipe", "bridge", "pipebridge"}),
    ],
)
def test_keys_hold_the_word_its_parts_and_smaller_compounds(word: str, language: str, keys: set[str]) -> None:
    assert keys <= lemma_keys(word, language)


@pytest.mark.parametrize(
    ("word", "key"),
    [("tiedetään", "tie"), ("ratakaisu", "rata"), ("ratkaisu", "rata"), ("windowsilla", "silta")],
)
def test_false_parts_are_no_keys(word: str, key: str) -> None:
    assert key not in lemma_keys(word, "fi")


def test_lemmas_of_a_text_are_in_its_order() -> None:
    assert lemmas("Rören läcker.", "sv")[0] == "rör"


def test_another_language_gives_the_words_themselves() -> None:
    assert lemmas("Die Leitung", "de") == ["die", "leitung"]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), st.sampled_from([*LANGUAGES, "", "de"]))
def test_no_word_is_too_strange(word: str, language: str) -> None:
    known = analyse(word, language)
    assert known.lemmas
    assert all(0 <= part.start < part.end <= len(known.form) for part in known.parts)
    assert known.word in lemma_keys(word, language)
