"""Experience: what units coded in an earlier study teach about the codes of a codebook.

For each code a logistic regression on how people really spoke of it: on the
lemmas, the parts of compounds and the letters (runs of three to five) of their
words, and on the unit's vector. It knows nothing of the codebook's own texts,
so an edited definition leaves it standing; the engine joins it to them as one
more reading, weighed by what it was worth on units of writers held out.

The coded units stand beside the codebook (:mod:`qualkit.files.coded_units`). What
was learned from them is a function of those units and of the embedding model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np

from qualkit.coding.logistic import logit, sigmoid
from qualkit.language.lemmas import lemma_keys
from qualkit.language.tokens import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from qualkit.coding.reader import Reader
    from qualkit.files.coded_units import CodedUnit

    Array = NDArray[np.float32]

NOTHING: Final = "none"
"""Stands for the units that got no code."""
LETTERS: Final = (3, 4, 5)
"""Lengths of the runs of letters that a word is described by."""
FEWEST: Final = 3
"""Units that a feature must be in to count."""
MEANING: Final = 0.45
"""Scale of the vectors beside the words."""
RIDGE: Final = 0.04
STEPS: Final = 80
"""Of the solver: more of them gain nothing on writers held out."""
TELLING: Final = 3
"""Words of a text that are named for a code."""
KEPT: Final = 4_096
"""Texts whose words are kept at a time."""
EDGE: Final = 0.002
"""Added to the share of a code, so that one that nobody gave has a logit."""


@dataclass(frozen=True)
class Experience:
    """What coded units taught."""

    digest: str
    """Of the units and of the embedding model."""
    codes: tuple[str, ...]
    """The last one is :data:`NOTHING`."""
    given: NDArray[np.int64] = field(repr=False)
    """Of each code, the units that got it."""
    features: NDArray[np.uint32] = field(repr=False)
    """Sorted hashes of features."""
    rarity: Array = field(repr=False)
    """Of each feature."""
    words: Array = field(repr=False)
    """Features × codes: logits."""
    meaning: Array = field(repr=False)
    """Dimensions × codes."""
    constant: Array = field(repr=False)
    """Of each code."""
    middles: Mapping[str, Array] = field(repr=False)
    """Language → the middle of its vectors; ``""`` for any other."""
    reader: Reader | None = None
    """What the same units taught about single words in their place; it says the same codes."""

    @property
    def id(self) -> str:
        """Of all that was taught: it changes whenever a score may."""
        return f"{self.digest}-{self.reader.hash}" if self.reader else self.digest

    def said(self, text: str, language: str) -> tuple[tuple[str, ...], Array]:
        """The words of a text that say anything, as written, and what each adds: words × codes, logits."""
        return self._said(text, language)[:2]

    def telling(self, text: str, language: str, code: str) -> tuple[str, ...]:
        """The words of a text that say most for a code, or against it, as all of them together do."""
        names, _, most = self._said(text, language)
        return tuple(names[row] for row in most[:, self.codes.index(code)].tolist() if row >= 0)

    def _said(
        self, text: str, language: str, own: Iterable[str] | None = None
    ) -> tuple[tuple[str, ...], Array, NDArray[np.int64]]:
        """As :meth:`said`, and the rows that tell most, :data:`TELLING` × codes; −1: the contrary.

        Answers are kept for a while: reasons ask again, code by code. ``own``: the text's words, if known.
        """
        kept: dict[tuple[str, str], tuple[tuple[str, ...], Array, NDArray[np.int64]]]
        kept = self.__dict__.setdefault("_kept", {})
        if (text, language) not in kept:
            if len(kept) >= KEPT:
                kept.clear()
            names, made = self._say(words(text) if own is None else own, language)
            signed = np.where(made.sum(axis=0) >= 0, -made, made)
            most = np.argsort(signed, axis=0, kind="stable")[:TELLING]
            most[signed[most, np.arange(signed.shape[1])] >= 0] = -1
            kept[text, language] = names, made, most
        return kept[text, language]

    def _say(self, own: Iterable[str], language: str) -> tuple[tuple[str, ...], Array]:
        known = self._rows(dict.fromkeys(own), language)
        found = {word: rows for word, rows in known.items() if len(rows)}
        if not found:
            return (), np.zeros((0, len(self.codes)), np.float32)
        rows = np.concatenate(list(found.values()))
        features, at, holders = np.unique(rows, return_inverse=True, return_counts=True)
        size = float(np.linalg.norm(self.rarity[features]))
        # A run of letters that several words share is divided among them.
        value = (self.rarity[features] / size / holders)[at]
        starts = np.cumsum([0, *map(len, found.values())][:-1])
        made = np.add.reduceat(value[:, None] * self.words[rows], starts, axis=0)
        return tuple(found), np.asarray(made, np.float32)

    def by_words(
        self, texts: Sequence[str], languages: Sequence[str], own: Sequence[Sequence[str]] | None = None
    ) -> Array:
        """Units × codes: what the words add to the logits; ``own``: the texts' words, if known."""
        own = [words(text) for text in texts] if own is None else own
        for language in set(languages):
            said = (each for each, spoken in zip(own, languages, strict=True) if spoken == language)
            self._rows(dict.fromkeys(chain.from_iterable(said)), language)
        parts = [self._said(*each)[1].sum(axis=0) for each in zip(texts, languages, own, strict=True)]
        return np.asarray(parts, np.float32).reshape(len(texts), len(self.codes))

    def by_meaning(self, vectors: Array, languages: Sequence[str]) -> Array:
        """Units × codes: the part that the vectors make."""
        return np.asarray(centred(vectors, languages, self.middles) @ self.meaning, np.float32)

    def _rows(self, asked: Iterable[str], language: str) -> dict[str, NDArray[np.int64]]:
        """Of each word, the places of its features among :attr:`features`."""
        by_language: dict[str, dict[str, NDArray[np.int64]]] = self.__dict__.setdefault("_known", {})
        known = by_language.setdefault(language, {})
        fresh = [word for word in asked if word not in known]
        if fresh:
            hashes = [word_features(word, language) for word in fresh]
            every = np.fromiter(chain.from_iterable(hashes), np.uint32)
            places = np.searchsorted(self.features, every)
            # What is past the end is compared with one more that no feature is.
            there = (places < len(self.features)) & (np.append(self.features, np.uint32(0))[places] == every)
            ends = np.cumsum([len(each) for each in hashes])[:-1]
            for word, rows, held in zip(fresh, np.split(places, ends), np.split(there, ends), strict=True):
                known[word] = np.sort(rows[held])
        return {word: known[word] for word in asked}


