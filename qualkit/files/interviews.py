"""``interviews.csv``: one row an interview, as a person keeps it in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.files.atomic import write_bytes
from qualkit.files.names import fault_in_id, fault_in_path
from qualkit.files.text import fault_in_text, nfc, read_bytes
from qualkit.model import Interview, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from qualkit.files.project import Project

INTERVIEWS_FORMAT = 1
"""Version of ``interviews.csv``, which has no room for it inside. 1: first."""

COLUMNS = ("id", "site", "date", "language", "role", "interviewer", "consent", "speakers", "recording")
"""The columns that Qualkit knows, in the order a new file has them; every other column is an attribute."""

CONSENTS = ("", "quote", "no-quote")
MAX_SPEAKERS = 20

# A spreadsheet runs a cell that starts like this. A plain number or telephone number is harmless.
_FORMULA = re.compile(r"'*[=+\-@\t]")
_NUMBER = re.compile(r"[+-]?\d[\d\s.,-]*")


@dataclass(frozen=True, slots=True)
class _Table:
    """A file as read: how it was written, and its cells."""

    delimiter: str
    marked: bool
    """With a byte-order mark, or in an encoding that asks for one when written again."""
    header: tuple[str, ...]
    header_line: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    """Line and cells of each row that is not blank."""


def read_interviews(project: Project) -> tuple[Interview, ...]:
    """The interviews of a project in the file's order; none when there is no file.

    Raises :class:`BadFile` for the first fault; :func:`check_interviews` lists them all.
    """
    if not project.interviews.exists():
        return ()
    interviews, problems = _read(project.interviews)
    if problems:
        first = problems[0]
        raise BadFile(first.path, first.message, first.hint, first.line)
    return tuple(interviews)


def rows_of(path: Path, data: bytes) -> tuple[Interview, ...]:
    """The rows of a table's bytes, whatever is wrong in them; ``path`` is told when there is no table.

    Raises :class:`BadFile` for what is no table.
    """
    return tuple(_rows(path, _table(path, data))[0])


def check_interviews(path: Path) -> list[Problem]:
    """All that is wrong in an ``interviews.csv``."""
    try:
        return _read(path)[1]
    except BadFile as error:
        return [Problem(error.path, error.line, error.reason, error.hint)]


def interview(project: Project, interview_id: str) -> Interview:
    """The interview with this id. Raises :class:`UsageError` when there is none."""
    rows = read_interviews(project)
    for row in rows:
        if row.id == interview_id:
            return row
    from difflib import get_close_matches

    near = get_close_matches(interview_id, [row.id for row in rows], 1)
    hint = f"Did you mean {near[0]}?" if near else "Run `qualkit status` to see the interviews."
    raise UsageError(f"There is no interview {interview_id!r} in interviews.csv.", hint)


def write_interviews(project: Project, interviews: Iterable[Interview]) -> None:
    """Write all rows, atomically, in the manner of the file that is there.

    Delimiter, order of columns and byte-order mark stay; what was cp1252 becomes
    UTF-8 with a mark, which Excel reads. A cell that a spreadsheet would run as a
    formula gets an apostrophe in front, which reading takes off again. Raises
    :class:`UsageError` instead of writing what could not be read again.
    """
    rows = list(interviews)
    for row in rows:
        require_writable(row)
    delimiter, marked = ",", False
    header: tuple[str, ...] = COLUMNS
    if project.interviews.exists():
        table = _parse(project.interviews)
        delimiter, marked = table.delimiter, table.marked
        header = tuple(_key(name) for name in table.header if name)
    attributes = dict.fromkeys(name for row in rows for name in row.attributes)
    header = tuple(dict.fromkeys((*header, *(c for c in COLUMNS if c not in header), *attributes)))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(map(_guard, header))
    for row in rows:
        writer.writerow([_guard(_cell(row, name)) for name in header])
    write_bytes(project.interviews, out.getvalue().encode("utf-8-sig" if marked else "utf-8"))


def row_told(before: Interview | None, after: Interview | None) -> str:
    """How a row changes, for a person; empty when it does not."""
    if before is None or after is None:
        return "its row comes" if before is None else "its row goes"
    one, other = cells_of(before), cells_of(after)
    names = [name for name in {**one, **other} if one.get(name, "") != other.get(name, "")]
    return ", ".join(f"{name}: {one.get(name) or '–'} → {other.get(name) or '–'}" for name in names)


def cells_of(row: Interview) -> dict[str, str]:
    """A row as its cells, attributes among them."""
    return {column: _cell(row, column) for column in (*COLUMNS, *row.attributes)}


def require_writable(row: Interview) -> None:
    """Raises :class:`UsageError` for a row that, written, could not be read again."""
    _, faults = _row({column: _cell(row, column) for column in (*COLUMNS, *row.attributes)})
    for message, hint in faults:
        raise UsageError(f"{row.id}: {message}" if row.id else message, hint)
    if "\n" in "".join(_cell(row, column) for column in COLUMNS):
        raise UsageError("A cell of interviews.csv is one line.", "Take the line break out.")


def _cell(row: Interview, column: str) -> str:
    if column in COLUMNS:
        return str(getattr(row, column))
    return row.attributes.get(column, "")


def _guard(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _unguard(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _key(name: str) -> str:
    """A header cell as a column's name: the known ones whatever their case."""
    return name.lower() if name.lower() in COLUMNS else name


