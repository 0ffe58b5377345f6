"""Where somebody speaks: Silero voice activity, block by block, with one memory over the whole recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.audio.stretch import RATE, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qualkit.audio.pcm import Pcm

FRAME = 512
"""Samples of one probability (32 ms)."""
CONTEXT = 64
BLOCK = 60 * RATE // FRAME * FRAME
SPEECH, SILENCE = 0.5, 0.35
"""Probability at which speech begins, and below which it may end."""
MIN_SPEECH_MS = 200
MIN_SILENCE_MS = 500
PAD_MS = 250
LONGEST_MS = 27_500
"""A piece longer than this is cut at its quietest moment: Whisper hears 30 s at a time."""


def probabilities(pcm: Pcm, channel: int = -1) -> NDArray[np.float32]:
    """Probability of speech for every 32 ms of a recording. Memory: one block of a minute."""
    from faster_whisper.vad import get_vad_model

    session: Any = get_vad_model().session
    h = c = np.zeros((1, 1, 128), np.float32)
    tail = np.zeros(CONTEXT, np.float32)
    out: list[NDArray[np.float32]] = []
    for block in _blocks(pcm, channel):
        padded = np.pad(block, (0, -len(block) % FRAME))
        frames = padded.reshape(-1, FRAME)
        before = np.concatenate([tail[None], frames[:-1, -CONTEXT:]])
        tail = frames[-1, -CONTEXT:].copy()
        prob, h, c = session.run(None, {"input": np.concatenate([before, frames], axis=1), "h": h, "c": c})
        out.append(np.asarray(prob, np.float32).reshape(-1))
    return np.concatenate(out) if out else np.zeros(0, np.float32)


def _blocks(pcm: Pcm, channel: int) -> Iterator[NDArray[np.float32]]:
    for start in range(0, pcm.samples, BLOCK):
        yield pcm.slice(start, start + BLOCK, channel)


def speech(prob: NDArray[np.float32], duration_ms: int) -> tuple[Stretch, ...]:
    """Stretches of speech, without padding, none longer than :data:`LONGEST_MS`."""
    pieces: list[tuple[int, int]] = []
    start: int | None = None
    quiet: int | None = None
    silence = MIN_SILENCE_MS * RATE // 1000 // FRAME
    for i, p in enumerate(prob):
        if p >= SPEECH:
            quiet = None
            start = i if start is None else start
        elif start is not None and p < SILENCE:
            quiet = i if quiet is None else quiet
            if i - quiet >= silence:
                pieces.append((start, quiet))
                start = quiet = None
    if start is not None:
        pieces.append((start, quiet if quiet is not None else len(prob)))
    least = MIN_SPEECH_MS * RATE // 1000 // FRAME
    cut = [part for a, b in pieces if b - a >= least for part in _cut(prob, a, b)]
    return tuple(Stretch(_ms(a), min(_ms(b), duration_ms)) for a, b in cut if _ms(a) < duration_ms)


def _cut(prob: NDArray[np.float32], start: int, end: int) -> Iterator[tuple[int, int]]:
    longest = LONGEST_MS * RATE // 1000 // FRAME
    while end - start > longest:
        low, high = start + longest // 2, start + longest
        smooth = np.convolve(prob[low:high], np.ones(7) / 7, mode="same")
        at = low + int(np.argmin(smooth))
        yield start, at
        start = at
    yield start, end


def _ms(frame: int) -> int:
    return frame * FRAME * 1000 // RATE