@lru_cache(maxsize=100_000)
def word_features(word: str, language: str) -> frozenset[int]:
    """Hashes of what a word is described by: its keys, and its runs of letters with beginning and end."""
    whole = f"^{word}$"
    runs = {whole[at : at + size] for size in LETTERS for at in range(len(whole) - size + 1)}
    keys = {f"={key}" for key in lemma_keys(word, language)}
    return frozenset(crc32(one.encode()) for one in runs | keys)


def centred(vectors: Array, languages: Sequence[str], middles: Mapping[str, Array]) -> Array:
    """Vectors from the middle of their own language, unit length."""
    other = middles[""]
    moved = vectors - np.stack([middles.get(language, other) for language in languages])
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)


def digest_of(coded: bytes, model: str) -> str:
    """A hash of all that an experience is made of: what the file of coded units holds, and the model."""
    seen = blake2b(f"{model}\0{LETTERS}{FEWEST}{MEANING}{RIDGE}{STEPS}\0".encode(), digest_size=8)
    seen.update(coded)
    return seen.hexdigest()


def learn_experience(units: Sequence[CodedUnit], vectors: Array, digest: str) -> Experience:
    """Learn from coded units; ``vectors`` holds a row a unit. Memory grows with units, not their square."""
    from scipy.sparse import csr_matrix

    codes = (*sorted({code for unit in units for code in unit.codes}), NOTHING)
    labels = np.array([[code in (unit.codes or (NOTHING,)) for code in codes] for unit in units], np.float32)
    languages = [unit.language for unit in units]
    held = [
        sorted({one for word in set(words(u.text)) for one in word_features(word, u.language)}) for u in units
    ]
    count = Counter(one for unit in held for one in unit)
    features = np.array(sorted(one for one, times in count.items() if times >= FEWEST), np.uint32)
    rarity = np.array([np.log((len(units) + 1) / (count[int(one)] + 1)) for one in features], np.float32)
    column = {int(one): at for at, one in enumerate(features)}
    rows = [[column[one] for one in unit if one in column] for unit in held]
    values = [rarity[row] / max(float(np.linalg.norm(rarity[row])), 1e-9) for row in rows]
    said = csr_matrix(
        (
            np.concatenate(values),
            np.concatenate([np.array(row, np.int64) for row in rows]),
            np.cumsum([0, *map(len, rows)]),
        ),
        (len(units), len(features)),
    )
    middles = _middles(vectors, languages)
    moved = centred(vectors, languages, middles)
    start = logit(labels.mean(axis=0) * (1 - EDGE) + EDGE / 2).astype(np.float32)
    by_words, by_meaning, constant = _solved(said, moved, labels, start)
    return Experience(
        digest,
        codes,
        labels.sum(axis=0).astype(np.int64),
        features,
        rarity,
        by_words,
        by_meaning,
        start + constant,
        middles,
    )


def _solved(said: Any, moved: Array, labels: Array, start: Array) -> tuple[Array, Array, Array]:
    """Weights of words, vectors and constants: logistic regressions around ``start``, held by :data:`RIDGE`.

    By L-BFGS, all codes at once.
    """
    from scipy.optimize import minimize

    codes, places, width = labels.shape[1], said.shape[1], moved.shape[1]
    back = said.T.tocsr()

    def parts(flat: NDArray[np.float64]) -> tuple[Array, Array, Array]:
        table = flat.astype(np.float32).reshape(-1, codes)
        return table[:places], table[places : places + width], table[-1]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        words, meaning, constant = parts(flat)
        logits = start + said @ words + MEANING * (moved @ meaning) + constant
        wrong = np.asarray(sigmoid(logits) - labels, np.float32)
        value = float(np.sum(np.logaddexp(0, logits) - labels * logits, dtype=np.float64))
        slope = np.concatenate([back @ wrong, MEANING * (moved.T @ wrong), wrong.sum(axis=0)[None]])
        return value + RIDGE / 2 * float(flat @ flat), slope.ravel().astype(np.float64) + RIDGE * flat

    begin = np.zeros((places + width + 1) * codes)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 6})
    words, meaning, constant = parts(found.x)
    return words, MEANING * meaning, constant


def _middles(vectors: Array, languages: Sequence[str]) -> dict[str, Array]:
    names = np.array(languages)
    found = {str(name): vectors[names == name].mean(axis=0) for name in sorted(set(languages))}
    return {**found, "": np.mean(list(found.values()), axis=0)}
