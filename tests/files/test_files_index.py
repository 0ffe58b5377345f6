from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import Missing, QualkitError
from qualkit.files import index
from qualkit.files.index import Hit, rebuild, search
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Speaker, Transcript, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qualkit.files.project import Project

LEMMAS = {
    "vettä": ["vesi"], "vesi": ["vesi"], "höyryputkisiltaa": ["höyryputkisilta", "putkisilta"],
    "putkisillalla": ["putkisilta"], "on": ["olla"], "on ": ["on"],
}  # fmt: skip


def lemmatise(word: str, language: str) -> Iterable[str]:
    return LEMMAS.get(word, [word]) if language == "fi" else [word]


@pytest.fixture
def ready(project: Project) -> Project:
    turns = (
        Turn("S1", "Mistä se vesi tulee? [laughs] ok [/]"),
        Turn("S2", "Höyryputkisiltaa pitkin, 🔧 ja jäähdytysvettä VETTÄ on."),
        Turn("S2", "Vatten finns, on the road.", language="sv"),
    )
    save_transcript(project, Transcript("a", "fi", (Speaker("S1"),), turns))
    save_transcript(project, Transcript("b", "fi", (), (Turn("S1", "Putkisillalla ei vettä, se on se."),)))
    return project


def found(hits: Iterable[Hit]) -> list[tuple[str, int, str, list[str]]]:
    return [
        (hit.interview, hit.turn, hit.kind, [hit.text[a - hit.at : b - hit.at] for a, b in hit.spans])
        for hit in hits
    ]


def test_exact_words_and_words_inside_words(ready: Project) -> None:
    assert found(search(ready, "vettä")) == [
        ("a", 1, "compound", ["jäähdytysvettä", "VETTÄ"]),
        ("b", 0, "exact", ["vettä"]),
    ]
    assert found(search(ready, "road")) == [("a", 2, "exact", ["road"])]
    assert found(search(ready, "nothing")) == []
    assert found(search(ready, " ?! ")) == []


def test_lemmas_and_parts_of_compounds(ready: Project) -> None:
    assert found(search(ready, "vesi", lemmatise=lemmatise)) == [
        ("a", 0, "exact", ["vesi"]),
        ("a", 1, "lemma", ["VETTÄ"]),
        ("b", 0, "lemma", ["vettä"]),
    ]
    assert found(search(ready, "putkisilta", lemmatise=lemmatise)) == [
        ("a", 1, "lemma", ["Höyryputkisiltaa"]),
        ("b", 0, "lemma", ["Putkisillalla"]),
    ]


def test_places_are_of_the_canonical_text(ready: Project) -> None:
    text = load_transcript(ready, "a").text
    for hit in search(ready, "on"):
        if hit.interview == "a":
            assert [text[a:b] for a, b in hit.spans] == ["on"]
            assert text[hit.at :].startswith(hit.text)


def test_all_words_phrases_beginnings_and_filters(ready: Project) -> None:
    assert found(search(ready, "se vettä")) == [("b", 0, "exact", ["vettä", "se", "se"])]
    assert found(search(ready, '"se on"')) == [("b", 0, "exact", ["se", "on"])]
    assert found(search(ready, '"on se"')) == [("b", 0, "exact", ["on", "se"])]
    assert found(search(ready, '"se on" putkisilla*')) == [("b", 0, "exact", ["Putkisillalla", "se", "on"])]
    assert [h.turn for h in search(ready, "on", language="sv")] == [2]
    assert [h.interview for h in search(ready, "on", interviews=["b"])] == ["b"]
    assert len(search(ready, "on", limit=2)) == 2


@pytest.mark.parametrize("query", ['"', '""', 'a"b OR *', "NEAR(a b)", "x' --", "*", "(", "%", "_", "a AND"])
def test_no_query_is_a_command(ready: Project, query: str) -> None:
    search(ready, query)


@given(st.text(max_size=12))
def test_any_query(query: str) -> None:
    words = [word for words in index._words_of(query) for word in words]
    assert all(index._WORD.fullmatch(word.rstrip("*")) for word in words)


