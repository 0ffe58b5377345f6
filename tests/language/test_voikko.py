"""Voikko reads only what is left open, and nothing breaks without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qualkit.language import lemmas, voikko

if TYPE_CHECKING:
    from collections.abc import Iterator


class Library:
    """Answers as the library would."""

    def analyze(self, word: str) -> list[dict[str, str]]:
        return [{"BASEFORM": "Huhtamäki"}, {"CLASS": "nimi"}] if word.startswith("huhtamäe") else []


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    lemmas.ANALYSED.clear()
    monkeypatch.setattr(voikko, "_handle", Library)
    yield
    lemmas.ANALYSED.clear()


@pytest.mark.usefixtures("installed")
def test_words_that_nothing_built_in_knows_are_asked() -> None:
    assert voikko.analyse("huhtamäessäkö") == ("huhtamäki",)
    assert lemmas.analyse("huhtamäezzzä", "fi").lemmas == ("huhtamäki",)


@pytest.mark.usefixtures("installed")
def test_known_words_and_other_languages_are_not() -> None:
    assert lemmas.lemma("putket", "fi") == "putki"
    assert lemmas.lemma("huhtamäezzzä", "sv") != "huhtamäki"


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    voikko._handle.cache_clear()
    monkeypatch.setenv("QUALKIT_VOIKKO", "off")
    assert not voikko.available()
    assert voikko.analyse("talo") is None
    voikko._handle.cache_clear()
