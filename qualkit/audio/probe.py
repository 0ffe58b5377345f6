"""What a recording's own headers claim about it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.audio.riff import riff_duration_ms
from qualkit.audio.source import opened
from qualkit.errors import QualkitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import InputContainer


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
        duration = claimed_ms(path, container)
        context = stream.codec_context
        return AudioFacts(
            path=path,
            container=container.format.name,
            codec=context.name,
            sample_rate=int(context.sample_rate or 0),
            channels=int(context.channels or 0),
            duration_ms=duration,
            size=path.stat().st_size,
            tracks=len(container.streams.audio),
        )


def claimed_ms(path: Path, container: InputContainer) -> int | None:
    """How long an open recording says it is, in ms; None when its headers do not say."""
    stream = container.streams.audio[0]
    claims = [riff_duration_ms(path), round((container.duration or 0) / 1000)]
    if stream.duration and stream.time_base:
        claims.append(round(float(stream.duration * stream.time_base) * 1000))
    return next((claim for claim in claims if claim and claim > 0), None)


def probe_apart(paths: Sequence[Path]) -> dict[Path, AudioFacts | str]:
    """As :func:`probe` for many files, in a process of its own, or why each cannot be read.

    A file made to crash the media library ends that process, not this one; the
    file at fault is told by who was next.
    """
    out: dict[Path, AudioFacts | str] = {}
    left = list(paths)
    while left:
        asked = "".join(json.dumps(str(path)) + "\n" for path in left)
        try:
            answer = subprocess.run(
                [sys.executable, "-m", "qualkit.audio.probe"],
                input=asked,
                capture_output=True,
                text=True,
                encoding="utf-8",
                timeout=60 + 5 * len(left),
                check=False,
            ).stdout
        except subprocess.TimeoutExpired as error:
            answer = (
                (error.stdout or b"").decode("utf-8", "replace") if isinstance(error.stdout, bytes) else ""
            )
        lines = answer.splitlines()
        for path, line in zip(left, lines, strict=False):
            raw = json.loads(line)
            out[path] = raw["error"] if "error" in raw else AudioFacts(**{**raw, "path": path})
        left = left[len(lines) :]
        if left:
            out[left.pop(0)] = "reading it makes the media library fail."
    return out


def _serve() -> None:
    """Answer each line of the input, a path as JSON, with a line."""
    for line in sys.stdin:
        path = Path(json.loads(line))
        try:
            answer = {**asdict(probe(path)), "path": str(path)}
        except QualkitError as error:
            answer = {"error": str(error).removeprefix(f"{path}: ")}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
