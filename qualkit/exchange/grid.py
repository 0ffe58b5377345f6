"""Tables from spreadsheets, CSV or XLSX, as header and rows of text; and which column holds what."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, UsageError
from qualkit.files.archive import MAX_XML, opened, refuse_dtd
from qualkit.files.text import nfc, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_ROWS = 1_000_000
MAX_COLUMNS = 1000

LANGUAGE = re.compile(r"(.*?)[\s._\-(\[]+(fi|sv|en|de|et|nb|da|fr|es|ru)[)\]]?$")
"""A column's name with a language behind it: ``name.fi``, ``Definition (sv)``, ``nimi_en``."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as read: all cells are text in normal form C without white space around."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Row number in the file, counted from 1, and cells, as many as the header has."""


def read_grid(path: Path) -> Grid:
    """The table in a CSV or XLSX file, told by what is in it. Raises :class:`BadFile`.

    Of a workbook, the first sheet that has a header and a row. CSV: ``;``, ``,`` or
    tab between cells; UTF-8, UTF-16 or Windows-1252.
    """
    data = read_bytes(path)
    cells = _workbook(path, data) if data.startswith(b"PK") else _csv(path, data)
    filled = [(number, row) for number, row in cells if any(row)]
    if len(filled) < 2:
        raise BadFile(path, "there is no table with a header and rows in it.", "Save the sheet again.")
    number, header = filled[0]
    width = max(index for index, name in enumerate(header) if name) + 1
    if width > MAX_COLUMNS:
        raise BadFile(path, f"it has {width} columns.", "Keep those that hold codes.", number)
    rows = tuple((line, (*row, *("",) * width)[:width]) for line, row in filled[1:])
    return Grid(path, header[:width], rows)


def _csv(path: Path, data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFile(path, "this is no table.", "Save it as CSV or XLSX.")
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise BadFile(path, "this is neither UTF-8 nor Windows text.", "Save it as CSV UTF-8.")
    first = re.sub(r'"[^"]*"', "", next((line for line in text.split("\n") if line.strip()), ""))
    declared = re.fullmatch(r"\s*sep=(.)\s*", first)
    delimiter = declared[1] if declared else max(",;\t", key=first.count)
    rows: list[tuple[int, tuple[str, ...]]] = []
    line = 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if not (declared and not rows and line == 1):
                rows.append((line, tuple(_cell(cell) for cell in cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(path, f"this row cannot be read: {error}.", "Check its quotes.", line) from None
    return rows


def _workbook(path: Path, data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook

    with opened(path) as archive:
        if "xl/workbook.xml" not in archive:
            raise BadFile(path, "this is no Excel workbook.", "Save it as XLSX.")
        for name in archive.names():
            if name.lower().endswith((".xml", ".rels")):
                refuse_dtd(path, archive.read(name, MAX_XML))
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            rows = []
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                if number > MAX_ROWS:
                    raise BadFile(path, f"it has more than {MAX_ROWS} rows.", "Split it.")
                rows.append((number, tuple(_cell(cell) for cell in cells)))
            if sum(any(row) for _, row in rows) > 1:
                return rows
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, BadZipFile, SyntaxError):
        # openpyxl has no one exception for a workbook that it cannot read.
        raise BadFile(
            path, "the workbook is damaged.", "Open it in a spreadsheet and save it again."
        ) from None
    return []


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = nfc(str(value)).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").strip()
    # A guard against formulas that exports put in front.
    return text[1:] if re.match(r"'[=+\-@]", text) else text


# ── Columns ──────────────────────────────────────────────────────────────────


def columns(grid: Grid, known: Mapping[str, Iterable[str]], given: Mapping[str, str]) -> dict[str, int]:
    """Field → index of its column: what ``given`` says, else what the header's words betray.

    ``known``: field → the words it goes by, in lower case. A field may have a
    language behind it in both (``name.fi``). Raises :class:`UsageError` for a field
    or a column that is not there.
    """
    names = {" ".join(name.casefold().split()): at for at, name in reversed([*enumerate(grid.header)])}
    found: dict[str, int] = {}
    for field, column in given.items():
        if field.partition(".")[0] not in known:
            raise UsageError(f"--map: there is no field {field!r}.", f"Known are {', '.join(known)}.")
        at = names.get(" ".join(nfc(column).casefold().split()))
        if at is None:
            raise UsageError(f"--map: there is no column {column!r}.", f"It has {', '.join(grid.header)}.")
        found[field] = at
    words = {word: field for field, listed in known.items() for word in (field, *listed)}
    for name, at in names.items():
        if at in found.values():
            continue
        field = words.get(name, "")
        if not field and (parts := LANGUAGE.fullmatch(name)):
            field = f"{words[parts[1]]}.{parts[2]}" if parts[1] in words else ""
        if field and field not in found:
            found[field] = at
    return found


def parse_map(text: str) -> dict[str, str]:
    """``id=Code,name.fi=Nimi`` as a mapping. Raises :class:`UsageError`."""
    given: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        field, mark, column = part.partition("=")
        if not mark or not field.strip() or not column.strip():
            raise UsageError(f"--map: {part!r} is not FIELD=COLUMN.", "Write --map id=Code,name.fi=Nimi.")
        given[field.strip()] = column.strip()
    return given
