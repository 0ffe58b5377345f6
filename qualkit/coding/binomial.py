"""Exact binomial tails and bounds, by the standard library alone."""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, log1p


@lru_cache(maxsize=65_536)
def at_most(errors: int, trials: int, rate: float) -> float:
    """P(Binomial(trials, rate) ≤ errors)."""
    if errors < 0:
        return 0.0
    if errors >= trials or rate <= 0:
        return 1.0
    if rate >= 1:
        return 0.0
    whole, hit, miss = lgamma(trials + 1), log(rate), log1p(-rate)
    return min(
        1.0,
        sum(
            exp(whole - lgamma(k + 1) - lgamma(trials - k + 1) + k * hit + (trials - k) * miss)
            for k in range(errors + 1)
        ),
    )


def lower_bound(right: int, trials: int, risk: float) -> float:
    """Clopper and Pearson's one-sided lower bound of a share, wrong with probability ``risk`` at most."""
    if right <= 0 or trials <= 0:
        return 0.0
    low, high = 0.0, right / trials
    for _ in range(50):
        middle = (low + high) / 2
        # P(at least `right` | middle) = 1 - P(at most right-1)
        if 1 - at_most(right - 1, trials, middle) < risk:
            low = middle
        else:
            high = middle
    return low


def upper_bound(right: int, trials: int, risk: float) -> float:
    """The one-sided upper bound of a share, by the mirror image of :func:`lower_bound`."""
    return 1 - lower_bound(trials - right, trials, risk) if trials else 1.0
