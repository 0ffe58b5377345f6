"""A speaker a channel: telephone and Teams recordings keep the two ends apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qualkit.audio.stretch import RATE
from qualkit.transcription.speakers.diarizer import Beat, Diarization, Spoken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qualkit.audio.pcm import Pcm

ALIKE = 0.35
"""Correlation, at the best lag, over which two channels hold the same voices."""
APART_DB = 6.0
SIDES = 0.05
"""Each channel must lead in at least this share of the active seconds."""
_LAG = RATE // 100
_QUIET = 10 ** (-50 / 20)


class Channels:
    """Gives what is said on a channel to that channel's speaker."""

    name = "channels"

    def diarize(self, pcm: Pcm, count: int, beat: Beat) -> Diarization:
        """Speech on each channel; words already know their channel, so this only finds overlaps."""
        from qualkit.transcription import activity

        del count
        spoken: list[Spoken] = []
        for channel in range(pcm.channels):
            found = activity.speech(activity.probabilities(pcm, channel), pcm.duration_ms)
            spoken += [Spoken(s.start_ms, s.end_ms, channel) for s in found]
            beat(channel + 1, pcm.channels)
        return Diarization(tuple(sorted(spoken, key=lambda s: (s.start_ms, s.end_ms))), self.name)


def are_separate(pcm: Pcm, most_seconds: int = 600) -> bool:
    """Whether two channels hold a speaker each, told by cross-correlation second by second.

    One voice picked up by two microphones correlates at some small lag; two ends
    of a line do not, and now one and now the other is louder.
    """
    if pcm.channels != 2:
        return False
    seconds = pcm.samples // RATE
    step = max(1, seconds // most_seconds)
    alike: list[float] = []
    leads: list[float] = []
    for second in range(0, seconds, step):
        left = pcm.slice(second * RATE, (second + 1) * RATE, 0)
        right = pcm.slice(second * RATE, (second + 1) * RATE, 1)
        a, b = float(np.sqrt(np.mean(left**2))), float(np.sqrt(np.mean(right**2)))
        if max(a, b) < _QUIET:
            continue
        leads.append(20 * float(np.log10((a + 1e-6) / (b + 1e-6))))
        alike.append(_correlation(left, right))
    if len(leads) < 3 or float(np.median(alike)) > ALIKE:
        return False
    gaps = np.array(leads)
    sides = min(float((gaps > APART_DB).mean()), float((gaps < -APART_DB).mean()))
    return sides >= SIDES


def _correlation(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    """Largest normalised correlation at lags up to 10 ms."""
    n = len(left)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(left - left.mean(), size) * np.conj(np.fft.rfft(right - right.mean(), size))
    cross = np.fft.irfft(spectrum, size)
    near = np.concatenate([cross[: _LAG + 1], cross[-_LAG:]])
    scale = float(np.sqrt(np.sum(left**2, dtype=np.float64) * np.sum(right**2, dtype=np.float64)))
    return float(np.abs(near).max()) / scale if scale > 1e-9 else 0.0
