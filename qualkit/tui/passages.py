"""Passages: the stretches of a transcript that the cursor stops at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qualkit.model import Transcript


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one turn, in code points of the canonical text: part of a segment, or a gap."""

    start: int
    end: int
    turn: int
    codable: bool = True
    """False for questions and listening noises: the cursor stops, progress does not count them."""


def passages(transcript: Transcript, units: Iterable[tuple[int, int, bool]]) -> tuple[Passage, ...]:
    """All text of a transcript as passages in order: the units, and the gaps between them.

    A unit is start, end and whether it is codable. Without units every turn is a
    passage, and the interviewer's are not codable.
    """
    spans = sorted(units)
    segmented = bool(spans)
    found: list[Passage] = []
    at = 0
    for index, (begin, turn) in enumerate(zip(transcript.turn_starts, transcript.turns, strict=True)):
        end = begin + len(turn.text)
        asks = transcript.speaker(turn.speaker).role == "interviewer"
        cursor = begin
        while at < len(spans) and spans[at][0] < end:
            start, stop, codable = spans[at]
            start = max(start, cursor)
            if transcript.text[cursor:start].strip():
                found.append(Passage(cursor, start, index, codable=not segmented))
            if min(stop, end) > start:
                found.append(Passage(start, min(stop, end), index, codable))
                cursor = min(stop, end)
            if stop > end:  # it goes on in the next turn
                spans[at] = (end + 1, stop, codable)
                break
            at += 1
        if transcript.text[cursor:end].strip() or cursor == begin:
            found.append(Passage(cursor, end, index, codable=not segmented and not asks and end > begin))
    return tuple(found)
