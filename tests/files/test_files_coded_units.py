"""Coded units beside a codebook: faults are found by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qualkit.errors import BadFile
from qualkit.files.coded_units import FEWEST_UNITS, check_units, read_coded_units, units_beside
from qualkit.files.sample import CODEBOOK, sample_root
from qualkit.model import Code, Codebook

if TYPE_CHECKING:
    from pathlib import Path

BOOK = Codebook(
    {"en": "T"},
    (
        Code("top", {"en": "Top"}, codable=False),
        Code("water", {"en": "Water"}, "top"),
        Code("old", {"en": "Old"}, "top", retired=True),
    ),
)


def coded(folder: Path, *lines: str, fill: bool = True) -> Path:
    more = [f"en\twater\tfilling {at}" for at in range(FEWEST_UNITS if fill else 0)]
    path = folder / "book.units.tsv"
    path.write_text("\n".join(["lang\tcodes\ttext", *lines, *more]) + "\n", encoding="utf-8")
    return path


def test_it_stands_beside_the_codebook(tmp_path: Path) -> None:
    assert units_beside(tmp_path / "mine.v2.yaml").name == "mine.v2.units.tsv"
    assert check_units(tmp_path / "none.units.tsv", BOOK) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("en\tgas\tx y", "'gas' is not in the codebook"),
        ("en\told\tx y", "old is retired"),
        ("en\ttop\tx y", "'top' is not in the codebook"),
        ("en\twater\tfilling 3", ""),
        ("en\twater;none\tx y", "none beside other codes"),
        ("en\t\tx y", "no code at all"),
        ("en\twater", "has no text"),
    ],
)
def test_faults_are_told_by_line(tmp_path: Path, line: str, message: str) -> None:
    (found,) = check_units(coded(tmp_path, line), BOOK)
    assert message in found.message
    assert found.line == (6 if "filling" in line else 2)
    assert found.hint


def test_too_few_to_learn_from(tmp_path: Path) -> None:
    (found,) = check_units(coded(tmp_path, "en\twater\tone", fill=False), BOOK)
    assert "too few" in found.message


def test_another_table_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\n1\t2\n", encoding="utf-8")
    with pytest.raises(BadFile, match="lang and codes and text"):
        read_coded_units(path)


def test_the_shipped_units_have_no_fault() -> None:
    from qualkit.files.codebook import read_codebook

    path = sample_root() / CODEBOOK
    assert check_units(units_beside(path), read_codebook(path)) == []