def test_it_follows_the_transcripts(ready: Project) -> None:
    assert len(search(ready, "on")) == 3
    save_transcript(
        ready, replace(load_transcript(ready, "b"), revision=2, turns=(Turn("S1", "Uusi sana."),))
    )
    assert found(search(ready, "uusi")) == [("b", 0, "exact", ["Uusi"])]
    (ready.transcripts / "a.json").unlink()
    (ready.transcripts / "c.json").write_text("nonsense")
    assert search(ready, "on") == ()
    assert len(search(ready, "sana")) == 1


@pytest.mark.parametrize("content", [b"", b"nonsense" * 999, b"SQLite format 3\0" + b"\0" * 200])
def test_a_damaged_index_is_made_again(ready: Project, content: bytes) -> None:
    search(ready, "on")
    (ready.work / "index.sqlite").write_bytes(content)
    assert len(search(ready, "on")) == 3
    rebuild(ready)
    assert not (ready.work / "index.sqlite").exists()


def test_an_index_of_another_version_is_made_again(ready: Project) -> None:
    search(ready, "on")
    database = sqlite3.connect(ready.work / "index.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.execute("DROP TABLE source")
    database.commit()
    database.close()
    assert len(search(ready, "on")) == 3


def test_another_lemmatiser_is_asked_anew(ready: Project) -> None:
    asked: list[str] = []

    def other(word: str, language: str) -> list[str]:
        asked.append(word)
        return [word[:3]]

    assert len(search(ready, "vesi", lemmatise=lemmatise, lemmatiser="1")) == 3
    search(ready, "vettä", lemmatise=other, lemmatiser="2")
    once = len(asked)
    assert once > 5
    search(ready, "vettä", lemmatise=other, lemmatiser="2")
    assert len(asked) == once + 1  # the query word in the language that does not have it; forms are known
    search(ready, "putki", lemmatise=other, lemmatiser="2")
    assert len(asked) == once + 3


def test_an_interview_s_turns_are_its_own(ready: Project) -> None:
    assert [h.interview for h in search(ready, "se", interviews=["a"])] == ["a"]
    assert [h.interview for h in search(ready, "se", interviews=["b"])] == ["b"]
    assert [h.interview for h in search(ready, "se", interviews=["b", "a", "gone"])] == ["a", "b"]
    assert search(ready, "se", interviews=[]) == ()


def test_the_index_is_made_ahead_and_kept_up(ready: Project) -> None:
    assert index.behind(ready) == 2
    steps = list(index.renew(ready, lemmatise, "1"))
    assert [(s.done, s.total, s.unit) for s in steps if s.unit == "transcripts"] == [(2, 2, "transcripts")]
    assert steps[-1].done == steps[-1].total > 5
    assert index.behind(ready) == 0
    assert list(index.renew(ready, lemmatise, "1")) == []
    text = replace(load_transcript(ready, "b"), turns=(Turn("S1", "Uusi."),), revision=2)
    save_transcript(ready, text)
    assert index.behind(ready) == 1
    assert found(search(ready, "uusi")) == [("b", 0, "exact", ["Uusi"])]
    assert index.behind(ready) == 0


def test_a_project_that_cannot_be_written_to(ready: Project) -> None:
    for path in sorted(ready.work.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    ready.work.rmdir()
    ready.work.write_text("a file where the folder should be")
    assert len(search(ready, "on")) == 3


def test_links_out_of_the_project_are_not_searched(ready: Project, tmp_path: Path) -> None:
    out = (ready.transcripts / "b.json").rename(tmp_path / "b.json")
    (ready.transcripts / "b.json").symlink_to(out)
    assert {hit.interview for hit in search(ready, "on")} == {"a"}


def test_sqlite_without_full_text_search(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_SCHEMA", index._SCHEMA.replace("fts5", "nofts5"))
    with pytest.raises(Missing, match="no full-text search"):
        search(ready, "on")


def test_other_faults_of_the_database(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(index, "_update", broken)
    with pytest.raises(QualkitError, match="disk is full") as caught:
        search(ready, "on")
    assert "\n" not in str(caught.value)
