"""Which infrastructure would gain most from being developed together: a ranking that shows its working.

::

    score = (n · need + b · breadth + w · will + d · dependency) / (n + b + w + d)

Every part lies between 0 and 1 and is a share of sites or of voices, so it can be
checked by counting. The weights stand in ``qualkit.toml``::

    [picture]
    need = 0.4
    breadth = 0.25
    will = 0.2
    dependency = 0.15
    targets = "infrastructure"     # dimensions that are ranked, with commas between

How much the order hangs on the weights is measured, not asserted: the ranking is
made again under :data:`DRAWS` other weightings drawn around the given ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.files.project import Project
    from qualkit.model import Code, Codebook
    from qualkit.picture import Cell, Picture
    from qualkit.themes.passages import Passage

PARTS = ("need", "breadth", "will", "dependency")
DEFAULTS = {"need": 0.4, "breadth": 0.25, "will": 0.2, "dependency": 0.15}
SEVERITY = {Status.CRITICAL: 1.0, Status.POOR: 0.75, Status.ADEQUATE: 0.25, Status.GOOD: 0.0}
STATE = frozenset({"condition", "capacity"})
WILL, DEPENDENCE = "cooperation", "dependency-risk"
DRAWS = 1_000
LOOSE = 8.0
"""Concentration of the Dirichlet that weights are drawn from: a weight of 0.4 mostly lies in 0.15–0.7."""
TOP = 3
SEED = 20


@dataclass(frozen=True, slots=True)
class Weights:
    """What the parts of a score count for; only their proportions matter."""

    need: float
    breadth: float
    will: float
    dependency: float

    def shares(self) -> tuple[float, ...]:
        """The weights in the order of :data:`PARTS`, adding up to 1."""
        values = [getattr(self, part) for part in PARTS]
        return tuple(value / sum(values) for value in values)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An infrastructure that could be developed together, and what speaks for it."""

    code: Code
    need: float
    """Mean of the severity of its status over sites and of the share of voices on condition or capacity."""
    breadth: float
    """Share of the interviewed sites where it is spoken of and its status is not good."""
    will: float
    """Share of its voices that speak of co-operation in the same words."""
    dependency: float
    """Share of its voices that speak of dependency in the same words."""
    score: float
    sites: tuple[str, ...]
    """Those that ``breadth`` counts."""
    voices: int
    evidence: tuple[Passage, ...]
    """Passages that may be quoted, those that speak of need, will or dependency first."""
    best: int = 0
    worst: int = 0
    """Its first and last place in nine of ten other weightings."""
    in_top: float = 0.0
    """Share of the other weightings that put it among the first three."""


def weights(project: Project) -> Weights:
    """The weights of ``qualkit.toml``. Raises :class:`BadFile` for a negative one, or when all are 0."""
    found = Weights(*(project.setting("picture", part, DEFAULTS[part]) for part in PARTS))
    values = [getattr(found, part) for part in PARTS]
    if min(values) < 0 or sum(values) <= 0:
        raise BadFile(
            project.config,
            "the weights under [picture] must not be negative, and one must be over 0.",
            "Correct them or take them out.",
        )
    return found


def candidates(picture: Picture, book: Codebook, weighting: Weights, targets: str) -> tuple[Candidate, ...]:
    """The targets that somebody speaks of, by score; ties go by breadth and the codebook's order."""
    dimensions = {name.strip() for name in targets.split(",")} & {c.id for c in book.codes}
    rows = [
        _candidate(code, picture)
        for code in picture.codes
        if not dimensions or book.dimension(code.id) in dimensions
    ]
    rows = [row for row in rows if row.voices]
    shares = weighting.shares()
    scored = [replace(row, score=_score(row, shares)) for row in rows]
    ranked = sorted(scored, key=lambda c: (-round(c.score, 9), -c.breadth))
    return _sensitivity(ranked, shares)


def _candidate(code: Code, picture: Picture) -> Candidate:
    spoken = [c for site in picture.sites if (c := picture.cell(site.id, code.id)).passages]
    interviewed = sum(1 for site in picture.sites if picture.interviews.get(site.id))
    severities = [SEVERITY[c.status] for c in spoken if c.status in SEVERITY]
    # Without any status the talk of condition and capacity alone says what is needed.
    state = _share(spoken, STATE)
    need = (sum(severities) / len(severities) + state) / 2 if severities else state
    needy = [c.site for c in spoken if c.status is not Status.GOOD]
    return Candidate(
        code=code,
        need=need,
        breadth=len(needy) / interviewed if interviewed else 0.0,
        will=_share(spoken, frozenset({WILL})),
        dependency=_share(spoken, frozenset({DEPENDENCE})),
        score=0.0,
        sites=tuple(needy),
        voices=len({p.voice for c in spoken for p in c.passages}),
        evidence=_evidence(spoken),
    )


def _share(cells: Sequence[Cell], aspects: frozenset[str]) -> float:
    """Share of the voices of some cells that speak under one of these aspects."""
    voices = {p.voice for c in cells for p in c.passages}
    having = {p.voice for c in cells for p in c.passages if aspects & set(c.carrying.get(p.id, ()))}
    return len(having) / len(voices) if voices else 0.0


def _evidence(cells: Sequence[Cell]) -> tuple[Passage, ...]:
    wanted = STATE | {WILL, DEPENDENCE}
    rows = [
        (-len(wanted & set(c.carrying.get(p.id, ()))), p) for c in cells for p in c.passages if p.quotable
    ]
    order = sorted(range(len(rows)), key=lambda i: (rows[i][0], i))
    return tuple(rows[i][1] for i in order)


def _score(row: Candidate, shares: Sequence[float]) -> float:
    return float(sum(getattr(row, part) * share for part, share in zip(PARTS, shares, strict=True)))


def _sensitivity(ranked: Sequence[Candidate], shares: Sequence[float]) -> tuple[Candidate, ...]:
    """The same candidates, with where they would stand under other weights."""
    if not ranked:
        return ()
    import numpy as np

    random = np.random.default_rng(SEED)
    others = random.dirichlet(np.maximum(np.array(shares), 0.02) * LOOSE, DRAWS)
    parts = np.array([[getattr(row, part) for part in PARTS] for row in ranked])
    scores = np.round(others @ parts.T, 9)
    places = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1, kind="stable") + 1
    best = np.quantile(places, 0.05, axis=0, method="nearest")
    worst = np.quantile(places, 0.95, axis=0, method="nearest")
    top = (places <= TOP).mean(axis=0)
    return tuple(
        replace(row, best=int(best[i]), worst=int(worst[i]), in_top=float(top[i]))
        for i, row in enumerate(ranked)
    )
