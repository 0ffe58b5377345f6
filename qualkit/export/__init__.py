"""One writer a format; all render the same frozen Report. To add one, see docs/exports.md."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from qualkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qualkit.export.kit import Kit
    from qualkit.report import Report

WRITERS = {
    "md": "markdown",
    "html": "html",
    "json": "json",
    "docx": "word",
    "pdf": "pdf",
    "pptx": "cards",
    "xlsx": "excel",
    "csv": "tables_csv",
    "csv-fi": "tables_csv_fi",
    "parquet": "tables_parquet",
    "charts": "chart_files",
}
"""Format → the module of this package whose ``render(kit)`` gives its files."""
PLAIN = ("md", "html", "json")
"""The formats that need no further library."""


def render(kit: Kit, name: str) -> Mapping[str, bytes]:
    """File name (with ``/`` for a folder) → content, of one format."""
    module = importlib.import_module(f"qualkit.export.{WRITERS[name]}")
    files: Mapping[str, bytes] = module.files(kit)
    return files


def write_report(
    report: Report, folder: Path, formats: Sequence[str] = PLAIN, *, template: Path | None = None
) -> tuple[Path, ...]:
    """Write the report in each format into ``folder`` and return the files, whole or not at all.

    ``template`` is a Word file whose styles the DOCX takes. Raises UsageError for a
    format that has no writer, QualkitError when the disk refuses.
    """
    from qualkit.export.kit import Kit
    from qualkit.files.atomic import write_bytes

    unknown = [name for name in formats if name not in WRITERS]
    if unknown:
        raise UsageError(f"No writer for {', '.join(unknown)}.", f"There are: {', '.join(WRITERS)}.")
    kit = Kit(report, template)
    made = {folder / path: data for name in formats for path, data in render(kit, name).items()}
    for path, data in made.items():
        write_bytes(path, data)
    return tuple(made)
