"""Sound files made for tests: tones that stand in for speech, in every container PyAV can write."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 16_000


def tone(
    seconds: float, frequency: float = 220.0, level: float = 0.3, rate: int = RATE
) -> NDArray[np.float32]:
    """A sine with a slow swell."""
    t = np.arange(int(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * frequency * t) * (0.6 + 0.4 * np.sin(3 * t))).astype(np.float32)


def silence(seconds: float, rate: int = RATE) -> NDArray[np.float32]:
    """Nothing."""
    return np.zeros(int(seconds * rate), np.float32)


def talk(
    stretches: list[tuple[float, float]], length: float, frequency: float = 220.0
) -> NDArray[np.float32]:
    """Silence of ``length`` seconds with tones at these stretches."""
    out = silence(length)
    for i, (start, end) in enumerate(stretches):
        piece = tone(end - start, frequency + 20 * i)
        out[int(start * RATE) : int(start * RATE) + len(piece)] = piece
    return out


def write_wav(path: Path, samples: NDArray[np.float32], rate: int = RATE) -> Path:
    """16-bit wav; ``samples`` is one channel or ``(samples, channels)``."""
    shaped = samples.reshape(len(samples), -1)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(shaped.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(shaped, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def encode(
    path: Path,
    samples: NDArray[np.float32],
    codec: str,
    *,
    container: str | None = None,
    rate: int = RATE,
    jumps: dict[int, float] | None = None,
) -> Path:
    """Mono samples through an encoder of PyAV; ``jumps`` moves the clock ahead (seconds) at a sample."""
    import av

    with av.open(str(path), "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.layout = "mono"
        stream.bit_rate = 12_200 if "amr" in codec else 64_000
        context = stream.codec_context
        context.open()
        resampler = av.AudioResampler(
            format=context.format, layout="mono", rate=rate, frame_size=context.frame_size or 1024
        )
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        ahead = 0
        at = 0
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            for where, seconds in (jumps or {}).items():
                if at <= where < at + part.samples:
                    ahead += int(seconds * rate)
            part.pts = at + ahead
            at += part.samples
            for packet in stream.encode(part):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)
    return path
