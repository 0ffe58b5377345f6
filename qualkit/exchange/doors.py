"""Which door a file of another tool comes in by: told by what is in it, not by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.exchange.sqlite import is_database, tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qualkit.exchange.incoming import Incoming

KNOWN = (
    "Known are REFI-QDA (.qdpx, .qdc), Taguette (.sqlite3), QualCoder (.qda), qualitative-coding (its "
    "folder), and CSV or XLSX with codes or coded segments."
)


def read_any(
    path: Path,
    columns: Mapping[str, str] | None = None,
    *,
    texts: Path | None = None,
    pick: str = "",
    language: str = "fi",
) -> Incoming:
    """What a file or folder of another tool holds.

    ``columns``: field → column of a table, where the header does not tell.
    ``texts``: folder with the texts that a table of segments is about. ``pick``: the
    project, where a database holds several. ``language``: of columns that do not
    tell theirs. Raises :class:`BadFile` for what no door knows, and
    :class:`UsageError` for an option that the file has no use for.
    """
    if not path.exists():
        raise BadFile(path, "there is no such file.", "Check the name.")
    head = _head(path)
    table = not (path.is_dir() or is_database(path) or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"))
    table = table and not (head.startswith(b"PK") and _is_refi(path))
    if (columns or texts) and not table:
        raise UsageError("--map and --texts are for tables.", f"{path} is something else.")
    if table and path.name != "settings.yaml":
        return _table(path, columns or {}, texts, language)
    return _project(path, pick)


def _project(path: Path, pick: str) -> Incoming:
    if path.is_dir() or path.name == "settings.yaml":
        from qualkit.exchange.qc import read_qc
        from qualkit.exchange.qualcoder import read_qualcoder

        if (path / "data.qda").is_file():
            return read_qualcoder(path)
        if path.is_dir() and not (path / "settings.yaml").is_file():
            raise BadFile(path, "no project of another tool is in this folder.", KNOWN)
        return read_qc(path)
    if is_database(path):
        return _database(path, pick)
    from qualkit.exchange.refi_read import read_qdc, read_refi

    return read_refi(path) if _head(path).startswith(b"PK") else read_qdc(path)


def _database(path: Path, pick: str) -> Incoming:
    from qualkit.exchange import qualcoder, taguette

    with tables(path) as found:
        names = found.names
    if names >= taguette.NEEDED:
        return taguette.read_taguette(path, pick)
    if names >= qualcoder.NEEDED:
        folder = path.parent if path.name == "data.qda" else path
        return qualcoder.read_qualcoder(folder)
    if "coded_line" in names and (path.parent / "settings.yaml").is_file():
        from qualkit.exchange.qc import read_qc

        return read_qc(path.parent)
    raise BadFile(path, "this database is of no tool that Qualkit knows.", KNOWN)


def _table(path: Path, columns: Mapping[str, str], texts: Path | None, language: str) -> Incoming:
    from qualkit.exchange.codebook_table import has_codes, read_codebook_table
    from qualkit.exchange.grid import read_grid
    from qualkit.exchange.segments_table import has_segments, read_segments_table

    grid = read_grid(path)
    if has_segments(grid, columns):
        return read_segments_table(grid, columns, texts)
    if texts is not None:
        raise UsageError("--texts is for a table of coded segments.", "Say with --map which columns it has.")
    if has_codes(grid, columns):
        return read_codebook_table(grid, columns, language)
    told = ", ".join(name for name in grid.header if name)[:200]
    raise BadFile(
        path, f"no column is known among {told}.", "Say which is which: --map id=Code,name.fi=Nimi."
    )


def _head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(512)
    except OSError as error:
        raise BadFile(path, f"{error.strerror or error}.", "Check its permissions.") from None


def _is_refi(path: Path) -> bool:
    """Whether an archive is no Excel workbook; the REFI-QDA reader says what is wrong with any other."""
    from qualkit.files.archive import opened

    with opened(path) as archive:
        return "xl/workbook.xml" not in archive
