"""Terms as speech recognition writes them."""

from __future__ import annotations

import random

import pytest

from qualkit.coding.lexical import LexicalIndex
from qualkit.model import Code, Codebook

CODEBOOK = Codebook(
    {"en": "Test"},
    (
        Code(
            "steam", {}, terms={"fi": ("höyrylinja", "höyry"), "sv": ("ångledning",), "en": ("steam line",)}
        ),
        Code(
            "bridge",
            {},
            terms={"fi": ("putkisilta",), "sv": ("rörbrygga",), "en": ("pipe bridge",)},
        ),
        Code("air", {}, terms={"fi": ("paineilma", "kompressori"), "sv": ("tryckluft",)}),
        Code("guard", {}, terms={"fi": ("kulunvalvonta",), "sv": ("säkerhetsvakt",)}),
        Code("permit", {}, terms={"fi": ("ympäristölupa",), "en": ("permit",)}),
    ),
)
INDEX = LexicalIndex(CODEBOOK)


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("höyry linja on rikki", "fi", "steam"),
        ("putki silta on vanha", "fi", "bridge"),
        ("putki sillalla on ruostetta", "fi", "bridge"),
        ("kulun valvonta puuttuu", "fi", "guard"),
        ("rör bryggan är gammal", "sv", "bridge"),
        ("säkerhets vakterna", "sv", "guard"),
        ("the pipebridge is old", "en", "bridge"),
        ("the pipe-bridge is old", "en", "bridge"),
        ("steamline pressure", "en", "steam"),
        ("paine ilma loppui", "fi", "air"),
    ],
)
def test_compounds_cut_apart_or_run_together(text: str, language: str, code: str) -> None:
    assert code in INDEX.match(text, language)


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("kompresori hajosi", "fi", "air"),
        ("komprssorin huolto", "fi", "air"),
        ("ympäristälupa kesti", "fi", "permit"),
        ("kulunvalvonda", "fi", "guard"),
        ("rörbrygggan", "sv", "bridge"),
    ],
)
def test_one_letter_misheard_in_a_long_word(text: str, language: str, code: str) -> None:
    evidence = INDEX.match(text, language)
    assert code in evidence
    assert evidence[code].score < 0.75


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("paineilmaputketon rikki", "air"),
        ("ymparistolupaa odotetaan", "permit"),
        ("putky silta", "bridge"),
        ("kulun valvonda", "guard"),
    ],
)
def test_what_is_no_word_is_read_as_what_was_said(text: str, code: str) -> None:
    assert 0 < INDEX.match(text, "fi")[code].score < 0.75


def test_real_words_one_letter_away_are_no_mishearing() -> None:
    assert "permit" not in INDEX.match("the hermit lives there", "en")


def test_punctuation_and_capitals_do_not_matter() -> None:
    told = "Höyrylinja vuotaa. Kompressori, kuulemma, hajosi! Ympäristölupa puuttuu?"
    bare = "höyrylinja vuotaa kompressori kuulemma hajosi ympäristölupa puuttuu"
    assert set(INDEX.match(told, "fi")) == set(INDEX.match(bare, "fi")) == {"steam", "air", "permit"}


def test_most_terms_survive_one_error_in_every_third_long_word() -> None:
    rng = random.Random(4)
    terms = [(c.id, t) for c in CODEBOOK.codes for t in c.terms["fi"] if len(t) >= 8]
    kept = tried = 0
    for code, term in terms * 20:
        at = rng.randrange(1, len(term))
        heard = rng.choice(
            [term[:at] + term[at + 1 :], term[:at] + term[at] + term[at:], term[:at] + " " + term[at:]]
        )
        tried += 1
        kept += code in INDEX.match(f"siellä on {heard} tuolla", "fi")
    assert kept / tried > 0.6
