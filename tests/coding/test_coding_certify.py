"""Certificates: the arithmetic, the verdicts, and the promise over a thousand simulated projects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom

from qualkit.coding.binomial import at_most, lower_bound, upper_bound
from qualkit.coding.certify import Standing, certify_code


@pytest.mark.parametrize(
    ("errors", "trials", "rate"), [(0, 22, 0.1), (3, 60, 0.1), (7, 9, 0.5), (40, 400, 0.2)]
)
def test_tails_and_bounds_are_exact(errors: int, trials: int, rate: float) -> None:
    assert at_most(errors, trials, rate) == pytest.approx(binom.cdf(errors, trials, rate))
    right = trials - errors
    assert lower_bound(right, trials, 0.1) == pytest.approx(beta.ppf(0.1, right, errors + 1))
    assert upper_bound(right, trials, 0.1) == pytest.approx(
        beta.ppf(0.9, right + 1, errors) if errors else 1.0
    )


def test_edges() -> None:
    assert at_most(-1, 5, 0.5) == 0
    assert at_most(5, 5, 0.5) == 1
    assert lower_bound(0, 10, 0.1) == 0
    assert upper_bound(0, 0, 0.1) == 1


def sample(
    random: np.random.Generator, size: int, *, skill: float, share: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are too sure of themselves by ``1 - skill``, and labels."""
    scores = np.where(random.random(size) < share, random.beta(8, 2, size), random.beta(1, 12, size))
    return scores, random.random(size) < skill * scores


def test_the_promise_is_kept_in_a_thousand_projects() -> None:
    """A threshold certified at 90 % has a true precision under 90 % in no more than 10 % of runs."""
    random = np.random.default_rng(11)
    pool, pool_labels = sample(random, 200_000, skill=1.06)
    broken = certified = 0
    for _ in range(1_000):
        rows = random.integers(0, len(pool), 200)
        found = certify_code("c", pool[rows], pool_labels[rows])
        if found.threshold is not None:
            certified += 1
            broken += pool_labels[pool >= found.threshold].mean() < 0.9
    assert certified > 100, "a test of a promise that is never made tests nothing"
    assert broken <= 100 + 3 * np.sqrt(1_000 * 0.1 * 0.9)


def test_a_threshold_picked_by_eye_breaks_it() -> None:
    """The same projects without the test: the loosest threshold that looks right is wrong far too often."""
    random = np.random.default_rng(12)
    pool, pool_labels = sample(random, 100_000, skill=1.06)
    broken = made = 0
    for _ in range(200):
        rows = random.integers(0, len(pool), 200)
        p, truth = pool[rows], pool_labels[rows]
        looks = [t for t in np.unique(p) if truth[p >= t].mean() >= 0.9 and (p >= t).sum() >= 5]
        if looks:
            made += 1
            broken += pool_labels[pool >= min(looks)].mean() < 0.9
    assert broken / made > 0.2


def test_verdicts() -> None:
    random = np.random.default_rng(1)
    sure, right = np.r_[np.full(60, 0.95), np.full(300, 0.01)], np.r_[np.ones(60, bool), np.zeros(300, bool)]
    good = certify_code("c", sure, right)
    assert good.standing is Standing.CERTIFIED
    assert good.threshold == pytest.approx(0.95)
    assert (good.accepted, good.right, good.positives, good.sample) == (60, 60, 60, 360)
    assert good.bound > 0.9
    fair = certify_code("c", sure, right & (random.random(360) < 0.75))
    assert fair.standing is Standing.USEFUL
    assert fair.threshold is None
    bad = certify_code("c", sure, right & (random.random(360) < 0.2))
    assert bad.standing is Standing.NOT_AUTOMATABLE
    little = certify_code("c", sure[:10], right[:10] & (np.arange(10) % 2 == 0))
    assert little.standing is Standing.TOO_LITTLE
    assert little.needed > 0
    assert "more)" in little.verdict
    empty = certify_code("c", np.zeros(0), np.zeros(0, bool))
    assert empty.standing is Standing.TOO_LITTLE


def test_twenty_one_right_are_too_few() -> None:
    scores = np.full(21, 0.9)
    assert certify_code("c", scores, np.ones(21, bool)).threshold is None
    assert certify_code("c", np.full(29, 0.9), np.ones(29, bool)).threshold is not None


def test_a_certificate_falls_when_anything_changes() -> None:
    one = certify_code("c", np.full(40, 0.9), np.ones(40, bool))
    same = {"seed": 0, "codebook": "", "model": "", "evidence": ""}
    assert one.holds(**same)  # type: ignore[arg-type]
    for key in same:
        assert not one.holds(**{**same, key: 1 if key == "seed" else "x"})  # type: ignore[arg-type]
