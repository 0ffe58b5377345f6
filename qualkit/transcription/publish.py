"""The last step of a recording: the transcript from its work files, with its provenance, saved."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qualkit
from qualkit.files.project import load_project
from qualkit.files.transcript import latest_revision, load_transcript, save_transcript
from qualkit.model import Source
from qualkit.transcription.assemble import assemble
from qualkit.transcription.results import windows_of
from qualkit.transcription.speakers.interviewer import Voices, recognise, save_voices
from qualkit.transcription.summary import clean
from qualkit.transcription.work import FINGERPRINT, Work, fingerprint, speakers_key, text_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.model import Transcript
    from qualkit.transcription.plan import Plan
    from qualkit.transcription.settings import Job
    from qualkit.transcription.speakers.diarizer import Diarization


def publish(job: Job, work: Work, plan: Plan, found: Diarization) -> dict[str, Any]:
    """Save the transcript; returns what the morning summary says of it."""
    project = load_project(Path(job.root))
    finished = work.finished()
    windows = {index: windows_of(entry) for index, entry in finished.items() if not entry.get("quarantined")}
    source = Source(clean(job.file), job.sha256, plan.duration_ms)
    transcript, names = assemble(
        job.interview, plan, windows, found, source, provenance(job, work, plan, found)
    )
    voices = Voices(
        job.interview,
        job.interviewer,
        {names[i]: v for i, v in enumerate(found.voices) if i in names},
    )
    transcript = recognise(project, transcript, voices)
    transcript = replace(
        transcript,
        revision=latest_revision(project, job.interview) + 1,
        provenance={**transcript.provenance, FINGERPRINT: fingerprint(transcript)},
    )
    if not _same_as_newest(project, transcript):
        save_transcript(project, transcript)
    save_voices(project, voices)
    kinds = Counter(n.kind.value for n in transcript.notices)
    return {
        "turns": len(transcript.turns),
        "words": sum(len(t.words) for t in transcript.turns),
        "speakers": len(transcript.speakers),
        "notices": dict(sorted(kinds.items())),
        "quarantined": sum(bool(e.get("quarantined")) for e in finished.values()),
        "language": transcript.language,
        "duration_s": plan.duration_ms / 1000,
        "audio_ms": plan.unit_ms,
        "listen": [[n.kind.value, n.start_ms, n.end_ms, n.message] for n in transcript.notices][:200],
    }


def _same_as_newest(project: Any, transcript: Transcript) -> bool:
    """Whether a run that was killed after saving had saved just this."""
    if transcript.revision == 1:
        return False
    newest = load_transcript(project, transcript.interview)

    def bare(t: Transcript) -> object:
        kept = {k: v for k, v in t.provenance.items() if k != "created"}
        return (t.turns, t.notices, t.source, t.language, json.dumps(kept, sort_keys=True, default=str))

    return bare(newest) == bare(transcript)


def provenance(job: Job, work: Work, plan: Plan, found: Diarization) -> dict[str, Any]:
    """What a data-management plan quotes: tools, weights, settings, time, and the keys of the work."""
    s = job.settings
    try:
        engine: Mapping[str, Any] = json.loads((work.folder / "engine.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        engine = {"name": s.engine}
    return {
        "tool": f"qualkit {qualkit.__version__}",
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "engine": dict(engine),
        "model": Path(job.model_path).name,
        "model_hash": job.model_hash,
        "settings": {
            "language": s.language,
            "languages": list(s.languages),
            "beam": s.beam,
            "batch": s.batch,
            "channels": "separate" if plan.separate else "mix",
            "condition_on_previous_text": False,
            "voice_activity": "silero v6",
        },
        "hints": list(plan.hints),
        "audio": {
            "container": plan.container,
            "codec": plan.codec,
            "sample_rate": plan.sample_rate,
            "channels": plan.channels,
            "bad_packets": plan.bad_packets,
            "lufs": [t.lufs for t in plan.tracks],
            "gain_db": [t.gain_db for t in plan.tracks],
        },
        "speakers": {
            "backend": found.backend,
            "asked": job.speakers,
            "estimated": found.estimated,
            "model_hash": job.speaker_hash if found.backend == "onnx" else "",
        },
        "key": text_key(job),
        "speakers_key": speakers_key(job),
    }
