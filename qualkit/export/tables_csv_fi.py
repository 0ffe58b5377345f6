"""The tables as CSV for a Finnish or Swedish Excel: semicolons, decimal commas, a byte-order mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.export.tables import tables
from qualkit.export.tables_csv import written

if TYPE_CHECKING:
    from qualkit.export.kit import Kit


def files(kit: Kit) -> dict[str, bytes]:
    """``tables-fi/NAME.csv``."""
    return {f"tables-fi/{s.name}.csv": written(s, ";", ",").encode("utf-8-sig") for s in tables(kit.report)}
