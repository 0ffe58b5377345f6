"""Long answers cut where the subject changes: an optimal partition by dynamic programming.

The sum of the vectors of a unit is long when its sentences are about the same
thing. The best partition maximises the lengths of those sums (Alemi & Ginsparg
2015, arXiv:1503.05543, with the mean taken off first; squared lengths and other
ways to centre were worse on the answers cut by hand), plus what pauses and
phrases such as ``toinen asia`` say, minus a price a unit. The price is found by
bisection so that units get the mean length that was asked for: a fixed price
does not carry over from one embedding model to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

LONGEST = 3.0
"""No unit is longer than this many times the mean, unless one sentence is."""
_TOO_SHORT = 0.6
"""Units under this share of the mean are paid for by their shortness."""
_BEFORE = 0.5
"""Share of the clause before that a clause's vector takes in: few words mean little alone."""


def centred(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Vectors of length 1 after taking their common mean off; rows of zeros stay zeros."""
    import numpy as np

    result = np.asarray(vectors, dtype=np.float64)
    if len(result) > 2:
        result = result - result.mean(axis=0)
    lengths = np.linalg.norm(result, axis=1, keepdims=True)
    unit: NDArray[np.float64] = result / np.maximum(lengths, 1e-12)
    return unit


def smoothed(vectors: NDArray[np.float32], turns: Sequence[int]) -> NDArray[np.float32]:
    """Each clause's vector with half of the one before it in its turn. ``turns``: clauses of each turn."""
    import numpy as np

    before = np.vstack([vectors[:1], vectors[:-1]])
    firsts = np.cumsum([0, *turns[:-1]])
    before[firsts] = vectors[firsts]
    return np.asarray(vectors + _BEFORE * before, dtype=np.float32)


def partition(
    vectors: NDArray[np.float64],
    sizes: Sequence[int],
    hints: Sequence[float],
    price: float,
    mean_words: float,
) -> list[int]:
    """Where each unit of one turn begins, as indices of its clauses; the first is always 0.

    ``sizes`` are words a clause, ``hints[i]`` what speaks for a boundary before
    clause *i* (in the same measure as a cosine), ``price`` what a unit costs.
    """
    import numpy as np

    count = len(sizes)
    if count == 0:
        return []
    sums = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0)])
    words = np.concatenate([[0.0], np.cumsum(np.asarray(sizes, dtype=np.float64))])
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    back = np.zeros(count + 1, dtype=np.int64)
    for end in range(1, count + 1):
        starts = np.arange(end)
        said = words[end] - words[:end]
        starts = starts[(said <= LONGEST * mean_words) | (starts == end - 1)]
        said = words[end] - words[starts]
        unit = sums[end] - sums[starts]
        worth = 2.0 * np.sqrt(np.einsum("ij,ij->i", unit, unit))
        short = np.maximum(0.0, 1.0 - said / (_TOO_SHORT * mean_words)) * 2.0
        value = best[starts] + worth - price - short + np.where(starts > 0, np.asarray(hints)[starts], 0.0)
        choice = int(np.argmax(value))
        best[end], back[end] = value[choice], starts[choice]
    cuts, at = [], count
    while at > 0:
        at = int(back[at])
        cuts.append(at)
    return cuts[::-1]


def price_for(
    turns: Sequence[tuple[NDArray[np.float64], Sequence[int], Sequence[float]]],
    mean_words: float,
    steps: int = 24,
) -> float:
    """The price a unit at which the units of these turns are ``mean_words`` long in the mean."""
    wanted = sum(sum(sizes) for _, sizes, _ in turns) / mean_words

    def units(price: float) -> int:
        return sum(len(partition(v, sizes, hints, price, mean_words)) for v, sizes, hints in turns)

    low, high = -40.0, 40.0
    for _ in range(steps):
        middle = (low + high) / 2
        if units(middle) > wanted:
            low = middle
        else:
            high = middle
    # The number of units jumps; the nearer side of the last jump is what was asked for.
    return low if units(low) - wanted < wanted - units(high) else high
