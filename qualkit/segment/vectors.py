"""Vectors of clauses by their words alone, where no embedding model is given."""

from __future__ import annotations

from collections import Counter
from math import log
from typing import TYPE_CHECKING

from qualkit.language.lemmas import lemma_keys
from qualkit.language.tokens import words
from qualkit.language.wordlists import is_content

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

MOST_KEYS = 2000
"""The keys that are kept, most frequent first: what occurs once joins nothing."""


def lexical_vectors(texts: Sequence[str], language: str) -> NDArray[np.float32]:
    """Texts × keys: lemmas and compound parts, weighed by how few of the texts have them."""
    import numpy as np

    said = [
        Counter(
            key for word in words(text) if is_content(word, language) for key in lemma_keys(word, language)
        )
        for text in texts
    ]
    spread = Counter(key for counts in said for key in counts)
    kept = [key for key, count in spread.most_common() if count > 1][:MOST_KEYS]
    column = {key: index for index, key in enumerate(kept)}
    result = np.zeros((len(texts), max(1, len(kept))), dtype=np.float32)
    for row, counts in enumerate(said):
        for key, count in counts.items():
            if key in column:
                result[row, column[key]] = (1 + log(count)) * log(1 + len(texts) / spread[key])
    return result