def _decode(path: Path, data: bytes) -> tuple[str, bool]:
    """Text, and whether a byte-order mark belongs in front of it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # what Excel calls "Unicode text"
        encodings = [("utf-16", True)]
    else:
        encodings = [("utf-8-sig", data.startswith(b"\xef\xbb\xbf")), ("cp1252", True)]
    for encoding, marked in encodings:
        try:
            return nfc(data.decode(encoding)), marked
        except UnicodeDecodeError:
            continue
    raise BadFile(path, "this is neither UTF-8 nor Windows text.", "Save it as CSV UTF-8 in the spreadsheet.")


def _parse(path: Path) -> _Table:
    return _table(path, read_bytes(path))


def _table(path: Path, data: bytes) -> _Table:
    text, marked = _decode(path, data)
    delimiter, skip = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    line = 1
    try:
        for cells in reader:
            stripped = tuple(_unguard(cell.strip()) for cell in cells)
            if any(stripped) and line > skip:
                rows.append((line, stripped))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFile(path, f"this row cannot be read: {error}.", "Check its quotes.", line) from None
    if not rows:
        raise BadFile(path, "there is no header row.", f"Its first row must be {','.join(COLUMNS)}.", 1)
    header_line, header = rows[0]
    return _Table(delimiter, marked, header, header_line, tuple(rows[1:]))


def _delimiter(text: str) -> tuple[str, int]:
    """The character between cells, told from the first line, and how many lines to skip (``sep=;``)."""
    lines = text.split("\n", 2)
    if declared := re.fullmatch(r"sep=([;,\t])", lines[0].strip(), re.IGNORECASE):
        return declared[1], 1
    first = next((line for line in text.split("\n") if line.strip(";,\t ")), "")
    first = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=first.count), 0


def _read(path: Path) -> tuple[list[Interview], list[Problem]]:
    return _rows(path, _parse(path))


def _rows(path: Path, table: _Table) -> tuple[list[Interview], list[Problem]]:
    problems: list[Problem] = []

    def problem(line: int, message: str, hint: str) -> None:
        problems.append(Problem(path, line, message, hint))

    header = tuple(_key(name) for name in table.header)
    if "id" not in header:
        problem(table.header_line, "there is no column id.", f"Its first row must be {','.join(COLUMNS)}.")
        return [], problems
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        problem(table.header_line, f"the column {name} stands twice.", "Rename one of them.")
    interviews: list[Interview] = []
    seen: dict[str, int] = {}
    for line, cells in table.rows:
        if any(cells[len(header) :]) or any(c for c, name in zip(cells, header, strict=False) if not name):
            problem(line, "there are more cells than columns.", "Give the column a name or empty the cell.")
        values = dict(zip(header, cells, strict=False))
        row, faults = _row(values)
        for message, hint in faults:
            problem(line, message, hint)
        same = unicodedata.normalize("NFC", row.id).casefold()
        if row.id and same in seen:
            problem(
                line, f"the id {row.id} stands on line {seen[same]} too.", "Give each interview its own id."
            )
        seen.setdefault(same, line)
        interviews.append(row)
    return interviews, problems


def _row(values: dict[str, str]) -> tuple[Interview, list[tuple[str, str]]]:
    faults: list[tuple[str, str]] = []
    get = values.get
    for name, value in values.items():
        if fault := fault_in_text(value):
            faults.append((f"{name or 'a cell'} {fault}.", "Type the cell again."))
    row_id = get("id", "")
    if not row_id:
        faults.append(("the row has no id.", "Write one in the column id, such as plant-01."))
    elif fault := fault_in_id(row_id):
        faults.append((f"the id {row_id!r} {fault}.", "Change it, and the names of its files with it."))
    day = iso_date(get("date", ""))
    if day is None:
        faults.append((f"{get('date', '')!r} is no date.", "Write 24.11.2026 or 2026-11-24."))
    language = get("language", "").lower()
    if language and not re.fullmatch("[a-z]{2,3}", language):
        faults.append((f"{language!r} is no language code.", "Write fi, sv or en."))
    consent = get("consent", "").lower()
    if consent not in CONSENTS:
        faults.append((f"consent {consent!r} is not known.", "Write quote or no-quote, or leave it empty."))
    count = get("speakers", "")
    speakers = int(count) if re.fullmatch("[0-9]{1,3}", count) else (-1 if count else 2)
    if not 0 <= speakers <= MAX_SPEAKERS:
        faults.append(
            (
                f"speakers is {count!r}.",
                f"Write how many people speak, 1 to {MAX_SPEAKERS}, or 0 to estimate.",
            )
        )
    recording = get("recording", "")
    if recording and (fault := fault_in_path(recording)):
        faults.append((f"recording {fault}.", "Write the name of a file in recordings/."))
    attributes = {name: value for name, value in values.items() if name and name not in COLUMNS}
    row = Interview(
        id=row_id,
        site=get("site", ""),
        date=day or "",
        language=language,
        role=get("role", ""),
        interviewer=get("interviewer", ""),
        consent=consent,
        speakers=speakers,
        recording=recording,
        attributes=attributes,
    )
    return row, faults


_DATES: Sequence[tuple[re.Pattern[str], tuple[int, int, int]]] = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?: .*)?"), (3, 2, 1)),
)


def iso_date(text: str) -> str | None:
    """A date as Finnish and Swedish spreadsheets write it, in ISO 8601; None when it is none.

    Slashes are refused: 3/4/2026 is two different days on the two sides of an ocean.
    """
    text = text.strip()
    if not text:
        return ""
    for pattern, (year, month, day) in _DATES:
        if found := pattern.fullmatch(text):
            try:
                return date(int(found[year]), int(found[month]), int(found[day])).isoformat()
            except ValueError:
                return None
    return None
