"""How good suggestions are: numbers from tables, units × codes, of labels, chances and what was shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

BINS = 10


@dataclass(frozen=True, slots=True)
class Quality:
    """How good one set of suggestions is."""

    units: int
    micro_f1: float
    low: float
    """Of the micro-F1: 2.5 % of bootstrap samples of units lie under it."""
    high: float
    macro_f1: float
    """Mean over the codes that occur."""
    precision: float
    recall: float
    lrap: float
    """Label-ranking average precision over units that have a code: 1 when the right codes come first."""
    nothing_left_alone: float
    """Share of the units without a code for which nothing is shown; nan when there are none."""
    ece: float
    """Expected calibration error over all pairs."""


def quality(labels: Bools, chance: Floats, shown: Bools, *, seed: int = 0, draws: int = 500) -> Quality:
    """All numbers for one table; the interval by resampling units ``draws`` times."""
    nothing = ~labels.any(axis=1)
    low, high = interval(labels, shown, seed=seed, draws=draws)
    hits, made, true = _counts(labels, shown)
    return Quality(
        units=len(labels),
        micro_f1=f1(labels, shown),
        low=low,
        high=high,
        macro_f1=float(np.mean([s for s in per_code(labels, shown) if not np.isnan(s)] or [0.0])),
        precision=hits / made if made else float("nan"),
        recall=hits / true if true else float("nan"),
        lrap=lrap(labels, chance),
        nothing_left_alone=float((~shown[nothing].any(axis=1)).mean()) if nothing.any() else float("nan"),
        ece=calibration_error(labels, chance),
    )


def f1(labels: Bools, shown: Bools) -> float:
    """Micro-F1 over all pairs; 0 when nothing is true and nothing shown."""
    hits, made, true = _counts(labels, shown)
    return 2 * hits / (made + true) if made + true else 0.0


def per_code(labels: Bools, shown: Bools) -> list[float]:
    """F1 of each code; nan for one that never occurs."""
    return [
        f1(labels[:, [code]], shown[:, [code]]) if labels[:, code].any() else float("nan")
        for code in range(labels.shape[1])
    ]


def interval(
    labels: Bools,
    shown: Bools,
    *,
    seed: int = 0,
    draws: int = 500,
    score: Callable[[Bools, Bools], float] = f1,
) -> tuple[float, float]:
    """95 % percentile interval of a score over bootstrap samples of units."""
    random = np.random.default_rng(seed)
    found = [
        score(labels[rows], shown[rows])
        for rows in (random.integers(0, len(labels), len(labels)) for _ in range(draws))
    ]
    low, high = np.percentile(found, [2.5, 97.5]) if found else (0.0, 0.0)
    return float(low), float(high)


def lrap(labels: Bools, chance: Floats) -> float:
    """Label-ranking average precision, ties broken against us."""
    found = []
    for truth, scores in zip(labels, chance, strict=True):
        if not truth.any():
            continue
        right = np.sort(scores[truth])[::-1]
        rank = np.array([(scores >= s).sum() for s in right])
        found.append(float(np.mean([(right >= s).sum() / r for s, r in zip(right, rank, strict=True)])))
    return float(np.mean(found)) if found else float("nan")


def reliability(labels: Bools, chance: Floats) -> list[tuple[float, float, int]]:
    """The reliability curve: mean probability, share that is true, and pairs, for each tenth that has any."""
    p, truth = chance.ravel(), labels.ravel()
    which = np.minimum((p * BINS).astype(int), BINS - 1)
    return [
        (float(p[which == b].mean()), float(truth[which == b].mean()), int((which == b).sum()))
        for b in range(BINS)
        if (which == b).any()
    ]


def calibration_error(labels: Bools, chance: Floats) -> float:
    """Expected calibration error: the curve's mean distance from the diagonal, weighed by pairs."""
    total = max(1, labels.size)
    return sum(count * abs(p - true) for p, true, count in reliability(labels, chance)) / total


def _counts(labels: Bools, shown: Bools) -> tuple[int, int, int]:
    return int((labels & shown).sum()), int(shown.sum()), int(labels.sum())
