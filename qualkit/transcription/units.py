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
    """Pieces packed into windows: cut where the language changes, at long pauses, else at the widest one."""
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups and _fits(groups[-1], piece):
            groups[-1].append(piece)
            continue
        if groups and _only_too_long(groups[-1], piece):
            left, right = _split(groups.pop(), piece)
            groups.append(left)
            groups.append(right)
            continue
        groups.append([piece])
    return tuple(_padded(groups, duration_ms))


def _fits(group: list[Piece], piece: Piece) -> bool:
    return _goes_on(group, piece) and piece.end_ms - group[0].start_ms <= LONGEST_MS


def _goes_on(group: list[Piece], piece: Piece) -> bool:
    same = piece.language == group[-1].language
    return same and piece.start_ms - group[-1].end_ms <= WIDEST_PAUSE_MS


def _only_too_long(group: list[Piece], piece: Piece) -> bool:
    return len(group) > 1 and _goes_on(group, piece)


def _split(group: list[Piece], piece: Piece) -> tuple[list[Piece], list[Piece]]:
    """Cut at the widest pause of the later half, so that sentences stay whole."""
    whole = [*group, piece]
    half = group[0].start_ms + LONGEST_MS // 2
    cuts = [i for i in range(1, len(whole)) if whole[i].start_ms >= half] or [len(group)]
    fitting = [i for i in cuts if piece.end_ms - whole[i].start_ms <= LONGEST_MS] or [len(group)]
    at = max(fitting, key=lambda i: whole[i].start_ms - whole[i - 1].end_ms)
    return whole[:at], whole[at:]


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
