"""``pseudonyms.csv``: who and what is called otherwise in outputs. It stays in the project.

Columns: ``name``, ``pseudonym``, ``kind`` (person, organisation, place, site,
interview, coder). Several names may share a pseudonym. Rows for sites,
interviews, speakers and coders are added by Qualkit; people and firms that are
spoken of are added by a person.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.atomic import write_text
from qualkit.files.text import nfc, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qualkit.files.project import Project

COLUMNS = ("name", "pseudonym", "kind")
KINDS = ("person", "organisation", "place", "site", "interview", "coder")


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """One row."""

    name: str
    pseudonym: str
    kind: str


def pseudonyms_path(project: Project) -> Path:
    """``pseudonyms.csv`` beside ``interviews.csv``."""
    return project.root / "pseudonyms.csv"


def read_pseudonyms(project: Project) -> tuple[Pseudonym, ...]:
    """The rows; none when there is no file. Raises :class:`BadFile` with the line."""
    path = pseudonyms_path(project)
    if not path.exists():
        return ()
    text = read_text(path).removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(";\t,", key=first.count))
    header = [cell.strip().lower() for cell in next(reader, [])]
    if not {"name", "pseudonym"} <= set(header):
        raise BadFile(path, "the columns name and pseudonym are needed.", "Write them in the first line.", 1)
    rows = []
    for cells in reader:
        row = {key: nfc(cell.strip()) for key, cell in zip(header, cells, strict=False)}
        if not any(row.values()):
            continue
        kind = row.get("kind") or "person"
        if kind not in KINDS:
            raise BadFile(
                path, f"{kind!r} is no kind of name.", f"Known are {', '.join(KINDS)}.", reader.line_num
            )
        if len(row.get("name", "")) < 2 or not row.get("pseudonym"):
            raise BadFile(path, "a row needs a name and a pseudonym.", "Fill or delete it.", reader.line_num)
        rows.append(Pseudonym(row["name"], row["pseudonym"], kind))
    return tuple(rows)


def write_pseudonyms(project: Project, rows: Iterable[Pseudonym]) -> None:
    """Write the whole file. Raises :class:`QualkitError`."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((row.name, row.pseudonym, row.kind) for row in rows)
    write_text(pseudonyms_path(project), target.getvalue())
