"""The sample codebook holds what it promises, in all of its languages."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from qualkit.files.codebook import check_codebook, read_codebook
from qualkit.model import LANGUAGES, Code, Codebook

PATH = Path(__file__).parents[2] / "codebooks" / "infrastructure-security.yaml"
CODES = {
    "infrastructure": (
        "water pipe-bridge rail steam-heat compressed-air gas chemicals road power data-network port land-use"
    ),
    "services": "shared-services site-security cyber-security fire-rescue process-safety preparedness",
    "aspect": (
        "condition capacity investment clean-transition cooperation dependency-risk governance cost-funding"
    ),
}


@pytest.fixture(scope="module")
def book() -> Codebook:
    return read_codebook(PATH)


def test_checks_clean() -> None:
    assert [str(problem) for problem in check_codebook(PATH)] == []


def test_holds_the_three_dimensions(book: Codebook) -> None:
    assert {
        root.id: " ".join(code.id for code in book.children(root.id)) for root in book.children("")
    } == CODES
    assert [code.id for code in book.codable] == " ".join(CODES.values()).split()


def test_every_code_is_complete_in_every_language(book: Codebook) -> None:
    assert book.languages == LANGUAGES
    for code in book.codable:
        for language in LANGUAGES:
            place = f"{code.id} {language}"
            assert code.name[language], place
            assert ". " in code.definition[language], place
            assert min(len(code.include[language]), len(code.exclude[language])) >= 3, place
            assert len(code.examples[language]) >= 5, place
            assert len(code.terms[language]) >= 20, place


def test_exclude_rules_name_another_code(book: Codebook) -> None:
    for code in book.codable:
        others = set(book.by_id) - {code.id, book.dimension(code.id)}
        for language in LANGUAGES:
            assert any(_names(rule, others) for rule in code.exclude[language]), f"{code.id} {language}"


def test_examples_stand_once(book: Codebook) -> None:
    said = [quote for code in book.codable for quotes in code.examples.values() for quote in quotes]
    assert len(said) == len(set(said))


def test_colours_tell_codes_apart(book: Codebook) -> None:
    colours = [code.color for code in book.codes]
    assert all(colours)
    assert len(colours) == len(set(colours))


def test_text_is_composed_and_without_hidden_signs() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert text == unicodedata.normalize("NFC", text)
    assert not {letter for letter in text if unicodedata.category(letter) in {"Cf", "Cc"}} - {"\n"}


def _names(rule: str, codes: set[str]) -> bool:
    return any(code in rule for code in codes)


def test_languages_give_the_same_number_of_rules(book: Codebook) -> None:
    def counts(code: Code, language: str) -> tuple[int, int]:
        return len(code.include[language]), len(code.exclude[language])

    for code in book.codable:
        assert len({counts(code, language) for language in LANGUAGES}) == 1, code.id
