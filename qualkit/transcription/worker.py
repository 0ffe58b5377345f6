"""The process that transcribes one recording and gives all its memory back.

Started by the batch as ``python -m qualkit.transcription.worker``. It reads one
job as a line of JSON, then keeps listening: ``stop`` asks it to leave after the
unit at hand, and the end of the input means that the parent has died, so it
leaves at once. It speaks JSON lines:

``{"begin": "plan"}``, ``{"begin": "3"}``, ``{"begin": "speakers"}``   a failure from here counts against it
``{"beat": "decode", "done": 60.0, "total": 3600.0}``                  still alive
``{"plan": …}``, ``{"unit": 3, …}``, ``{"saved": …}``, ``{"failed": …}``, ``{"stopped": true}``
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from qualkit.errors import QualkitError
from qualkit.files.machine import peak_mib
from qualkit.transcription.job import read_job
from qualkit.transcription.plan import MIX, gain_db
from qualkit.transcription.work import ATTEMPTS, PLAN, SPEAKERS, Work, speakers_key, work_of
from qualkit.weights.offline import block_network

if TYPE_CHECKING:
    from collections.abc import Callable

    from qualkit.audio.pcm import Pcm
    from qualkit.transcription.engine import Engine
    from qualkit.transcription.plan import Plan
    from qualkit.transcription.settings import Job
    from qualkit.transcription.speakers.beside import Beside
    from qualkit.transcription.speakers.diarizer import Diarization

LOCK_S = 30.0
"""An orphan of a killed batch needs a moment to notice."""


class _Stopped(Exception):
    """The parent asked to stop."""


@dataclass
class Talk:
    """The line to the parent."""

    out: IO[str]
    stop: threading.Event = field(default_factory=threading.Event)
    last_beat: float = 0.0

    def say(self, **event: Any) -> None:
        """Send one event."""
        self.out.write(json.dumps(event) + "\n")
        self.out.flush()

    def beat(self, stage: str, done: float, total: float) -> None:
        """Say that the work goes on, at most twice a second."""
        now = time.monotonic()
        if now - self.last_beat >= 0.5:
            self.last_beat = now
            self.say(beat=stage, done=round(done, 1), total=round(total, 1))


def main() -> int:
    """Do one job; 0 when its transcript is saved or it was asked to stop."""
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints goes to the log
    talk = Talk(out)
    line = sys.stdin.readline()
    if not line:
        return 2
    job = read_job(line)
    threading.Thread(target=_lifeline, args=(talk,), daemon=True).start()
    with suppress(AttributeError, OSError):
        os.nice(10)
    block_network()
    try:
        _transcribe(job, talk)
    except _Stopped:
        talk.say(stopped=True)
    except QualkitError as error:
        talk.say(failed=error.message, hint=error.hint, code=error.exit_code)
        return error.exit_code
    except MemoryError:
        return 137
    return 0


def _lifeline(talk: Talk) -> None:
    for line in sys.stdin:
        if line.strip() == "stop":
            talk.stop.set()
    os._exit(130)


def _transcribe(job: Job, talk: Talk) -> None:
    from filelock import FileLock, Timeout

    work = work_of(Path(job.root), job)
    work.folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(work.lock, timeout=LOCK_S):
            Recording(job, talk, work).run()
    except Timeout:
        raise QualkitError(
            "Another process is transcribing the same recording.", "Wait for it, or end it."
        ) from None


class Recording:
    """One recording at work: plan, units, speakers, transcript. Each step is skipped when it is on disk."""

    def __init__(self, job: Job, talk: Talk, work: Work) -> None:
        self.job, self.talk, self.work = job, talk, work
        self._engine: Engine | None = None
        self._load_s = 0.0

    def run(self) -> None:
        """All of it, from wherever an earlier run was cut off."""
        from qualkit.transcription.publish import publish

        with ExitStack() as besides:
            plan, beside = self._plan(besides)
            self._units(plan)
            found = self._speakers(plan, beside)
        self.talk.beat("write", 0, 1)
        saved = publish(self.job, self.work, plan, found)
        for left in (self.work.samples, self.work.samples.with_suffix(".part")):
            left.unlink(missing_ok=True)
        self.talk.say(saved={**saved, "peak_mib": peak_mib(), "load_s": round(self._load_s, 2)})

    def _check_stop(self) -> None:
        if self.talk.stop.is_set():
            raise _Stopped

    def engine(self) -> Engine:
        """The engine, loaded when first needed."""
        from qualkit.transcription.engine import open_engine

        if self._engine is None:
            began = time.monotonic()
            self._engine = open_engine(self.job.settings, Path(self.job.model_path), self.job.threads)
            self._load_s = time.monotonic() - began
            facts = {"name": self._engine.name, "version": self._engine.version}
            facts |= {"device": self._engine.device, "compute": self._engine.compute}
            from qualkit.files.atomic import write_text

            write_text(self.work.folder / "engine.json", json.dumps(facts))
        return self._engine

    # ── Steps ────────────────────────────────────────────────────────────────

    def _plan(self, besides: ExitStack) -> tuple[Plan, Beside | None]:
        """The plan, and the speakers at work beside all that is left to do, until ``besides`` is closed."""
        from qualkit.audio.pcm import Pcm
        from qualkit.files.atomic import write_text
        from qualkit.transcription.plan import plan_json, read_plan
        from qualkit.transcription.planning import make_plan, read_recording

        beside = None
        plan = read_plan(self.work.plan)
        if plan is None:
            self.talk.say(begin=PLAN)
            self.work.units.unlink(missing_ok=True)
            engine, samples = self.engine(), self.work.samples
            recorded = read_recording(self.job, samples, self.talk.beat)
            pcm = Pcm(samples, recorded.account.channels, gain_db(recorded.tracks, MIX))
            beside = self._beside(besides, lambda: pcm, separate=recorded.separate)
            plan = make_plan(self.job, samples, recorded, engine, self.talk.beat)
            write_text(self.work.plan, plan_json(plan))
        elif plan.units:
            known = plan
            beside = self._beside(besides, lambda: self._pcm(known, MIX), separate=plan.separate)
        self.talk.say(
            plan={"units": len(plan.units), "audio_ms": plan.unit_ms, "duration_ms": plan.duration_ms}
        )
        return plan, beside

    def _units(self, plan: Plan) -> None:
        from qualkit.transcription.listen import hear_unit
        from qualkit.transcription.results import quarantined_entry, unit_entry

        self.work.mend()
        done = self.work.finished()
        attempts = self.work.attempts()
        for index, unit in enumerate(plan.units):
            if index in done:
                self.talk.say(unit=index, audio_ms=unit.audio_ms, seconds=0.0, kept=True)
                continue
            self._check_stop()
            if attempts.get(str(index), 0) >= ATTEMPTS:
                self.work.append(quarantined_entry(index, unit))
                self.talk.say(unit=index, audio_ms=unit.audio_ms, seconds=0.0, quarantined=True)
                continue
            pcm = self._pcm(plan, unit.track)
            self.talk.say(begin="engine")
            engine = self.engine()
            self.talk.say(begin=str(index), audio_ms=unit.audio_ms)
            began = time.monotonic()
            heard = hear_unit(engine, pcm, unit, plan.hints)
            self.work.append(unit_entry(index, heard))
            self.talk.say(unit=index, audio_ms=unit.audio_ms, seconds=round(time.monotonic() - began, 2))

    def _beside(self, besides: ExitStack, pcm: Callable[[], Pcm], *, separate: bool) -> Beside | None:
        """The speakers at work beside all else, unless they are known or anything has failed before.

        After a failure all is done in turn, so that the next one is counted against its cause.
        """
        from qualkit.transcription.speakers.beside import speakers_beside

        if self.work.speakers(speakers_key(self.job)).exists() or self.work.attempts():
            return None
        return besides.enter_context(speakers_beside(self.job, pcm(), separate=separate))

    def _speakers(self, plan: Plan, beside: Beside | None) -> Diarization:
        from qualkit.files.atomic import write_text
        from qualkit.transcription.assemble import one_speaker
        from qualkit.transcription.results import diarization_json, read_diarization
        from qualkit.transcription.speakers.diarizer import diarizer_of

        path = self.work.speakers(speakers_key(self.job))
        found = read_diarization(path)
        if found is not None:
            return found
        self._check_stop()
        if self.work.attempts().get(SPEAKERS, 0) >= ATTEMPTS or not plan.units:
            return one_speaker(plan)
        self.talk.say(begin=SPEAKERS, audio_ms=plan.duration_ms)
        found = beside.wait(self._beat_speakers) if beside else None
        if found is None:
            diarizer = diarizer_of(self.job, separate=plan.separate)
            found = diarizer.diarize(self._pcm(plan, MIX), self.job.speakers, self._beat_speakers)
        write_text(path, diarization_json(found))
        return found

    def _beat_speakers(self, done: float, total: float) -> None:
        self.talk.beat("speakers", done, total)

    def _pcm(self, plan: Plan, channel: int) -> Pcm:
        """The decoded samples, decoded again when they are gone, with the plan's gain."""
        from qualkit.audio.pcm import Pcm
        from qualkit.transcription.planning import decode_to

        expected = plan.duration_ms
        path = self.work.samples
        if not path.exists() or Pcm(path, plan.channels).duration_ms != expected:
            self.talk.say(begin="decode")
            decode_to(Path(self.job.audio), path, self.talk.beat)
        return Pcm(path, plan.channels, gain_db(plan.tracks, channel))


if __name__ == "__main__":
    sys.exit(main())
