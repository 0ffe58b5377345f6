"""Names of clusters: the words and pairs of words that set a cluster apart, in each of its languages.

c-TF-IDF (Grootendorst 2022, arXiv:2203.05794) over nouns and noun phrases in dictionary form: on raw
Finnish it gives function words, on all lemmas verbs and pronouns.
"""

from __future__ import annotations

from collections import Counter
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

PHRASES = 5
PAIR_WORTH = 1.4
"""A pair says more than a word of the same weight."""


def name_groups(
    groups: Sequence[NDArray[np.int64]], languages: Sequence[str], phrases: Sequence[Collection[str]]
) -> list[Mapping[str, tuple[str, ...]]]:
    """For each group its key phrases, by language; only languages with two passages or more speak.

    ``phrases``: what each passage could be called by. Of equal phrases the one of the first row wins.
    """
    named: list[dict[str, tuple[str, ...]]] = [{} for _ in groups]
    for language in sorted(set(languages)):
        counts = [
            Counter(p for row in rows if languages[row] == language for p in sorted(set(phrases[row])))
            for rows in groups
        ]
        spoken = [sum(languages[row] == language for row in rows) for rows in groups]
        if not any(n >= 2 for n in spoken):
            continue
        total: Counter[str] = Counter()
        for count in counts:
            total.update(count)
        mean = max(1.0, sum(total.values()) / max(1, sum(1 for n in spoken if n)))
        for index, count in enumerate(counts):
            if spoken[index] >= 2 and (best := tuple(_best(count, total, mean))):
                named[index][language] = best
    return list(named)


def _best(count: Counter[str], total: Counter[str], mean: float) -> Iterator[str]:
    """Phrases by weight, a word that a chosen phrase holds already left out.

    A phrase of one passage only names nothing, unless there is no other word.
    """
    size = max(1, sum(count.values()))
    shared = any(n >= 2 for n in count.values())
    weights = {
        phrase: n / size * log(1 + mean / total[phrase]) * (PAIR_WORTH if " " in phrase else 1.0)
        for phrase, n in count.items()
        if n >= 2 or (not shared and " " not in phrase)
    }
    chosen: list[str] = []
    for phrase in sorted(weights, key=lambda p: -weights[p]):
        if len(chosen) >= PHRASES:
            break
        if any(set(phrase.split()) & set(other.split()) for other in chosen):
            continue
        chosen.append(phrase)
        yield phrase
