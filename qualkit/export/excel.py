"""The report as an Excel workbook: one row a quote, the matrices, a 0/1 sheet, the codebook."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from qualkit.export import front, sections
from qualkit.export.excel_rows import LINE, filled, kept, lines_of
from qualkit.export.front import Numbers
from qualkit.export.segments import READ, segments
from qualkit.export.tables import Sheet, tables
from qualkit.export.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.export.kit import Kit
    from qualkit.report import Report

WIDTHS = {
    "Document group": 24, "Document name": 16, "Code": 34, "Beginning": 10, "End": 8, "Weight score": 8,
    "Segment": 80, "Modified by": 22, "Modified on": 12, "Area": 8, "Coverage %": 9, "ID": 15,
    "quote": 90, "id": 16, "code_name": 30, "site_name": 28, "status_reason": 50, "interview": 18,
}  # fmt: skip
NARROW = 14
"""Characters of a column that is not named."""
WRAPPED = ("Segment", "quote", "Code", "Modified by")
"""Columns whose texts go on to a next line."""
FILLS = {"good": "#E3EFE0", "adequate": "#F3DD9B", "poor": "#DD9145", "critical": "#8C2D19"}


def files(kit: Kit) -> dict[str, bytes]:
    """``report.xlsx``."""
    return {"report.xlsx": _written(kit.report)}


def _written(report: Report) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    # Texts are written as texts: no formula, no link and no number is made of them.
    options = {
        "constant_memory": True,  # texts stand in their cells, as in the rows put in afterwards
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    book.set_properties(
        {"title": report.title[:250], "created": dt.datetime(2000, 1, 1), "comments": "Qualkit"}  # noqa: DTZ001
    )
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    w = words(report.language)
    _grid(book, report, w, bold)
    formats = (bold, wrapped, book.add_format({"valign": "top"}))
    sheets = {}
    for n, sheet in enumerate(tables(report, segments), 2):
        across = {x: WIDTHS[name] for x, name in enumerate(sheet.columns) if name in WRAPPED}
        _sheet(book, sheet, across, formats, front.mark(report, w))
        sheets[f"xl/worksheets/sheet{n}.xml"] = (sheet, across)
    book.close()
    return filled(target.getvalue(), sheets)


def _grid(book: Any, report: Report, w: Words, bold: Any) -> None:
    """The picture as people read it, first in the workbook, with the warning over it."""
    page = book.add_worksheet("report")
    fills = {
        kind: book.add_format(
            {
                "bg_color": color,
                "font_color": "#FFFFFF" if kind == "critical" else "#1D2530",
                "align": "center",
            }
        )
        for kind, color in FILLS.items()
    }
    centre = book.add_format({"align": "center"})
    page.write_string(0, 0, _plain(report.title), book.add_format({"bold": True, "font_size": 14}))
    at = 1
    heading = book.add_format({"bold": True, "font_size": 12})
    numbers = Numbers(report)
    for line in front.opening(report, w):
        page.write_string(at, 0, _plain(line))
        at += 1
    for title, lines in (
        (w("Where the state is worst"), front.worst_lines(report, w, numbers)),
        (w("What should be done together"), front.together_lines(report, w, numbers)),
    ):
        if lines:
            page.write_string(at + 1, 0, title, heading)
            at += 2
        for para in lines:
            page.write_string(at, 0, _plain(para.text))
            at += 1
    page.write_string(at + 1, 0, w("The situational picture"), heading)
    at += 2
    for x, site in enumerate(report.picture.sites, 1):
        page.write_string(at, x, _plain(site.name), bold)
    for _, name, cells in sections.grid(report, w):
        at += 1
        page.write_string(at, 0, _plain(name))
        for x, square in enumerate(cells, 1):
            page.write_string(at, x, _plain(square.text), fills.get(square.kind, centre))
    page.set_column(0, 0, 44)
    page.set_column(1, max(1, len(report.picture.sites)), 24)
    _printing(page, front.mark(report, w))


def _plain(text: str) -> str:
    """Text for XlsxWriter, which would take what looks like its own rich text for mark-up."""
    shown = kept(text)
    return f"{shown} " if shown.startswith("<r>") and shown.endswith("</r>") else shown


def _printing(page: Any, mark: str) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    # Excel reads & as a command in a footer.
    page.set_footer("&L" + kept(mark).replace("&", "&&")[:200] + "&R&P / &N")


def _sheet(
    book: Any, sheet: Sheet, across: Mapping[int, int], formats: tuple[Any, Any, Any], mark: str
) -> None:
    """A sheet without its rows, which :func:`filled` brings."""
    bold, wrapped, top = formats
    page = book.add_worksheet(sheet.name)
    for x, name in enumerate(sheet.columns):
        page.write_string(0, x, name, bold)
        page.set_column(x, x, WIDTHS.get(name, NARROW))
    # Not every program gives a wrapped text its height by itself.
    page.set_row(0, LINE * max(lines_of(name, WIDTHS.get(name, NARROW)) for name in sheet.columns))
    if sheet.rows:
        for x in range(len(sheet.columns)):
            page.write_blank(len(sheet.rows), x, None, wrapped if x in across else top)
    page.freeze_panes(1, 1)
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)
    _printing(page, mark)
    page.repeat_rows(0)
    if sheet.columns[: len(READ)] == READ:  # what lies behind the quotes is for machines
        page.print_area(0, 0, len(sheet.rows), len(READ) - 1)
