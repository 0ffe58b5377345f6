"""Speakers told apart while the units are decoded: both together keep the processors busier than in turn."""

from __future__ import annotations

import os
import threading
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from qualkit.errors import QualkitError
from qualkit.transcription.speakers.diarizer import diarizer_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

    from qualkit.audio.pcm import Pcm
    from qualkit.transcription.settings import Job
    from qualkit.transcription.speakers.diarizer import Beat, Diarization, Diarizer

LOOK_S = 0.2
KINDER = 5
"""By so much the thread is nicer than the decoding, which then loses nothing to it (Linux)."""


class _Over(Exception):
    """Nobody waits for the speakers any more."""


def speakers_beside(job: Job, pcm: Pcm, *, separate: bool) -> AbstractContextManager[Beside | None]:
    """The speakers at work on half of the job's threads; None where it has one, or its backend is no work."""
    with suppress(QualkitError):  # told when it is the speakers' turn
        diarizer = diarizer_of(replace(job, threads=job.threads // 2), separate=separate)
        if diarizer.name == "onnx" and job.threads > 1:
            return Beside(diarizer, pcm, job.speakers)
    return nullcontext()


class Beside:
    """A diarizer at work in a thread of its own, from ``__enter__`` on.

    Whatever goes wrong in it is left to whoever asks for :attr:`found` and gets
    None: done again in turn, the fault shows where it can be counted.
    """

    def __init__(self, diarizer: Diarizer, pcm: Pcm, count: int) -> None:
        self.found: Diarization | None = None
        self._diarizer, self._pcm, self._count = diarizer, pcm, count
        self._over = threading.Event()
        self._progress = (0.0, 1.0)
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def wait(self, beat: Beat) -> Diarization | None:
        """What it found, when it has; beats only while it gets on, so that a hung one is noticed."""
        told = (-1.0, 0.0)
        while self._thread.is_alive():
            self._thread.join(LOOK_S)
            if self._progress != told:
                told = self._progress
                beat(*told)
        return self.found

    def _work(self) -> None:
        with suppress(AttributeError, OSError):
            mine = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, mine, os.getpriority(os.PRIO_PROCESS, mine) + KINDER)
        with suppress(Exception):
            self.found = self._diarizer.diarize(self._pcm, self._count, self._beat)

    def _beat(self, done: float, total: float) -> None:
        self._progress = (done, total)
        if self._over.is_set():
            raise _Over
