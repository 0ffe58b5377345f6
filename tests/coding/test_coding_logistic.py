"""The numpy logistic regression finds what scikit-learn finds, and holds to its prior."""

from __future__ import annotations

import numpy as np
import pytest

from qualkit.coding.logistic import fit_around, logit, sigmoid


def problem(rows: int, features: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    design = random.normal(size=(rows, features))
    truth = design @ random.normal(size=(features, 3)) / np.sqrt(features)
    return design, (random.random((rows, 3)) < sigmoid(3 * truth)).astype(float)


@pytest.mark.parametrize(("rows", "features"), [(30, 80), (200, 20)])
def test_it_agrees_with_scikit_learn(rows: int, features: int) -> None:
    from sklearn.linear_model import LogisticRegression

    design, labels = problem(rows, features)
    pulls = fit_around(design, labels, np.ones_like(labels), np.zeros_like(labels), ridge=2.0, steps=400)
    for column in range(3):
        peer = LogisticRegression(C=0.5, fit_intercept=False, tol=1e-8, max_iter=2_000)
        expected = peer.fit(design, labels[:, column]).coef_[0]
        assert np.allclose(design.T @ pulls[:, column], expected, atol=2e-3)


def test_few_steps_are_near_enough() -> None:
    design, labels = problem(150, 60)
    weights = np.ones_like(labels)
    short = design.T @ fit_around(design, labels, weights, np.zeros_like(labels), 1.0)
    long = design.T @ fit_around(design, labels, weights, np.zeros_like(labels), 1.0, steps=500)
    assert np.abs(design @ (short - long)).max() < 0.2


def test_pairs_without_weight_teach_nothing() -> None:
    design, labels = problem(40, 10)
    weights = np.ones_like(labels)
    weights[:, 1] = 0
    pulls = fit_around(design, labels, weights, np.zeros_like(labels), 1.0)
    assert not pulls[:, 1].any()
    assert pulls[:, 0].any()


@pytest.mark.parametrize(("rows", "features"), [(30, 80), (200, 20)])
def test_each_column_may_have_a_ridge_of_its_own(rows: int, features: int) -> None:
    design, labels = problem(rows, features)
    weights, offset = np.ones_like(labels), np.full_like(labels, -1.0)
    ridges = np.array([0.5, 2.0, 8.0])
    together = fit_around(design, labels, weights, offset, ridges, steps=400)
    for column, ridge in enumerate(ridges):
        alone = fit_around(design, labels, weights, offset, float(ridge), steps=400)
        assert np.allclose(together[:, column], alone[:, column], atol=1e-3)


def test_one_example_does_not_swing_a_code() -> None:
    design = np.array([[1.0, 0.0]])
    pulls = fit_around(design, np.array([[1.0]]), np.ones((1, 1)), np.full((1, 1), -4.0), 1.0)
    moved = float((design @ (design.T @ pulls)).item())
    assert 0 < moved < 1


def test_logits_and_probabilities_are_inverse() -> None:
    assert sigmoid(logit(np.array([0.1, 0.5, 0.9]))) == pytest.approx([0.1, 0.5, 0.9])
    assert sigmoid(np.array([-2000.0, 2000.0])) == pytest.approx([0.0, 1.0])
