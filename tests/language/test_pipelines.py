"""What spaCy reads, with the packages that are installed."""

from __future__ import annotations

import importlib.util

import pytest

from qualkit.errors import MissingModel
from qualkit.language import pipelines


def test_finnish_phrases_names_and_sentences() -> None:
    text = "Meillä on uuden putkisillan kanssa ongelmia. Matti Virtanen sanoi sen."
    [reading] = pipelines.read([text], "fi")
    assert "uusi putkisilta" in {phrase.base for phrase in reading.phrases}
    assert "Matti Virtanen" in {name.text for name in reading.names if name.kind == "person"}
    assert len(reading.sentences) == 2
    assert all(text[phrase.start : phrase.end] == phrase.text for phrase in reading.phrases)
    assert all(text[name.start : name.end] == name.text for name in reading.names)


def test_english_phrases_leave_articles_out() -> None:
    [phrases] = pipelines.noun_phrases(["The cooling water comes from the old pumping stations."], "en")
    assert {"cooling water", "old pumping station"} <= {phrase.base for phrase in phrases}


def test_swedish_without_a_model_has_full_stops_and_dictionary_nouns() -> None:
    if pipelines.has_parser("sv"):
        pytest.skip("a Swedish model is installed")
    [reading] = pipelines.read(["Rörbryggan läcker. Vägen är smal."], "sv")
    assert len(reading.sentences) == 2
    assert {"rörbrygga", "väg"} <= {phrase.base for phrase in reading.phrases}
    assert reading.names == ()


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    pipelines.pipeline.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingModel, match="pip install spacy-fi-experimental-web-md"):
        pipelines.pipeline("fi")
    pipelines.pipeline.cache_clear()


def test_odd_texts_and_languages_are_read() -> None:
    assert [r.sentences for r in pipelines.read(["", "  "], "fi")] == [(), ()]
    assert len(list(pipelines.read(["Tere päevast. Kuidas läheb?"], "et"))) == 1
