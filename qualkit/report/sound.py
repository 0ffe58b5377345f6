"""The sound of the printed quotes, for a report that is listened to: cut out of the recordings.

A voice tells who speaks, and no name in it can be replaced: a report for the public, or one
under pseudonyms, has none. Nor has an interview where nobody wrote down that it may be quoted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.audio.stretch import Stretch
from qualkit.errors import BadFile, UsageError
from qualkit.model import Step
from qualkit.report.method import Withheld

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.report import Report, Wanted
    from qualkit.themes.passages import Passage

AROUND_MS = 150
"""Heard before and after a quote: times of words are not exact to the syllable."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a quote is heard."""

    passage: str
    """Its id."""
    interview: str
    recording: Path
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Hearing:
    """What can be heard of a report, and what cannot."""

    cuts: tuple[Cut, ...]
    mute: tuple[Withheld, ...]
    """Quotes without sound, and why."""

    @property
    def duration_ms(self) -> int:
        """Of all cuts together."""
        return sum(cut.stretch.end_ms - cut.stretch.start_ms for cut in self.cuts)

    @property
    def size(self) -> int:
        """About how many bytes the report grows by."""
        from qualkit.audio.excerpt import BITS

        return self.duration_ms * BITS // 8000 * 4 // 3


def require_voices(wanted: Wanted) -> None:
    """Raise :class:`UsageError` where no voice may be heard."""
    if wanted.audience == "public" or wanted.pseudonyms:
        kind = "a report for the public" if wanted.audience == "public" else "a report under pseudonyms"
        raise UsageError(
            f"A voice tells who speaks, so {kind} has no sound.",
            "Leave out --audio, or make it for yourselves.",
        )


def hearing(project: Project, report: Report) -> Hearing:
    """Which quotes can be heard. Raises :class:`UsageError` where no voice may be.

    Mute are those without consent on record, recording or times, and those whose recording is not
    the one that was transcribed: there the same seconds hold other words.
    """
    from qualkit.report import Wanted

    require_voices(Wanted(audience=report.audience, pseudonyms=report.pseudonyms))
    cuts: list[Cut] = []
    mute: dict[str, list[Passage]] = defaultdict(list)
    sources = _Sources(project)
    for quote in report.quotes:
        if report.cases[quote.interview].consent != "quote":
            mute["unasked"].append(quote)
        elif (path := sources.of(quote)) is None:
            mute[sources.why[quote.interview]].append(quote)
        elif quote.start_ms is None or quote.end_ms is None or quote.end_ms <= quote.start_ms:
            mute["no-times"].append(quote)
        else:
            stretch = Stretch(max(0, quote.start_ms - AROUND_MS), quote.end_ms + AROUND_MS)
            cuts.append(Cut(quote.id, quote.interview, path, stretch))
    return Hearing(tuple(cuts), tuple(_told(mute)))


class _Sources:
    """The recording of each interview; looked for, and compared with what was transcribed, once."""

    def __init__(self, project: Project) -> None:
        from qualkit.files.recordings import find_recordings

        self.project = project
        self.files = {r.interview: r.path for r in find_recordings(project)}
        self.known: dict[str, Path | None] = {}
        self.why: dict[str, str] = {}

    def of(self, quote: Passage) -> Path | None:
        """The recording; None where there is none to be trusted, and :attr:`why` tells the reason."""
        if quote.interview not in self.known:
            self.known[quote.interview] = self._find(quote.interview)
        return self.known[quote.interview]

    def _find(self, interview: str) -> Path | None:
        from qualkit.files.recordings import file_hash
        from qualkit.files.transcript import load_transcript

        path = self.files.get(interview)
        if path is None:
            self.why[interview] = "no-recording"
            return None
        source = load_transcript(self.project, interview).source
        try:
            same = source is None or not source.sha256 or file_hash(path) == source.sha256
        except BadFile:
            self.why[interview] = "unreadable"
            return None
        if not same:
            self.why[interview] = "other-recording"
        return path if same else None


def _told(mute: dict[str, list[Passage]]) -> Iterator[Withheld]:
    for reason, quotes in mute.items():
        yield Withheld(reason, len(quotes), tuple(dict.fromkeys(q.interview for q in quotes)))


def with_sound(report: Report, heard: Hearing) -> Generator[Step, None, Report]:
    """The report with the sound of its quotes. A recording that cannot be decoded leaves its quotes mute."""
    from qualkit.audio.excerpt import excerpts

    by_recording: dict[Path, list[Cut]] = defaultdict(list)
    for cut in heard.cuts:
        by_recording[cut.recording].append(cut)
    ends = {path: max(c.stretch.end_ms for c in cuts) for path, cuts in by_recording.items()}
    total, before = sum(ends.values()) / 1000, 0.0
    sounds: dict[str, bytes] = {}
    by_id = {quote.id: quote for quote in report.quotes}
    lost: dict[str, list[Passage]] = defaultdict(list)
    for path, cuts in by_recording.items():
        steps = excerpts(path, [cut.stretch for cut in cuts])
        made: list[bytes] = [b"" for _ in cuts]
        while True:
            try:
                read = next(steps)
            except StopIteration as end:
                made = end.value
                break
            except BadFile:
                break
            yield Step("sound", cuts[0].interview, before + min(read, ends[path]) / 1000, total, "s")
        before += ends[path] / 1000
        for cut, data in zip(cuts, made, strict=True):
            if data:
                sounds[cut.passage] = data
            else:
                lost["unreadable"].append(by_id[cut.passage])
    return replace(report, sounds=sounds, mute=(*heard.mute, *_told(lost)))
