"""What a diarizer is to Qualkit: a recording in, stretches with a speaker out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from qualkit.errors import UsageError

if TYPE_CHECKING:
    from qualkit.audio.pcm import Pcm
    from qualkit.transcription.settings import Job

Beat = Callable[[float, float], None]
"""Called with done and total as the work goes on, so that a watcher knows it is alive."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch in which one speaker is heard; stretches of different speakers may overlap."""

    start_ms: int
    end_ms: int
    speaker: int
    """Counted from 0."""


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who speaks when in one recording."""

    spoken: tuple[Spoken, ...]
    backend: str
    voices: tuple[tuple[float, ...], ...] = ()
    """A unit vector a speaker that tells their voice; empty when the backend gives none."""
    estimated: bool = False
    """The number of speakers was guessed."""

    @property
    def count(self) -> int:
        """Speakers found."""
        return max((s.speaker for s in self.spoken), default=-1) + 1


class Diarizer(Protocol):
    """Finds out who speaks when."""

    name: str

    def diarize(self, pcm: Pcm, count: int, beat: Beat) -> Diarization:
        """``count`` speakers; 0: find out how many."""
        ...


def diarizer_of(job: Job, *, separate: bool) -> Diarizer:
    """What a job asks for; ``separate``: each channel holds one speaker. Raises as :func:`open_diarizer`."""
    return open_diarizer(
        job.settings.diarizer,
        models=job.speaker_model,
        path=job.settings.diarizer_path,
        recording=job.file,
        separate=separate,
        threads=job.threads,
    )


def open_diarizer(
    backend: str,
    *,
    models: str = "",
    path: str = "",
    recording: str = "",
    separate: bool = False,
    threads: int = 0,
) -> Diarizer:
    """The backend by name, on so many threads; 0: as it likes.

    ``auto`` is ``channels`` where each channel holds one speaker, ``onnx`` where
    its models (folder ``models``) are installed, else ``none``.

    :raises UsageError: an unknown backend, or one without what it needs.
    :raises MissingModel: its models are not installed.
    """
    if backend == "auto":
        backend = "channels" if separate else ("onnx" if models else "none")
    if backend == "none":
        from qualkit.transcription.speakers.simple import OneSpeaker

        return OneSpeaker()
    if backend == "channels":
        from qualkit.transcription.speakers.channels import Channels

        return Channels()
    if backend == "onnx":
        from qualkit.transcription.speakers.onnx import OnnxDiarizer

        return OnnxDiarizer(Path(models) if models else None, threads)
    if backend == "rttm":
        from qualkit.transcription.speakers.simple import Rttm

        return Rttm(Path(path), recording)
    if backend == "pyannote":
        from qualkit.transcription.speakers.pyannote import Pyannote

        return Pyannote(Path(path))
    raise UsageError(f"There is no speaker backend {backend!r}.")
