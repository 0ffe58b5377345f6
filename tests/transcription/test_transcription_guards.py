"""Guards: loops, density, phantoms, hints that come back, words in pauses, speech without words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.audio.stretch import Stretch
from qualkit.transcription import guards
from qualkit.transcription.guards import Fault, Heard


def heard(text: str, start_ms: int = 0, each_ms: int = 300, probability: float = 0.9) -> tuple[Heard, ...]:
    return tuple(
        Heard(w, start_ms + i * each_ms, start_ms + i * each_ms + each_ms - 50, probability)
        for i, w in enumerate(text.split())
    )


def test_the_same_phrase_four_times_is_a_loop() -> None:
    assert guards.loop(["a", "b", "c", "a", "b", "c", "a", "b", "c", "a", "b", "c"]) == range(12)
    assert guards.loop(["x", "a", "b", "c", "a", "b", "c", "a", "b", "c"]) is None
    assert guards.loop(["joo", "joo", "joo", "joo", "joo"]) is None


@given(st.lists(st.sampled_from("abcdef"), min_size=3, max_size=12, unique=True), st.integers(4, 8))
def test_any_phrase_repeated_is_found(phrase: list[str], times: int) -> None:
    assert guards.loop(["z", *phrase * times]) is not None if len(phrase) <= 12 else True


@pytest.mark.parametrize(
    ("text", "speech_ms", "fault"),
    [
        ("ja sitten se meni ja " * 5, 20_000, Fault.LOOP),
        ("sana " * 40, 2_000, Fault.DENSE),
        ("joo", 12_000, Fault.SPARSE),
    ],
)
def test_text_that_does_not_fit_the_speech_is_doubted(text: str, speech_ms: int, fault: Fault) -> None:
    assert fault in guards.faults(text, speech_ms)


def test_ordinary_speech_is_not_doubted() -> None:
    text = "No kyllä se vesi on ihan ykkönen, me otetaan raakavesi joesta ja pumpataan se tänne laitokselle."
    assert guards.faults(text, 8_000, log_probability=-0.4, before="Kiitos että pääsitte.") == ()


def test_the_text_of_the_window_before_and_low_probability_are_faults() -> None:
    assert Fault.SAME in guards.faults("Se on niin.  Eikö ole!", 2_000, before="se on niin eikö ole")
    assert Fault.UNLIKELY in guards.faults("jotain", 1_000, log_probability=-1.4)


def test_hints_in_a_row_are_an_echo_and_hints_in_speech_are_not() -> None:
    hints = ("vesi", "putkisilta", "juna", "höyry")
    assert guards.echoes(["vesi", "putkisilta", "juna", "höyry"], hints)
    assert not guards.echoes(["me", "otetaan", "vesi", "joesta", "ja", "höyry", "tulee", "naapurista"], hints)


@pytest.mark.parametrize(
    "text",
    [
        "Tekstitys: Teija Miettinen",
        "Kiitos, kun katsoit videon!".replace(",", ""),
        "Undertexter från Amara.org-gemenskapen",
        "Tack för att du tittade!",
        "Thanks for watching!",
        "Thank you so much for watching.",
        "Subtitles by the Amara.org community",
        "[Music]",
        "♪ ♪",
    ],
)
def test_credits_said_into_silence_are_phantoms(text: str) -> None:
    words = heard(text)
    gone = {i for a, b in guards.phantoms(words, [Stretch(0, 5_000)]) for i in range(a, b)}
    assert gone == set(range(len(words)))


@pytest.mark.parametrize("text", ["Kiitos paljon.", "Tack.", "Thank you.", "Music.", "Musiikki on tärkeää."])
def test_what_people_say_is_no_phantom(text: str) -> None:
    assert guards.phantoms(heard(text), [Stretch(0, 5_000)]) == []


def test_a_phrase_that_the_engine_is_sure_of_inside_speech_stays() -> None:
    words = heard("We put it on the channel. Thanks for watching. And then they left.", probability=0.95)
    assert guards.phantoms(words, [Stretch(0, 10_000)]) == []
    unsure = heard("We put it on the channel. Thanks for watching. And then they left.", probability=0.4)
    assert guards.phantoms(unsure, [Stretch(0, 10_000)]) == [(6, 9)]


def test_a_word_parked_over_a_pause_goes_to_its_own_side() -> None:
    speech = [Stretch(0, 2_000), Stretch(3_500, 6_000)]
    (before, after) = guards.snapped(
        [Heard("year", 1_600, 2_050, 0.9), Heard("How", 1_950, 3_900, 0.9)], speech
    )
    assert before.end_ms <= 2_200
    assert after.start_ms >= 3_300
    assert after.end_ms == 3_900


def test_words_far_from_speech_are_astray() -> None:
    words = [Heard("a", 0, 200, 0.9), Heard("b", 9_000, 9_300, 0.9)]
    assert guards.astray(words, [Stretch(100, 2_000)]) == [1]


def test_the_audit_lists_speech_that_no_word_is_near() -> None:
    speech = [Stretch(0, 10_000), Stretch(20_000, 24_000)]
    words = [*heard("a b c", 0), Heard("d", 9_000, 9_900, 0.8)]
    assert guards.uncovered(words, speech) == [Stretch(1_350, 8_500), Stretch(20_000, 24_000)]
    assert guards.uncovered((), []) == []


@given(st.data())
def test_every_second_of_speech_is_near_a_word_or_listed(data: st.DataObject) -> None:
    edges = sorted(data.draw(st.lists(st.integers(0, 60_000), min_size=2, max_size=12, unique=True)))
    speech = [Stretch(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    starts = sorted(data.draw(st.lists(st.integers(0, 60_000), max_size=30)))
    words = [Heard("x", s, s + 200, 0.9) for s in starts]
    listed = guards.uncovered(words, speech)
    for piece in speech:
        alone = 0
        for at in range(piece.start_ms, piece.end_ms, 50):
            near = any(w.start_ms - 500 <= at < w.end_ms + 500 for w in words)
            inside = any(g.start_ms <= at < g.end_ms for g in listed)
            assert not (near and inside)
            alone = 0 if near or inside else alone + 50
            assert alone <= 1_050


def test_text_over_music_is_dropped_and_speech_in_noise_is_not() -> None:
    # (no speech, log probability) as measured over music, then over speech in the telephone band with noise
    for text, log_probability, no_speech in (
        ("Täällä on tullut.", -1.72, 0.55),
        ("Det här är ju en av det här är ju en av det här", -1.54, 0.55),
        ("Täällä! Täällä! Täällä!", -0.95, 0.86),
        ("♪ ¶¶¶ ♪", -0.4, 0.1),
    ):
        assert guards.over_music(text, 28_000, log_probability, no_speech), text
    said = "ja sitten se vesi tulee joesta meille"
    for log_probability, no_speech in ((-1.07, 0.52), (-1.46, 0.38), (-0.98, 0.53), (-0.3, 0.83)):
        assert not guards.over_music(said, 6_000, log_probability, no_speech)
