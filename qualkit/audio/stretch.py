"""A stretch of a recording, and the clock it is measured by. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

RATE = 16_000
"""Samples a second of everything in Qualkit."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A half-open stretch of the recording in milliseconds."""

    start_ms: int
    end_ms: int
