"""Compounds are cut where people hear the seam, and nowhere else."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualkit.language.compounds import parts, parts_behind_name, runs


def cut(word: str, language: str) -> list[str]:
    return [part.lemma for part in parts(word, language)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("höyryputkistossa", ["höyry", "putkisto"]),
        ("sähköverkkoyhtiö", ["sähkö", "verkko", "yhtiö"]),
        ("putkisillat", ["putki", "silta"]),
        ("kulunvalvontaa", ["kulku", "valvonta"]),
        ("kaukolämpöputki", ["kauko", "lämpö", "putki"]),
        ("kunnossapito", ["kunnossa", "pito"]),
        ("huoltovarmuuskeskus", ["huolto", "varmuus", "keskus"]),
        ("maankäyttö", ["maa", "käyttö"]),
        ("kantaverkkoyhtiö", ["kanta", "verkko", "yhtiö"]),
        ("teollisuusalueella", ["teollisuus", "alue"]),
    ],
)
def test_finnish(word: str, expected: list[str]) -> None:
    assert cut(word, "fi") == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("rörbrygga", ["rör", "brygga"]),
        ("fjärrvärmenätet", ["fjärr", "värme", "nät"]),
        ("försörjningsberedskap", ["försörjning", "beredskap"]),
        ("säkerhetsvakt", ["säkerhet", "vakt"]),
        ("tryckluft", ["tryck", "luft"]),
        ("elnätet", ["el", "nät"]),
    ],
)
def test_swedish(word: str, expected: list[str]) -> None:
    assert cut(word, "sv") == expected


@pytest.mark.parametrize(
    "word",
    [
        "ratakaisu", "ratkaisu", "tiedetään", "kaasu", "palaveri", "terminaali", "turvallisuus",
        "organisaatio",
        "materiaali", "kokonaisuus", "etäisyys", "kapasiteetti", "hallinto", "investointi", "liikenne",
    ],
)  # fmt: skip
def test_finnish_words_that_only_look_like_compounds(word: str) -> None:
    assert cut(word, "fi") == []


@pytest.mark.parametrize("word", ["spelare", "ångare", "kapacitet", "investering", "beroende", "rörelse"])
def test_swedish_words_that_only_look_like_compounds(word: str) -> None:
    assert cut(word, "sv") == []


def test_a_name_before_a_known_head() -> None:
    assert [p.lemma for p in parts_behind_name("borealisputki", "fi")] == ["borealis", "putki"]
    assert parts_behind_name("windowsilla", "fi") == ()


def test_runs_are_the_smaller_compounds() -> None:
    word = "sähköverkkoyhtiössä"
    assert runs(parts(word, "fi"), word) == {"sähköverkko", "verkkoyhtiö", "sähköverkkoyhtiö"}


@settings(max_examples=150, deadline=None)
@given(st.text("aeiouyäöstklnprhmvjd", min_size=1, max_size=45), st.sampled_from(["fi", "sv", "en"]))
def test_parts_cover_the_word_without_a_gap(word: str, language: str) -> None:
    found = parts(word, language)
    if found:
        assert found[0].start == 0
        assert found[-1].end == len(word)
        assert all(left.end == right.start for left, right in pairwise(found))
        assert len(found) > 1
