"""The other half of the picture: figures about the same assets, joined by site and code.

``figures.csv`` has the columns ``site``, ``code``, ``figure`` (what is measured)
and ``value``; and, where wanted, ``unit``, ``status`` (good, adequate, poor,
critical), or ``good`` and ``critical``: the values that count as such, between
which the status is read off on a straight line.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.statuses import Status
from qualkit.files.text import nfc, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qualkit.picture import Picture

NEEDED = ("site", "code", "figure", "value")
ORDER = (Status.GOOD, Status.ADEQUATE, Status.POOR, Status.CRITICAL)
FAR = 2
"""Steps between two statuses from which talk and figure disagree."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value of an asset at a site."""

    site: str
    code: str
    figure: str
    value: str
    """As the file has it."""
    number: float | None
    unit: str
    status: Status | None
    """What the figure says of the asset; None when it does not say."""
    line: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A figure beside what is said of the same asset at the same site."""

    figure: Figure
    status: Status | None
    """Of the talk."""
    decided: bool
    passages: int
    speakers: int
    known: bool
    """The picture has a cell for it."""

    @property
    def disagree(self) -> bool:
        """Talk and figure are two steps apart or more: worth asking why."""
        if self.status not in ORDER or self.figure.status not in ORDER:
            return False
        return abs(ORDER.index(self.status) - ORDER.index(self.figure.status)) >= FAR


def read_figures(path: Path) -> tuple[Figure, ...]:
    """The figures of a CSV with commas, semicolons or tabs. Raises :class:`BadFile` with the line."""
    text = read_text(path).removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    delimiter = max(";\t,", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = [name.strip().lower() for name in next(reader, [])]
    if missing := [name for name in NEEDED if name not in header]:
        raise BadFile(path, f"the column {missing[0]} is missing.", f"It needs {', '.join(NEEDED)}.", 1)
    found = []
    for cells in reader:
        row = {name: nfc(cell.strip()) for name, cell in zip(header, cells, strict=False)}
        if any(row.values()):
            found.append(_figure(path, row, reader.line_num))
    return tuple(found)


def _figure(path: Path, row: Mapping[str, str], line: int) -> Figure:
    for name in ("site", "code", "figure"):
        if not row.get(name):
            raise BadFile(path, f"{name} is empty.", "Write it or delete the row.", line)
    number, status = _number(row["value"]), None
    if said := row.get("status", ""):
        try:
            status = Status(said.lower())
        except ValueError:
            known = ", ".join(ORDER)
            raise BadFile(path, f"{said!r} is no status.", f"Known are {known}.", line) from None
    good, critical = (_limit(path, row, name, line) for name in ("good", "critical"))
    if status is None and number is not None and good is not None and critical is not None:
        if good == critical:
            raise BadFile(path, "good and critical are the same value.", "Correct one of them.", line)
        status = ORDER[min(3, max(0, round(3 * (number - good) / (critical - good))))]
    return Figure(
        row["site"], row["code"], row["figure"], row["value"], number, row.get("unit", ""), status, line
    )


def _limit(path: Path, row: Mapping[str, str], name: str, line: int) -> float | None:
    number = _number(row.get(name, ""))
    if number is None and row.get(name):
        raise BadFile(path, f"{name} is {row[name]!r}, which is no number.", "Write one value.", line)
    return number


def _number(text: str) -> float | None:
    plain = text.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("\u2212", "-")
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


def join(picture: Picture, figures: tuple[Figure, ...]) -> tuple[Joined, ...]:
    """Each figure beside its cell: the disagreements first, then in the file's order."""
    found = []
    for figure in figures:
        cell = picture.cells.get((figure.site, figure.code))
        found.append(
            Joined(
                figure,
                cell.status if cell else None,
                cell.decided if cell else False,
                len(cell.passages) if cell else 0,
                cell.speakers if cell else 0,
                cell is not None,
            )
        )
    return tuple(sorted(found, key=lambda j: (not j.disagree, j.figure.line)))
