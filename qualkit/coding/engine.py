"""The two readings joined: one calibrated probability that a researcher would give a code to a unit.

*Meaning* (:mod:`.meaning`) and *words* (:mod:`.lexical`) become a few features
that do not know which code they are about; a pooled logistic regression, fitted
once on labelled text (:mod:`.prior`), adds them up. A score is therefore a sum,
and its reasons are the terms of that sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np

from qualkit.coding.lexical import LexicalEvidence, LexicalIndex
from qualkit.coding.logistic import sigmoid
from qualkit.coding.meaning import Nearness, Space, build_space, nearness
from qualkit.coding.prior import Prior, load_prior
from qualkit.model import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from qualkit.coding.units import Unit
    from qualkit.model import Codebook

    Array = NDArray[np.float32]
    Lookup = Callable[[Sequence[str]], Array]

FEATURES: Final = (
    "about", "about_gap", "example", "example_gap", "null", "terms", "several", "excluded", "others",
)  # fmt: skip
"""What a pair of unit and code is described by; :func:`features` says what each is."""
CONTEXT: Final = 0.5
"""Share of the unit read after its question, where it has one."""
BLOCK: Final = 1_024
"""Units in memory at a time."""
MOST_TERMS: Final = 4.0


@dataclass(frozen=True)
class Scorer:
    """A codebook made ready to score units: build once, score many."""

    codebook: Codebook
    codes: tuple[str, ...]
    index: LexicalIndex = field(repr=False)
    space: Space | None = field(repr=False)
    prior: Prior = field(repr=False)


@dataclass(frozen=True)
class Scores:
    """The scores of some units, and all that they were made of."""

    units: tuple[Unit, ...] = field(repr=False)
    logits: Array = field(repr=False)
    """Units × codes."""
    features: Array = field(repr=False)
    """Units × codes × :data:`FEATURES`, the question's share left out."""
    shift: Array = field(repr=False)
    """Likewise: what the question added."""
    near: Nearness = field(repr=False)
    words: tuple[Mapping[str, LexicalEvidence], ...] = field(repr=False)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Units × codes: the chance that a researcher would give the code."""
        return sigmoid(self.logits)


def build_scorer(
    codebook: Codebook,
    lookup: Lookup,
    units: Mapping[str, Array] | None = None,
    prior: Prior | None = None,
) -> Scorer:
    """Make a codebook ready. ``lookup`` gives vectors of texts, ``units`` a project's own by language."""
    codes = tuple(code.id for code in codebook.codable)
    space = build_space(codebook, lookup, units) if codes else None
    return Scorer(codebook, codes, LexicalIndex(codebook), space, prior or load_prior())


def score(scorer: Scorer, units: Sequence[Unit], lookup: Lookup) -> Iterator[Scores]:
    """Score units in blocks, in their order. Back-channels are scored like the rest: leave them out."""
    for at in range(0, len(units), BLOCK):
        yield _score(scorer, tuple(units[at : at + BLOCK]), lookup)


def _score(scorer: Scorer, units: tuple[Unit, ...], lookup: Lookup) -> Scores:
    count, width = len(units), len(scorer.codes)
    if scorer.space is None or not count:
        empty = np.zeros((count, width), np.float32)
        table = np.zeros((count, width, len(FEATURES)), np.float32)
        nowhere = np.full((count, width), -1, np.int32)
        near = Nearness(empty, empty, np.zeros(count, np.float32), nowhere, nowhere)
        return Scores(units, empty, table, table, near, ({},) * count)
    words = tuple(scorer.index.match(unit.text, unit.language) for unit in units)
    languages = [unit.language for unit in units]
    placed = scorer.space.place(lookup([unit.text for unit in units]), languages)
    near = nearness(scorer.space, placed)
    table = features(near, words, scorer.codes)
    shift = np.zeros_like(table)
    asked = [row for row, unit in enumerate(units) if unit.question]
    if asked:
        inside = scorer.space.place(
            lookup([units[row].context for row in asked]), [languages[row] for row in asked]
        )
        heard = tuple(scorer.index.match(units[row].context, languages[row]) for row in asked)
        shift[asked] = CONTEXT * (
            features(nearness(scorer.space, inside), heard, scorer.codes) - table[asked]
        )
    weights, means = _constants(scorer.prior)
    logits = scorer.prior.intercept + (table + shift - means) @ weights
    return Scores(units, np.asarray(logits, np.float32), table, shift, near, words)


