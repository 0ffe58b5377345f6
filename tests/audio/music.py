"""Music made for tests: held chords, plucked notes, a lead with the formants of a voice, drums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.audio.sounds import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BEAT = 0.4
SCALE = tuple(220 * 2 ** (step / 12) for step in (0, 2, 3, 5, 7, 8, 10, 12, 14, 15))
FORMANTS = ((1.0, 700, 120), (0.6, 1150, 150), (0.3, 2600, 250))
"""Weight, centre and width in Hz: an open vowel."""


def music(seconds: int, seed: int = 0) -> NDArray[np.float32]:
    """All of it together, at the level of a recording."""
    chance = np.random.default_rng(seed)
    out = np.zeros((seconds + 4) * RATE)
    for beat in range(int(seconds / BEAT)):
        at = int(beat * BEAT * RATE)
        pitch = SCALE[chance.integers(len(SCALE))]
        parts = [0.5 * _note(0.75 * pitch, 0.8, 0.8, voice=True), 0.3 * _note(pitch, 0.8, 4.0)]
        if beat % 8 == 0:
            parts += [0.25 * _note(SCALE[(beat // 4 + step) % 7] / 2, 3.0, 0.8) for step in (0, 2, 4)]
        parts.append(_drum(chance, low=beat % 2 == 0))
        for part in parts:
            out[at : at + len(part)] += part
    out = out[: seconds * RATE]
    return np.asarray(0.4 * out / np.abs(out).max(), np.float32)


def _note(pitch: float, seconds: float, decay: float, *, voice: bool = False) -> Floats:
    t = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * pitch * (t + 0.01 * np.cos(2 * np.pi * 5.5 * t) / (2 * np.pi * 5.5) * voice)
    sound = np.zeros_like(t)
    for k in range(1, 25 if voice else 9):
        loud = sum(a * np.exp(-(((k * pitch - c) / b) ** 2)) for a, c, b in FORMANTS) if voice else k**-1.5
        sound += loud * np.sin(k * phase)
    return np.asarray(sound * np.minimum(1, t / 0.03) * np.exp(-decay * t))


def _drum(chance: np.random.Generator, *, low: bool) -> Floats:
    t = np.arange(int(0.15 * RATE)) / RATE
    if low:
        return np.asarray(0.6 * np.sin(2 * np.pi * 60 * t) * np.exp(-30 * t))
    return np.asarray(0.3 * chance.normal(size=len(t)) * np.exp(-40 * t))
