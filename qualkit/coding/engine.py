"""The two readings joined: one calibrated probability that a researcher would give a code to a unit.

*Meaning* (:mod:`.meaning`) and *words* (:mod:`.lexical`) become a few features
that do not know which code they are about; a pooled logistic regression, fitted
once on labelled text (:mod:`.prior`), adds them up. A score is therefore a sum,
and its reasons are the terms of that sum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import log
from typing import TYPE_CHECKING, Final

import numpy as np

from qualkit.coding.experience import NOTHING
from qualkit.coding.lexical import LexicalEvidence, LexicalIndex, TermMatch
from qualkit.coding.logistic import logit, sigmoid
from qualkit.coding.meaning import SHARPNESS, Nearness, Space, build_space, nearness
from qualkit.coding.prior import Prior, load_prior
from qualkit.files.memory import unswept
from qualkit.language.tokens import tokens
from qualkit.model import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from qualkit.coding.experience import Experience
    from qualkit.coding.units import Unit
    from qualkit.model import Codebook

    Array = NDArray[np.float32]
    Lookup = Callable[[Sequence[str]], Array]

FEATURES: Final = (
    "about", "about_gap", "example", "example_gap", "vocabulary", "siblings",
    "null", "terms", "specific", "excluded", "others", "usual", "spoken", "alike", "read", "nothing",
)  # fmt: skip
"""What a pair of unit and code is described by.

