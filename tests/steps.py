"""What the pipeline's generators end with."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Generator

Told = TypeVar("Told")
Result = TypeVar("Result")


def run(steps: Generator[Told, None, Result]) -> tuple[Result, list[Told]]:
    """What steps end with, and the steps."""
    seen = []
    while True:
        try:
            seen.append(next(steps))
        except StopIteration as end:
            return end.value, seen


def ended(steps: Generator[Step, None, Result]) -> Result:
    """What steps end with; they tell where they are, and nothing else."""
    result, seen = run(steps)
    assert all(isinstance(step, Step) for step in seen)
    return result
