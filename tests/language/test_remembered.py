"""What the dictionaries said is kept between processes, and is never taken from another dictionary."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from qualkit.language import dictionary, lemmas, misheard
from qualkit.language.dictionary import AnswersByLanguage
from qualkit.language.remembered import recall, remember

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WORDS = (
    ("höyrylinjoissa", "fi"),
    ("putkistokin", "fi"),
    ("rörbryggan", "sv"),
    ("leaking", "en"),
    ("xyzq", "fi"),
    ("raitteita", "fi"),
    ("putketon", "fi"),
)


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "LOOKED_UP", AnswersByLanguage(dictionary._look_up, 1_000))
    monkeypatch.setattr(dictionary, "ASKED", AnswersByLanguage(dictionary.look_up, 1_000))
    monkeypatch.setattr(lemmas, "ANALYSED", AnswersByLanguage(lemmas._analyse, 1_000))
    monkeypatch.setattr(misheard, "HEARD", AnswersByLanguage(misheard._heard_for, 1_000))
    monkeypatch.setattr(misheard, "RUN_TOGETHER", AnswersByLanguage(misheard._run_together, 1_000))


def everything(word: str, language: str) -> tuple[object, ...]:
    """All that is asked of a word."""
    return (
        lemmas.analyse(word, language),
        lemmas.lemma_keys.__wrapped__(word, language),
        dictionary.ask(word, "sv"),
        misheard.heard_for(word, language),
        misheard.run_together(word, language),
    )


def test_remembered_words_are_read_as_before_and_ask_no_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "work" / "words.json"
    _forget(monkeypatch)
    before = [everything(*word) for word in WORDS]
    remember(file, 0)
    _forget(monkeypatch)
    recalled = recall(file)
    tables = (lemmas.ANALYSED, dictionary.ASKED, misheard.HEARD, misheard.RUN_TOGETHER)
    assert recalled == sum(len(found) for table in tables for found in table.values())
    assert sum(map(len, lemmas.ANALYSED.values())) >= len(WORDS)
    again = tmp_path / "again.json"
    remember(again, recalled)
    assert not again.exists()

    def asked(language: str) -> dict[str, str]:
        raise AssertionError(language)

    monkeypatch.setattr(dictionary, "_table", asked)
    assert [everything(*word) for word in WORDS] == before


def test_nothing_new_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _forget(monkeypatch)
    lemmas.analyse("höyry", "fi")
    remember(tmp_path / "words.json", len(lemmas.ANALYSED["fi"]))
    assert not (tmp_path / "words.json").exists()


def test_a_file_of_other_dictionaries_or_cut_short_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "words.json"
    _forget(monkeypatch)
    lemmas.analyse("höyry", "fi")
    remember(file, 0)
    text = file.read_text(encoding="utf-8")
    held = json.loads(text)
    for broken in (
        text[:-20],
        "[]",
        "{}",
        json.dumps({**held, "of": "other"}),
        json.dumps({**held, "words": 3}),
        json.dumps({**held, "lemmas": {"fi": {"höyry": ["höyry"]}}}),
        json.dumps({**held, "heard": {"fi": {"raitteita": [["raiteita"]]}}}),
        json.dumps({**held, "together": {"fi": {"putketon": 2}}}),
        json.dumps({**held, "words": {"fi": {"höyry": ["höyry", [], [], "höyry", "dictionary"]}}}),
        "[" * 100_000,
    ):
        file.write_text(broken, encoding="utf-8")
        _forget(monkeypatch)
        assert recall(file) == 0
        assert not lemmas.ANALYSED


def test_numbers_are_not_remembered_and_do_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "words.json"
    _forget(monkeypatch)
    for word in ("höyry", "2024", "70015"):
        lemmas.analyse(word, "fi")
    remember(file, 1)
    assert not file.exists()
    remember(file, 0)
    assert json.loads(file.read_text(encoding="utf-8"))["words"].keys() == {"fi"}
    assert "2024" not in json.loads(file.read_text(encoding="utf-8"))["words"]["fi"]


def test_a_dictionary_that_was_let_go_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _forget(monkeypatch)
    assert dictionary.look_up("leaks", "en") == "leak"
    held = dictionary._table("en")
    dictionary.let_go()
    assert dictionary._table("en") is not held
    assert dictionary.look_up("leaking", "en") == "leak"