:func:`features` says what each is; the last five come from :mod:`.experience`: how often the code is
given at all, what the words, the vector and the reader say of the unit by it, and that
units like this one got no code. Zero without it.
"""
KINDS: Final = {
    "definition": ("about", "about_gap", "siblings"),
    "example": ("example", "example_gap"),
    "vocabulary": ("vocabulary",),
    "term": ("terms", "specific"),
    "experience": ("spoken",),
    "likeness": ("alike", "read"),
    "excluded": ("excluded",),
}
"""The features that make up each kind of reason; the others are told as its *prior*."""
_OF_KIND: Final = np.array([[name in made for made in KINDS.values()] for name in FEATURES], np.float32)
LEARNED: Final = 5
"""So many of the features come from experience."""
CONTEXT: Final = 0.5
"""Share of the unit read after its question, where it has one."""
LEAST_CONTEXT: Final = -1.0
MOST_CONTEXT: Final = 4.0
BLOCK: Final = 1_024
"""Units in memory at a time."""
MOST_TERMS: Final = 4.0
QUIET: Final = 1.0
"""What a logit of "nothing here", by experience, adds to the logit that the best code must have."""
CODES: Final = 26
"""Codes of the codebook that the prior was fitted with."""
MOST_SPREAD: Final = 1.5
TRUSTED: Final = 100.0
"""Coded units of a code at which what they taught weighs as much as what the codebook says of it."""
STAND_IN: Final = {"example": (0.0185, 0.55), "vocabulary": (0.08, 0.775)}
"""For a code without examples or without terms: what they usually are (constant, share of ``about``)."""


@dataclass(frozen=True)
class Scorer:
    """A codebook made ready to score units: build once, score many."""

    codebook: Codebook
    codes: tuple[str, ...]
    index: LexicalIndex = field(repr=False)
    space: Space | None = field(repr=False)
    prior: Prior = field(repr=False)
    experience: Experience | None = field(default=None, repr=False)
    readings: Lookup | None = field(default=None, repr=False)
    """Texts → what the experience's reader says of them."""

    @property
    def experienced(self) -> Prior:
        """The constants of codes that the experience has something to say about."""
        return (self.prior.read if self.readings else self.prior.experienced) or self.prior

    @cached_property
    def trust(self) -> NDArray[np.float64]:
        """Of each code, and of nothing here, the share of its score that goes by experience; 0 without any.

        It grows with the coded units of the code: a handful teaches less than the codebook says. Those that a
        reader learned from were thousands, and what it says is weighed as such.
        """
        held = self.experience if self.prior.experienced else None
        given = dict(zip(held.codes, held.given.tolist(), strict=True)) if held else {}
        units = np.array([given.get(code, 0) for code in (*self.codes, NOTHING)], np.float64)
        return np.where(units > 0, 1.0, 0.0) if self.readings else units**2 / (units**2 + TRUSTED**2)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Codes that the experience has something to say about."""
        return np.asarray(self.trust[:-1] > 0, np.bool_)

    @cached_property
    def constants(self) -> tuple[Array, Array, Array]:
        """Weights and means, codes × features, and the intercept of each code."""
        parts = (self.experienced, self.prior)
        taught, plain = (np.array([part.weights.get(name, 0.0) for name in FEATURES]) for part in parts)
        middle, usual = (np.array([part.means.get(name, 0.0) for name in FEATURES]) for part in parts)
        share = self.trust[:-1, None]
        weights = share * taught + (1 - share) * plain
        centred = share * taught * middle + (1 - share) * plain * usual
        means = np.divide(centred, weights, out=np.zeros_like(weights), where=np.abs(weights) > 1e-9)
        # The logit of a code of which nothing is known: a unit has about as many codes in a small codebook.
        # How often one is given that coded units teach of is known.
        spread = min(max(log(CODES / max(1, len(self.codes))), -MOST_SPREAD), MOST_SPREAD)
        intercept = self.trust[:-1] * self.experienced.intercept
        intercept += (1 - self.trust[:-1]) * (self.prior.intercept + spread)
        return weights.astype(np.float32), means.astype(np.float32), intercept.astype(np.float32)

    @cached_property
    def thresholds(self) -> Array:
        """Of each code, the probability from which it is shown before anything was decided."""
        return self._shared(self.experienced.threshold, self.prior.threshold)

    @cached_property
    def firmness(self) -> Array:
        """Of each code, the ridge that holds the learner to its logits: more where coded units taught."""
        return self._shared(self.experienced.ridge, self.prior.ridge)

    def _shared(self, taught: float, plain: float) -> Array:
        return np.asarray(self.trust[:-1] * taught + (1 - self.trust[:-1]) * plain, np.float32)

    @property
    def siblings(self) -> NDArray[np.bool_]:
        """Codes × codes: which belong to one dimension."""
        above = np.array([code.parent for code in self.codebook.codable])
        return np.asarray(above[:, None] == above[None, :], np.bool_)


@dataclass(frozen=True)
class Scores:
    """The scores of some units, and all that they were made of."""

    units: tuple[Unit, ...] = field(repr=False)
    logits: Array = field(repr=False)
    """Units × codes."""
    features: Array = field(repr=False)
    """Units × codes × :data:`FEATURES`, of the unit without its question."""
    parts: Array = field(repr=False)
    """Units × codes × :data:`KINDS`: what the features added to the logits, by kind of reason."""
    shift: Array = field(repr=False)
    """Units × codes: the logits that the question added."""
    gates: Array = field(repr=False)
    """Of each unit, the probability that its best code must have for any to be shown."""
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
    experience: Experience | None = None,
    readings: Lookup | None = None,
) -> Scorer:
    """Make a codebook ready. ``lookup`` gives vectors of texts, ``units`` a project's own by language.

    ``readings`` gives what the experience's reader says of texts; without it the experience has no reader.
    """
    codes = tuple(code.id for code in codebook.codable)
    space = build_space(codebook, lookup, units) if codes else None
    prior = prior or load_prior()
    said = readings if prior.read else None
    with unswept():
        index = LexicalIndex(codebook)
    return Scorer(codebook, codes, index, space, prior, experience, said)


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
        near = Nearness(empty, empty, empty, np.zeros(count, np.float32), nowhere, nowhere, nowhere)
        parts = np.zeros((count, width, len(KINDS)), np.float32)
        return Scores(units, empty, table, parts, empty, np.zeros(count, np.float32), near, ({},) * count)
    languages = [unit.language for unit in units]
    table, near, words = _read(scorer, [unit.text for unit in units], languages, lookup)
    weights, means, intercept = scorer.constants
    shift = np.zeros((count, width), np.float32)
    nothing = table[:, 0, -1].copy()
    asked = [row for row, unit in enumerate(units) if unit.question]
    if asked:
        inside, _, _ = _read(
            scorer, [units[row].context for row in asked], [languages[row] for row in asked], lookup
        )
        # A question can give an answer its subject; it takes little away from what the answer says.
        more = np.einsum("ucf,cf->uc", inside - table[asked], weights)
        shift[asked] = CONTEXT * np.clip(more, LEAST_CONTEXT, MOST_CONTEXT)
        nothing[asked] += CONTEXT * (inside[:, 0, -1] - nothing[asked])
    terms = np.asarray((table - means) * weights, np.float32)
    logits = np.asarray(intercept + terms.sum(axis=2) + shift, np.float32)
    parts = np.asarray(terms @ _OF_KIND, np.float32)
    return Scores(units, logits, table, parts, shift, _gates(scorer, nothing), near, words)


def _read(
    scorer: Scorer, texts: Sequence[str], languages: Sequence[str], lookup: Lookup
) -> tuple[Array, Nearness, tuple[Mapping[str, LexicalEvidence], ...]]:
    """Features of texts, units × codes × :data:`FEATURES`, and what they were made of."""
    assert scorer.space is not None
    vectors = lookup(texts)
    found = [tokens(text) for text in texts]
    words = tuple(map(scorer.index.match, texts, languages, found))
    near = nearness(scorer.space, scorer.space.place(vectors, languages))
    table = features(near, words, scorer.codes, scorer.siblings)
    learned = _experienced(
        scorer, texts, [[token.word for token in each] for each in found], languages, vectors
    )
    return np.concatenate([table, learned], axis=2), near, words


def _experienced(
    scorer: Scorer,
    texts: Sequence[str],
    found: Sequence[Sequence[str]],
    languages: Sequence[str],
    vectors: Array,
) -> Array:
    """What the experience says of texts with their words: units × codes × :data:`LEARNED`."""
    made = np.zeros((len(texts), len(scorer.codes), LEARNED), np.float32)
    held = scorer.experience
    if held is not None and scorer.known.any():
        own = [held.codes.index(code) for code in np.array(scorer.codes)[scorer.known]]
        spoken, alike = held.by_words(texts, languages, found), held.by_meaning(vectors, languages)
        made[:, scorer.known, 0] = held.constant[own]
        made[:, scorer.known, 1], made[:, scorer.known, 2] = spoken[:, own], alike[:, own]
        nothing = spoken[:, -1] + alike[:, -1] + held.constant[-1]
        if scorer.readings is not None:
            read = scorer.readings(texts)
            made[:, scorer.known, 3] = read[:, own]
            nothing = (nothing + read[:, -1]) / 2
        made[:, :, 4] = nothing[:, None]
    return made


def _gates(scorer: Scorer, nothing: Array) -> Array:
    """Higher where units like this one got no code."""
    if not scorer.known.any():
        return np.full(len(nothing), scorer.prior.gate, np.float32)
    usual = scorer.experienced.means["nothing"]
    taught, share = logit(scorer.experienced.gate) + QUIET * (nothing - usual), scorer.trust[-1]
    return np.asarray(sigmoid(share * taught + (1 - share) * logit(scorer.prior.gate)), np.float32)


def features(
    near: Nearness,
    words: Sequence[Mapping[str, LexicalEvidence]],
    codes: Sequence[str],
    siblings: NDArray[np.bool_],
) -> Array:
    """Units × codes × those of :data:`FEATURES` that the codebook makes.

    ``about``, ``example`` and ``vocabulary``: nearness by definition, by example
    and by the terms' meaning; ``…_gap``: how much nearer than the best other
    code; ``siblings``: the share of all nearness that a dimension has for this
    code, as a logarithm; ``null``: nearness to talk about nothing; ``terms``: the words'
    evidence, added as if independent; ``specific``: that of long words alone,
    which mean one thing more often; ``excluded``: an exclude term and nothing
    else; ``others``: the words' evidence for other codes.
    """
    said = np.zeros((len(words), len(codes)), np.float32)
    specific, excluded = np.zeros_like(said), np.zeros_like(said)
    column = {code: index for index, code in enumerate(codes)}
    for row, found in enumerate(words):
        for code, evidence in found.items():
            at = column.get(code)
            if at is not None:
                said[row, at] = min(MOST_TERMS, sum(_weight(match.weight) for match in evidence.matches))
                specific[row, at] = min(MOST_TERMS, sum(map(_specific, evidence.matches)))
                excluded[row, at] = bool(evidence.excluded) and not evidence.matches
    example = _stand_in(near.example, near.nearest_example, near.about, "example")
    vocabulary = _stand_in(near.vocabulary, near.nearest_vocabulary, near.about, "vocabulary")
    others = np.minimum(said.sum(axis=1, keepdims=True) - said, MOST_TERMS)
    null = np.repeat(near.null[:, None], len(codes), axis=1)
    columns = (
        near.about, _gap(near.about), example, _gap(example), vocabulary,
        _share(near.about + example + vocabulary, siblings), null, said, specific, excluded, others,
    )  # fmt: skip
    return np.stack(columns, axis=-1)


def _weight(weight: float) -> float:
    """Evidence of one matched term, in nats."""
    return -log(1 - 0.75 * min(max(weight, 0.0), 1.0))


def _stand_in(value: Array, nearest: NDArray[np.int32], about: Array, name: str) -> Array:
    """A feature with what it would usually be where a codebook says nothing to take it from."""
    constant, share = STAND_IN[name]
    return np.where(nearest >= 0, value, constant + share * about).astype(np.float32)


def _specific(match: TermMatch) -> float:
    """Evidence of one matched term by its length as said: none at 5 letters, all of it from 13."""
    return _weight(match.weight) * min(1.0, max(0, len(match.text) - 5) / 8)


def _gap(near: Array) -> Array:
    """How much nearer each code is than the best other one, within ±0.3."""
    if near.shape[1] < 2:
        return np.zeros_like(near)
    best = np.sort(near, axis=1)
    rival = np.where(near >= best[:, -1:], best[:, -2:-1], best[:, -1:])
    return np.clip(near - rival, -0.3, 0.3)


def _share(near: Array, siblings: NDArray[np.bool_]) -> Array:
    """Log-softmax of nearness among the codes of each dimension: codes are told apart from their like."""
    sharp = np.exp(SHARPNESS * (near - near.max(axis=1, keepdims=True)))
    return np.asarray(np.log(sharp) - np.log(sharp @ siblings.astype(np.float32)), np.float32)


# ── Reasons ──────────────────────────────────────────────────────────────────

WORTH_SAYING: Final = 0.05
"""Logits under which a part is no reason of its own."""


def reasons(scorer: Scorer, scores: Scores, row: int, code: int) -> tuple[Reason, ...]:
    """The terms of one logit: they add up to it. The strongest first, the prior last."""
    assert scorer.space is not None
    near, name = scores.near, scorer.codes[code]
    definition, example, vocabulary, term, spoken, unspoken, taken = scores.parts[row, code].tolist()
    found: list[tuple[str, str, float]] = []
    for kind, nearest, part in (
        ("example", near.nearest_example, example),
        ("vocabulary", near.nearest_vocabulary, vocabulary),
    ):
        at = int(nearest[row, code])
        if at >= 0:
            found.append((kind, scorer.space.texts[at].text, part))
        else:
            # What the codebook does not say was taken from the definition.
            definition += part
    about = int(near.nearest_about[row, code])
    found.insert(0, ("definition", scorer.space.texts[about].text if about >= 0 else "", definition))
    evidence = scores.words[row].get(name)
    found += _term_reasons(evidence, term)
    if scorer.experience is not None and scorer.known[code]:
        unit = scores.units[row]
        telling = scorer.experience.telling(unit.text, unit.language, name)
        found += [("experience", ", ".join(telling), spoken), ("experience", "", unspoken)]
    against = ", ".join(match.text for match in evidence.excluded) if evidence else ""
    found.append(("excluded", against, taken))
    found.append(("context", scores.units[row].question, float(scores.shift[row, code])))
    told = [Reason(kind, text, round(part, 3)) for kind, text, part in found if abs(part) >= WORTH_SAYING]
    told.sort(key=lambda reason: -abs(reason.weight))
    # What does not hang on the unit's text, and what is too small to name, so that the sum is exact.
    left = float(scores.logits[row, code]) - sum(reason.weight for reason in told)
    return (*told, Reason("prior", "", round(left, 3)))


def _term_reasons(evidence: LexicalEvidence | None, total: float) -> list[tuple[str, str, float]]:
    """The words' part, divided among the terms that were matched by how much each said."""
    matches = evidence.matches if evidence else ()
    # Both features of the words grow with these shares, so one division serves.
    said = [_weight(match.weight) + _specific(match) for match in matches]
    whole = sum(said)
    if not whole:
        return [("term", "", total)]
    return [
        ("term", _named(match), total * share / whole) for match, share in zip(matches, said, strict=True)
    ]


def _named(match: TermMatch) -> str:
    """What was said, and the term it stands for where that is written otherwise."""
    return match.text if match.text.lower() == match.term.lower() else f"{match.text} ({match.term})"
