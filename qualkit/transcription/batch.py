"""The night: every recording that has no current transcript, each in a process of its own.

This process imports no model library and holds no sound, so that its memory does
not grow; whatever happens to a worker, the batch reaches its last line.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.errors import Conflict, QualkitError
from qualkit.files.atomic import make_folder, write_text
from qualkit.model import Step
from qualkit.transcription.awake import awake
from qualkit.transcription.pending import Pending, pending
from qualkit.transcription.rehearse import rehearse
from qualkit.transcription.settings import TranscribeSettings, project_settings
from qualkit.transcription.speakers.interviewer import recognise_all
from qualkit.transcription.speed import Speed, guess
from qualkit.transcription.summary import BatchSummary, Outcome, RecordingSummary, span
from qualkit.transcription.supervise import Worker

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from datetime import time as TimeOfDay  # noqa: N812

    from qualkit.files.project import Project

STAGE = "transcribe"
TICK_S = 0.1
SUMMARY = "transcription-summary.txt"
"""Name of the morning summary in ``outputs/``."""
LEARN_S = 20.0
"""Shorter recordings say more about how long a model takes to load than about speed."""


@dataclass
class _Night:
    """What the loop keeps track of."""

    project: Project
    settings: TranscribeSettings
    speed: Speed
    way: str
    items: dict[str, Pending]
    waiting: list[str]
    done: dict[str, RecordingSummary]
    until: datetime | None
    running: dict[str, Worker] = field(default_factory=dict)
    heard_s: dict[str, float] = field(default_factory=dict)
    """Seconds of recording dealt with, of those that have begun."""
    note: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    stopped: bool = False

    @property
    def total_s(self) -> float:
        """Seconds of recording to transcribe."""
        return sum(item.audio_s for item in self.items.values())


def transcribe_batch(
    project: Project,
    ids: Sequence[str] | None = None,
    settings: TranscribeSettings | None = None,
) -> Generator[Step, None, BatchSummary]:
    """Transcribe what has no current transcript; all recordings, or those of ``ids``.

    Steps count seconds of recording; those with an empty ``item`` are of the whole
    batch and say how long is left. The summary is also written to ``outputs/``.
    Closing the generator ends the workers at once; what they have finished stays.

    :raises UsageError: an unknown id or setting.
    :raises Conflict: another batch is at work on this project.
    :raises MissingModel: the Whisper model is not on this machine.
    """
    settings = settings or project_settings(project)
    if settings.dry_run:
        return (yield from _rehearsal(project, ids, settings))
    with _alone(project), awake(settings.keep_awake):
        todo = yield from pending(project, ids, settings)
        night = _Night(
            project,
            settings,
            Speed(),
            todo.way,
            items={p.interview: p for p in todo.items},
            waiting=[p.interview for p in todo.items],
            done={r.interview: r for r in todo.settled},
            until=_moment(settings.until),
        )
        try:
            yield from _run(night)
        finally:
            for worker in night.running.values():
                worker.kill()
        with suppress(QualkitError):
            recognise_all(project, [r.interview for r in night.done.values() if r.outcome is Outcome.DONE])
        summary = _summary(night)
        try:
            write_text(project.outputs / SUMMARY, summary.text())
        except QualkitError as error:  # a night's news is worth more than its file
            summary = replace(summary, unwritten=str(error))
        return summary


def _rehearsal(
    project: Project, ids: Sequence[str] | None, settings: TranscribeSettings
) -> Generator[Step, None, BatchSummary]:
    """What would be done, and how long it takes.

    Nothing is written to the project, which may be read-only; where nothing can be written at all, the
    speed is a guess.
    """
    todo = yield from pending(project, ids, settings)
    speed = Speed()
    pace = speed.pace(todo.way)
    if pace is None and todo.items:
        # the longest: a short one may be a test of the microphone
        job = max(todo.items, key=lambda p: p.audio_s).job
        found = yield from rehearse(job)
        if found:
            speed.rehearsed(todo.way, *found)
            pace = speed.pace(todo.way)
    if pace is None and todo.items:
        pace = guess(Path(todo.items[0].job.model_path))
    waiting = [
        replace(p.summary, estimate_s=round(pace.seconds(p.audio_s), 1) if pace and p.audio_s else None)
        for p in todo.items
    ]
    return BatchSummary(
        _in_order([*waiting, *todo.settled]),
        dry_run=True,
        workers=settings.workers,
        basis=pace.basis.value if pace else "",
    )


def _run(night: _Night) -> Generator[Step, None, None]:
    told = 0.0
    while night.waiting or night.running:
        if night.until and datetime.now().astimezone() >= night.until:
            _stop(night)
        while night.waiting and len(night.running) < night.settings.workers:
            _start(night, night.waiting.pop(0))
        for interview in list(night.running):
            yield from _listen(night, interview)
        if time.monotonic() - told >= 1.0 or not night.running:
            told = time.monotonic()
            yield _whole(night)
        if night.running:
            time.sleep(TICK_S)


def _start(night: _Night, interview: str) -> None:
    item = night.items[interview]
    night.heard_s[interview] = 0.0
    try:
        night.running[interview] = Worker(item.job, night.speed.factor(night.way))
    except (OSError, QualkitError) as error:
        night.done[interview] = _failure(item.summary, error)


def _failure(summary: RecordingSummary, error: Exception) -> RecordingSummary:
    if isinstance(error, QualkitError):
        return replace(
            summary, outcome=Outcome.FAILED, reason=error.message, hint=error.hint, code=error.exit_code
        )
    return replace(
        summary,
        outcome=Outcome.FAILED,
        reason=f"its work could not be written down ({error}).",
        hint="Make room on the disk, then run `qualkit transcribe` again.",
        code=1,
    )


def _listen(night: _Night, interview: str) -> Iterator[Step]:
    worker = night.running[interview]
    try:
        events = worker.poll()
    except (OSError, QualkitError) as error:
        worker.kill()
        del night.running[interview]
        night.done[interview] = _failure(night.items[interview].summary, error)
        yield _one(night, interview, None)
        return
    for event in events:
        if "beat" in event:
            done, total = float(event["done"]), float(event["total"])
            night.note[interview] = f"{event['beat']} {done / total:.0%}" if total else str(event["beat"])
        elif "unit" in event:
            night.heard_s[interview] += float(event["audio_ms"]) / 1000
            night.note[interview] = "kept: done before" if event.get("kept") else ""
            if event.get("quarantined"):
                night.note[interview] = "a stretch was given up"
        else:
            continue
        yield _one(night, interview, worker)
    if worker.result is not None:
        del night.running[interview]
        night.done[interview] = _outcome(night, interview, worker)
        yield _one(night, interview, worker)


def _outcome(night: _Night, interview: str, worker: Worker) -> RecordingSummary:
    before = replace(night.items[interview].summary, seconds=round(worker.worked_s, 1))
    result: dict[str, Any] = dict(worker.result or {})
    if "stopped" in result:
        night.stopped = True
        return replace(before, outcome=Outcome.WAITING, reason="begun; the rest waits for the next run")
    if "failed" in result:
        reason = str(result["failed"])
        where = f"{worker.job.audio}: "
        return replace(
            before,
            outcome=Outcome.FAILED,
            reason=reason.removeprefix(where),
            hint=str(result.get("hint", "")),
            code=int(result.get("code", 1)),
        )
    saved = result["saved"]
    length = float(saved["duration_s"])
    if length >= LEARN_S and worker.fresh_ms >= 0.9 * float(saved["audio_ms"]):
        night.speed.learn(night.way, length, worker.worked_s)
    return replace(
        before,
        outcome=Outcome.PARTIAL if saved["quarantined"] else Outcome.DONE,
        audio_s=length,
        words=saved["words"],
        speakers=saved["speakers"],
        language=saved["language"],
        peak_mib=saved["peak_mib"],
        notices=saved["notices"],
        listen=saved["listen"],
    )


def _one(night: _Night, interview: str, worker: Worker | None) -> Step:
    """How far one recording has got."""
    total = night.items[interview].audio_s
    summary = night.done.get(interview)
    if summary is not None:
        over = summary.outcome in (Outcome.DONE, Outcome.PARTIAL)
        note = summary.outcome.value + (f": {summary.reason}" if summary.reason else "")
        return Step(STAGE, interview, total if over else night.heard_s[interview], total, "s", note)
    note = night.note.get(interview, "")
    if worker and worker.fresh_ms:
        speed = worker.fresh_ms / 1000 / max(0.1, time.monotonic() - worker.began)
        note = f"{note} · {speed:.1f} × real time".removeprefix(" · ")
    return Step(STAGE, interview, min(total, night.heard_s[interview]), total, "s", note)


def _whole(night: _Night) -> Step:
    """The batch as a whole, with how long it will still take."""
    done = 0.0
    for interview, heard in night.heard_s.items():
        total = night.items[interview].audio_s
        done += total if interview in night.done else min(total, heard)
    left = max(0.0, night.total_s - done)
    elapsed = time.monotonic() - night.began
    factor = night.speed.factor(night.way)
    seconds = left * factor / night.settings.workers if factor is not None else None
    if done > 120 and elapsed > 30:
        seconds = left * elapsed / done
    return Step(STAGE, "", done, night.total_s, "s", f"{span(seconds)} left" if seconds and left else "")


def _stop(night: _Night) -> None:
    """The time of day has come: nothing new begins, and each worker leaves after its unit."""
    night.stopped = night.stopped or bool(night.waiting)
    for interview in night.waiting:
        night.done[interview] = replace(
            night.items[interview].summary, reason=f"not reached before {night.settings.until:%H:%M}"
        )
    night.waiting.clear()
    for worker in night.running.values():
        worker.stop()


def _summary(night: _Night) -> BatchSummary:
    for interview in night.waiting:
        night.done.setdefault(interview, night.items[interview].summary)
    return BatchSummary(
        _in_order(night.done.values()),
        seconds=round(time.monotonic() - night.began, 1),
        stopped=night.stopped,
        workers=night.settings.workers,
    )


def _in_order(found: Iterable[RecordingSummary]) -> tuple[RecordingSummary, ...]:
    return tuple(sorted(found, key=lambda r: (list(Outcome).index(r.outcome), r.interview)))


def _moment(until: TimeOfDay | None) -> datetime | None:
    """The next time the clock shows it."""
    if until is None:
        return None
    now = datetime.now().astimezone()
    moment = now.replace(hour=until.hour, minute=until.minute, second=until.second, microsecond=0)
    return moment if moment > now else moment + timedelta(days=1)


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    from filelock import FileLock, Timeout

    make_folder(project.work / "transcribe")
    lock = FileLock(project.work / "transcribe" / "batch.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Conflict(
            "Another `qualkit transcribe` is at work on this project.", "Wait for it to finish, or end it."
        ) from None
    try:
        yield
    finally:
        lock.release()
