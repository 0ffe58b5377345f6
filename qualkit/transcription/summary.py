"""The morning summary: what came of each recording, and what to listen to again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Outcome(StrEnum):
    """What came of one recording."""

    DONE = "done"
    PARTIAL = "partial"
    """There is a transcript, but a part of the recording could not be decoded."""
    FAILED = "failed"
    KEPT = "kept"
    """It had its transcript already."""
    WAITING = "waiting"
    """Not reached before the batch was to stop, or only planned (dry run)."""


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """One recording's night."""

    interview: str
    file: str
    outcome: Outcome
    audio_s: float = 0.0
    seconds: float = 0.0
    """What it took."""
    estimate_s: float | None = None
    """What it was or is expected to take; None: nothing like it was ever done here."""
    reason: str = ""
    """Why it failed or was kept."""
    hint: str = ""
    code: int = 0
    """Exit code of the failure: 1 the file, 3 something missing."""
    words: int = 0
    speakers: int = 0
    language: str = ""
    peak_mib: int = 0
    """Most memory its worker took; 0 where that cannot be told."""
    notices: Mapping[str, int] = field(default_factory=dict)
    listen: Sequence[Sequence[Any]] = ()
    """Stretches to listen to again: kind, start_ms, end_ms, message."""


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What came of a batch."""

    recordings: tuple[RecordingSummary, ...]
    seconds: float = 0.0
    stopped: bool = False
    """It stopped because of the time of day or because it was asked to."""
    dry_run: bool = False
    workers: int = 1
    """Recordings worked on at once."""
    unwritten: str = ""
    """Why the summary is not in ``outputs/``; empty when it is."""
    basis: str = ""
    """What a dry run's estimates rest on: a :class:`qualkit.transcription.speed.Basis`."""

    @property
    def estimate_s(self) -> float | None:
        """How long what waits will take; None when it is not known of every recording."""
        known = [r.estimate_s for r in self.of(Outcome.WAITING)]
        if not known or any(k is None for k in known):
            return None
        each = [k for k in known if k is not None]
        return max(*each, sum(each) / self.workers)

    def of(self, outcome: Outcome) -> tuple[RecordingSummary, ...]:
        """The recordings with this outcome."""
        return tuple(r for r in self.recordings if r.outcome is outcome)

    @property
    def exit_code(self) -> int:
        """0, or 1 when anything failed; 3 when all that failed lacked something that can be fetched."""
        failed = self.of(Outcome.FAILED)
        if self.unwritten:
            return 1
        if not failed:
            return 0
        return 3 if all(r.code == 3 for r in failed) else 1

    def as_json(self) -> dict[str, Any]:
        """The summary as plain values."""
        return {**asdict(self), "estimate_s": self.estimate_s, "exit_code": self.exit_code}

    def text(self) -> str:
        """The summary for a person, plain text, nothing that was said in it."""
        head = "What would be transcribed" if self.dry_run else "Transcription"
        lines = [f"{head}: {_counts(self)}", ""]
        lines += [_line(r) for r in self.recordings]
        failed = self.of(Outcome.FAILED)
        if failed:
            lines += ["", "Failed, and what to do:"]
            lines += [f"  {clean(r.file)}: {clean(r.reason)} {clean(r.hint)}".rstrip() for r in failed]
        if heard := [r for r in self.recordings if r.listen]:
            lines += ["", "Listen to again:"]
            for r in heard:
                lines += [
                    f"  {r.interview} {clock(a)}–{clock(b)} {kind}: {clean(message)}"
                    for kind, a, b, message in r.listen[:20]
                ]
                if len(r.listen) > 20:
                    lines.append(
                        f"  {r.interview} and {len(r.listen) - 20} more, in the transcript's notices"
                    )
        if self.stopped:
            lines += ["", "Stopped before the end: run `qualkit transcribe` again, it goes on from here."]
        if self.unwritten:
            lines += ["", f"This summary is only here: {clean(self.unwritten)}"]
        return "\n".join(lines) + "\n"


_BASIS = {
    "nights": "as former recordings went",
    "rehearsal": "measured on a minute of sound",
    "guess": "a guess from the size of the model: nothing could be measured",
}


def _counts(summary: BatchSummary) -> str:
    parts = [f"{len(found)} {outcome.value}" for outcome in Outcome if (found := summary.of(outcome))]
    audio = sum(r.audio_s for r in summary.recordings if r.outcome in (Outcome.DONE, Outcome.PARTIAL))
    text = ", ".join(parts) or "no recordings"
    if audio and summary.seconds:
        text += (
            f"; {span(audio)} of sound in {span(summary.seconds)} ({audio / summary.seconds:.1f} × real time)"
        )
    elif summary.dry_run and (estimate := summary.estimate_s) is not None:
        text += f"; about {span(estimate)} on this machine"
        if basis := _BASIS.get(summary.basis):
            text += f" ({basis})"
    elif summary.dry_run and summary.of(Outcome.WAITING):
        text += "; how long it takes is not known: a header does not say how long its recording is"
    return text


def _line(r: RecordingSummary) -> str:
    parts = [f"  {r.outcome.value:<8}{r.interview}"]
    if clean(r.file) != r.interview:
        parts.append(f"({clean(r.file)})")
    if r.audio_s:
        parts.append(span(r.audio_s))
    if r.outcome in (Outcome.DONE, Outcome.PARTIAL):
        parts.append(f"{r.words} words, {r.speakers} speakers, {r.language}")
        if r.seconds > 0:
            parts.append(f"{r.audio_s / r.seconds:.1f} × real time")
        parts += [f"{n} {kind}" for kind, n in r.notices.items()]
    elif r.outcome is Outcome.WAITING and r.estimate_s is not None:
        parts.append(f"about {span(r.estimate_s)}")
    elif r.reason and r.outcome is not Outcome.FAILED:
        parts.append(clean(r.reason))
    return " · ".join(parts) if len(parts) > 1 else parts[0]


def clean(text: str) -> str:
    """Text on one line without control characters, whatever a file is called."""
    return "".join(c if c.isprintable() else "�" for c in text)


def clock(ms: int) -> str:
    """``h:mm:ss`` or ``m:ss``."""
    seconds = ms // 1000
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def span(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
