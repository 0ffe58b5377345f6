"""SQLite databases from outside, read only and with distrust: nothing is run that the file brings along."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.files.archive import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"SQLite format 3\0"

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)")
_ASK = "Ask for a fresh copy of the project."


class Tables:
    """The tables of an open database. Columns that a version of the tool does not have read as None."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        self.names = frozenset(str(name).lower() for (name,) in found)

    def rows(self, table: str, *columns: str) -> list[dict[str, Any]]:
        """The rows of a table in their order, with these columns; none when there is no such table."""
        if table not in self.names:
            return []
        known = {str(row[1]).lower() for row in self._connection.execute(f'PRAGMA table_info("{table}")')}
        wanted = [column for column in columns if column in known]
        if not wanted:
            return []
        listed = ", ".join(f'"{column}"' for column in wanted)
        # The names are ours; the file only says which of them exist.
        found = self._connection.execute(f'SELECT {listed} FROM "{table}" ORDER BY rowid')  # noqa: S608
        empty = dict.fromkeys(columns)
        return [empty | dict(zip(wanted, row, strict=True)) for row in found]


def is_database(path: Path) -> bool:
    """Whether a file begins as SQLite databases do."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


@contextmanager
def tables(path: Path) -> Iterator[Tables]:
    """The tables of the database at ``path``, which is not changed, not even by a lock.

    Raises :class:`BadFile` for what is no database, is damaged, or is open in the
    other tool with changes that are not in the file yet.
    """
    if not path.is_file():
        raise BadFile(path, "there is no such file.", "Check the name.")
    if not is_database(path):
        raise BadFile(path, "this is no SQLite database.", "Name the project file that the other tool saved.")
    for suffix in ("-wal", "-journal"):
        beside = path.with_name(path.name + suffix)
        if beside.is_file() and beside.stat().st_size:
            raise BadFile(path, f"changes of it stand in {beside.name}.", "Close it in the other tool first.")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        with closing(connection):
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_TEXT)
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
                connection.execute(f"PRAGMA {pragma}")
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise BadFile(path, "the database is damaged.", _ASK)
            yield Tables(path, connection)
    except sqlite3.Error:
        raise BadFile(path, "the database is damaged.", _ASK) from None


def text(value: Any) -> str:
    """A cell as text; empty for NULL and for what is no text."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) else ""


def number(value: Any) -> int | None:
    """A cell as a whole number; None for anything else."""
    return value if isinstance(value, int) else None


def moment(value: Any) -> str:
    """A cell that holds a time, as ISO 8601; empty when it holds none."""
    found = _TIME.match(text(value))
    return f"{found[1]}T{found[2]}Z" if found else ""
