"""How far two people agree on the units that the engine is measured on: what it can reach at most.

    python benchmarks/coding/ceiling.py natural.tsv test.tsv

Beside ``NAME.tsv`` stands ``NAME_second.tsv``: the same texts, coded once more by somebody who had seen
neither the first codes nor the codebook's terms and examples. Micro-F1 is the same whichever of the two is
taken as true.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from qualkit.coding.gold import read_gold
from qualkit.coding.metrics import f1, interval
from qualkit.files.codebook import read_codebook

HERE = Path(__file__).parent
CODEBOOK = HERE.parents[1] / "codebooks" / "infrastructure-security.yaml"


def main(names: list[str]) -> None:
    """A line a file."""
    book = read_codebook(CODEBOOK)
    for name in names:
        path = HERE / name
        first, second = (
            {unit.text: row for unit, row in zip(gold.units, gold.labels, strict=True)}
            for gold in (read_gold(path, book), read_gold(path.with_name(f"{path.stem}_second.tsv"), book))
        )
        texts = [text for text in first if text in second]
        one, two = (np.array([coder[text] for text in texts]) for coder in (first, second))
        low, high = interval(one, two)
        quiet = (~one.any(axis=1)) & (~two.any(axis=1))
        print(
            f"{name}: {len(texts)} of {len(first)} units coded twice, micro-F1 {f1(one, two):.3f} "
            f"({low:.3f}–{high:.3f}); without a code {(~one.any(axis=1)).sum()} and "
            f"{(~two.any(axis=1)).sum()}, by both {quiet.sum()}"
        )


if __name__ == "__main__":
    main(sys.argv[1:] or ["natural.tsv", "test.tsv"])
