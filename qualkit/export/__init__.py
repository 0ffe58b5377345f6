"""One writer a format; all render the same frozen Report. To add one, see docs/exports.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from qualkit.report import Report


def _markdown(report: Report) -> str:
    from qualkit.export.markdown import render

    return render(report)


def _html(report: Report) -> str:
    from qualkit.export.html import render

    return render(report)


def _json(report: Report) -> str:
    from qualkit.export.json import render

    return render(report)


WRITERS: dict[str, tuple[str, Callable[[Report], str]]] = {
    "md": ("report.md", _markdown),
    "html": ("report.html", _html),
    "json": ("report.json", _json),
}
"""Format → file name and writer."""


def write_report(report: Report, folder: Path, formats: Sequence[str] = tuple(WRITERS)) -> tuple[Path, ...]:
    """Write the report in each format into ``folder`` and return the files, whole or not at all.

    Raises UsageError for a format that has no writer, QualkitError when the disk refuses.
    """
    from qualkit.files.atomic import write_text

    unknown = [name for name in formats if name not in WRITERS]
    if unknown:
        raise UsageError(f"No writer for {', '.join(unknown)}.", f"There are: {', '.join(WRITERS)}.")
    texts = [(folder / WRITERS[name][0], WRITERS[name][1](report)) for name in formats]
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in texts:
        write_text(path, text)
    return tuple(path for path, _ in texts)
