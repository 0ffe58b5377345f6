"""Who disagrees: two voices on one theme, one speaking well and one ill of much the same thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.themes.polarity import Polarity, polarity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qualkit.themes.passages import Passage

APART = 0.8
"""How far apart two statements must be, of 2."""
SIMILAR = 0.05
"""Least likeness: cosine from the theme's middle, or share of content words where there are no vectors."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
LOOKED_AT = 60
"""At most so many passages of each side are compared."""


@dataclass(frozen=True, slots=True)
class Opposites:
    """Two verbatim statements that judge the same theme differently. A person says whether they really do."""

    well: Passage
    ill: Passage
    apart: float
    """0–2."""
    alike: float
    """0–1: how near they are in topic."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """A passage that judges, and what its judging sentences are about."""

    index: int
    passage: Passage
    value: float
    about: frozenset[str]
    """Lemmas of content words, parts of compounds among them."""


def opposites(
    passages: Sequence[Passage],
    vectors: NDArray[np.float32] | None = None,
    count: int = 2,
    terms: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Opposites, ...]:
    """At most ``count`` pairs of passages that may be quoted, from different people, the clearest first.

    The sentences that judge must be about the same: they share a content word, or, over languages
    too, both hold one of the theme's ``terms`` (language → words). Nobody appears twice.
    ``vectors`` has one unit row a passage; without it likeness is the share of common words.
    """
    read = [(i, p, polarity(p.quote, p.language).value) for i, p in enumerate(passages) if p.quotable]
    vectors = _centred(vectors)
    strength = sorted(read, key=lambda r: (-abs(r[2]), r[0]))
    well = [_judged(*r, good=True) for r in strength if r[2] > 0.3][:LOOKED_AT]
    ill = [_judged(*r, good=False) for r in strength if r[2] < -0.3][:LOOKED_AT]
    named = {language: frozenset(words) for language, words in (terms or {}).items()}
    pairs = []
    for one in well:
        for other in ill:
            apart = one.value - other.value
            if one.passage.voice == other.passage.voice or apart < APART or not _same(one, other, named):
                continue
            shared = _shared(one, other)
            alike = float(vectors[one.index] @ vectors[other.index]) if vectors is not None else shared
            if alike >= SIMILAR:
                found = Opposites(one.passage, other.passage, apart, alike)
                pairs.append((apart / 2 * alike, one.index, other.index, found))
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    chosen: list[Opposites] = []
    for *_, pair in pairs:
        taken = {p.voice for o in chosen for p in (o.well, o.ill)}
        if len(chosen) < count and not taken & {pair.well.voice, pair.ill.voice}:
            chosen.append(pair)
    return tuple(chosen)


def _judged(index: int, passage: Passage, value: float, *, good: bool) -> _Judged:
    """With the words of every sentence that judges that way, and of the one before: *it is old*."""
    from qualkit.themes.phrases import content_words

    sentences = [part for part in _SENTENCE.split(passage.quote) if part.strip()]
    told: list[str] = []
    for at, sentence in enumerate(sentences):
        judged = polarity(sentence, passage.language).value
        if judged > 0 if good else judged < 0:
            told += sentences[max(0, at - 1) : at + 1]
    text = " ".join(dict.fromkeys(told))
    return _Judged(index, passage, value, content_words(text, passage.language, parts=True))


def _same(one: _Judged, other: _Judged, terms: Mapping[str, frozenset[str]]) -> bool:
    """Whether two passages judge the same: a word in common, or each a term of the theme."""
    mine, theirs = one.passage.language, other.passage.language
    if mine == theirs and one.about & other.about:
        return True
    return bool(one.about & terms.get(mine, frozenset()) and other.about & terms.get(theirs, frozenset()))


def _centred(vectors: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    """Unit vectors from the theme's middle: all of a theme's passages are alike, so only the rest tells."""
    if vectors is None:
        return None
    import numpy as np

    moved = vectors - vectors.mean(axis=0)
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)


def _shared(one: _Judged, other: _Judged) -> float:
    """Jaccard index of what two passages judge, in one language; over languages the least that counts."""
    if one.passage.language != other.passage.language:
        return SIMILAR
    return len(one.about & other.about) / max(1, len(one.about | other.about))


__all__ = ["Opposites", "Polarity", "opposites", "polarity"]
