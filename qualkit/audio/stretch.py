"""A stretch of a recording, and the clock it is measured by. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

RATE = 16_000
"""Samples a second of everything in Qualkit."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A half-open stretch of the recording in milliseconds."""

    start_ms: int
    end_ms: int


def joined(stretches: Iterable[Stretch], near_ms: int = 0) -> tuple[Stretch, ...]:
    """Stretches in order, those that overlap, or lie no further apart than ``near_ms``, as one."""
    out: list[Stretch] = []
    for s in sorted(stretches, key=lambda s: s.start_ms):
        if out and s.start_ms - out[-1].end_ms <= near_ms:
            out[-1] = Stretch(out[-1].start_ms, max(out[-1].end_ms, s.end_ms))
        else:
            out.append(s)
    return tuple(out)
