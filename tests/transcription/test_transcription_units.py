"""Windows and units, guesses of language, and the turns that come of words and speakers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.audio.stretch import Stretch
from qualkit.model import NoticeKind, Source, Transcript
from qualkit.transcription.assemble import assemble
from qualkit.transcription.engine import Clip, HeardWord, Hearing
from qualkit.transcription.guards import Heard
from qualkit.transcription.languages import Ear, guess, tell
from qualkit.transcription.listen import WindowWords
from qualkit.transcription.plan import MIX, Plan, Track, plan_json, read_plan
from qualkit.transcription.settings import Job, TranscribeSettings
from qualkit.transcription.speakers.diarizer import Diarization, Spoken
from qualkit.transcription.speakers.words import overlaps, speakers_of
from qualkit.transcription.units import LONGEST_MS, Piece, Unit, Window, units, windows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qualkit.transcription.engine import Sound

PIECE = st.tuples(st.integers(50, 6_000), st.integers(200, 27_500), st.sampled_from(["fi", "sv"]))


@given(st.lists(PIECE, max_size=40))
def test_windows_hold_every_piece_once_and_fit_the_engine(raw: list[tuple[int, int, str]]) -> None:
    at, pieces = 0, []
    for gap, length, language in raw:
        pieces.append(Piece(at + gap, at + gap + length, language))
        at += gap + length
    found = windows(pieces, at + 1_000)
    assert [s for w in found for s in w.speech] == [Stretch(p.start_ms, p.end_ms) for p in pieces]
    for window in found:
        assert window.end_ms - window.start_ms <= LONGEST_MS + 1_000
        assert window.start_ms <= window.speech[0].start_ms
        assert window.end_ms >= window.speech[-1].end_ms
        inside = {p.language for p in pieces if window.start_ms <= p.start_ms < window.end_ms}
        assert window.language in inside
    for a, b in itertools.pairwise(found):
        assert a.end_ms <= b.start_ms
    assert [w for u in units(found, MIX, 4) for w in u.windows] == list(found)


@given(st.lists(st.tuples(st.integers(50, 2_500), st.integers(200, 27_500)), min_size=1, max_size=40))
def test_no_fewer_windows_would_hold_the_speech(raw: list[tuple[int, int]]) -> None:
    at, pieces = 0, []
    for gap, length in raw:
        pieces.append(Piece(at + gap, at + gap + length, "fi"))
        at += gap + length
    fewest, start = 1, pieces[0].start_ms
    for piece in pieces:  # filling each to the brim takes the fewest
        if piece.end_ms - start > LONGEST_MS:
            fewest, start = fewest + 1, piece.start_ms
    assert len(windows(pieces, at)) == fewest


def test_windows_are_cut_at_the_widest_pause_that_leaves_none_short() -> None:
    """Four pieces of 8 s make two windows whichever way; the middle pause is narrower than the first."""
    starts = [0, 9_400, 18_000, 26_800]
    found = windows([Piece(s, s + 8_000, "fi") for s in starts], 36_000)
    assert [len(w.speech) for w in found] == [2, 2]
    starts = [0, 8_600, 17_200, 26_600]
    found = windows([Piece(s, s + 8_000, "fi") for s in starts] + [Piece(35_200, 42_000, "fi")], 42_000)
    assert [len(w.speech) for w in found] == [3, 2]


def test_a_cough_does_not_change_the_language_and_an_answer_does() -> None:
    pieces = [Stretch(0, 4_000), Stretch(5_000, 6_000), Stretch(7_000, 15_000), Stretch(16_000, 17_000)]
    chances = [{"fi": 0.99, "sv": 0.01}, {"fi": 0.05, "sv": 0.95}, {"fi": 0.3, "sv": 0.7}, {}]
    assert [p.language for p in guess(pieces, chances, "fi")] == ["fi", "fi", "sv", "sv"]


class Recording:
    """Speech whose every sample is the second it begins in, and what Whisper makes of it."""

    def __init__(self, *seconds: tuple[int, int, dict[str, float], dict[str, float]]) -> None:
        self.found = {MIX: [Stretch(start * 1000, end * 1000) for start, end, _, _ in seconds]}
        self.chances = {start: chances for start, _, chances, _ in seconds}
        self.likely = {start: likely for start, _, _, likely in seconds}

    def read(self, start_ms: int, end_ms: int, channel: int) -> Sound:
        return np.full((end_ms - start_ms) * 16, start_ms // 1000, np.float32)

    def languages(self, sounds: Sequence[Sound]) -> list[Mapping[str, float]]:
        return [self.chances[int(sound[0])] for sound in sounds]

    def hear(self, clips: Sequence[Clip]) -> list[Hearing]:
        word = (HeardWord("a", 0, 100, 0.9),)
        return [Hearing(word, self.likely[int(c.sound[0])].get(c.language, -2.0), 0.0) for c in clips]

    def told(self, main: str) -> tuple[str, list[str], tuple[str, ...]]:
        settings = TranscribeSettings(languages=("fi", "sv", "en"))
        job = Job("x", "", "", "", "", "", "", settings, main, 2)
        ear = Ear(self, self, MIX, lambda *_: None)  # type: ignore[arg-type]
        found = tell(job, {MIX: ear}, self.found)
        return found.main, [p.language for p in found.pieces[MIX]], found.strangers


ENGLISH = ({"en": 0.98, "fi": 0.01}, {"en": -0.1, "fi": -0.4})
GERMAN = ({"de": 0.98, "en": 0.015}, {"de": -0.15, "fi": -0.35, "sv": -0.5, "en": -1.0})


@pytest.mark.parametrize("main", ["", "fi", "en"])
def test_a_language_outside_the_set_is_heard_as_itself_and_drags_nothing_with_it(main: str) -> None:
    recording = Recording((0, 9, *ENGLISH), (10, 16, *ENGLISH), (17, 27, *GERMAN), (28, 40, *GERMAN))
    assert recording.told(main) == (main or "en", ["en", "en", "de", "de"], ("de",))


def test_a_language_outside_the_set_takes_five_seconds_and_a_better_reading() -> None:
    short = Recording((0, 9, *ENGLISH), (10, 14, *GERMAN))
    assert short.told("fi") == ("fi", ["en", "fi"], ())
    accent = ({"et": 0.97, "fi": 0.03}, {"et": -0.3, "fi": -0.35})
    assert Recording((0, 20, *accent), (21, 40, *accent)).told("fi") == ("fi", ["fi", "fi"], ())


def test_five_seconds_that_read_better_stand_whatever_is_beside_them() -> None:
    doubtful = ({"en": 0.7, "fi": 0.3}, {"en": -0.9, "fi": -0.4})
    recording = Recording((0, 6, *ENGLISH), (7, 15, *doubtful), (16, 24, *doubtful))
    assert recording.told("fi") == ("fi", ["en", "fi", "fi"], ())


def test_a_word_goes_to_who_is_heard_longest_in_it() -> None:
    spoken = [Spoken(0, 1_000, 0), Spoken(900, 3_000, 1)]
    words = [Heard("a", 100, 500, 1), Heard("b", 850, 1_400, 1), Heard("c", 5_000, 5_200, 1)]
    assert speakers_of(words, spoken) == [0, 1, 1]
    assert speakers_of(words, []) == [0, 0, 0]
    assert overlaps([Spoken(0, 1_000, 0), Spoken(600, 3_000, 1)]) == (Stretch(600, 1_000),)
    assert overlaps(spoken) == ()


def plan(**changes: object) -> Plan:
    window = Window(0, 10_000, "fi", (Stretch(0, 9_000),))
    made = Plan(
        duration_ms=20_000, claimed_ms=20_000, truncated=False, channels=1, separate=False, damaged=(),
        gaps=(), packets=10,
        bad_packets=0, container="wav", codec="pcm", sample_rate=16_000, main_language="fi", strangers=(),
        hints=("vesi",), tracks=(Track(MIX, 3.0, -26.0, 0.0, (Piece(0, 9_000, "fi"),)),),
        units=(Unit(MIX, (window,)),),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    made = plan(damaged=(Stretch(1, 2),), truncated=True)
    path.write_text(plan_json(made))
    assert read_plan(path) == made
    path.write_text("{")
    assert read_plan(path) is None


def words(text: str, start: int, each: int = 400) -> list[Heard]:
    return [Heard(w, start + i * each, start + i * each + each - 50, 0.9) for i, w in enumerate(text.split())]


def made(heard: list[Heard], spoken: list[Spoken], **changes: object) -> Transcript:
    window = WindowWords(0, 10_000, "fi", tuple(heard))
    who, source = Diarization(tuple(spoken), "onnx"), Source("x.wav", "0", 20_000)
    transcript, _ = assemble("x-01", plan(**changes), {0: (window,)}, who, source, {})
    return transcript


def test_turns_never_mix_speakers_and_words_stand_in_their_text() -> None:
    heard = [*words("Miten vesi?", 0), *words("No se on vanha e\u0308h", 1_000)]
    transcript = made(heard, [Spoken(0, 900, 0), Spoken(900, 9_000, 1)])
    turns = transcript.turns
    assert [(t.speaker, t.text) for t in turns] == [("S1", "Miten vesi?"), ("S2", "No se on vanha ëh")]
    for turn in turns:
        assert [turn.text[w.start : w.end] for w in turn.words] == turn.text.split(" ")


def test_joined_words_stay_one_word() -> None:
    heard = [Heard("70", 0, 300, 0.9), Heard("-luvulla", 300, 700, 0.8, joined=True)]
    transcript = made(heard, [Spoken(0, 9_000, 0)])
    (turn,) = transcript.turns
    assert turn.text == "70-luvulla"
    assert [(w.start, w.end, w.end_ms) for w in turn.words] == [(0, 10, 700)]


def test_a_long_pause_or_another_language_begins_a_turn() -> None:
    heard = [*words("Yksi kaksi", 0), *words("kolme", 6_000)]
    transcript = made(heard, [Spoken(0, 9_000, 0)])
    assert len(transcript.turns) == 2


def test_what_is_wrong_with_the_recording_is_noticed() -> None:
    transcript = made(
        words("Yksi kaksi", 0),
        [Spoken(0, 9_000, 0)],
        truncated=True,
        claimed_ms=90_000,
        damaged=(Stretch(3_000, 3_200),),
        gaps=(Stretch(10_000, 12_000),),
        tracks=(Track(MIX, 30.0, -52.0, 0.01, (Piece(0, 9_000, "fi"),)),),
    )
    kinds = {n.kind for n in transcript.notices}
    assert kinds == {
        NoticeKind.DAMAGED, NoticeKind.GAP, NoticeKind.TRUNCATED, NoticeKind.QUIET, NoticeKind.CLIPPED,
        NoticeKind.SPEECH_WITHOUT_TEXT,
    }  # fmt: skip
    assert transcript.provenance["coverage"] == {"speech_ms": 9_000, "without_text_ms": 7_750}


def test_a_language_of_none_of_the_project_is_noticed_where_it_is_spoken() -> None:
    pieces = (Piece(0, 4_000, "fi"), Piece(4_500, 6_000, "de"), Piece(6_500, 9_000, "de"))
    tracks = (Track(MIX, 3.0, -26.0, 0.0, pieces),)
    heard = words("Ja so ist das wohl gewesen da", 4_500)
    found = made(heard, [Spoken(0, 9_000, 0)], tracks=tracks, strangers=("de",)).notices
    (notice,) = [n for n in found if n.kind is NoticeKind.OTHER_LANGUAGE]
    assert (notice.start_ms, notice.end_ms) == (4_500, 9_000)
    assert "sounds like de" in notice.message
