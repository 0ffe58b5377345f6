"""How codes are used: which ones overlap, which ought to be split, and whose meaning drifts over time.

All three look at what people coded, never at suggestions, and report a number that was tested:

* *overlap*: the share of passages that two codes have in common;
* *split*: a code whose passages fall into groups that come back when a fifth of them is left out;
* *drift*: a code whose later passages lie elsewhere than its earlier ones, by more than a random order of the
  same passages gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.cluster_names import name_groups
from qualkit.coding.clusters import LEFT_OUT, RUNS, SEED, group, returns
from qualkit.coding.evidence import units_at
from qualkit.coding.learn import Learner
from qualkit.files.journal import read_codings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from qualkit.files.project import Project

    Array = NDArray[np.float32]

FEWEST_SHARED = 5
OVERLAP = 0.5
"""Share (Jaccard) of common passages from which two codes may be one."""
FEWEST = 20
"""Passages that a code needs before anything is said of it alone."""
LEAST_GROUP = 0.2
"""Share of a code's passages that a group must hold to count."""
STABLE = 0.6
"""Stability from which groups are believed."""
ORDERS = 500
"""Random orders that a drift is compared with."""
CHANCE = 0.01
"""A drift is told when fewer of them give as large a one."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two codes that are mostly given together."""

    codes: tuple[str, str]
    shared: int
    share: float
    """Of the passages of either, those of both."""


@dataclass(frozen=True, slots=True)
class Split:
    """A code that holds several things."""

    code: str
    groups: tuple[tuple[int, Mapping[str, tuple[str, ...]]], ...]
    """Passages and key phrases by language, the largest first."""
    stability: float


@dataclass(frozen=True, slots=True)
class Drift:
    """A code that is given to other passages than it was."""

    code: str
    distance: float
    """Between the middles of the earlier and the later half, 0–2."""
    chance: float
    """Share of random orders with as large a distance."""
    earlier: Mapping[str, tuple[str, ...]]
    """Key phrases by language."""
    later: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class CodeUse:
    """All that is worth telling of a project's codes."""

    overlaps: tuple[Overlap, ...]
    splits: tuple[Split, ...]
    drifts: tuple[Drift, ...]


@dataclass(frozen=True)
class _Coded:
    """The passages of one code in the order in which they were coded."""

    vectors: Array
    languages: tuple[str, ...]
    lemmas: tuple[tuple[str, ...], ...]


def code_use(project: Project) -> CodeUse:
    """Look at every code of a project. Raises :class:`QualkitError` when nothing was scored yet."""
    learner = Learner.load(project)
    first: dict[tuple[str, int], dict[str, str]] = {}
    for coding in read_codings(project):
        scored = learner.scored.get(coding.interview)
        if scored is None or coding.bulk:
            continue
        for unit in units_at(scored, coding.anchor.start, coding.anchor.end):
            given = first.setdefault((coding.interview, unit), {})
            given[coding.code] = min(coding.created, given.get(coding.code, coding.created))
    passages = sorted(first)
    labels = np.array([[code in first[one] for code in learner.codes] for one in passages], bool)
    labels = labels.reshape(len(passages), len(learner.codes))
    splits, drifts = [], []
    for at, code in enumerate(learner.codes):
        own = sorted((first[passages[row]][code], passages[row]) for row in np.flatnonzero(labels[:, at]))
        if len(own) < FEWEST:
            continue
        coded = _coded(learner, [place for _, place in own])
        splits.append(split_of(code, coded.vectors, coded.languages, coded.lemmas))
        drifts.append(drift_of(code, coded.vectors, coded.languages, coded.lemmas))
    return CodeUse(
        overlaps_of(labels, learner.codes),
        tuple(one for one in splits if one is not None),
        tuple(one for one in drifts if one is not None),
    )


def _coded(learner: Learner, places: Sequence[tuple[str, int]]) -> _Coded:
    scored = learner.scored
    return _Coded(
        np.stack([learner.meaning(interview, unit) for interview, unit in places]),
        tuple(scored[interview].languages[unit] for interview, unit in places),
        tuple(scored[interview].lemmas[unit] for interview, unit in places),
    )


def overlaps_of(labels: NDArray[np.bool_], codes: Sequence[str]) -> tuple[Overlap, ...]:
    """Pairs of codes that are mostly given together, the closest first. ``labels``: passages × codes."""
    together = labels.T.astype(np.int64) @ labels.astype(np.int64)
    own = np.diag(together)
    found = []
    for one in range(len(codes)):
        for other in range(one + 1, len(codes)):
            shared = int(together[one, other])
            share = shared / max(1, int(own[one] + own[other]) - shared)
            if shared >= FEWEST_SHARED and share >= OVERLAP:
                found.append(Overlap((codes[one], codes[other]), shared, round(share, 3)))
    return tuple(sorted(found, key=lambda overlap: -overlap.share))


def split_of(
    code: str, vectors: Array, languages: Sequence[str], lemmas: Sequence[Sequence[str]]
) -> Split | None:
    """The groups that a code's passages fall into; None where they are one, or none that comes back."""
    groups = [rows for rows in group(vectors) if len(rows) >= LEAST_GROUP * len(vectors)]
    if len(groups) < 2:
        return None
    random, hits = np.random.default_rng(SEED), np.zeros(len(groups))
    for run in range(RUNS):
        kept = np.sort(random.permutation(len(vectors))[: round(len(vectors) * (1 - LEFT_OUT))])
        hits += returns(groups, group(vectors[kept], seed=run), kept)
    stability = float(hits.min() / RUNS)
    if stability < STABLE:
        return None
    names = name_groups(groups, languages, lemmas)
    parts = tuple((len(rows), name) for rows, name in zip(groups, names, strict=True))
    return Split(code, parts, round(stability, 3))


def drift_of(
    code: str, vectors: Array, languages: Sequence[str], lemmas: Sequence[Sequence[str]]
) -> Drift | None:
    """How far the later half of a code's passages lies from the earlier; None where chance explains it.

    Passages in one language are compared with their like: only languages in both halves count.
    """
    half = len(vectors) // 2
    names = np.array(languages)
    both = np.isin(names, list(set(names[:half].tolist()) & set(names[half:].tolist())))
    if both[:half].sum() < FEWEST // 4 or both[half:].sum() < FEWEST // 4:
        return None
    late = (np.arange(len(vectors)) >= half)[both]
    distance = _between(vectors[both], late, names[both])
    random = np.random.default_rng(SEED)
    larger = 0
    for _ in range(ORDERS):
        mixed = late.copy()
        for language in sorted(set(names[both].tolist())):
            rows = names[both] == language
            mixed[rows] = random.permutation(late[rows])
        larger += _between(vectors[both], mixed, names[both]) >= distance
    chance = (larger + 1) / (ORDERS + 1)
    if chance > CHANCE:
        return None
    halves = [np.arange(half), np.arange(half, len(vectors))]
    earlier, later = name_groups(halves, languages, lemmas)
    return Drift(code, round(distance, 3), round(chance, 4), earlier, later)


def _between(vectors: Array, late: NDArray[np.bool_], languages: NDArray[np.str_]) -> float:
    """Distance between the middles of two halves, each language from its own middle."""
    moved = vectors.copy()
    for language in sorted(set(languages.tolist())):
        moved[languages == language] -= vectors[languages == language].mean(axis=0)
    return float(np.linalg.norm(moved[late].mean(axis=0) - moved[~late].mean(axis=0)))
