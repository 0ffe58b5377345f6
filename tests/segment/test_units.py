"""Units: they cover what was answered, keep to turns, and know their question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualkit.errors import UsageError
from qualkit.language.tokens import tokens
from qualkit.model import Segment, Speaker, Transcript, Turn
from qualkit.segment import RULES, segment_transcript

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPEAKERS = (Speaker("I", role="interviewer"), Speaker("V", role="interviewee"))


def talk(
    *turns: tuple[str, str], language: str = "fi", speakers: tuple[Speaker, ...] = SPEAKERS
) -> Transcript:
    return Transcript("x-01", language, speakers, tuple(Turn(who, text) for who, text in turns), revision=3)


def said(transcript: Transcript, segments: tuple[Segment, ...]) -> list[str]:
    return [transcript.text[s.start : s.end] for s in segments]


def test_what_the_interviewer_asks_is_the_question_of_a_short_answer() -> None:
    interview = talk(
        ("I", "Jatketaan. Onko teillä varavoimaa?"), ("V", "On, kaks konetta."), ("I", "Kiitos.")
    )
    [unit] = segment_transcript(interview)
    assert interview.text[unit.start : unit.end] == "On, kaks konetta."
    assert unit.question is not None
    assert interview.text[slice(*unit.question)] == "Onko teillä varavoimaa?"
    assert (unit.interview, unit.revision, unit.language) == ("x-01", 3, "fi")


def test_a_bare_yes_or_no_is_an_answer_only_after_a_question() -> None:
    interview = talk(
        ("I", "Onko varavoimaa?"), ("V", "Joo."), ("I", "Hyvä."), ("V", "Mm."), ("V", "Joo joo.")
    )
    segments = segment_transcript(interview)
    assert [s.backchannel for s in segments] == [False, True, True]
    assert [s.question is not None for s in segments] == [True, False, False]


def test_a_long_answer_that_begins_bare_keeps_its_question_too() -> None:
    rest = "Siitä on puhuttu monta vuotta ja joka vuosi se nousee listalle " * 3
    interview = talk(
        ("I", "Onko tullut valituksia?"), ("V", f"On tullu. {rest}"), ("I", "Mistä?"), ("V", rest)
    )
    assert [s.question is not None for s in segment_transcript(interview)] == [True, False]


def test_a_listening_noise_does_not_use_the_question_up() -> None:
    interview = talk(("I", "Mistä vesi tulee?"), ("V", "Mm."), ("V", "Järvestä."))
    assert [(s.backchannel, s.question is not None) for s in segment_transcript(interview)] == [
        (True, False),
        (False, True),
    ]


def test_long_answers_are_cut_where_the_subject_changes() -> None:
    water = "Vesi otetaan järvestä. Vesilaitos on vanha. Jätevesi menee puhdistamolle. Raakavesi riittää."
    rail = "Sitten on rata. Junat kulkee radalla. Ratapiha on ahdas. Rata on yksi."
    power = "Sähkö tulee kantaverkosta. Sähköasema on uusi. Muuntajat on isoja. Sähköverkko kestää."
    interview = talk(("V", f"{water} {rail} {power}"))
    segments = segment_transcript(interview, mean_words=13)
    assert said(interview, segments) == [water, rail, power]


def test_vectors_decide_when_they_are_given() -> None:
    def embed(texts: list[str]) -> NDArray[np.float32]:
        return np.array([[1.0, 0.0] if "a" in text else [0.0, 1.0] for text in texts], dtype=np.float32)

    first, second = (
        "Kala kala kala. Kana kana kana. Kasa kasa kasa.",
        "Hylly hylly hylly. Synty synty. Pylly pylly.",
    )
    interview = talk(("V", f"{first} {second}"))
    assert said(interview, segment_transcript(interview, mean_words=9, embed=embed)) == [first, second]


def test_the_mean_length_is_what_was_asked_for() -> None:
    text = " ".join(f"Sana{n} on tuolla jossain vaan." for n in range(200))
    interview = talk(*[("V", text)] * 3)
    for mean in (20, 60):
        segments = segment_transcript(interview, mean_words=mean)
        words = len(tokens(interview.text))
        assert mean * 0.6 <= words / len(segments) <= mean * 1.7


def test_sentences_and_turns_as_units() -> None:
    interview = talk(("V", "Putki on vanha. Se vuotaa."), ("I", "Onko?"), ("V", "On se."))
    assert said(interview, segment_transcript(interview, "sentence")) == [
        "Putki on vanha.",
        "Se vuotaa.",
        "On se.",
    ]
    assert said(interview, segment_transcript(interview, "turn")) == ["Putki on vanha. Se vuotaa.", "On se."]


def test_a_discussion_without_interviewer_is_all_units() -> None:
    interview = talk(("A", "Putki on vanha."), ("B", "Niin on, ja se vuotaa."), speakers=())
    assert len(segment_transcript(interview)) == 2


def test_nothing_said_is_no_unit() -> None:
    assert segment_transcript(talk(("V", ""), ("V", "  …  "), ("I", "Hei?"))) == ()
    assert segment_transcript(Transcript("x", "fi", (), ())) == ()


@pytest.mark.parametrize(("rule", "mean"), [("topic", 40.0), ("meaning", 0.0), ("meaning", float("nan"))])
def test_what_makes_no_sense_is_said(rule: str, mean: float) -> None:
    with pytest.raises(UsageError):
        segment_transcript(talk(("V", "Joo se on.")), rule, mean)


TEXT = st.text(alphabet=st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=120)
SPEECH = st.lists(
    st.sampled_from(["putki", "joo", "ja", "mutta", "vettä.", "sitten", "rata,", "öö", "?"]), max_size=90
)


@settings(max_examples=120)
@given(
    st.lists(st.tuples(st.sampled_from("IV"), st.one_of(TEXT, SPEECH.map(" ".join))), max_size=6),
    st.sampled_from(RULES),
    st.sampled_from([1, 7, 40]),
)
def test_units_hold_every_answered_word_once_and_never_cross_a_turn(
    turns: list[tuple[str, str]], rule: str, mean: int
) -> None:
    interview = talk(*turns)
    text = interview.text
    segments = segment_transcript(interview, rule, mean)
    covered: list[int] = []
    for unit in segments:
        assert 0 <= unit.start < unit.end <= len(text)
        assert len(interview.turns_in(unit.start, unit.end)) == 1
        assert text[unit.start : unit.end] == text[unit.start : unit.end].strip()
        if unit.question:
            assert 0 <= unit.question[0] < unit.question[1] <= unit.start
        covered += range(unit.start, unit.end)
    assert covered == sorted(set(covered))
    inside = set(covered)
    for index, turn in enumerate(interview.turns):
        at = interview.turn_starts[index]
        for token in tokens(turn.text):
            held = set(range(at + token.start, at + token.end)) <= inside
            assert held == (turn.speaker == "V")
    assert segments == segment_transcript(interview, rule, mean)


UNITS = Path(__file__).parents[2] / "benchmarks" / "coding" / "units"


@pytest.mark.skipif(not UNITS.is_dir(), reason="the benchmarks are not here")
@pytest.mark.parametrize("path", sorted(UNITS.glob("*.txt")), ids=lambda path: str(path.stem))
def test_the_hand_cut_answers_are_what_they_claim(path: Path) -> None:
    language, text = path.read_text(encoding="utf-8").strip().split("\n", 1)
    pieces = [piece.strip() for piece in text.split("||")]
    assert language == path.stem.split("-")[0]
    assert len(pieces) >= 4
    assert all(len(tokens(piece)) >= 15 for piece in pieces)
