"""The learner: the engine's scores as a prior, moved by every decision at once, in plain numpy.

A logistic regression per code whose offset is the zero-shot logit, so that with
no decisions nothing changes and one example cannot swing a code. Its features
are the unit's vector, its words, and a constant; its answer is a sum of the
pulls of the units decided so far, which is also what it shows as reasons.

Pure: what it says depends on the decisions it is given and on nothing else, so
taking one back restores the exact state before it. No model library is needed;
the review desk runs this in its own process after each key.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import numpy as np

from qualkit.coding.certificates import standings
from qualkit.coding.evidence import Evidence, evidence_of
from qualkit.coding.logistic import fit_around, logit, offered, sigmoid
from qualkit.coding.prior import load_prior
from qualkit.coding.scores import Scored, newest_model, read_scores, scored_interviews
from qualkit.coding.solve import Base, Solution, Taught, solve, solve_base
from qualkit.coding.vectors import VectorCache, open_cache
from qualkit.errors import QualkitError
from qualkit.files.journal import read_codings, read_decisions
from qualkit.files.suggestions import read_suggestions
from qualkit.model import Coding, Decision, Reason, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from qualkit.files.project import Project

WORD_FEATURES = 384
"""Width of the hashed words: collisions cost less than the time of a wider table."""
KEPT = 0.02
"""Probability under which a pair is not even listed: half of all pairs, 3–4 % of the true codes."""
NEIGHBOURS = 3
"""Decided units that a suggestion names one by one; the others are summed up."""
WORTH_NAMING = 0.05
"""Logits under which a decided unit is not named."""
CENTRE_ROWS = 4_000
FEW_UNITS = 10
"""Units at which a language's own middle counts as much as the project's."""
SHRINK = 20
"""Positives at which a code's own threshold counts as much as the pooled one."""
FEWEST = 3

_Made = TypeVar("_Made", Coding, Decision)


