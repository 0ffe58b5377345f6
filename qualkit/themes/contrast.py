"""Who disagrees: two voices on one theme, one speaking well and one ill of much the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.themes.polarity import Polarity, polarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qualkit.themes.passages import Passage

APART = 0.8
"""How far apart two statements must be, of 2."""
SIMILAR = 0.05
"""Least likeness: cosine from the theme's middle, or share of content words where there are no vectors."""
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


def opposites(
    passages: Sequence[Passage], vectors: NDArray[np.float32] | None = None, count: int = 2
) -> tuple[Opposites, ...]:
    """At most ``count`` pairs of passages that may be quoted, from different people, the clearest first.

    Nobody appears twice. ``vectors`` has one unit row a passage; without it topics
    are compared by the content words that two passages share.
    """
    read = [(i, p, polarity(p.quote, p.language)) for i, p in enumerate(passages) if p.quotable]
    vectors = _centred(vectors)
    strength = sorted(read, key=lambda r: (-abs(r[2].value), r[0]))
    well = [r for r in strength if r[2].value > 0.3][:LOOKED_AT]
    ill = [r for r in strength if r[2].value < -0.3][:LOOKED_AT]
    pairs = []
    for i, one, judged in well:
        for j, other, against in ill:
            apart = judged.value - against.value
            if one.voice == other.voice or apart < APART:
                continue
            alike = float(vectors[i] @ vectors[j]) if vectors is not None else _shared(one, other)
            if alike >= SIMILAR:
                pairs.append((apart / 2 * max(0.0, alike), i, j, Opposites(one, other, apart, alike)))
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    chosen: list[Opposites] = []
    for *_, pair in pairs:
        taken = {p.voice for o in chosen for p in (o.well, o.ill)}
        if len(chosen) < count and not taken & {pair.well.voice, pair.ill.voice}:
            chosen.append(pair)
    return tuple(chosen)


def _centred(vectors: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    """Unit vectors from the theme's middle: all of a theme's passages are alike, so only the rest tells."""
    if vectors is None:
        return None
    import numpy as np

    moved = vectors - vectors.mean(axis=0)
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)


def _shared(one: Passage, other: Passage) -> float:
    """Jaccard index of the content words of two passages in one language; 0 over languages."""
    from qualkit.themes.phrases import content_words

    if one.language != other.language:
        return 0.0
    mine, theirs = content_words(one.quote, one.language), content_words(other.quote, other.language)
    return len(mine & theirs) / max(1, len(mine | theirs))


__all__ = ["Opposites", "Polarity", "opposites", "polarity"]
