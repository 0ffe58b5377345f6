"""What a recording's own headers claim about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qualkit.audio.source import opened


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """The claims of a recording's headers, to compare with what can be decoded."""

    path: Path
    container: str
    codec: str
    sample_rate: int
    """In Hz."""
    channels: int
    duration_ms: int | None
    """None when the header does not say."""
    size: int
    """In bytes."""
    tracks: int = 1
    """Audio tracks; only the first is used."""


def probe(path: Path) -> AudioFacts:
    """What the headers of ``path`` say, without decoding.

    :raises BadFile: not a file with an audio track.
    """
    with opened(path) as container:
        stream = container.streams.audio[0]
        duration = None
        if container.duration:
            duration = round(container.duration / 1000)
        elif stream.duration and stream.time_base:
            duration = round(float(stream.duration * stream.time_base) * 1000)
        context = stream.codec_context
        return AudioFacts(
            path=path,
            container=container.format.name,
            codec=context.name,
            sample_rate=int(context.sample_rate or 0),
            channels=int(context.channels or 0),
            duration_ms=duration if duration and duration > 0 else None,
            size=path.stat().st_size,
            tracks=len(container.streams.audio),
        )
