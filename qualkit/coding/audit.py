"""Certificates of a project: the audit sample, scored by learners that have not seen it.

The sample's units are split in five; each fifth is scored by a learner that
learned from everything decided but that fifth. What follows is
:mod:`.certify`'s exact test. The promise is exact for scores that know nothing
of the sample. Cross-fitted scores have no exact guarantee, and the learner that is
used afterwards has seen more than any of the five.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.certificates import read_certificates, write_certificates
from qualkit.coding.certify import RISK, TARGET, Certificate, certify_code
from qualkit.coding.learn import Learner
from qualkit.coding.queue import audit_sample, audit_seed
from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from numpy.typing import NDArray

    from qualkit.files.project import Project

FOLDS = 5


def certify_project(
    project: Project, *, target: float = TARGET, risk: float = RISK, coders: Iterable[str] | None = None
) -> Generator[Step, None, tuple[Certificate, ...]]:
    """Certify every code on the project's audit sample, and keep the certificates.

    Raises:
        QualkitError: nothing was scored yet.
    """
    learner = Learner.load(project, coders)
    sample = audit_sample(learner)
    scores = np.zeros((len(sample), len(learner.codes)))
    for fold in range(FOLDS):
        yield Step("certify", "", fold, FOLDS, "folds", f"{len(sample)} units in the sample")
        held = sample[fold::FOLDS]
        blind = without(learner, frozenset(held))
        for at, (interview, unit) in enumerate(held):
            scores[fold + at * FOLDS] = blind.probabilities(interview)[unit]
    labels = np.array([learner.evidence[i].labels[u] >= 0.5 for i, u in sample], bool).reshape(scores.shape)
    seed, evidence = audit_seed(project), digest(learner)
    certificates = tuple(
        replace(
            certify_code(
                code,
                scores[:, at],
                labels[:, at],
                shown=float(learner.threshold[at]),
                target=target,
                risk=risk,
            ),
            seed=seed,
            codebook=learner.codebook,
            model=learner.model,
            evidence=evidence,
        )
        for at, code in enumerate(learner.codes)
    )
    write_certificates(project, certificates)
    yield Step("certify", "", FOLDS, FOLDS, "folds")
    return certificates


def valid_certificates(learner: Learner) -> dict[str, Certificate]:
    """Code → certificate, for those whose sample, seed, codebook, model and labels are still the same."""
    seed, evidence = audit_seed(learner.project), digest(learner)
    return {
        one.code: one
        for one in read_certificates(learner.project)
        if one.holds(seed=seed, codebook=learner.codebook, model=learner.model, evidence=evidence)
    }


def without(learner: Learner, units: frozenset[tuple[str, int]]) -> Learner:
    """The learner as if nothing had been decided on some units."""
    evidence = {}
    for interview, held in learner.evidence.items():
        weights: NDArray[np.float64] = held.weights.copy()
        weights[[unit for i, unit in units if i == interview]] = 0
        evidence[interview] = replace(held, weights=weights)
    return replace(learner, evidence=evidence, current="", _solutions={})


def digest(learner: Learner) -> str:
    """A hash of every label the learner rests on, and of the coded units of earlier studies."""
    seen = blake2b(digest_size=8)
    for experience in sorted({scored.experience for scored in learner.scored.values()}):
        seen.update(experience.encode())
    for interview in sorted(learner.evidence):
        held = learner.evidence[interview]
        if held.decided.any():
            seen.update(f"{interview}\0{learner.scored[interview].revision}\0".encode())
            seen.update(learner.scored[interview].spans.tobytes())
            seen.update(held.labels.tobytes())
            seen.update(held.weights.tobytes())
    return seen.hexdigest()