@dataclass(frozen=True)
class Learner:
    """Scores, vectors and labels of a project, ready to rescore an interview in a few milliseconds."""

    project: Project
    model: str
    codebook: str
    codes: tuple[str, ...]
    scored: Mapping[str, Scored] = field(repr=False)
    evidence: Mapping[str, Evidence] = field(repr=False)
    coders: frozenset[str] | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)
    """Code → the standing its certificate gives it."""
    _cache: VectorCache | None = field(default=None, repr=False)
    _designs: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    _shown: dict[str, Mapping[tuple[int, int, str], Suggestion]] = field(default_factory=dict, repr=False)
    _bases: dict[Any, Base] = field(default_factory=dict, repr=False)
    _solutions: dict[str, Solution] = field(default_factory=dict, repr=False)
    current: str = ""
    """The interview at hand: :meth:`updated` sets it."""

    @classmethod
    def load(cls, project: Project, coders: Iterable[str] | None = None, model: str = "") -> Learner:
        """The learner of a project, from the decisions of all coders or of some.

        ``model`` is ``NAME@HASH``; the one scored last when empty. An interview
        without scores, or scored with another codebook than the newest, is left out.

        Raises:
            QualkitError: nothing was scored yet.
        """
        name = model or newest_model(project)
        found = [read_scores(project, interview, name) for interview in scored_interviews(project, name)]
        held = [scored for scored in found if scored is not None]
        if not held:
            raise QualkitError(f"{project.root}: no passage has been scored yet.", "Run `qualkit suggest`.")
        newest = _newest_codebook(held)
        scored = {s.interview: s for s in held if s.codebook == newest}
        people = None if coders is None else frozenset(coders)
        decisions = _by_interview(read_decisions(project))
        codings = _by_interview(read_codings(project))
        evidence = {
            interview: evidence_of(one, decisions.get(interview, ()), codings.get(interview, ()), people)
            for interview, one in scored.items()
            if decisions.get(interview) or codings.get(interview)
        }
        first = next(iter(scored.values()))
        return cls(
            project,
            name,
            newest,
            first.codes,
            scored,
            evidence,
            people,
            standings(project, name, newest),
            _cache=_find_cache(project, name),
        )

    def updated(
        self, interview: str, decisions: Iterable[Decision], codings: Iterable[Coding] | None = None
    ) -> Learner:
        """The learner with everything decided on one interview replaced. The others' decisions stay.

        Give the codings that stand too: without them every acceptance counts, and
        codes given without a suggestion do not.
        """
        if interview not in self.scored:
            return self
        labels = evidence_of(self.scored[interview], decisions, codings, self.coders)
        return replace(self, evidence={**self.evidence, interview: labels}, current=interview, _solutions={})

    def rescore(
        self, interview: str, decisions: Iterable[Decision], codings: Iterable[Coding] | None = None
    ) -> tuple[Suggestion, ...]:
        """Suggestions for one interview given all that is decided on it so far, in the transcript's order."""
        return self.updated(interview, decisions, codings).suggestions(interview)

    def logits(self, interview: str) -> NDArray[np.float64]:
        """Units × codes of one interview: the prior's logits plus what was learned."""
        return self._logits(interview, self.solution(self.current))

    def _logits(self, interview: str, solution: Solution) -> NDArray[np.float64]:
        prior = np.asarray(self.scored[interview].logits, np.float64)
        if not solution.taught.units:
            return prior
        return np.asarray(prior + self._design(interview) @ solution.weights, np.float64)

    def probabilities(self, interview: str) -> NDArray[np.float64]:
        """Units × codes of one interview: the chance that a researcher would give the code."""
        return sigmoid(self.logits(interview))

    @cached_property
    def threshold(self) -> NDArray[np.float64]:
        """For each code the probability from which it is shown: the pooled one, moved by evidence."""
        return self._cut(self.solution(self.current))

    def shown(self, interview: str) -> NDArray[np.bool_]:
        """Units × codes of one interview: which are suggested."""
        return offered(self.probabilities(interview), self.threshold, _gates(self.scored[interview]))

    def suggestions(self, interview: str, below: int | None = None) -> tuple[Suggestion, ...]:
        """The suggestions of one interview as things stand, shown or only ranked.

        ``below`` is how many that are only ranked a passage gets at most: the desk shows
        a few, and with hundreds of codes the others take most of the time.
        """
        scored = self.scored.get(interview)
        if scored is None:
            return ()
        solution = self.solution(interview)
        p = sigmoid(self._logits(interview, solution))
        shown = offered(p, self._cut(solution), _gates(scored))
        reach = solution.taught.design @ self._design(interview).T
        base = self._base(interview)
        made: list[Suggestion] = []
        for unit in range(len(scored)):
            if scored.backchannel[unit]:
                continue
            start, end = (int(x) for x in scored.spans[unit])
            for code in _listed(p[unit], shown[unit], below):
                name = self.codes[code]
                found = base.get((start, end, name))
                chance = float(p[unit, code])
                learned = reach[:, unit] * solution.pulls[:, code]
                reasons = self._reasons(interview, unit, int(code), found, learned, solution)
                made.append(
                    Suggestion(
                        suggestion_id(interview, scored.revision, start, end, name),
                        interview,
                        scored.revision,
                        start,
                        end,
                        name,
                        round(chance, 4),
                        self.model,
                        self.codebook,
                        bool(shown[unit, code]),
                        self.verdicts.get(name, ""),
                        reasons,
                    )
                )
        return tuple(made)

    # ── What was learned ─────────────────────────────────────────────────────

    @cached_property
    def decided_units(self) -> tuple[tuple[str, int], ...]:
        """Interview and unit of every row the learner has learned from, in a fixed order."""
        return tuple(
            (interview, int(unit))
            for interview in sorted(self.evidence)
            for unit in np.flatnonzero(self.evidence[interview].decided)
        )

    def solution(self, current: str = "") -> Solution:
        """What was learned, solved with one interview at hand: its decisions are the ones that change."""
        if current not in self._solutions:
            ridge = self._ridge
            key = (
                current,
                tuple((name, id(self.evidence[name])) for name in sorted(self.evidence) if name != current),
            )
            base = self._bases.get(key)
            if base is None:
                base = solve_base(
                    self._taught([name for name in sorted(self.evidence) if name != current]), ridge
                )
                self._bases.clear()
                self._bases[key] = base
            here = self._taught([current] if current in self.evidence else [])
            self._solutions[current] = solve(base, here, ridge)
        return self._solutions[current]

    def _taught(self, interviews: Sequence[str]) -> Taught:
        """The decided units of some interviews as rows."""
        codes = len(self.codes)
        width = self._width
        rows = [(name, np.flatnonzero(self.evidence[name].decided)) for name in interviews]
        rows = [(name, units) for name, units in rows if len(units)]
        if not rows:
            nothing = np.zeros((0, codes), np.float32)
            return Taught((), np.zeros((0, width), np.float32), nothing, nothing, nothing)
        return Taught(
            tuple((name, int(unit)) for name, units in rows for unit in units),
            np.concatenate([self._design(name)[units] for name, units in rows]),
            np.concatenate([self.evidence[name].labels[units] for name, units in rows]).astype(np.float32),
            np.concatenate([self.evidence[name].weights[units] for name, units in rows]).astype(np.float32),
            np.concatenate([self.scored[name].logits[units] for name, units in rows]).astype(np.float32),
        )

    def _cut(self, solution: Solution) -> NDArray[np.float64]:
        """For each code the probability from which it is shown, given what was learned."""
        first = next(iter(self.scored.values())).thresholds
        pooled = (
            np.asarray(first, np.float64) if len(first) else np.full(len(self.codes), load_prior().threshold)
        )
        taught = solution.taught
        if not taught.units:
            return pooled
        labels, weights, offset = (
            np.asarray(part, np.float64) for part in (taught.labels, taught.weights, taught.offset)
        )
        return thresholds(taught.design, labels, weights, offset, solution.pulls, pooled)

    @property
    def _ridge(self) -> NDArray[np.float32] | float:
        first = next(iter(self.scored.values())).firmness
        return first if len(first) else load_prior().ridge

    @property
    def _width(self) -> int:
        return (self._cache.dimensions if self._cache else 1) + WORD_FEATURES + 1

    def _reasons(
        self,
        interview: str,
        unit: int,
        code: int,
        base: Suggestion | None,
        pulls: NDArray[np.float32],
        solution: Solution,
    ) -> tuple[Reason, ...]:
        """The parts of one logit: the codebook's as they were found, then the units decided so far."""
        prior = float(self.scored[interview].logits[unit, code])
        before = base.reasons if base is not None else (Reason("prior", "", round(prior, 3)),)
        if not len(pulls):
            return before
        size = np.abs(pulls)
        few = (
            np.argpartition(-size, NEIGHBOURS)[:NEIGHBOURS]
            if len(pulls) > NEIGHBOURS
            else np.arange(len(pulls))
        )
        strongest = [int(i) for i in few[np.argsort(-size[few], kind="stable")] if size[i] >= WORTH_NAMING]
        named = [
            Reason("decided", self._quote(*solution.taught.units[i]), round(float(pulls[i]), 3))
            for i in strongest
        ]
        rest = float(pulls.sum()) - sum(reason.weight for reason in named)
        if abs(rest) >= 0.0005:
            named.append(Reason("decided", "", round(rest, 3)))
        return before + tuple(named)

    def _quote(self, interview: str, unit: int) -> str:
        return self.evidence[interview].quotes.get(unit, "")

    def meaning(self, interview: str, unit: int) -> NDArray[np.float32]:
        """A unit's vector from the centre of the project, unit length: what units are compared by."""
        row = self._design(interview)[unit, : self._cache.dimensions if self._cache else 1]
        return np.asarray(row / max(float(np.linalg.norm(row)), 1e-9), np.float32)

    # ── Features ─────────────────────────────────────────────────────────────

    def _design(self, interview: str) -> NDArray[np.float32]:
        if interview not in self._designs:
            self._designs[interview] = self.design(interview)
        return self._designs[interview]

    def design(self, interview: str) -> NDArray[np.float32]:
        """Units × features of one interview: what the learner sees of it."""
        scored = self.scored[interview]
        return features(
            _vectors(self._cache, scored.keys), scored.languages, self._centres, scored.lemmas, self._rarity
        )

    @cached_property
    def _centres(self) -> Mapping[str, NDArray[np.float32]]:
        """The middle of what is said in each language."""
        keys: dict[str, list[bytes]] = {}
        for scored in self.scored.values():
            for language, key in zip(scored.languages, scored.keys, strict=True):
                keys.setdefault(language, []).append(key)
        some = {language: all_of[:: max(1, len(all_of) // CENTRE_ROWS)] for language, all_of in keys.items()}
        return centres({language: _vectors(self._cache, few) for language, few in some.items()})

    @cached_property
    def _rarity(self) -> Mapping[str, float]:
        return rarity(words for scored in self.scored.values() for words in scored.lemmas)

    def _base(self, interview: str) -> Mapping[tuple[int, int, str], Suggestion]:
        if interview not in self._shown:
            found = read_suggestions(self.project, interview, self.model)
            self._shown[interview] = {
                (s.start, s.end, s.code): s for s in found if s.codebook == self.codebook
            }
        return self._shown[interview]


def _listed(p: NDArray[np.float64], shown: NDArray[np.bool_], below: int | None) -> NDArray[np.intp]:
    """The codes of a unit that are listed, in their own order."""
    kept = p >= KEPT
    if below is not None:
        ranked = np.flatnonzero(kept & ~shown)
        if len(ranked) > below:
            kept[ranked[np.argsort(-p[ranked], kind="stable")[below:]]] = False
    return np.flatnonzero(kept)


def _gates(scored: Scored) -> NDArray[np.float64] | float:
    return np.asarray(scored.gates, np.float64) if len(scored.gates) else load_prior().gate


def learned(
    design: NDArray[np.floating],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    offset: NDArray[np.float64],
    firmness: NDArray[np.floating] | None = None,
) -> NDArray[np.float64]:
    """How much each decided unit (rows) pulls on each code (columns), given their prior logits.

    ``firmness`` is the ridge of each code; the prior's without it.
    """
    ridge = load_prior().ridge if firmness is None else np.asarray(firmness, np.float64)
    return fit_around(design, labels, weights, offset, ridge)


def thresholds(
    design: NDArray[np.floating],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    offset: NDArray[np.float64],
    pulls: NDArray[np.floating],
    usual: NDArray[np.float64],
) -> NDArray[np.float64]:
    """For each code the probability from which it is shown; ``usual`` before anything was decided.

    The one of the best F1 on decided units, each scored without its own pull,
    shrunk to the usual one by positives / (positives + :data:`SHRINK`): alone
    it overfits.
    """
    cut = usual.copy()
    moved = design @ (design.T @ pulls)
    own = np.einsum("ij,ij->i", design, design)[:, None] * pulls
    chance = sigmoid(offset + moved - own)
    options = np.arange(0.1, 0.71, 0.02)
    for code in range(offset.shape[1]):
        said = weights[:, code] >= 1
        truth, p = labels[said, code] >= 0.5, chance[said, code]
        positives = int(truth.sum())
        if positives < FEWEST or positives == len(truth):
            continue
        shown = p[:, None] >= options
        score = 2 * (shown & truth[:, None]).sum(axis=0) / (shown.sum(axis=0) + positives)
        best = options[score >= score.max() - 1e-9]
        nearest = best[np.argmin(np.abs(best - usual[code]))]
        cut[code] = (positives * nearest + SHRINK * usual[code]) / (positives + SHRINK)
    return cut


def centres(vectors: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The middle of each language's vectors, drawn to the middle of all where there are few."""
    whole = np.concatenate(list(vectors.values())).mean(axis=0)
    return {
        language: (rows.sum(axis=0) + FEW_UNITS * whole) / (len(rows) + FEW_UNITS)
        for language, rows in vectors.items()
    }


def features(
    vectors: NDArray[np.float32],
    languages: Sequence[str],
    middle: Mapping[str, NDArray[np.float32]],
    lemmas: Sequence[Sequence[str]],
    rare: Mapping[str, float],
) -> NDArray[np.float32]:
    """What the learner sees of units: centred vector, hashed words by rarity, a constant, each scaled."""
    prior = load_prior()
    meaning = vectors.copy()
    for row, language in enumerate(languages):
        meaning[row] -= middle[language]
    meaning /= np.maximum(np.linalg.norm(meaning, axis=1, keepdims=True), 1e-9)
    meaning[~np.any(vectors, axis=1)] = 0
    words = np.zeros((len(lemmas), WORD_FEATURES), np.float32)
    for row, unit in enumerate(lemmas):
        for word in set(unit):
            at = crc32(word.encode())
            words[row, at % WORD_FEATURES] += (1 if at & 0x80000000 else -1) * rare.get(word, 1.0)
    words /= np.maximum(np.linalg.norm(words, axis=1, keepdims=True), 1e-9)
    constant = np.full((len(vectors), 1), prior.constant, np.float32)
    return np.concatenate([prior.meaning * meaning, prior.words * words, constant], axis=1)


def rarity(units: Iterable[Sequence[str]]) -> dict[str, float]:
    """Inverse document frequency of lemmas: log((n+1)/(units with it + 1)), 0 for what is everywhere."""
    counts: dict[str, int] = {}
    total = 0
    for unit in units:
        total += 1
        for word in set(unit):
            counts[word] = counts.get(word, 0) + 1
    return {word: float(np.log((total + 1) / (count + 1))) for word, count in counts.items()}


def suggestion_id(interview: str, revision: int, start: int, end: int, code: str) -> str:
    """The id of a suggestion: the same passage and code give the same one, whatever the score."""
    return blake2b(f"{interview}\0{revision}\0{start}\0{end}\0{code}".encode(), digest_size=8).hexdigest()


def prior_logit(probability: float) -> float:
    """The logit of one probability."""
    return float(logit(probability))


def _vectors(cache: VectorCache | None, keys: Sequence[bytes]) -> NDArray[np.float32]:
    """Vectors of units by key; zeros for one that is missing, which then teaches by its words alone."""
    if cache is None:
        return np.zeros((len(keys), 1), np.float32)
    rows = np.array([cache.rows.get(key, -1) for key in keys], np.int64)
    found = np.zeros((len(keys), cache.dimensions), np.float32)
    if (rows >= 0).any():
        found[rows >= 0] = cache.table[rows[rows >= 0]]
    return found


def _find_cache(project: Project, model: str) -> VectorCache | None:
    for folder in sorted((project.work / "vectors").glob(f"{model}-*")):
        cache = open_cache(folder)
        if cache is not None:
            return cache
    return None


def _newest_codebook(held: Sequence[Scored]) -> str:
    """The codebook most interviews were scored with; ties go to the first."""
    counts: dict[str, int] = {}
    for scored in held:
        counts[scored.codebook] = counts.get(scored.codebook, 0) + 1
    return max(counts, key=lambda name: counts[name])


def _by_interview(found: Iterable[_Made]) -> dict[str, list[_Made]]:
    grouped: dict[str, list[_Made]] = {}
    for one in found:
        grouped.setdefault(one.interview, []).append(one)
    return grouped
