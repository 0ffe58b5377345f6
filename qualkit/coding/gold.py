"""Labelled text that an engine can be measured on: ``lang``, ``codes``, ``text``, tab-separated.

``codes`` holds ids of the codebook between semicolons, or ``none``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.units import Unit
from qualkit.errors import BadFile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from qualkit.model import Codebook

HEADER = ("lang", "codes", "text")


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
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadFile(path, "is not there.", "Name a file with the columns lang, codes and text.") from error
    except UnicodeDecodeError as error:
        raise BadFile(path, "is not UTF-8.", "Save it as UTF-8.") from error
    lines = content.splitlines()
    names = [name.strip().lower() for name in lines[0].split("\t")] if lines else []
    missing = [name for name in HEADER if name not in names]
    if missing:
        hint = "The first line names the tab-separated columns lang, codes and text."
        raise BadFile(path, f"has no column {' and '.join(missing)}.", hint, 1)
    column = {code.id: index for index, code in enumerate(codebook.codable)}
    units, rows = [], []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = dict(zip(names, (cell.strip() for cell in line.split("\t")), strict=False))
        if not cells.get("text"):
            raise BadFile(
                path, "has no text.", "Every line needs the three columns lang, codes and text.", number
            )
        given = [code.strip() for code in re.split("[;,]", cells["codes"]) if code.strip()]
        row = np.zeros(len(column), np.bool_)
        for code in given:
            if code != "none" and code not in column:
                hint = "Use ids of the codebook's codes, or none."
                raise BadFile(path, f"the code {code!r} is not in the codebook.", hint, number)
            if code != "none":
                row[column[code]] = True
        if not given or ("none" in given and len(given) > 1):
            raise BadFile(
                path, "names none beside other codes, or no code at all.", "Write none alone.", number
            )
        text = unicodedata.normalize("NFC", cells["text"])
        units.append(Unit(text, cells["lang"].lower(), interview=path.stem, start=number, end=number + 1))
        rows.append(row)
    if not units:
        raise BadFile(path, "holds no labelled text.", "Add lines with lang, codes and text.")
    return Gold(tuple(units), tuple(column), np.array(rows, np.bool_))
