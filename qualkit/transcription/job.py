"""A job on its way to a worker: plain JSON, one line."""

from __future__ import annotations

import json
import os
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


def environment() -> dict[str, str]:
    """This process's environment for a process that does a job; what the user has set stays."""
    return {**_FASTER, **os.environ}


_FASTER = {
    # glibc (Linux): pages of 2 MB for what is large, where the system offers them. A window takes and gives
    # back 72 MB several times over, and clearing that in pages of 4 kB is a quarter of the encoder's time.
    # One arena for all threads, for in large pages each leaves more memory unused.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1",
    # NumPy's matrices are small here: threads for them only wait for each other.
    "OPENBLAS_NUM_THREADS": "1",
}
