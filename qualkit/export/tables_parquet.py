"""The tables as Parquet, for pandas, Polars, DuckDB and R. Texts are verbatim: no program runs them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from qualkit.export.tables import Sheet, tables

if TYPE_CHECKING:
    from qualkit.export.kit import Kit


def files(kit: Kit) -> dict[str, bytes]:
    """``tables/NAME.parquet``."""
    return {f"tables/{sheet.name}.parquet": _written(sheet) for sheet in tables(kit.report)}


def _written(sheet: Sheet) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: list[Any] = list(zip(*sheet.rows, strict=True)) or [()] * len(sheet.columns)
    arrays = [pa.array(column, _type(column)) for column in columns]
    target = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(sheet.columns)), target, compression="zstd")
    return target.getvalue()


def _type(column: tuple[Any, ...]) -> Any:
    """The type that a column's values have; text when it has none, so that empty tables join too."""
    import pyarrow as pa

    kinds = {type(value) for value in column if value is not None}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    if kinds and kinds <= {int, float}:
        return pa.float64()
    return pa.string()
