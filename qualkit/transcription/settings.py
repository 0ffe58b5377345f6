"""How to transcribe, as one frozen value; which part of it changes the text, and which the speakers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from typing import TYPE_CHECKING, Any

from qualkit.errors import UsageError
from qualkit.files.machine import cores

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.model import Interview

ALGORITHM = 4
"""Raised whenever the same settings would give another text, so that old work is not taken up.

1: first. 2: text over music is dropped. 3: a language outside the project's set is
heard as what it is. 4: speech is packed into the fewest windows.
"""
ENGINES = ("faster-whisper", "openai-whisper")
BACKENDS = ("auto", "channels", "onnx", "pyannote", "rttm", "none")
CHANNELS = ("auto", "mix", "separate")


@dataclass(frozen=True, slots=True)
class TranscribeSettings:
    """Everything that ``qualkit transcribe`` can be told; ``docs/transcription.md`` says why each is so."""

    engine: str = "faster-whisper"
    model: str = "whisper-base"
    """Name in the model store, or a folder."""
    language: str = ""
    """Says that everything is in one language; empty: the interview's, with others of the project allowed."""
    languages: tuple[str, ...] = ()
    """What may be heard; empty: the project's."""
    beam: int = 5
    """Three make 113 words wrong for 110 of 960 and lose question marks, for a tenth less time."""
    hotwords: bool = True
    """Terms of the codebook and names of sites as hints for spelling."""
    words: tuple[str, ...] = ()
    """Further hints, before the others."""
    channels: str = "auto"
    """``separate``: a speaker a channel, each heard alone; ``auto`` tells from the sound."""
    device: str = "auto"
    compute: str = "auto"
    batch: int = 4
    """Windows decoded together; they also are what one unit of work holds."""

    speakers: int = -1
    """How many people; −1: as ``interviews.csv`` says, 0: estimate."""
    diarizer: str = "auto"
    diarizer_path: str = ""
    """Folder of a pyannote pipeline, or of RTTM files named as the recordings."""

    workers: int = 1
    until: time | None = None
    """Start nothing after this time of day."""
    dry_run: bool = False
    again: bool = False
    """Transcribe even what has a transcript, one corrected by hand too."""
    unit_limit_s: float = 0.0
    """Most seconds one unit may take; 0: from its length."""
    keep_awake: bool = True

    def __post_init__(self) -> None:
        _one_of("engine", self.engine, ENGINES)
        _one_of("diarizer", self.diarizer, BACKENDS)
        _one_of("channels", self.channels, CHANNELS)
        for name, least in (("beam", 1), ("batch", 1), ("workers", 1), ("speakers", -1)):
            if getattr(self, name) < least:
                raise UsageError(f"transcription: {name} must be at least {least}.")

    @property
    def threads(self) -> int:
        """Threads of each worker: its share of the processors."""
        return max(1, cores() // self.workers)


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UsageError(
            f"transcription: {name} = {value!r} is not known.", f"Use one of {', '.join(choices)}."
        )


def project_settings(project: Project, **options: Any) -> TranscribeSettings:
    """The ``[transcription]`` table of ``qualkit.toml``, overridden by ``options`` that are not None.

    :raises UsageError: an unknown or ill-typed key.
    """
    table = project.settings.get("transcription", {})
    given: dict[str, Any] = dict(table) if isinstance(table, Mapping) else {}
    given.update({key: value for key, value in options.items() if value is not None})
    known = {f.name: f for f in fields(TranscribeSettings)}
    for key, value in given.items():
        if key not in known:
            raise UsageError(
                f"qualkit.toml: [transcription] has no setting {key!r}.", f"Known are {', '.join(known)}."
            )
        given[key] = _typed(key, value)
    if not given.get("languages"):
        given["languages"] = tuple(project.languages)
    return TranscribeSettings(**given)


def _typed(key: str, value: Any) -> Any:
    default = getattr(TranscribeSettings(), key)
    if isinstance(default, tuple) and isinstance(value, (list, tuple)):
        return tuple(str(v) for v in value)
    if key == "until":
        return _time(value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(default):
        raise UsageError(f"transcription: {key} must be {type(default).__name__}, not {value!r}.")
    return value


def _time(value: Any) -> time:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise UsageError(f"{value!r} is not a time of day.", "Write it as 07:00.") from None


@dataclass(frozen=True, slots=True)
class Job:
    """What one worker is to do, as plain values that travel as JSON."""

    interview: str
    audio: str
    """Absolute path of the recording."""
    file: str
    """Its name in ``recordings/``."""
    sha256: str
    root: str
    """The project's folder."""
    model_path: str
    model_hash: str
    settings: TranscribeSettings
    main_language: str
    """The interview's language; empty: find out."""
    speakers: int
    hotwords: tuple[str, ...] = ()
    interviewer: str = ""
    """Name from ``interviews.csv``."""
    speaker_model: str = ""
    """Folder of the voice models; empty when they are not installed."""
    speaker_hash: str = ""
    threads: int = 0
    """0: as the engine likes."""


def resolved(settings: TranscribeSettings, interview: Interview | None) -> TranscribeSettings:
    """The settings for one interview: its number of speakers filled in."""
    count = settings.speakers
    if count < 0:
        count = interview.speakers if interview else 2
    return replace(settings, speakers=count)
