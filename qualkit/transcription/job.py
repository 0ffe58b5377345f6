"""A job on its way to a worker: plain JSON, one line."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import time
from typing import Any

from qualkit.transcription.settings import Job, TranscribeSettings


def job_json(job: Job) -> str:
    """The job as one line of JSON."""
    raw = asdict(job)
    until = raw["settings"]["until"]
    raw["settings"]["until"] = until.isoformat() if until else None
    return json.dumps(raw)  # all ASCII: a file name may hold bytes that are no text


def read_job(line: str) -> Job:
    """The job in a line that :func:`job_json` wrote."""
    raw: dict[str, Any] = json.loads(line)
    settings = dict(raw["settings"])
    for name, default in asdict(TranscribeSettings()).items():
        if isinstance(default, tuple):
            settings[name] = tuple(settings[name])
    settings["until"] = time.fromisoformat(settings["until"]) if settings["until"] else None
    raw["settings"] = TranscribeSettings(**settings)
    raw["hotwords"] = tuple(raw["hotwords"])
    return Job(**raw)
