"""Stretches cut out of a recording and packed small, so that they can be heard in any browser."""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from qualkit.audio.decode import decode
from qualkit.audio.stretch import RATE

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from qualkit.audio.decode import Samples
    from qualkit.audio.stretch import Stretch

MIME = "audio/mpeg"
"""MP3: the one format that every browser plays; Safari of a few years ago plays no Opus in Ogg or WebM."""
BITS = 32_000
"""Bits a second: speech at 16 kHz, one channel."""
SHORT = RATE // 2
"""Samples that a stretch may lack at the recording's end: last words are often timed past it."""


def excerpts(path: Path, stretches: Sequence[Stretch]) -> Generator[int, None, list[bytes]]:
    """Each stretch of a recording as MP3, in the order asked for; empty where the recording ends in it.

    The recording is decoded from its beginning, as for transcription, so that both go by
    the same clock. Yields how far it has been read, in ms. Raises :class:`BadFile` when
    nothing of it can be decoded.
    """
    kept: list[list[Samples]] = [[] for _ in stretches]
    spans = [(s.start_ms * RATE // 1000, s.end_ms * RATE // 1000) for s in stretches]
    last = max((end for _, end in spans), default=0)
    at = 0
    with closing(decode(path, channels=1)) as chunks:
        while at < last:
            try:
                chunk = next(chunks)
            except StopIteration:
                break
            for (start, end), parts in zip(spans, kept, strict=True):
                if start < at + len(chunk) and end > at:
                    # A copy, so that the rest of the chunk can be let go.
                    parts.append(chunk[max(0, start - at) : end - at].copy())
            at += len(chunk)
            yield at * 1000 // RATE
    return [
        packed(np.concatenate(parts)) if parts and end - at <= SHORT else b""
        for (_, end), parts in zip(spans, kept, strict=True)
    ]


def packed(samples: Samples) -> bytes:
    """One channel of 16 kHz, ``(samples,)`` or ``(samples, 1)``, as MP3: the same bytes each time."""
    import av

    target = io.BytesIO()
    # Exact bits: no name of the encoder's version in the file.
    with av.open(target, "w", format="mp3", options={"fflags": "+bitexact", "id3v2_version": "0"}) as out:
        stream = out.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = BITS
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.reshape(1, -1)), format="s16p", layout="mono"
        )
        frame.rate = RATE
        frame.pts = 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            out.mux(packet)
    return target.getvalue()
