"""Logistic regression around a prior, in plain numpy: what the learner and the fitted prior solve.

Every output column has its own weights, all columns share the design. The
objective is ``Σ W·logloss(offset + Φw, Y) + λ/2·|w|²``: a Gaussian prior that
holds the answer at the offset until evidence outweighs it. It is solved by
majorisation with the fixed bound ``ΦᵀΦ/4 + λI`` (Böhning and Lindsay 1988,
doi:10.1007/BF00049423), factored once for all columns, in whichever of rows and
features there are fewer, with Nesterov steps that restart when the objective's
gradient turns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def sigmoid(logits: NDArray[np.floating]) -> Array:
    """Probabilities from logits, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, np.float64))))


def logit(probability: NDArray[np.floating] | float) -> Array:
    """Logits from probabilities, kept within ±13.8."""
    p = np.clip(np.asarray(probability, np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p) - np.log1p(-p))


def fit_around(
    design: NDArray[np.floating],
    labels: Array,
    weights: Array,
    offset: Array,
    ridge: Array | float,
    steps: int = 25,
) -> Array:
    """Dual weights ``α`` (rows × columns) with ``w = Φᵀα``: how much each row pulls on each column.

    ``design`` is rows × features; ``labels``, ``weights`` (0–1) and ``offset``
    are rows × columns; ``ridge`` is one number or one a column. Exact in the
    sense that ``offset + Φ(Φᵀα)`` is the sum of the rows' pulls, whether or not
    the steps have converged.
    """
    rows, features = design.shape
    phi: Array = np.asarray(design, np.float64)
    if rows == 0:
        return np.zeros_like(labels)
    least, scale = scales(ridge)
    if rows <= features:
        kernel: Array = np.asarray(phi @ phi.T, np.float64)
        inverse: Array = np.asarray(np.linalg.inv(kernel / 4 + least * np.eye(rows)), np.float64)
        return _dual_steps(kernel, inverse, labels, weights, offset, ridge, steps)
    gram = np.linalg.inv(phi.T @ phi / 4 + least * np.eye(features))
    w = np.zeros((features, labels.shape[1]))
    ahead, momentum = w, 1.0
    for _ in range(steps):
        pull = weights * (labels - sigmoid(offset + scale * (phi @ ahead)))
        step = gram @ (scale * (phi.T @ pull) - least * ahead)
        following = ahead + step
        w, ahead, momentum = _accelerate(w, following, step, momentum)
    return np.asarray(weights * (labels - sigmoid(offset + scale * (phi @ w))) / ridge)


def scales(ridge: NDArray[np.floating] | float) -> tuple[float, Array]:
    """The least ridge, and what to multiply each column's design by to have it in all of them.

    One factor of the curvature's bound then serves every column.
    """
    least = float(np.min(ridge))
    return least, np.asarray(np.sqrt(least / np.asarray(ridge, np.float64)))


def _dual_steps(
    kernel: Array,
    inverse: Array,
    labels: Array,
    weights: Array,
    offset: Array,
    ridge: Array | float,
    steps: int,
) -> Array:
    least, scale = scales(ridge)
    alpha = np.zeros_like(labels)
    ahead, momentum = alpha, 1.0
    for _ in range(steps):
        pull = weights * (labels - sigmoid(offset + scale * (kernel @ ahead)))
        step = inverse @ (scale * pull - least * ahead)
        following = ahead + step
        alpha, ahead, momentum = _accelerate(alpha, following, step, momentum)
    return np.asarray(weights * (labels - sigmoid(offset + scale * (kernel @ alpha))) / ridge)


def _accelerate(former: Array, following: Array, step: Array, momentum: float) -> tuple[Array, Array, float]:
    """Nesterov's extrapolation, restarted when the step points backwards (O'Donoghue and Candès 2015)."""
    change = following - former
    if float(np.sum(step * change)) < 0:
        return following, following, 1.0
    grown = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
    return following, following + (momentum - 1) / grown * change, float(grown)


def offered(
    chance: NDArray[np.floating],
    threshold: NDArray[np.floating] | float,
    gate: NDArray[np.floating] | float = 0.0,
) -> NDArray[np.bool_]:
    """Which pairs of units × codes are shown: at or over their code's threshold, in a unit that is worth it.

    A unit of which no code reaches its ``gate`` gets nothing: several weak guesses are no reason to speak.
    """
    p = np.asarray(chance, np.float64)
    if not p.shape[1]:
        return np.zeros(p.shape, np.bool_)
    return np.asarray((p >= threshold) & (p.max(axis=1) >= gate)[:, None])
