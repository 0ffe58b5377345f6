"""How loud a recording is, and the gain that brings it to where speech detection works.

Loudness as in ITU-R BS.1770-4 (K-weighting, 400 ms blocks, two gates), measured
while decoding. Voice activity detection finds nothing at −45 dB and says nothing
about it, so every recording is first brought near −23 LUFS (EBU R 128).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from qualkit.audio.stretch import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGET = -23.0
"""LUFS."""
MOST_GAIN = 36.0
LEAST_GAIN = -12.0
"""dB; what lies outside is left there, so that a noise floor is not made into a voice."""
FLOOR = -70.0
"""LUFS of silence."""
_BLOCK = RATE // 10
IMPULSE = 2048
"""Samples after which the filters have forgotten an impulse (10⁻¹⁴ of it is left)."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """The level of a whole recording."""

    lufs: float
    """Gated loudness; −70 for silence."""
    peak: float
    """Largest sample, 0–1."""
    clipped: float
    """Share of samples at full scale."""

    @property
    def gain_db(self) -> float:
        """What to add before speech detection, bounded."""
        if self.lufs <= FLOOR:
            return 0.0
        return float(np.clip(TARGET - self.lufs, LEAST_GAIN, MOST_GAIN))


class LoudnessMeter:
    """Measures chunk by chunk; memory holds one number per 100 ms."""

    def __init__(self) -> None:
        self._before = np.zeros(IMPULSE - 1)
        self._rest: NDArray[np.float64] = np.zeros(0)
        self._powers: list[NDArray[np.float64]] = []
        self._peak = 0
        self._clipped = 0
        self._count = 0

    def add(self, samples: NDArray[np.int16]) -> None:
        """Take in a mono chunk."""
        if not len(samples):
            return
        level = np.abs(samples.astype(np.int32))
        self._peak = max(self._peak, int(level.max()))
        self._clipped += int((level >= 32_766).sum())
        self._count += len(samples)
        x = samples.astype(np.float64) / 32768.0
        x = np.concatenate([self._rest, self._weighted(x)])
        whole = len(x) // _BLOCK * _BLOCK
        self._powers.append((x[:whole].reshape(-1, _BLOCK) ** 2).mean(axis=1))
        self._rest = x[whole:]

    def _weighted(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next samples through both filters, as a convolution."""
        x = np.concatenate([self._before, x])
        self._before = x[-(IMPULSE - 1) :]
        size = 1 << (len(x) - 1).bit_length()
        # what wraps around falls on samples from before, which are left out
        both = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(_impulse_response(), size), size)
        return np.asarray(both[IMPULSE - 1 : len(x)])

    def result(self) -> Loudness:
        """The loudness of everything taken in."""
        power = np.concatenate(self._powers) if self._powers else np.zeros(0)
        if len(power) >= 4:
            power = np.convolve(power, np.ones(4) / 4, mode="valid")
        return Loudness(
            lufs=round(_gated(power), 2),
            peak=round(self._peak / 32768.0, 4),
            clipped=round(self._clipped / self._count, 6) if self._count else 0.0,
        )


def _gated(power: NDArray[np.float64]) -> float:
    loud = power[_lufs(power) > FLOOR]
    if not len(loud):
        return FLOOR
    loud = loud[_lufs(loud) > _lufs(loud.mean()) - 10.0]
    return float(_lufs(loud.mean())) if len(loud) else FLOOR


def _lufs(power: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(-0.691 + 10.0 * np.log10(np.maximum(power, 1e-12)))


@cache
def _impulse_response() -> NDArray[np.float64]:
    """An impulse through both filters. By it NumPy does what only SciPy's signal package has otherwise.

    That one takes a second of processor time to load, for every recording.
    """
    sound = [0.0, 0.0, 1.0] + [0.0] * (IMPULSE - 1)
    for b, a in _k_weighting():
        out = [0.0, 0.0]
        for n in range(2, len(sound)):
            fed_back = a[1] * out[n - 1] + a[2] * out[n - 2]
            out.append(float(b[0] * sound[n] + b[1] * sound[n - 1] + b[2] * sound[n - 2] - fed_back))
        sound = out
    return np.array(sound[2:])


def _k_weighting() -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The two biquads of BS.1770, redrawn for 16 kHz by the bilinear transform."""
    shelf_f, shelf_gain, shelf_q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    k = np.tan(np.pi * shelf_f / RATE)
    vh = 10 ** (shelf_gain / 20)
    vb = vh**0.4996667741545416
    a0 = 1 + k / shelf_q + k * k
    shelf = (
        np.array([vh + vb * k / shelf_q + k * k, 2 * (k * k - vh), vh - vb * k / shelf_q + k * k]) / a0,
        np.array([1.0, 2 * (k * k - 1) / a0, (1 - k / shelf_q + k * k) / a0]),
    )
    high_f, high_q = 38.13547087602444, 0.5003270373238773
    k = np.tan(np.pi * high_f / RATE)
    a0 = 1 + k / high_q + k * k
    high = (
        np.array([1.0, -2.0, 1.0]),
        np.array([1.0, 2 * (k * k - 1) / a0, (1 - k / high_q + k * k) / a0]),
    )
    return [shelf, high]
