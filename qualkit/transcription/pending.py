"""What there is to transcribe, what is kept as it is, and why."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.audio.probe import AudioFacts, probe_apart
from qualkit.errors import MissingModel, QualkitError
from qualkit.files.names import inside
from qualkit.files.revise import BY_PERSON, ROLES_BY
from qualkit.files.transcript import load_transcript, transcript_ids
from qualkit.model import Step
from qualkit.transcription.hints import hints
from qualkit.transcription.recordings import Hashes, Recording, chosen
from qualkit.transcription.settings import Job, TranscribeSettings, resolved
from qualkit.transcription.speed import way
from qualkit.transcription.summary import Outcome, RecordingSummary
from qualkit.transcription.work import FINGERPRINT, fingerprint, speakers_key, text_key
from qualkit.weights.store import model_hash, model_path

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from qualkit.files.project import Project


@dataclass(frozen=True, slots=True)
class Pending:
    """A recording that is to be transcribed."""

    job: Job
    summary: RecordingSummary
    """As it stands before the work: ``waiting``."""

    @property
    def interview(self) -> str:
        """The interview's id."""
        return self.job.interview

    @property
    def audio_s(self) -> float:
        """Length as the header says."""
        return self.summary.audio_s


@dataclass(frozen=True, slots=True)
class Todo:
    """The night's work."""

    items: tuple[Pending, ...]
    settled: tuple[RecordingSummary, ...]
    """Kept as they are, or failed before they began."""
    way: str
    """Name under which the speed of this way of transcribing is remembered."""


def pending(
    project: Project, ids: Sequence[str] | None, settings: TranscribeSettings
) -> Generator[Step, None, Todo]:
    """Sort the recordings; hashing them may take a while the first time.

    :raises UsageError: an unknown id.
    :raises MissingModel: the Whisper model is not on this machine.
    """
    found = chosen(project, ids)
    weights = model_path(settings.model)
    fingerprint = model_hash(weights)
    speakers, speakers_hash = speaker_models(settings)
    manner = way(settings.engine, fingerprint, settings.device, settings.workers, settings.diarizer)
    hashes = Hashes(project)
    facts = probe_apart([r.path for r in found])
    items: list[Pending] = []
    settled: list[RecordingSummary] = []
    for number, recording in enumerate(found):
        yield Step("transcribe", "", number, len(found), "recordings", "looking at the recordings")
        fact = facts[recording.path]
        if not inside(project.root, recording.path):
            fact = "this link leads out of the project; put the file itself in its place."
        if isinstance(fact, str):
            settled.append(_failed(recording, fact))
            continue
        try:
            digest = hashes.sha256(recording.path)
        except OSError as error:
            settled.append(_failed(recording, f"it cannot be read ({error.strerror})."))
            continue
        job = _job(project, recording, digest, settings, weights, fingerprint)
        job = replace(job, speaker_model=speakers, speaker_hash=speakers_hash)
        summary = _waiting(recording, fact)
        if reason := _kept(project, job, again=settings.again):
            settled.append(replace(summary, outcome=Outcome.KEPT, reason=reason))
        else:
            items.append(Pending(job, summary))
    return Todo(tuple(items), tuple(settled), manner)


def speaker_models(settings: TranscribeSettings) -> tuple[str, str]:
    """Folder and hash of the voice models; empty when the backend needs none, or ``auto`` finds none.

    :raises MissingModel: the backend is ``onnx`` and they are not on this machine.
    """
    if settings.diarizer not in ("auto", "onnx"):
        return "", ""
    try:
        folder: Path = model_path("speakers")
    except MissingModel:
        if settings.diarizer == "onnx":
            raise
        return "", ""
    return str(folder), model_hash(folder)


def _job(
    project: Project,
    recording: Recording,
    digest: str,
    settings: TranscribeSettings,
    weights: Path,
    fingerprint: str,
) -> Job:
    case = recording.case
    settings = resolved(settings, case)
    return Job(
        interview=recording.interview,
        audio=str(recording.path.absolute()),
        file=recording.file,
        sha256=digest,
        root=str(project.root.absolute()),
        model_path=str(weights),
        model_hash=fingerprint,
        settings=settings,
        main_language=settings.language or (case.language if case else ""),
        speakers=settings.speakers,
        hotwords=hints(project, case, settings),
        interviewer=case.interviewer if case else "",
        threads=settings.threads,
    )


def _waiting(recording: Recording, facts: AudioFacts) -> RecordingSummary:
    seconds = (facts.duration_ms or 0) / 1000
    return RecordingSummary(recording.interview, recording.file, Outcome.WAITING, audio_s=seconds)


def _failed(recording: Recording, reason: str) -> RecordingSummary:
    return RecordingSummary(recording.interview, recording.file, Outcome.FAILED, reason=reason, code=1)


def _kept(project: Project, job: Job, *, again: bool) -> str:
    """Why the transcript that is there stays; empty when there is none, or it is of other settings."""
    if again or job.interview not in transcript_ids(project):
        return ""
    try:
        transcript = load_transcript(project, job.interview)
    except QualkitError:
        return "its transcript cannot be read; repair it or use --again"
    made = transcript.provenance
    if "key" not in made:
        return "its transcript came from elsewhere"
    if made.get("key") == text_key(job) and made.get("speakers_key") == speakers_key(job):
        return "done before"
    roles = made.get(ROLES_BY) == BY_PERSON
    if roles or made.get(FINGERPRINT) != fingerprint(transcript) or any(s.name for s in transcript.speakers):
        return "a person has corrected its transcript"
    return _coded(project, job.interview)


def _coded(project: Project, interview: str) -> str:
    with suppress(OSError):
        if any(p.stat().st_size for p in project.codings.glob(f"*/{interview}.jsonl")):
            return "it is coded already"
    return ""
