"""What few coded units beside a codebook are worth: ``dev.tsv`` by some of the sample's, drawn at random.

    python benchmarks/coding/few_units.py [UNITS …]      # 0 120 400 1500 4000 by default

Zero-shot, as `qualkit evaluate coding` counts, the mean of two draws; no reader has learned from these.
Vectors are kept in ``.qualkit``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from qualkit.cli.console import follow
from qualkit.coding.embed import find_model
from qualkit.coding.evaluate import evaluate_coding
from qualkit.files.codebook import read_codebook
from qualkit.files.coded_units import units_beside

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CODEBOOK = ROOT / "codebooks" / "infrastructure-security.yaml"
DRAWS = 2


def score(lines: list[str], folder: Path) -> float:
    """Micro-F1 on ``dev.tsv`` with these lines of a file of coded units; with the head alone without any."""
    coded = folder / "some.units.tsv"
    coded.write_text("\n".join(lines) + "\n", encoding="utf-8")
    steps = evaluate_coding(
        HERE / "dev.tsv",
        read_codebook(CODEBOOK),
        find_model(),
        ROOT / ".qualkit",
        seeds=1,
        coded=coded if len(lines) > 1 else None,
    )
    return follow(steps, "none").rows[0].quality.micro_f1


def main(counts: list[int]) -> None:
    """A line for each count."""
    head, *lines = units_beside(CODEBOOK).read_text(encoding="utf-8").splitlines()
    # told.tsv has the author of dev.tsv.
    lines = [line for line in lines if not line.endswith("\ttold")]
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            found = []
            for seed in range(DRAWS):
                drawn = np.random.default_rng(seed).permutation(len(lines))[:count]
                found.append(score([head, *(lines[at] for at in drawn)], Path(folder)))
            print(f"{count:6} coded units: micro-F1 {np.mean(found):.3f}", flush=True)


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or [0, 120, 400, 1_500, 4_000])
