"""Rows put into the sheets of a workbook that XlsxWriter made without them.

XlsxWriter makes the workbook and each sheet's formats, widths, panes and filters.
A row of cells is made here as one string of SpreadsheetML (ECMA-376, part 1, 18.3),
the same to the byte in a fourth of the time: 50,000 quotes are over a million cells.
A sheet comes with a stand-in: one row of empty cells in the place of the last one,
which tells each column's style and that the sheet goes that far.
"""

from __future__ import annotations

import io
import re
import zipfile
from functools import lru_cache
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING

from qualkit.export.kit import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qualkit.export.tables import Sheet, Value

LONGEST = 32_767
"""Characters an Excel cell holds; one beyond the Basic Multilingual Plane counts as two."""
LINE = 15
"""Points of a line of text."""
TALLEST = 405
"""Points: Excel's highest row."""
_STAND_IN = re.compile(rb'<row r="\d+">((?:<c r="[A-Z]+\d+" s="\d+"/>)+)</row>(?=</sheetData>)')
_STYLE = re.compile(rb'<c r="([A-Z]+)\d+" s="(\d+)"/>')
_ESCAPED = re.compile(r"_x[0-9a-fA-F]{4}_")
"""What Excel would read as one character."""
_AT_ONCE = 500
"""Rows that are compressed together."""


def filled(book: bytes, sheets: Mapping[str, tuple[Sheet, Mapping[int, int]]]) -> bytes:
    """The workbook with its rows.

    ``sheets``: name inside the file → its table, and the columns whose texts go on to a next line
    with their width in characters.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            sheet, across = sheets.get(entry.filename, (None, {}))
            with new.open(entry, "w") as out:
                if sheet is None or not sheet.rows:
                    out.write(data)
                    continue
                place = _STAND_IN.search(data)
                if place is None:
                    raise ValueError(f"{entry.filename} holds no row that stands in for its rows")
                out.write(data[: place.start()])
                rows = _rows(sheet.rows, _STYLE.findall(place[1]), across)
                while some := "".join(islice(rows, _AT_ONCE)):
                    out.write(some.encode("utf-8"))
                out.write(data[place.end() :])
    return target.getvalue()


def _rows(
    rows: Iterable[tuple[Value, ...]], styles: Iterable[tuple[bytes, bytes]], across: Mapping[int, int]
) -> Iterator[str]:
    """``<row>`` elements from the second row on. ``styles``: each column's letters and style."""
    columns = [(f'<c r="{name.decode()}', f'" s="{style.decode()}"') for name, style in styles]
    for y, row in enumerate(rows, 2):
        cells = []
        for value, (begin, style) in zip(row, columns, strict=True):
            if value is None:
                continue
            if isinstance(value, str):
                cells.append(f'{begin}{y}{style} t="inlineStr"><is><t{_inside(value)}</t></is></c>')
            elif isinstance(value, bool):
                cells.append(f'{begin}{y}{style} t="b"><v>{value:d}</v></c>')
            elif isfinite(value):
                cells.append(f"{begin}{y}{style}><v>{value:.16G}</v></c>")
        # Not every program gives a wrapped text its height by itself.
        lines = max(
            (lines_of(said, w) for x, w in across.items() if isinstance(said := row[x], str)), default=1
        )
        height = f' ht="{min(TALLEST, LINE * lines)}" customHeight="1"' if lines > 1 else ""
        yield f'<row r="{y}"{height}>{"".join(cells)}</row>'


@lru_cache(maxsize=4096)
def lines_of(text: str, wide: int) -> int:
    """How many lines a text takes in a column so many characters wide; words break some of them early."""
    return sum(1 + len(line) * 11 // (10 * wide) for line in text.split("\n"))


def kept(text: str) -> str:
    """Text that Excel keeps as it is: control characters shown, no longer than a cell holds."""
    shown = visible(text)
    if len(shown) <= LONGEST // 2:  # even if each counts as two
        return shown
    units = shown.encode("utf-16-le")
    if len(units) <= 2 * LONGEST:
        return shown
    return units[: 2 * LONGEST - 2].decode("utf-16-le", "ignore") + "…"


@lru_cache(maxsize=4096)
def _inside(text: str) -> str:
    """What stands between ``<t`` and ``</t>`` for a text."""
    shown = _ESCAPED.sub(r"_x005F\g<0>", kept(text)).replace("\r", "_x000D_")
    spaced = shown[:1].isspace() or shown[-1:].isspace()
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f' xml:space="preserve">{shown}' if spaced else f">{shown}"
