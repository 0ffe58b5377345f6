"""Decoded samples on disk: a recording of any length with a flat memory.

A headerless file of little-endian int16 at 16 kHz, channels interleaved. It is
read with plain reads rather than a memory map: mapped pages would count as the
process's memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualkit.audio.stretch import RATE

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Pcm:
    """A file of samples, and the gain to read it with."""

    path: Path
    channels: int
    gain_db: float = 0.0

    @property
    def samples(self) -> int:
        """Samples a channel."""
        return self.path.stat().st_size // (2 * self.channels)

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds."""
        return self.samples * 1000 // RATE

    def read(self, start_ms: int, end_ms: int, channel: int = -1) -> NDArray[np.float32]:
        """Samples of a stretch as floats in −1…1 with the gain applied; channel −1 is the mix."""
        return self.slice(start_ms * RATE // 1000, end_ms * RATE // 1000, channel)

    def slice(self, start: int, end: int, channel: int = -1) -> NDArray[np.float32]:
        """As :meth:`read`, by sample numbers."""
        start, end = max(0, start), min(end, self.samples)
        if end <= start:
            return np.zeros(0, np.float32)
        raw = np.fromfile(
            self.path, "<i2", (end - start) * self.channels, offset=start * self.channels * 2
        ).reshape(-1, self.channels)
        floats = raw.astype(np.float32) / np.float32(32768.0)
        mono = floats.mean(axis=1, dtype=np.float32) if channel < 0 else floats[:, channel]
        loud = np.clip(mono * np.float32(10 ** (self.gain_db / 20)), -1.0, 1.0)
        return np.asarray(loud, np.float32)
