"""A minute of a recording transcribed to see how fast this machine is; nothing of it is kept.

The other half is a process of its own, ``python -m qualkit.transcription.rehearse``: it reads a job as
a line of JSON and answers with one, ``{"audio_s": …, "work_s": …, "load_s": …}``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.model import Step
from qualkit.transcription.job import environment, job_json, read_job

if TYPE_CHECKING:
    from collections.abc import Generator

    from qualkit.transcription.settings import Job

COMMAND: tuple[str, ...] = (sys.executable, "-m", "qualkit.transcription.rehearse")
PART_S = 60.0
LEAST_SPEECH_MS = 15_000
"""A minute with less speech says little; the next one is tried."""
TRIES = 5
LIMIT_S = 600.0


def rehearse(job: Job) -> Generator[Step, None, tuple[float, float, float] | None]:
    """Seconds of recording, of work and of loading the model; None when it could not be found out."""
    process = subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env=environment(),
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError):
            process.stdin.write(job_json(job) + "\n")
            process.stdin.close()
        began = time.monotonic()
        while process.poll() is None and time.monotonic() - began < LIMIT_S:
            yield Step("transcribe", "", 0, 0, "", "measuring how fast this machine is, on a minute of sound")
            time.sleep(0.2)
        if process.poll() is None:
            return None
        with suppress(ValueError, KeyError, TypeError):
            raw = json.loads(process.stdout.read())
            return float(raw["audio_s"]), float(raw["work_s"]), float(raw["load_s"])
        return None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def measured(job: Job) -> dict[str, float]:
    """Transcribe a minute as the night would: decode, find speech and languages, hear, tell speakers."""
    from qualkit.audio.pcm import Pcm
    from qualkit.transcription.engine import open_engine
    from qualkit.transcription.listen import hear_unit
    from qualkit.transcription.plan import MIX
    from qualkit.transcription.planning import make_plan, read_recording
    from qualkit.transcription.speakers.beside import speakers_beside
    from qualkit.transcription.speakers.diarizer import diarizer_of

    with tempfile.TemporaryDirectory(prefix="qualkit-", dir=_room()) as folder:
        began = time.monotonic()
        engine = open_engine(job.settings, Path(job.model_path), job.threads)
        load_s = time.monotonic() - began
        for number in range(TRIES):
            part = _part(job, Path(folder), number)
            if part is None:
                break
            began = time.monotonic()
            samples = Path(folder) / "audio.s16"
            short = replace(job, audio=str(part))
            plan = make_plan(short, samples, read_recording(short, samples, _quiet), engine, _quiet)
            if plan.unit_ms < LEAST_SPEECH_MS:
                continue
            pcms = {t.channel: Pcm(samples, plan.channels, t.gain_db) for t in plan.tracks}
            mix = pcms.get(MIX, Pcm(samples, plan.channels))
            with speakers_beside(job, mix, separate=plan.separate) as beside:
                for unit in plan.units:
                    hear_unit(engine, pcms[unit.track], unit, plan.hints)
                if not beside or beside.wait(_quiet) is None:
                    diarizer_of(job, separate=plan.separate).diarize(mix, job.speakers, _quiet)
            work_s = time.monotonic() - began
            return {"audio_s": plan.duration_ms / 1000, "work_s": work_s, "load_s": load_s}
    return {}


def _part(job: Job, folder: Path, number: int) -> Path | None:
    """The next minute of the recording as a file; None when there is no whole minute more, but the first."""
    from qualkit.transcription.apart import cut

    part = cut(Path(job.audio), folder / "part.wav", PART_S, skip_s=number * PART_S)
    return part if number == 0 or part.stat().st_size > PART_S * 16_000 else None


def _quiet(*_: Any) -> None:
    return None


def _room() -> str | None:
    """Where a few megabytes can be written: the usual place, or memory when the disk is full."""
    for place in (None, "/dev/shm"):  # noqa: S108
        with suppress(OSError), tempfile.TemporaryFile(dir=place) as file:
            file.write(b"\0" * 8_000_000)
            file.flush()
            return place
    return None


def main() -> int:
    """Answer one job; 1 when there is nothing to measure."""
    out = sys.stdout
    sys.stdout = sys.stderr
    with suppress(AttributeError, OSError):
        os.nice(10)
    from qualkit.weights.offline import block_network

    block_network()
    found = measured(read_job(sys.stdin.readline()))
    out.write(json.dumps(found) + "\n")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
