"""Loudness against the values that BS.1770 gives for sines, and the gain that follows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qualkit.audio import loudness
from qualkit.audio.loudness import MOST_GAIN, LoudnessMeter
from tests.audio.sounds import RATE, silence

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measured(samples: NDArray[np.floating[Any]]) -> float:
    meter = LoudnessMeter()
    for start in range(0, len(samples), 7_001):
        meter.add((samples[start : start + 7_001] * 32767).astype(np.int16))
    return meter.result().lufs


@pytest.mark.parametrize("level_db", [-6.0, -20.0, -40.0])
def test_a_sine_of_1_khz_is_as_loud_as_the_standard_says(level_db: float) -> None:
    t = np.arange(5 * RATE) / RATE
    sine = 10 ** (level_db / 20) * np.sin(2 * np.pi * 997 * t)
    assert measured(sine) == pytest.approx(level_db - 3.01, abs=0.2)


def test_the_filters_are_those_of_the_standard_whatever_the_chunks() -> None:
    from scipy.signal import lfilter

    noise = np.random.default_rng(7).normal(0, 3_000, 20 * RATE).clip(-32_768, 32_767).astype(np.int16)
    filtered = noise / 32_768
    for b, a in loudness._k_weighting():
        filtered = lfilter(b, a, filtered)
    expected = (filtered.reshape(-1, RATE // 10) ** 2).mean(axis=1)
    meter = LoudnessMeter()
    for start, end in itertools.pairwise([0, 1, 700, 3_000, 100_000, 100_001, len(noise)]):
        meter.add(noise[start:end])
    np.testing.assert_allclose(np.concatenate(meter._powers), expected, rtol=1e-9)


def test_pauses_do_not_make_speech_quieter() -> None:
    t = np.arange(5 * RATE) / RATE
    sine = 0.1 * np.sin(2 * np.pi * 997 * t)
    assert measured(np.concatenate([sine, silence(60)])) == pytest.approx(measured(sine), abs=0.3)


def test_silence_is_not_amplified_and_quiet_sound_only_so_far() -> None:
    meter = LoudnessMeter()
    meter.add(np.zeros(RATE * 2, np.int16))
    assert meter.result().gain_db == 0
    quiet = LoudnessMeter()
    quiet.add((20 * np.sin(np.arange(RATE * 2) / 3)).astype(np.int16))
    assert 20 < quiet.result().gain_db <= MOST_GAIN


def test_clipping_is_counted() -> None:
    meter = LoudnessMeter()
    loud = np.clip(2 * np.sin(np.arange(RATE) / 3), -1, 1)
    meter.add((loud * 32767).astype(np.int16))
    assert meter.result().clipped > 0.3
