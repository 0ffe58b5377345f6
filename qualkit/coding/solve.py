"""The learner's fit in two strokes, so that a decision costs milliseconds however many came before.

What other interviews teach is solved once, with its curvature inverted. The
rows of the interview at hand then join by Woodbury's identity and a few more
steps. Both strokes depend on the labels alone, never on the order in which they
came, so a decision taken back leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.logistic import scales

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float32]

BASE_STEPS = 40
STEPS = 10


@dataclass(frozen=True)
class Taught:
    """Decided units, as rows that teach."""

    units: tuple[tuple[str, int], ...]
    """Interview and unit of each row."""
    design: Array = field(repr=False)
    labels: Array = field(repr=False)
    weights: Array = field(repr=False)
    offset: Array = field(repr=False)
    """Prior logits."""

    def and_also(self, more: Taught) -> Taught:
        """Both, these rows first."""
        return Taught(
            self.units + more.units,
            np.concatenate([self.design, more.design]),
            np.concatenate([self.labels, more.labels]),
            np.concatenate([self.weights, more.weights]),
            np.concatenate([self.offset, more.offset]),
        )


@dataclass(frozen=True)
class Base:
    """What all other interviews teach."""

    taught: Taught
    inverse: Array = field(repr=False)
    """Features × features: of the curvature's bound."""
    weights: Array = field(repr=False)
    """Features × codes, each code in the scale of its ridge."""


@dataclass(frozen=True)
class Solution:
    """What was learned: logits are ``prior + design @ weights``."""

    taught: Taught
    pulls: Array = field(repr=False)
    """Rows × codes: how much each row pulls on each code."""
    weights: Array = field(repr=False)
    """Features × codes: the sum of the rows' pulls."""


def solve_base(taught: Taught, ridge: Array | float) -> Base:
    """Solve the rows of all other interviews. ``ridge`` is one number or one a code."""
    phi, width = taught.design, taught.design.shape[1]
    least, _ = scales(ridge)
    if not len(phi):
        start = np.zeros((width, taught.labels.shape[1]), np.float32)
        return Base(taught, np.asarray(np.eye(width) / least, np.float32), start)
    bound = phi.T.astype(np.float64) @ phi / 4 + least * np.eye(width)
    inverse = np.asarray(np.linalg.inv(bound), np.float32)
    start = np.zeros((width, taught.labels.shape[1]), np.float32)
    return Base(taught, inverse, _steps(taught, start, lambda g: inverse @ g, ridge, BASE_STEPS))


def solve(base: Base, more: Taught, ridge: Array | float) -> Solution:
    """Add the rows of one interview to a base."""
    taught = base.taught.and_also(more)
    inverse, weights = base.inverse, base.weights
    if len(more.units):
        across = inverse @ more.design.T
        inner = 4 * np.eye(len(more.units)) + more.design @ across
        held = np.asarray(np.linalg.inv(inner.astype(np.float64)), np.float32)

        def bend(slope: Array) -> Array:
            return np.asarray(inverse @ slope - across @ (held @ (across.T @ slope)), np.float32)

        weights = _steps(taught, weights, bend, ridge, STEPS)
    pulls = np.asarray(_residual(taught, weights, ridge) / np.asarray(ridge, np.float32), np.float32)
    return Solution(taught, pulls, np.asarray(taught.design.T @ pulls, np.float32))


def _steps(
    taught: Taught, start: Array, bend: Callable[[Array], Array], ridge: Array | float, count: int
) -> Array:
    """Majorisation steps with Nesterov's momentum, restarted when a step points backwards."""
    weights, ahead, momentum = start, start, 1.0
    least, scale = scales(ridge)
    scale = scale.astype(np.float32)
    for _ in range(count):
        step = bend(scale * (taught.design.T @ _residual(taught, ahead, ridge)) - np.float32(least) * ahead)
        following = ahead + step
        change = following - weights
        if float(np.vdot(step, change)) < 0:
            weights, ahead, momentum = following, following, 1.0
            continue
        grown = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = following + np.float32((momentum - 1) / grown) * change
        weights, momentum = following, grown
    return weights


def _residual(taught: Taught, weights: Array, ridge: Array | float) -> Array:
    logits = taught.offset + scales(ridge)[1].astype(np.float32) * (taught.design @ weights)
    chance = 0.5 * (1 + np.tanh(0.5 * logits))
    return np.asarray(taught.weights * (taught.labels - chance), np.float32)
