"""Listening noises, questions, and who interviews."""

from __future__ import annotations

import pytest

from qualkit.model import Speaker, Transcript, Turn
from qualkit.segment.talk import interviewers, is_backchannel, is_question


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Joo.", "fi"), ("mm", "fi"), ("Mm-m, joo joo", "fi"), ("Aivan, aivan.", "fi"), ("[naurua]", "fi"),
        ("Jaa, just", "sv"), ("precis", "sv"), ("Mm-hmm, right.", "en"), ("(laughs) yeah", "en"),
        ("hehe", ""),
    ],
)  # fmt: skip
def test_listening_noises(text: str, language: str) -> None:
    assert is_backchannel(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Joo, putki vuotaa", "fi"),
        ("Ei", "fi"),
        ("Höyry", "fi"),
        ("Nej, vattnet", "sv"),
        ("Right of way", "en"),
    ],
)
def test_words_that_say_something(text: str, language: str) -> None:
    assert not is_backchannel(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Onko teillä varavoimaa", "fi"), ("Entä vesi", "fi"), ("mites toi rata sitten", "fi"),
        ("Kerro vähän lisää", "fi"),
        ("Hur är det med vattnet", "sv"), ("Finns det reservkraft", "sv"),
        ("What about the rail", "en"), ("Niin?", "fi"),
    ],
)  # fmt: skip
def test_questions_without_a_mark(text: str, language: str) -> None:
    assert is_question(text, language)


@pytest.mark.parametrize(
    ("text", "language"),
    [("Se putki on vanha", "fi"), ("Rören är gamla", "sv"), ("The pipe is old", "en")],
)
def test_statements(text: str, language: str) -> None:
    assert not is_question(text, language)


def transcript(roles: tuple[str, str], *turns: tuple[str, str]) -> Transcript:
    speakers = (Speaker("S1", role=roles[0]), Speaker("S2", role=roles[1]))
    return Transcript("x", "fi", speakers, tuple(Turn(who, text) for who, text in turns))


def test_roles_say_who_interviews() -> None:
    assert interviewers(transcript(("interviewer", "interviewee"), ("S1", "Joo."))) == {"S1"}


def test_without_roles_it_is_who_asks_and_says_less() -> None:
    talk = [("S1", "Onko vettä?"), ("S2", "On sitä, järvestä tulee ja hyvin riittää koko alueelle.")] * 4
    assert interviewers(transcript(("", ""), *talk)) == {"S1"}


def test_without_roles_a_discussion_has_no_interviewer() -> None:
    talk = [("S1", "Putki on vanha."), ("S2", "Niin on, ja ruosteessa.")] * 4
    assert interviewers(transcript(("", ""), *talk)) == frozenset()
