"""What may name a topic: nouns and noun phrases, no function word, generic verb, filler or person."""

from __future__ import annotations

import pytest

from qualkit.language import topics as topics_module
from qualkit.language.topics import names_topic, topics
from qualkit.language.wordlists import word_list
from qualkit.model import LANGUAGES


@pytest.mark.parametrize(
    ("language", "text", "named", "unnamed"),
    [
        (
            "fi",
            "No niinku Matti Virtanen puhuu aina siitä, että kesämökin katto vuotaa ja kaks asiaa on.",
            {"katto"},
            {"matti", "virtanen", "puhua", "asia", "se", "kaksi", "niinku"},
        ),
        (
            "fi",
            "Eija sanoi, että vanha höyrylinja menee varmaan uusiksi. [nauraa] [huokaus]",
            {"höyrylinja"},
            {"eija", "sanoa", "mennä", "varmaan", "vanha höyrylinja", "huokaus"},
        ),
        (
            "sv",
            "Jo alltså, Anna säger att ångledningen är en försiktig grej och kaffet tar slut på två år.",
            {"ångledning", "kaffe"},
            {"anna", "säga", "grej", "försiktig", "två", "år", "alltså"},
        ),
        (
            "en",
            "Well, Mary Smith said the old pipe bridge is, like, a good thing, and they talk about it a lot.",
            {"bridge", "pipe bridge"},
            {"mary", "smith", "mary smith", "thing", "good thing", "they", "talk", "lot"},
        ),
    ],
)
def test_nouns_name_a_topic(language: str, text: str, named: set[str], unnamed: set[str]) -> None:
    (found,) = topics([text], language)
    assert named <= found
    assert not unnamed & found


def test_without_a_parser_the_dictionary_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from qualkit.errors import MissingModel

    def missing(texts: object, language: str) -> None:
        raise MissingModel("not installed", "install it")

    monkeypatch.setattr(topics_module, "read", missing)
    assert topics(["Eija sanoi, että höyrylinja vuotaa."], "fi") == [frozenset({"höyrylinja"})]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_holds_no_topic_of_the_codebook(language: str) -> None:
    """What an interview on infrastructure is about stays nameable."""
    asked = {
        "fi": "vesi sähkö höyry rata satama tie lämpö jäte turvallisuus vartiointi ruokala varasto putki",
        "sv": "vatten elnät ånga järnväg hamn värme avfall säkerhet bevakning matsal lager ledning avtal",
        "en": "water power steam railway harbour road heat waste security guard canteen storage contract",
    }[language]
    assert all(names_topic(word, language) for word in asked.split())
    assert len(word_list("topicless", language)) > 100
