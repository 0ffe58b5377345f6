"""Gathers coded units into the file beside the codebook, checked against the units that are measured on.

    python benchmarks/coding/gather_units.py FILE.tsv …

Writes ``codebooks/infrastructure-security.units.tsv``. A unit is left out when its text was there already, or
when it shares a run of five words with a unit of ``test.tsv``, ``natural.tsv``, ``fresh.tsv``, ``later.tsv``,
``hints.tsv`` or ``dev.tsv``, which this program compares and nobody reads. An unknown code is an error. The
name of a file becomes the source of its units.
"""

from __future__ import annotations

import sys
from pathlib import Path

from qualkit.files.codebook import read_codebook
from qualkit.files.coded_units import check_units, read_coded_units, units_beside
from qualkit.language.tokens import words

HERE = Path(__file__).parent
CODEBOOK = HERE.parents[1] / "codebooks" / "infrastructure-security.yaml"
MEASURED = ("test.tsv", "natural.tsv", "fresh.tsv", "later.tsv", "hints.tsv", "dev.tsv")
RUN = 5


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of five words of a text."""
    found = words(text)
    return {tuple(found[at : at + RUN]) for at in range(len(found) - RUN + 1)}


def main(paths: list[Path]) -> int:
    """Gather, check, write; returns the exit code."""
    measured = [HERE / name for name in MEASURED if (HERE / name).exists()]
    taken = {run for path in measured for unit in read_coded_units(path) for run in runs(unit.text)}
    seen: set[str] = set()
    lines, doubled, shared = ["lang\tcodes\ttext\tsource"], 0, 0
    for path in paths:
        for unit in read_coded_units(path):
            key = " ".join(words(unit.text))
            if key in seen:
                doubled += 1
            elif runs(unit.text) & taken:
                shared += 1
            else:
                seen.add(key)
                lines.append(f"{unit.language}\t{';'.join(unit.codes) or 'none'}\t{unit.text}\t{path.stem}")
    target = units_beside(CODEBOOK)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{target.name}: {len(seen)} units; left out {doubled} doubled, {shared} that share words")
    problems = check_units(target, read_codebook(CODEBOOK))
    for problem in problems:
        print(problem)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main([Path(name) for name in sys.argv[1:]]))
