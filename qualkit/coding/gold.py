"""Labelled text that an engine can be measured on: coded units, and which codes of a codebook each has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.units import Unit
from qualkit.errors import BadFile
from qualkit.files.coded_units import read_coded_units

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from qualkit.model import Codebook


@dataclass(frozen=True)
class Gold:
    """Labelled units, and which codes of a codebook each has."""

    units: tuple[Unit, ...]
    codes: tuple[str, ...]
    labels: NDArray[np.bool_]
    """Units × codes."""

    @property
    def nothing(self) -> NDArray[np.bool_]:
        """The units that no code belongs to."""
        return np.asarray(~self.labels.any(axis=1))


def read_gold(path: Path, codebook: Codebook) -> Gold:
    """A file of labelled text.

    Raises:
        BadFile: a column is missing, a code is not in the codebook, or a line has no text; with the line.
    """
    if not path.exists():
        raise BadFile(path, "is not there.", "Name a file with the columns lang, codes and text.")
    column = {code.id: index for index, code in enumerate(codebook.codable)}
    found = read_coded_units(path)
    labels = np.zeros((len(found), len(column)), np.bool_)
    for row, unit in enumerate(found):
        for code in unit.codes:
            if code not in column:
                hint = "Use ids of the codebook's codes, or none."
                raise BadFile(path, f"the code {code!r} is not in the codebook.", hint, unit.line)
            labels[row, column[code]] = True
    units = tuple(
        Unit(unit.text, unit.language, interview=path.stem, start=unit.line, end=unit.line + 1)
        for unit in found
    )
    return Gold(units, tuple(column), labels)
