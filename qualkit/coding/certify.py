"""How far each code's suggestions can be trusted, by exact tests on a random, blind sample.

*Learn then Test* (Angelopoulos, Bates, Candès, Jordan and Lei 2021,
arXiv:2110.01052): a threshold is certified when an exact binomial test rejects
"precision at or over it is below the target". Thresholds are tried in a fixed
sequence from strict to loose, once from 30 % and once from 60 % of the passages
the scores expect, each with half of the risk; starting from the single strictest
one is fragile, because with no error seen at least 22 accepted passages are
needed for 90 %.

The promise, per code: *of the passages of this project that score at or over the
threshold, at least the target share would get the code from these coders; wrong
with probability ``risk`` at most*. It holds for the project the sample was drawn
from, for scores that did not learn from the labels they are tested on, and for
nothing else. A sample that a model chose certifies nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.binomial import at_most, lower_bound, upper_bound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TARGET = 0.9
RISK = 0.1
STARTS = (0.3, 0.6)
"""Shares of the expected passages at which the two sequences begin."""
USEFUL = 0.5
"""Suggestions are useful when more than half of them are right."""


class Standing(StrEnum):
    """The verdict on a code's suggestions."""

    CERTIFIED = "certified"
    USEFUL = "useful"
    TOO_LITTLE = "too little evidence"
    NOT_AUTOMATABLE = "not automatable"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was shown for one code, on what evidence. Valid only while every hash in it still holds."""

    code: str
    standing: Standing
    threshold: float | None = None
    """Passages at or over it may be accepted in bulk; None unless certified."""
    target: float = TARGET
    risk: float = RISK
    sample: int = 0
    """Units of the random sample that were decided."""
    accepted: int = 0
    """Of them, scored at or over the threshold (unless certified: over the shown threshold)."""
    right: int = 0
    """Of those, given the code by a person."""
    positives: int = 0
    """Units of the sample that got the code."""
    bound: float = 0.0
    """Lower bound of the precision there, at the risk."""
    needed: int = 0
    """At least so many more random units before anything could be said; 0 when enough is known."""
    seed: int = 0
    codebook: str = ""
    model: str = ""
    evidence: str = ""
    """Digest of every label the scores and the sample rest on."""

    @property
    def verdict(self) -> str:
        """The standing in words, with the number that is missing."""
        return f"{self.standing} ({self.needed} more)" if self.needed else str(self.standing)

    def holds(self, *, seed: int, codebook: str, model: str, evidence: str) -> bool:
        """Whether nothing it rests on has changed since."""
        now = (seed, codebook, model, evidence)
        return (self.seed, self.codebook, self.model, self.evidence) == now


def certify_code(
    code: str,
    scores: Sequence[float] | NDArray[np.floating],
    labels: Sequence[bool] | NDArray[np.bool_],
    *,
    shown: float = 0.5,
    target: float = TARGET,
    risk: float = RISK,
) -> Certificate:
    """The certificate of one code from a random sample: scores it did not teach, and what people said.

    ``shown`` is the threshold at which suggestions are offered, for the weaker verdicts.
    """
    p = np.asarray(scores, np.float64)
    truth = np.asarray(labels, bool)
    positives = int(truth.sum())
    threshold = _learn_then_test(p, truth, target, risk)
    if threshold is not None:
        accepted, right = _counts(p, truth, threshold)
        bound = lower_bound(right, accepted, risk)
        return Certificate(
            code, Standing.CERTIFIED, threshold, target, risk, len(p), accepted, right, positives, bound
        )
    accepted, right = _counts(p, truth, shown)
    bound = lower_bound(right, accepted, risk)
    standing, needed = Standing.TOO_LITTLE, 0
    if accepted and at_most(accepted - right, accepted, 1 - USEFUL) <= risk:
        standing = Standing.USEFUL
    elif _surest_fail(p, truth, risk):
        standing = Standing.NOT_AUTOMATABLE
    else:
        needed = _more(len(p), accepted, target, risk)
    return Certificate(code, standing, None, target, risk, len(p), accepted, right, positives, bound, needed)


def _learn_then_test(
    p: NDArray[np.float64], truth: NDArray[np.bool_], target: float, risk: float
) -> float | None:
    """The loosest threshold that either sequence certifies."""
    ladder = np.unique(p)[::-1]
    expected = float(p.sum())
    share = risk / len(STARTS)
    best: float | None = None
    for start in STARTS:
        certified: float | None = None
        for threshold in ladder:
            accepted, right = _counts(p, truth, float(threshold))
            # Both conditions look at scores only, never at labels, so the sequence stays fixed.
            if accepted < start * expected or accepted < _fewest(target, share):
                continue
            if at_most(accepted - right, accepted, 1 - target) > share:
                break
            certified = float(threshold)
        if certified is not None and (best is None or certified < best):
            best = certified
    return best


def _counts(p: NDArray[np.float64], truth: NDArray[np.bool_], threshold: float) -> tuple[int, int]:
    over = p >= threshold
    return int(over.sum()), int((over & truth).sum())


def _fewest(target: float, risk: float) -> int:
    """Accepted passages without an error that a test needs to reject at all."""
    count = 1
    while target**count > risk:
        count += 1
    return count


def _surest_fail(p: NDArray[np.float64], truth: NDArray[np.bool_], risk: float) -> bool:
    """Whether even the surest suggestions are wrong more often than right."""
    top = max(10, ceil(STARTS[0] * float(p.sum())))
    if len(p) < 2 * top:
        return False
    surest = np.argsort(-p, kind="stable")[:top]
    return upper_bound(int(truth[surest].sum()), top, risk) < USEFUL


def _more(sample: int, accepted: int, target: float, risk: float) -> int:
    """At least so many more random units until the shortest sequence could certify, without an error seen."""
    rate = (accepted + 0.5) / (sample + 10)
    short = _fewest(target, risk / len(STARTS)) - accepted
    return max(1, ceil(short / rate)) if short > 0 else max(10, ceil(0.25 * sample))


def certificates_by_code(certificates: Sequence[Certificate]) -> Mapping[str, Certificate]:
    """Certificates under their codes' ids."""
    return {certificate.code: certificate for certificate in certificates}