def _constants(prior: Prior) -> tuple[Array, Array]:
    weights = np.array([prior.weights.get(name, 0.0) for name in FEATURES], np.float32)
    means = np.array([prior.means.get(name, 0.0) for name in FEATURES], np.float32)
    return weights, means


def features(near: Nearness, words: Sequence[Mapping[str, LexicalEvidence]], codes: Sequence[str]) -> Array:
    """Units × codes × :data:`FEATURES`.

    ``about`` and ``example``: nearness by definition and by example; ``…_gap``:
    how much nearer than the best other code; ``null``: nearness to talk about
    nothing; ``terms``: the words' evidence, added as if independent;
    ``several``: more than one term; ``excluded``: an exclude term and nothing
    else; ``others``: the words' evidence for other codes.
    """
    said = np.zeros((len(words), len(codes)), np.float32)
    several, excluded = np.zeros_like(said), np.zeros_like(said)
    column = {code: index for index, code in enumerate(codes)}
    for row, found in enumerate(words):
        for code, evidence in found.items():
            at = column.get(code)
            if at is not None:
                said[row, at] = min(MOST_TERMS, sum(_weight(match.weight) for match in evidence.matches))
                several[row, at] = len(evidence.matches) > 1
                excluded[row, at] = bool(evidence.excluded) and not evidence.matches
    others = np.minimum(said.sum(axis=1, keepdims=True) - said, MOST_TERMS)
    null = np.repeat(near.null[:, None], len(codes), axis=1)
    columns = (
        near.about, _gap(near.about), near.example, _gap(near.example), null, said, several, excluded, others,
    )  # fmt: skip
    return np.stack(columns, axis=-1)


def _weight(weight: float) -> float:
    """Evidence of one matched term, in nats."""
    return -log(1 - 0.75 * min(max(weight, 0.0), 1.0))


def _gap(near: Array) -> Array:
    """How much nearer each code is than the best other one, within ±0.3."""
    if near.shape[1] < 2:
        return np.zeros_like(near)
    best = np.sort(near, axis=1)
    rival = np.where(near >= best[:, -1:], best[:, -2:-1], best[:, -1:])
    return np.clip(near - rival, -0.3, 0.3)


# ── Reasons ──────────────────────────────────────────────────────────────────

_KIND = {"about": "definition", "about_gap": "definition", "example": "example", "example_gap": "example"}
_WORDS = ("terms", "several")


def reasons(scorer: Scorer, scores: Scores, row: int, code: int) -> tuple[Reason, ...]:
    """The terms of one logit: they add up to it. The strongest first, the prior last."""
    assert scorer.space is not None
    weights, means = _constants(scorer.prior)
    parts = dict(zip(FEATURES, ((scores.features[row, code] - means) * weights).tolist(), strict=True))
    found: list[Reason] = []
    for kind, nearest in (
        ("definition", scores.near.nearest_about),
        ("example", scores.near.nearest_example),
    ):
        total = sum(part for name, part in parts.items() if _KIND.get(name) == kind)
        text = scorer.space.texts[nearest[row, code]].text if nearest[row, code] >= 0 else ""
        found.append(Reason(kind, text, total))
    evidence = scores.words[row].get(scorer.codes[code])
    found += _term_reasons(evidence, sum(parts[name] for name in _WORDS))
    against = ", ".join(match.text for match in evidence.excluded) if evidence else ""
    found.append(Reason("excluded", against, parts["excluded"]))
    found.append(Reason("context", scores.units[row].question, float(scores.shift[row, code] @ weights)))
    rest = scorer.prior.intercept + parts["null"] + parts["others"]
    found = [Reason(r.kind, r.text, round(r.weight, 3)) for r in found if abs(r.weight) >= 0.0005]
    found.sort(key=lambda reason: -abs(reason.weight))
    # What rounding and the parts that know no code leave, so that the sum is exact.
    left = float(scores.logits[row, code]) - sum(reason.weight for reason in found)
    assert abs(left - rest) < 0.05
    return (*found, Reason("prior", "", round(left, 3)))


def _term_reasons(evidence: LexicalEvidence | None, total: float) -> list[Reason]:
    """The words' part, divided among the terms that were matched by how much each said."""
    matches = evidence.matches if evidence else ()
    said = [_weight(match.weight) for match in matches]
    whole = sum(said)
    if not whole:
        return [Reason("term", "", total)]
    return [
        Reason(
            "term",
            match.text if match.text.lower() == match.term else f"{match.text} ({match.term})",
            total * share / whole,
        )
        for match, share in zip(matches, said, strict=True)
    ]
