"""A worker process seen from the parent: started, listened to, killed when it hangs, started again.

The parent holds the other end of the worker's input: when the parent dies, however
it dies, the worker sees the end of it and leaves.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from qualkit.transcription.job import environment, job_json
from qualkit.transcription.work import ATTEMPTS, PLAN, SPEAKERS, Work, work_of

if TYPE_CHECKING:
    from qualkit.transcription.settings import Job

COMMAND: tuple[str, ...] = (sys.executable, "-m", "qualkit.transcription.worker")
START_S = 180.0
"""Seconds a worker may take to load its libraries and its model."""
SILENCE_S = 300.0
"""Seconds between two signs of life while decoding or telling speakers apart."""
SLOWEST = 25.0
"""A unit may take this many times what it should."""
LEAST_UNIT_S = 120.0

Event = Mapping[str, Any]


class Worker:
    """One recording's worker. :meth:`poll` is to be called again and again until :attr:`result` is there."""

    def __init__(self, job: Job, factor: float | None, command: Sequence[str] | None = None) -> None:
        from pathlib import Path

        self.job = job
        self.work: Work = work_of(Path(job.root), job)
        self.result: Event | None = None
        """``saved``, ``failed`` or ``stopped``."""
        self.began = time.monotonic()
        self.worked_s = 0.0
        """Seconds of all runs."""
        self.fresh_ms = 0
        """Sound decoded in this batch rather than an earlier one."""
        self._factor = factor if factor is not None else 2.0
        self._command = tuple(command or COMMAND)
        self._at = ""
        self._deadline = 0.0
        self._stopping = False
        self._events: queue.Queue[Event | None] = queue.Queue()
        if PLAN in self.work.attempts():
            self.work.attempts_clear(PLAN)
        self._start()

    def _start(self) -> None:
        self.work.folder.mkdir(parents=True, exist_ok=True)
        self._at = "start"
        self._deadline = time.monotonic() + START_S
        flags = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        with self.work.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                errors="replace",
                creationflags=flags,
                env=environment(),
            )
        self._events = queue.Queue()
        threading.Thread(target=_listen, args=(self._process.stdout, self._events), daemon=True).start()
        with suppress(OSError):
            self._say(job_json(self.job))

    def _say(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def stop(self) -> None:
        """Ask it to leave after the unit at hand."""
        if not self._stopping:
            self._stopping = True
            with suppress(OSError, ValueError):
                self._say("stop")

    def kill(self) -> None:
        """End it now."""
        with suppress(OSError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def poll(self) -> list[Event]:
        """What it has said since the last call; deals with its death and with silence."""
        out: list[Event] = []
        ended = False
        while True:
            try:
                event = self._events.get_nowait()
            except queue.Empty:
                break
            if event is None:
                ended = True
                break
            self._take(event)
            out.append(event)
        if self.result is not None:
            self._finish()
        elif ended:
            self._process.wait(30)
            self._again(f"the process ended with code {self._process.returncode}")
        elif time.monotonic() > self._deadline:
            self.kill()
            self._again("nothing happened for too long")
        return out

    def _take(self, event: Event) -> None:
        now = time.monotonic()
        if "begin" in event:
            self._at = str(event["begin"])
            if self._at.isdigit():
                self._deadline = now + self._limit(float(event.get("audio_ms", 0)) / 1000)
            else:
                self._deadline = now + max(SILENCE_S, START_S)
        elif "beat" in event:
            self._deadline = now + SILENCE_S
        elif "unit" in event:
            self._at = "between"
            self._deadline = now + SILENCE_S
            if event.get("seconds"):
                self.fresh_ms += int(event["audio_ms"])
        elif {"saved", "failed", "stopped"} & event.keys():
            self.result = event

    def _limit(self, audio_s: float) -> float:
        given = self.job.settings.unit_limit_s
        return given or max(LEAST_UNIT_S, audio_s * self._factor * SLOWEST)

    def _again(self, why: str) -> None:
        """After a death: once more, without what has now failed twice."""
        self.kill()
        what = self._at if self._at.isdigit() or self._at == SPEAKERS else PLAN
        count = self.work.failed(what)
        if what == PLAN and count >= ATTEMPTS:
            self.work.attempts_clear(PLAN)
            self.result = {
                "failed": f"{self.job.file}: it could not be worked on: {why}, twice.",
                "hint": f"See {self.work.log}; a smaller model needs less memory.",
                "code": 1,
            }
            self._finish()
        elif self._stopping:
            self.result = {"stopped": True}
            self._finish()
        else:
            self._start()

    def _finish(self) -> None:
        self.worked_s = time.monotonic() - self.began
        with suppress(subprocess.TimeoutExpired, OSError):
            if self._process.stdin:
                self._process.stdin.close()
            self._process.wait(10)
        self.kill()


def _listen(pipe: IO[str] | None, events: queue.Queue[Event | None]) -> None:
    """Lines of the worker into a queue; None at the end. What is no JSON is somebody's stray print."""
    if pipe is not None:
        with suppress(ValueError, OSError):
            for line in pipe:
                with suppress(ValueError):
                    event = json.loads(line)
                    if isinstance(event, dict):
                        events.put(event)
    events.put(None)
