"""How often a certificate's promise is broken by the procedure in use: cross-fitted scores, then the learner.

    python benchmarks/coding/promise.py [PROJECTS]     # 1000 by default

Each made-up project has 2,000 units with a true code and a prior that half knows it. A random sample is
decided; five learners score it, each without its own fifth; thresholds are tested on these scores. Then the
learner that saw all of the sample scores the project. Broken is a certificate whose accepted units are right
less often than promised.
"""

from __future__ import annotations

import sys

import numpy as np

from qualkit.coding.audit import FOLDS
from qualkit.coding.certify import RISK, Standing, certify_code
from qualkit.coding.learn import learned
from qualkit.coding.logistic import sigmoid

UNITS, WIDTH = 2_000, 24


def project(random: np.random.Generator, known: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors, prior logits and truth of a made-up project; ``known`` says how much the prior knows."""
    vectors = random.normal(size=(UNITS, WIDTH))
    vectors *= 3 / np.linalg.norm(vectors, axis=1, keepdims=True)
    direction = random.normal(size=WIDTH)
    unseen = 2.5 * vectors @ direction / np.linalg.norm(direction)
    heard = random.normal(0, 4, UNITS)
    truth = random.random(UNITS) < sigmoid(heard + unseen - 3)
    prior = known * heard - 1.5 + random.normal(0, 0.3)
    return np.hstack([vectors, np.full((UNITS, 1), 0.5)]), prior, truth


def run(random: np.random.Generator, sample: int, target: float) -> tuple[bool, bool, float]:
    """Whether a certificate was given, whether it was broken, and the share of the code it accepts."""
    design, prior, truth = project(random, random.uniform(0.3, 1.0))
    chosen = random.permutation(UNITS)[:sample]
    labels, weights = truth[:, None].astype(float), np.ones((UNITS, 1))
    scores = np.zeros(sample)
    for fold in range(FOLDS):
        held, rest = (
            np.arange(fold, sample, FOLDS),
            np.setdiff1d(np.arange(sample), np.arange(fold, sample, FOLDS)),
        )
        scores[held] = chance(design, prior, labels, weights, chosen[rest])[chosen[held]]
    found = certify_code("code", scores, truth[chosen], target=target)
    if found.standing is not Standing.CERTIFIED or found.threshold is None:
        return False, False, 0.0
    accepted = chance(design, prior, labels, weights, chosen) >= found.threshold
    precision = truth[accepted].mean() if accepted.any() else 1.0
    return True, bool(precision < target), float((accepted & truth).sum() / truth.sum())


def chance(
    design: np.ndarray, prior: np.ndarray, labels: np.ndarray, weights: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Probabilities of every unit by a learner that was taught some rows."""
    pulls = learned(design[rows], labels[rows], weights[rows], prior[rows, None])
    return sigmoid(prior + design @ (design[rows].T @ pulls)[:, 0])


def main(projects: int) -> None:
    """A line for each size of sample and target."""
    print(f"{projects} projects each; a promise may be broken in {RISK:.0%} of them")
    for target in (0.9, 0.8):
        for sample in (100, 300, 600):
            random = np.random.default_rng(sample)
            found = [run(random, sample, target) for _ in range(projects)]
            given, broken = sum(one[0] for one in found), sum(one[1] for one in found)
            share = np.mean([one[2] for one in found])
            print(
                f"target {target:.0%}, {sample} decided: certified in {given / projects:.0%}, accepting "
                f"{share:.0%} of the code; broken in {broken / projects:.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
