"""Transcribing a file that need not belong to a project, just as a night would, and leaving nothing behind.

The recording goes through the same worker process as in a batch, in a scratch folder.
"""

from __future__ import annotations

import tempfile
import time
import wave
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.audio.decode import decode
from qualkit.audio.stretch import RATE, Stretch
from qualkit.errors import BadFile, MissingModel, QualkitError
from qualkit.files.names import safe_id
from qualkit.files.project import init_project
from qualkit.files.transcript import load_transcript
from qualkit.model import LANGUAGES, Step
from qualkit.transcription.hints import hints
from qualkit.transcription.pending import speaker_models
from qualkit.transcription.plan import read_plan
from qualkit.transcription.recordings import recordings
from qualkit.transcription.results import read_diarization
from qualkit.transcription.settings import Job, TranscribeSettings
from qualkit.transcription.supervise import Worker
from qualkit.transcription.work import speakers_key
from qualkit.weights.store import model_hash, model_path

if TYPE_CHECKING:
    from collections.abc import Generator

    from qualkit.files.project import Project
    from qualkit.model import Interview, Transcript
    from qualkit.transcription.speakers.diarizer import Diarization

STAGE = "evaluate"
TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class HeardApart:
    """What came of one recording."""

    transcript: Transcript
    speakers: Diarization | None
    """None when nothing was heard."""
    activity: tuple[Stretch, ...]
    """Where voice activity detection found speech, on any channel."""
    duration_ms: int
    model_hash: str
    seconds: float
    """What it took, with loading the model."""
    load_s: float
    peak_mib: int
    """Most memory the worker took; 0 where that cannot be told."""

    @property
    def factor(self) -> float:
        """Seconds of work a second of recording, loading left out."""
        return max(0.0, self.seconds - self.load_s) / max(0.001, self.duration_ms / 1000)


def case_of(project: Project | None, recording: Path) -> Interview | None:
    """The interview that a file in the project's ``recordings/`` belongs to."""
    if project is None:
        return None
    for known in recordings(project):
        with suppress(OSError):
            if known.path.samefile(recording):
                return known.case
    return None


def hear_apart(
    recording: Path,
    settings: TranscribeSettings,
    *,
    speakers: int = 2,
    project: Project | None = None,
    seconds: float = 0.0,
) -> Generator[Step, None, HeardApart]:
    """Transcribe a recording, or its first ``seconds``.

    ``project`` gives hints for spelling and the interview's language; nothing is written there.

    :raises BadFile: the recording cannot be read.
    :raises MissingModel: the model is not on this machine.
    """
    weights = model_path(settings.model)
    case = case_of(project, recording)
    if not settings.languages:
        settings = replace(settings, languages=project.languages if project else LANGUAGES)
    if not recording.is_file():
        raise BadFile(recording, "there is no such file.", "Check its name.")
    with tempfile.TemporaryDirectory(prefix="qualkit-") as folder:
        root = Path(folder) / "study"
        init_project(root, "evaluation", settings.languages)
        sound = cut(recording, Path(folder) / "part.wav", seconds) if seconds else recording
        models, models_hash = speaker_models(settings)
        job = Job(
            interview=safe_id(recording.stem, "recording"),
            audio=str(sound.absolute()),
            file=recording.name,
            sha256=f"apart:{seconds}",  # the scratch folder holds nothing else
            root=str(root),
            model_path=str(weights),
            model_hash=model_hash(weights),
            settings=replace(settings, speakers=speakers),
            main_language=settings.language or (case.language if case else ""),
            speakers=speakers,
            hotwords=hints(project, case, settings) if project else tuple(settings.words),
            speaker_model=models,
            speaker_hash=models_hash,
            threads=settings.threads,
        )
        return (yield from _heard(job, root))


def _heard(job: Job, root: Path) -> Generator[Step, None, HeardApart]:
    from qualkit.files.project import load_project

    worker = Worker(job, None)
    name = Path(job.file).name
    total = done = 0.0
    try:
        while worker.result is None:
            for event in worker.poll():
                if "plan" in event:
                    total = event["plan"]["audio_ms"] / 1000
                elif "unit" in event:
                    done += event["audio_ms"] / 1000
                note = str(event.get("beat", ""))
                yield Step(STAGE, name, min(done, total), total, "s", note)
            time.sleep(TICK_S)
    finally:
        worker.kill()
    result = dict(worker.result)
    if "saved" not in result:
        message = str(result.get("failed", "it was not transcribed.")).removeprefix(f"{job.audio}: ")
        if result.get("code") == MissingModel.exit_code:
            raise MissingModel(message, str(result.get("hint", "")))
        raise QualkitError(f"{job.file}: {message}", str(result.get("hint", "")))
    plan = read_plan(worker.work.plan)
    assert plan is not None
    return HeardApart(
        transcript=load_transcript(load_project(root), job.interview),
        speakers=read_diarization(worker.work.speakers(speakers_key(job))),
        activity=tuple(s for track in plan.tracks for s in track.speech),
        duration_ms=plan.duration_ms,
        model_hash=job.model_hash,
        seconds=round(worker.worked_s, 2),
        load_s=float(result["saved"]["load_s"]),
        peak_mib=int(result["saved"]["peak_mib"]),
    )


def cut(recording: Path, target: Path, seconds: float, skip_s: float = 0.0) -> Path:
    """The first seconds of a recording, after some, as a WAV file.

    :raises BadFile: nothing can be decoded.
    """
    left, skip = round(seconds * RATE), round(skip_s * RATE)
    chunks = decode(recording)
    first = next(chunks)  # a recording that gives nothing raises here, before there is a file
    with wave.open(str(target), "wb") as out:
        out.setnchannels(first.shape[1])
        out.setsampwidth(2)
        out.setframerate(RATE)
        for chunk in chain([first], chunks):
            part = chunk[skip : skip + left]
            skip -= min(skip, len(chunk))
            out.writeframes(part.astype("<i2").tobytes())
            left -= len(part)
            if not left:
                break
    chunks.close()
    return target
