"""The fit in two strokes: near the exact answer, sums of pulls, and no trace of what was taken back."""

from __future__ import annotations

import numpy as np
import pytest

from qualkit.coding.logistic import fit_around
from qualkit.coding.solve import Taught, solve, solve_base


def taught(rows: int, seed: int, width: int = 60, codes: int = 5) -> Taught:
    random = np.random.default_rng(seed)
    labels = (random.random((rows, codes)) < 0.2).astype(np.float32)
    return Taught(
        tuple((f"i{seed}", row) for row in range(rows)),
        random.normal(0, 0.3, (rows, width)).astype(np.float32),
        labels,
        np.where(random.random((rows, codes)) < 0.2, 0.5, 1).astype(np.float32),
        random.normal(-2, 1, (rows, codes)).astype(np.float32),
    )


@pytest.mark.parametrize(("others", "here"), [(0, 0), (0, 1), (0, 40), (30, 5), (400, 60), (400, 0)])
@pytest.mark.parametrize("ridge", [1.0, np.array([1.0, 4.0, 1.0, 4.0, 1.0], np.float32)])
def test_it_is_near_the_exact_answer(others: int, here: int, ridge: float | np.ndarray) -> None:
    first, more = taught(others, 1), taught(here, 2)
    found = solve(solve_base(first, ridge), more, ridge)
    whole = first.and_also(more)
    assert found.taught.units == whole.units
    assert np.allclose(found.weights, whole.design.T @ found.pulls, atol=1e-5)
    if whole.units:
        labels, weights, offset = (
            np.asarray(part, np.float64) for part in (whole.labels, whole.weights, whole.offset)
        )
        pulls = fit_around(whole.design, labels, weights, offset, ridge=ridge, steps=500)
        exact = whole.design.T @ pulls
        assert np.abs(whole.design @ (found.weights - exact)).max() < 0.05


def test_the_same_rows_give_the_same_bits() -> None:
    base = solve_base(taught(100, 1), 1.0)
    once, again = solve(base, taught(10, 2), 1.0), solve(solve_base(taught(100, 1), 1.0), taught(10, 2), 1.0)
    solve(base, taught(11, 3), 1.0)
    assert np.array_equal(once.weights, again.weights)
    assert np.array_equal(once.weights, solve(base, taught(10, 2), 1.0).weights)
