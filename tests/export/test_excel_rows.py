"""Rows made as strings are what XlsxWriter makes of the same values, and what a reader reads back."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter

from qualkit.export.excel_rows import LINE, LONGEST, TALLEST, filled, kept, lines_of
from qualkit.export.tables import Sheet

if TYPE_CHECKING:
    from qualkit.export.tables import Value

ODD = (
    "=HYPERLINK(1)", "+1", "-1", "@A1", "\tx", " ahead", "behind ", "one\ntwo\n", "\n", "a\rb", "_x0041_",
    "_x004_", "<b> & \"c\" 'd' ]]>", "&amp;", "<r>rich", "ääkköset 🏭", "", "1,5", "\x07\u202e\ud800",
    "\u2003w", "x" * 700,
)  # fmt: skip
FIGURES = (0, 1, -7, 10**12, 0.1, 1 / 3, 1e-7, 1e22, -0.0, True, False, None)
ACROSS = {2: 20}


def sheet() -> Sheet:
    rows: list[tuple[Value, ...]]
    rows = [(text, FIGURES[n % len(FIGURES)], text, None) for n, text in enumerate(ODD)]
    rows += [("plain", figure, None, figure) for figure in FIGURES]
    return Sheet("odd", ("text", "figure", "wrapped", "last"), (*rows, *rows[:1] * 1200))


def workbook(table: Sheet, *, rows: bool) -> bytes:
    """The sheet with a stand-in, or as XlsxWriter writes its rows cell by cell."""
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001
    top, wrapped = book.add_format({"valign": "top"}), book.add_format({"text_wrap": True})
    page = book.add_worksheet(table.name)
    for x, name in enumerate(table.columns):
        page.write_string(0, x, name, top)
    if not rows and table.rows:
        for x in range(len(table.columns)):
            page.write_blank(len(table.rows), x, None, wrapped if x in ACROSS else top)
    for y, row in enumerate(table.rows if rows else (), 1):
        lines = max((lines_of(v, w) for x, w in ACROSS.items() if isinstance(v := row[x], str)), default=1)
        if lines > 1:
            page.set_row(y, min(TALLEST, LINE * lines))
        for x, value in enumerate(row):
            form = wrapped if x in ACROSS else top
            if isinstance(value, str):
                page.write_string(y, x, kept(value), form)
            elif isinstance(value, bool):
                page.write_boolean(y, x, value, form)
            elif value is not None:
                page.write_number(y, x, value, form)
    page.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    book.close()
    return target.getvalue()


def read(data: bytes) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [*book["odd"].iter_rows(values_only=True)]


NAME = "xl/worksheets/sheet1.xml"


def test_the_same_bytes_as_xlsxwriter_cell_by_cell() -> None:
    table = sheet()
    ours = filled(workbook(table, rows=False), {NAME: (table, ACROSS)})
    theirs = workbook(table, rows=True)
    with zipfile.ZipFile(io.BytesIO(ours)) as one, zipfile.ZipFile(io.BytesIO(theirs)) as other:
        assert one.namelist() == other.namelist()
        for name in one.namelist():
            assert one.read(name) == other.read(name), name


@pytest.mark.parametrize("text", ["<r>a & b</r>", "<r></is></c><c t='str'><f>1+1</f></c></r>"])
def test_nothing_that_was_said_becomes_mark_up(text: str) -> None:
    table = Sheet("odd", ("text", "figure", "wrapped", "last"), ((text, 1, text, None),))
    _, row = read(filled(workbook(table, rows=False), {NAME: (table, ACROSS)}))
    assert row == (text, 1, text, None)


def test_an_empty_table_and_what_is_no_number() -> None:
    empty = Sheet("odd", ("text", "figure", "wrapped", "last"), ())
    assert read(filled(workbook(empty, rows=False), {NAME: (empty, ACROSS)})) == [empty.columns]
    table = Sheet("odd", empty.columns, (("a", float("nan"), None, float("inf")),))
    _, row = read(filled(workbook(table, rows=False), {NAME: (table, ACROSS)}))
    assert row == ("a", None, None, None)


def test_a_sheet_without_a_stand_in_is_said() -> None:
    table = sheet()
    with pytest.raises(ValueError, match="stands in"):
        filled(workbook(table, rows=True), {NAME: (table, ACROSS)})


def test_a_cell_holds_so_much_and_shows_where_it_is_cut() -> None:
    assert kept("a" * LONGEST) == "a" * LONGEST
    assert kept("a" * (LONGEST + 1)) == "a" * (LONGEST - 1) + "…"
    assert kept("🏭" * 16_000) == "🏭" * 16_000
    assert kept("🏭" * 20_000) == "🏭" * 16_383 + "…"
