"""Real answers to an open interview question, coded by trained people: makes the file that is measured.

    python benchmarks/coding/anes.py DATASET3.csv OUT.tsv
    qualkit evaluate coding --gold OUT.tsv --codebook benchmarks/coding/anes.yaml --learn 8

The data (ANES 2008 Open-Ended Coding Project, what people like and dislike about two parties) names its
codes by number only; ``anes.yaml`` beside this file gives them names, which were written after reading a few
answers of each, so zero-shot figures are not blind. Codes from 90 on are procedural: an answer with nothing
else is left out, as is a code that fewer than fifty answers have. A thousand are drawn by a seed.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np

COUNT, SEED, FEWEST, PROCEDURAL = 1_000, 2008, 50, 90


def main(source: Path, target: Path) -> None:
    """Read the answers, draw, write."""
    with source.open(encoding="utf-8", newline="") as file:
        answers = list(csv.DictReader(file))
    codes = [name for name in answers[0] if name.isdigit() and int(name) < PROCEDURAL]
    codes = [code for code in codes if sum(answer[code] == "1" for answer in answers) >= FEWEST]
    rows = []
    for answer in answers:
        given = [f"a{code}" for code in codes if answer[code] == "1"]
        text = " ".join(answer["verbatim"].split())
        if given and text:
            rows.append(("en", ";".join(given), text))
    chosen = np.sort(np.random.default_rng(SEED).permutation(len(rows))[:COUNT])
    lines = ["lang\tcodes\ttext", *("\t".join(rows[at]) for at in chosen)]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{target}: {len(chosen)} of {len(rows)} answers, {len(codes)} codes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
