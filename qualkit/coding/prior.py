"""The fitted constants of the engine: how much each feature counts before anything was decided.

``prior.json`` is written by ``benchmarks/coding/fit_prior.py`` from labelled
text and ships with the package. No feature knows which code it is about, so the
same constants serve any codebook.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIOR_FORMAT = 1
FILE = Path(__file__).with_name("prior.json")


@dataclass(frozen=True, slots=True)
class Prior:
    """What was fitted on labelled text."""

    weights: Mapping[str, float]
    """Feature → logits per unit of the feature."""
    means: Mapping[str, float]
    """Feature → its value that says nothing either way."""
    intercept: float
    """Logit of a code whose features say nothing."""
    threshold: float
    """Probability from which a suggestion is shown."""
    gate: float = 0.0
    """Probability that the best code of a unit must have for any to be shown."""
    meaning: float = 1.0
    """Scale of the learner's vectors, as the next two."""
    words: float = 1.0
    constant: float = 0.5
    ridge: float = 1.0
    """How firmly the learner holds to what was said before any decision."""
    experienced: Prior | None = None
    """For codes that coded units taught something about: of the learner it has its own ridge alone."""
    read: Prior | None = None
    """Likewise where a reader speaks too."""


@lru_cache(maxsize=1)
def load_prior() -> Prior:
    """The constants that ship with the package."""
    return read_prior(FILE)


def read_prior(path: Path) -> Prior:
    """Constants from a file of :data:`PRIOR_FORMAT`."""
    held = json.loads(path.read_text(encoding="utf-8"))
    assert held["format"] == PRIOR_FORMAT, path
    return Prior(
        **_fitted(held),
        **held["learner"],
        experienced=_experienced(held.get("experienced")),
        read=_experienced(held.get("read")),
    )


def _experienced(held: Mapping[str, Any] | None) -> Prior | None:
    return Prior(**_fitted(held), ridge=held["ridge"]) if held else None


def _fitted(held: Mapping[str, Any]) -> dict[str, Any]:
    return {name: held[name] for name in ("weights", "means", "intercept", "threshold", "gate")}
