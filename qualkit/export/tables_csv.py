"""The tables as CSV: UTF-8, commas, decimal points; nothing in it runs as a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from qualkit.export.kit import cell
from qualkit.export.tables import Sheet, Value, tables

if TYPE_CHECKING:
    from qualkit.export.kit import Kit


def files(kit: Kit) -> dict[str, bytes]:
    """``tables/NAME.csv``."""
    return {f"tables/{s.name}.csv": written(s).encode("utf-8") for s in tables(kit.report)}


def written(sheet: Sheet, delimiter: str = ",", decimal: str = ".") -> str:
    """One table as CSV text."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(sheet.columns)
    writer.writerows([_text(value, decimal) for value in row] for row in sheet.rows)
    return target.getvalue()


def _text(value: Value, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:.6g}".replace(".", decimal)
    return cell(value) if isinstance(value, str) else str(value)
