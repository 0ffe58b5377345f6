"""Windows of at most 30 s in one language, cut at silence; some of them make a unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.audio.stretch import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST_MS = 28_000
"""Speech a window may span; with the padding it stays under Whisper's 30 s."""
WIDEST_PAUSE_MS = 2_500
"""A longer pause ends a window: Whisper invents text in silence."""
SHORT_MS = LONGEST_MS // 2
"""In less Whisper has little to go by."""
ENOUGH_PAUSE_MS = 1_500
"""A pause is as good a place to cut as any wider one."""
PAD_MS = 300


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of speech of one track, and its language."""

    start_ms: int
    end_ms: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """What an engine hears at once."""

    start_ms: int
    end_ms: int
    language: str
    speech: tuple[Stretch, ...]
    """The pieces inside, without padding."""

    @property
    def speech_ms(self) -> int:
        """Milliseconds of detected speech."""
        return sum(s.end_ms - s.start_ms for s in self.speech)


@dataclass(frozen=True, slots=True)
class Unit:
    """What is decoded, written down and, when it fails, tried again together."""

    track: int
    """Channel it is heard on; −1 is the mix."""
    windows: tuple[Window, ...]

    @property
    def audio_ms(self) -> int:
        """Sound the engine hears."""
        return sum(w.end_ms - w.start_ms for w in self.windows)


def windows(pieces: Sequence[Piece], duration_ms: int) -> tuple[Window, ...]:
    """Pieces packed into windows: cut where the language changes, at long pauses, else only for length."""
    groups = [group for run in _runs(pieces) for group in _packed(run)]
    return tuple(_padded(groups, duration_ms))


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that nothing forces apart but their length."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and _goes_on(runs[-1][-1], piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _goes_on(before: Piece, piece: Piece) -> bool:
    return piece.language == before.language and piece.start_ms - before.end_ms <= WIDEST_PAUSE_MS


def _packed(run: Sequence[Piece]) -> list[list[Piece]]:
    """The fewest windows that hold a run, cut at pauses as wide as can be, so that sentences stay whole.

    Every window costs the same to hear, however little it holds. A piece longer than a window is one.
    """
    # for each beginning of the run, at best: windows, short ones, less pauses cut at; where the last begins
    best: list[tuple[int, int, int, int]] = [(0, 0, 0, 0)]
    for end in range(1, len(run) + 1):
        options = []
        for first in range(end - 1, -1, -1):
            span = run[end - 1].end_ms - run[first].start_ms
            if first < end - 1 and span > LONGEST_MS:
                break
            count, short, pauses, _ = best[first]
            pause = run[first].start_ms - run[first - 1].end_ms if first else 0
            options.append(
                (count + 1, short + (span < SHORT_MS), pauses - min(pause, ENOUGH_PAUSE_MS), first)
            )
        best.append(min(options))
    groups: list[list[Piece]] = []
    end = len(run)
    while end:
        first = best[end][-1]
        groups.append(list(run[first:end]))
        end = first
    return groups[::-1]


def _padded(groups: list[list[Piece]], duration_ms: int) -> Iterator[Window]:
    for i, group in enumerate(groups):
        before = groups[i - 1][-1].end_ms if i else 0
        after = groups[i + 1][0].start_ms if i + 1 < len(groups) else duration_ms
        start = max(group[0].start_ms - PAD_MS, (before + group[0].start_ms) // 2 if i else 0)
        end = min(
            group[-1].end_ms + PAD_MS, (group[-1].end_ms + after) // 2 if i + 1 < len(groups) else after
        )
        yield Window(
            start_ms=max(0, start),
            end_ms=max(end, group[-1].end_ms),
            language=group[0].language,
            speech=tuple(Stretch(p.start_ms, p.end_ms) for p in group),
        )


def units(found: Sequence[Window], track: int, size: int) -> tuple[Unit, ...]:
    """``size`` windows to a unit, in order."""
    return tuple(Unit(track, tuple(found[i : i + size])) for i in range(0, len(found), size))
