"""Which quotes stand for a theme: central ones, unlike each other, from as many people as there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qualkit.themes.passages import Passage

RELEVANCE = 0.7
"""The weight of being central against being unlike the quotes chosen before."""
WORDS = (6, 90)
"""A quote outside these bounds is chosen only when there is no other."""


def choose_quotes(
    passages: Sequence[Passage], vectors: NDArray[np.float32] | None, count: int
) -> tuple[Passage, ...]:
    """At most ``count`` passages that may be quoted, by maximal marginal relevance.

    Nobody is quoted twice while somebody else is silent; what a person coded goes
    before what a machine suggested. ``vectors`` has one unit row a passage; without
    it the order of the text decides. Carbonell & Goldstein 1998 (MMR).
    """
    import numpy as np

    open_ = [i for i, p in enumerate(passages) if p.quotable]
    if not open_:
        return ()
    central = np.zeros(len(passages), np.float32)
    if vectors is not None:
        mean = vectors[open_].mean(axis=0)
        central = vectors @ (mean / max(float(np.linalg.norm(mean)), 1e-9))
    chosen: list[int] = []
    while open_ and len(chosen) < count:
        voices = [passages[i].voice for i in chosen]
        fewest = min(voices.count(passages[i].voice) for i in open_)
        turn = [i for i in open_ if voices.count(passages[i].voice) == fewest]

        def worth(index: int) -> tuple[bool, bool, float, int]:
            passage = passages[index]
            near = 0.0
            if vectors is not None and chosen:
                near = float((vectors[chosen] @ vectors[index]).max())
            score = RELEVANCE * float(central[index]) - (1 - RELEVANCE) * near
            fits = WORDS[0] <= len(passage.quote.split()) <= WORDS[1]
            return passage.by_person, fits, score, -index

        best = max(turn, key=worth)
        chosen.append(best)
        open_.remove(best)
    return tuple(passages[i] for i in chosen)
