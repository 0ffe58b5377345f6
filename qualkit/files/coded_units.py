"""Coded units: text with codes, tab-separated, as labelled data and as the experience of an earlier study.

Columns ``lang``, ``codes`` (ids between semicolons, or ``none``), ``text``, and ``source`` where it is known.
Beside a codebook ``NAME.yaml``, the file ``NAME.units.tsv`` holds units that were coded with it before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.text import decode, nfc, read_bytes
from qualkit.model import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.model import Codebook

HEADER = ("lang", "codes", "text")
FEWEST_UNITS = 100
"""Fewer units than these beside a codebook teach nothing: shares of codes would be accidents."""


@dataclass(frozen=True, slots=True)
class CodedUnit:
    """One text and the codes that people gave it."""

    language: str
    codes: tuple[str, ...]
    """Empty: it was read, and nothing fits."""
    text: str
    line: int = 0
    """In its file, counted from 1."""
    source: str = ""
    """Whom or what it comes from, where the file says so: held out together when something is measured."""


def coded_text(path: Path) -> str:
    """What a file of coded units holds, the same whatever its line breaks and its sources.

    Raises:
        BadFile: the file cannot be read.
    """
    text = _text(path)
    head, _, body = text.partition("\n")
    names = [name.strip().lower() for name in head.split("\t")]
    if "source" not in names:
        return text
    at = names.index("source")
    rows = (line.split("\t") for line in (head, *body.split("\n")))
    return "\n".join("\t".join((*row[:at], *row[at + 1 :])) for row in rows)


def _text(path: Path) -> str:
    return nfc(decode(path, read_bytes(path)))


def read_coded_units(path: Path) -> tuple[CodedUnit, ...]:
    """The units of a file, whatever their codes are.

    Raises:
        BadFile: a column is missing, or a line has no text or no codes; with the line.
    """
    lines = _text(path).split("\n")
    names = [name.strip().lower() for name in lines[0].split("\t")] if lines else []
    missing = [name for name in HEADER if name not in names]
    if missing:
        hint = "The first line names the tab-separated columns lang, codes and text."
        raise BadFile(path, f"has no column {' and '.join(missing)}.", hint, 1)
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = dict(zip(names, (cell.strip() for cell in line.split("\t")), strict=False))
        if not cells.get("text"):
            hint = "Every line needs the three columns lang, codes and text."
            raise BadFile(path, "has no text.", hint, number)
        given = [code.strip() for code in re.split("[;,]", cells["codes"]) if code.strip()]
        if not given or ("none" in given and len(given) > 1):
            raise BadFile(
                path, "names none beside other codes, or no code at all.", "Write none alone.", number
            )
        codes = tuple(dict.fromkeys(code for code in given if code != "none"))
        found.append(CodedUnit(cells["lang"].lower(), codes, cells["text"], number, cells.get("source", "")))
    if not found:
        raise BadFile(path, "holds no labelled text.", "Add lines with lang, codes and text.")
    return tuple(found)


def units_beside(codebook: Path) -> Path:
    """Where the coded units of a codebook's earlier study stand, if there are any."""
    return codebook.with_suffix(".units.tsv")


def check_units(path: Path, codebook: Codebook) -> list[Problem]:
    """All that is wrong in the coded units beside a codebook; nothing where there are none."""
    if not path.exists():
        return []
    try:
        units = read_coded_units(path)
    except BadFile as error:
        return [Problem(path, error.line, error.reason, error.hint)]
    active = {code.id for code in codebook.codable}
    retired = {code.id for code in codebook.codes if code.retired}
    found: list[Problem] = []
    if len(units) < FEWEST_UNITS:
        message = f"{len(units)} coded units are too few to learn from."
        found.append(Problem(path, 0, message, f"It takes {FEWEST_UNITS}; until then they are not used."))
    first: dict[str, int] = {}
    for unit in units:
        for code in unit.codes:
            if code in retired:
                hint = "Its units no longer teach it; give them the codes that replace it."
                found.append(Problem(path, unit.line, f"the code {code} is retired.", hint))
            elif code not in active:
                hint = "Use ids of codes that can be given, or none."
                found.append(Problem(path, unit.line, f"the code {code!r} is not in the codebook.", hint))
        if unit.text in first:
            hint = "Keep one of them."
            found.append(Problem(path, unit.line, f"the text stands in line {first[unit.text]} too.", hint))
        first.setdefault(unit.text, unit.line)
    return found
