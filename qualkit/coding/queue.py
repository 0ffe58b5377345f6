"""Most useful next: the order of review that brings a project furthest with few decisions.

Every other unit comes from a random order, fixed by a seed; these make the
audit sample that certificates rest on, and should be shown blind, without
suggestions. The others are chosen by the model: uncertain, unlike the ones just
chosen, and rich in codes that have few decisions yet.

The random order is a hash of seed and place, so the sample is recorded by its
seed alone, survives a lost ``.qualkit`` folder, and does not change when other
interviews join. The seed stands in ``.qualkit/audit.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from qualkit.files.atomic import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from qualkit.coding.learn import Learner
    from qualkit.files.project import Project

AUDIT_FORMAT = 1
SEED = 1
LIKE = 0.5
"""How much nearness to a unit already chosen takes off."""


@dataclass(frozen=True, slots=True)
class QueueUnit:
    """A unit to decide next."""

    interview: str
    unit: int
    """Index among the interview's units."""
    start: int
    end: int
    random: bool
    """Part of the audit sample: show it blind."""
    gain: float
    """How uncertain the model is about it, in expected undecided codes; orders the chosen half."""


def most_useful(
    learner: Learner, count: int = 20, *, seed: int | None = None, ids: frozenset[str] | None = None
) -> tuple[QueueUnit, ...]:
    """The next ``count`` units to decide, chosen and random ones taking turns.

    Only undecided units that are no back-channels; deterministic.
    """
    number = audit_seed(learner.project) if seed is None else seed
    open_units = [place for place in _places(learner) if ids is None or place[0] in ids]
    unread = [place for place in open_units if not _complete(learner, *place)]
    blind = sorted(unread, key=lambda place: _draw(learner, number, *place))[:count]
    chosen = _chosen(learner, [place for place in open_units if not _decided(learner, *place)], count)
    queue: list[QueueUnit] = []
    taken: set[tuple[str, int]] = set()
    turns = [iter([(p, gain, False) for p, gain in chosen]), iter([(p, 0.0, True) for p in blind])]
    while turns and len(queue) < count:
        turn = turns.pop(0)
        for place, gain, random in turn:
            if place not in taken:
                taken.add(place)
                start, end = (int(x) for x in learner.scored[place[0]].spans[place[1]])
                queue.append(QueueUnit(place[0], place[1], start, end, random, gain))
                turns.append(turn)
                break
    return tuple(queue)


def audit_sample(learner: Learner, seed: int | None = None) -> tuple[tuple[str, int], ...]:
    """The units of the audit sample: the longest stretch of the random order that is decided throughout.

    A unit that the model chose and that comes next in the random order anyway
    belongs to it; one that it chose further on does not yet. So the sample is a
    random one of all units, whatever else was decided.
    """
    number = audit_seed(learner.project) if seed is None else seed
    sample: list[tuple[str, int]] = []
    for place in sorted(_places(learner), key=lambda place: _draw(learner, number, *place)):
        if not _complete(learner, *place):
            break
        sample.append(place)
    return tuple(sample)


def audit_seed(project: Project) -> int:
    """The seed of a project's audit sample; recorded when first asked for."""
    path = project.work / "audit.json"
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return int(held["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps({"format": AUDIT_FORMAT, "seed": SEED}) + "\n")
        return SEED


def _places(learner: Learner) -> Iterator[tuple[str, int]]:
    for interview in sorted(learner.scored):
        scored = learner.scored[interview]
        yield from ((interview, int(unit)) for unit in np.flatnonzero(~scored.backchannel))


def _decided(learner: Learner, interview: str, unit: int) -> bool:
    evidence = learner.evidence.get(interview)
    return evidence is not None and bool((evidence.weights[unit] > 0).any())


def _complete(learner: Learner, interview: str, unit: int) -> bool:
    """Whether every code is answered: the unit got codes, or *nothing here*. One rejection is no answer."""
    evidence = learner.evidence.get(interview)
    return evidence is not None and bool((evidence.weights[unit] > 0).all())


def _draw(learner: Learner, seed: int, interview: str, unit: int) -> bytes:
    start = int(learner.scored[interview].spans[unit, 0])
    return blake2b(f"{seed}\0{interview}\0{start}".encode(), digest_size=8).digest()


def _chosen(
    learner: Learner, places: list[tuple[str, int]], count: int
) -> list[tuple[tuple[str, int], float]]:
    """Units by uncertainty in rare codes, each pick taking something off those like it."""
    if not places:
        return []
    rare = _rareness(learner)
    gains: list[NDArray[np.float64]] = []
    shortlist: list[tuple[str, int]] = []
    by_interview: dict[str, list[int]] = {}
    for interview, unit in places:
        by_interview.setdefault(interview, []).append(unit)
    for interview, units in by_interview.items():
        p = learner.probabilities(interview)[units]
        # Distance to the threshold at which it would be shown, not to one half.
        edge = np.minimum(p / learner.threshold, (1 - p) / (1 - learner.threshold))
        gains.append((edge**2 * rare).sum(axis=1))
        shortlist += [(interview, unit) for unit in units]
    gain = np.concatenate(gains)
    best = np.argsort(-gain, kind="stable")[: 10 * count]
    meaning = np.stack([learner.meaning(*shortlist[i]) for i in best])
    worth, picked = gain[best].copy(), list[tuple[tuple[str, int], float]]()
    for _ in range(min(count, len(best))):
        at = int(np.argmax(worth))
        picked.append((shortlist[best[at]], round(float(gain[best[at]]), 4)))
        worth *= 1 - LIKE * np.clip(meaning @ meaning[at], 0, 1)
        worth[at] = -1
    return picked


def _rareness(learner: Learner) -> NDArray[np.float64]:
    """Weight of each code: 1 without a decided passage, falling as they come."""
    found = np.zeros(len(learner.codes))
    for evidence in learner.evidence.values():
        found += (evidence.labels * (evidence.weights > 0)).sum(axis=0)
    return np.asarray(1 / np.sqrt(1 + found))
