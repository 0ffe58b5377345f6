"""A recording as 16 kHz samples, a chunk at a time, with an honest account of what was lost.

Libraries stop at the first corrupt packet without an error (faster-whisper
#988) and close up gaps in the timestamps (#128), which moves every later word.
Here packets are decoded one by one, bad ones are counted and their place is
kept, and gaps are filled with silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qualkit.audio.ogg import ogg_is_cut_off
from qualkit.audio.probe import claimed_ms
from qualkit.audio.source import opened
from qualkit.audio.stretch import RATE, Stretch, joined
from qualkit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    import av.container

CHUNK = 30 * RATE
"""Samples a chunk."""
GAP = RATE // 5
"""Timestamps may run ahead of the samples by this much before silence is put in."""
NEAR_MS = 500
"""Damage and gaps this near to each other are told as one."""
LONGEST_GAP = 6 * 3600 * RATE
"""A jump further than this is a broken clock, not a pause."""
TRUNCATED_MS = 1500
"""The header may promise this much more than can be decoded before it counts as cut off."""

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What came of decoding a recording."""

    duration_ms: int
    """Of what was decoded, silence put in for gaps included."""
    claimed_ms: int | None
    """What the header promised."""
    channels: int
    """1 or 2 in the samples given out."""
    damaged: tuple[Stretch, ...]
    """Where packets could not be decoded."""
    gaps: tuple[Stretch, ...]
    """Where the timestamps jump and silence was put in."""
    packets: int
    bad_packets: int
    unended: bool = False
    """The mark of the end, which files of its kind carry, is missing."""

    @property
    def truncated(self) -> bool:
        """The header promised more than there was, or the end of the file is missing."""
        return self.unended or self.short

    @property
    def short(self) -> bool:
        """The header promised more than there was."""
        return self.claimed_ms is not None and self.claimed_ms - self.duration_ms > TRUNCATED_MS


class _Line:
    """The samples in order: collects arrays, keeps the clock, gives out chunks of one size."""

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.at = 0
        self._held: list[Samples] = []
        self._held_samples = 0
        self.gaps: list[Stretch] = []
        self.damaged: list[Stretch] = []
        self._zero: int | None = None

    def add(self, samples: Samples) -> Iterator[Samples]:
        self._held.append(samples)
        self._held_samples += len(samples)
        self.at += len(samples)
        while self._held_samples >= CHUNK:
            yield self._take(CHUNK)

    def rest(self) -> Iterator[Samples]:
        if self._held_samples:
            yield self._take(self._held_samples)

    def _take(self, count: int) -> Samples:
        joined = np.concatenate(self._held)
        out, left = joined[:count], joined[count:]
        self._held = [left] if len(left) else []
        self._held_samples = len(left)
        return out

    def reach(self, want: int, *, damaged: bool) -> Iterator[Samples]:
        """Silence up to sample ``want`` of the clock, when the samples are behind it."""
        if self._zero is None:
            self._zero = 0
        behind = want - self._zero - self.at
        if behind > LONGEST_GAP or behind < -GAP:
            self._zero = want - self.at
            return
        if behind <= GAP:
            return
        place = Stretch(self.at * 1000 // RATE, (self.at + behind) * 1000 // RATE)
        (self.damaged if damaged else self.gaps).append(place)
        while behind > 0:
            part = min(behind, CHUNK)
            yield from self.add(np.zeros((part, self.channels), np.int16))
            behind -= part


def decode(path: Path, *, channels: int = 0) -> Generator[Samples, None, Decoded]:
    """Chunks of at most 30 s, shaped ``(samples, channels)``; returns the account.

    ``channels`` 1 mixes down; 0 keeps two channels where there are exactly two.

    :raises BadFile: nothing of it can be decoded.
    """
    with opened(path) as container:
        stream = container.streams.audio[0]
        count = 2 if channels != 1 and stream.codec_context.channels == 2 else 1
        line = _Line(count)
        packets, bad = yield from _decode(container, line)
        yield from line.rest()
        claimed = claimed_ms(path, container)
        unended = container.format.name == "ogg" and ogg_is_cut_off(path)
    if not line.at or (bad and bad == packets):
        raise BadFile(
            path,
            "no sound could be decoded from it.",
            "It may be protected or damaged: play it in another program and export it as wav.",
        )
    return Decoded(
        duration_ms=line.at * 1000 // RATE,
        claimed_ms=claimed,
        channels=count,
        damaged=joined(line.damaged, NEAR_MS),
        gaps=joined(line.gaps, NEAR_MS),
        packets=packets,
        bad_packets=bad,
        unended=unended,
    )


def _decode(container: av.container.InputContainer, line: _Line) -> Generator[Samples, None, tuple[int, int]]:
    """Feed the line packet by packet; returns the number of packets and of bad ones."""
    import av

    stream = container.streams.audio[0]
    origin = _origin(container)
    resample = _Resampler(line.channels)
    packets = bad = 0
    lost = False
    for packet in _packets(container, stream):
        packets += 1
        try:
            frames = packet.decode()
        except (av.error.FFmpegError, ValueError):
            bad += 1
            lost = True
            at = line.at * 1000 // RATE
            span = float((packet.duration or 0) * packet.time_base) * 1000 if packet.time_base else 0.0
            line.damaged.append(Stretch(at, at + max(1, round(min(span, 60_000)))))
            continue
        for frame in frames:
            if frame.pts is not None and frame.time_base:
                want = round((float(frame.pts * frame.time_base) - origin) * RATE)
                yield from line.reach(want, damaged=lost)
            lost = False
            frame.pts = None
            for samples in resample(frame):
                yield from line.add(samples)
    for samples in resample(None):
        yield from line.add(samples)
    return packets, bad


def _packets(container: av.container.InputContainer, stream: Any) -> Iterator[Any]:
    """Packets up to the end, or up to where the container itself cannot be read on."""
    import av

    packets = container.demux(stream)
    faults = 0
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.FFmpegError, OSError):
            faults += 1
            if faults > 100:
                return
            packets = container.demux(stream)
            continue
        yield packet


def _origin(container: av.container.InputContainer) -> float:
    """Seconds on the file's clock that a player shows as 0:00."""
    stream = container.streams.audio[0]
    if container.start_time is not None and abs(container.start_time) < 2**62:
        return float(container.start_time / 1_000_000)
    if stream.start_time is not None and stream.time_base:
        return float(stream.start_time * stream.time_base)
    return 0.0


class _Resampler:
    """Frames of whatever format, even one that changes on the way, to int16 at 16 kHz."""

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self._format: tuple[object, ...] | None = None
        self._resampler: Any = None

    def __call__(self, frame: Any) -> Iterator[Samples]:
        import av

        if frame is None:
            yield from self._flush()
            return
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._format:
            yield from self._flush()
            self._format = shape
            layout = "stereo" if self.channels == 2 else "mono"
            self._resampler = av.AudioResampler(format="flt", layout=layout, rate=RATE)
        for out in self._resampler.resample(frame):
            yield self._integers(out)

    def _flush(self) -> Iterator[Samples]:
        if self._resampler is not None:
            for out in self._resampler.resample(None):
                yield self._integers(out)

    def _integers(self, frame: Any) -> Samples:
        """NaN and infinity, which damaged float files hold, become silence and full scale."""
        floats = np.nan_to_num(
            frame.to_ndarray().reshape(-1, self.channels), nan=0.0, posinf=1.0, neginf=-1.0
        )
        return np.asarray(np.clip(np.rint(floats * 32768.0), -32768, 32767), dtype=np.int16)
