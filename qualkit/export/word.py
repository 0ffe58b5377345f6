"""The report as a Word document: real styles, a table of contents, numbered captions, the user's template."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.export.blocks import Bullets, Figure, Heading, Pair, Para, Quoted, Table
from qualkit.export.kit import repacked, visible
from qualkit.export.story import story
from qualkit.export.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qualkit.export.blocks import Block, Square
    from qualkit.export.kit import Kit
    from qualkit.themes.passages import Passage

QUOTE, SOURCE, CAUTION = "Quote", "Quote Source", "Caution"
MEASURED = 200
"""Rows looked at for the width of columns."""
FILLS = {"good": "E3EFE0", "adequate": "F3DD9B", "poor": "DD9145", "critical": "8C2D19"}


def files(kit: Kit) -> dict[str, bytes]:
    """``report.docx``."""
    return {"report.docx": _Writer(kit).written()}


class _Writer:
    """One document on its way."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.report = kit.report
        self.w: Words = words(kit.report.language)
        self.document: Any = _opened(kit.template)
        self.numbers = {"table": 0, "figure": 0}
        self.marks = 0

    def written(self) -> bytes:
        document = self.document
        _styles(document)
        core = document.core_properties
        core.title = visible(self.report.title)[:250]
        core.author, core.last_modified_by, core.comments = "", "", f"Qualkit {self.report.method.version}"
        core.language = self.w.language
        core.created = core.modified = dt.datetime(2000, 1, 1)  # noqa: DTZ001
        document.add_paragraph(visible(self.report.title), style="Title")
        date = self.w("Qualitative situational picture, {date}", date=self.w.date(self.report.date))
        document.add_paragraph(date, style="Subtitle")
        blocks = list(story(self.report, self.w))
        # The first page answers; the contents follow it.
        for block in blocks:
            if isinstance(block, Heading) and block.anchor == "picture":
                self._contents()
            self._block(block)
        self._footer()
        target = io.BytesIO()
        document.save(target)
        return repacked(target.getvalue())

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                paragraph = self.document.add_heading(visible(block.text), level=block.level)
                if block.anchor:
                    self._bookmark(paragraph, f"part_{self.marks}")
            case Para():
                style = CAUTION if block.kind == "caution" else None
                paragraph = self.document.add_paragraph(visible(block.text), style=style)
                if block.kind == "note":
                    _soft(paragraph)
            case Bullets():
                for item in block.items:
                    self.document.add_paragraph(visible(item), style="List Bullet")
            case Table():
                self._table(block)
            case Quoted():
                self._quote(block.passage)
            case Pair():
                self._pair(block)
            case Figure():
                self._figure(block)

    def _quote(self, passage: Passage, into: Any = None) -> None:
        place = into or self.document
        paragraph = place.add_paragraph(style=QUOTE)
        run = paragraph.add_run(visible(passage.quote))
        _language(run, passage.language)
        site = self.report.site_names.get(passage.site, passage.site)
        mark = "" if passage.by_person else " · ◇"
        source = f"{self.w.place(passage)} · {site}{mark} · {self.w.trail(passage)}"
        place.add_paragraph(visible(source), style=SOURCE)

    def _pair(self, pair: Pair) -> None:
        table = self.document.add_table(rows=1, cols=2)
        for cell, passage in zip(table.rows[0].cells, (pair.well, pair.ill), strict=True):
            self._quote(passage, cell)
            first = cell.paragraphs[0]._p
            first.getparent().remove(first)

    def _table(self, block: Table) -> None:
        self._caption("table", self.w("Table"), block.caption)
        table = self.document.add_table(rows=1, cols=len(block.header))
        table.style = "Table Grid" if "Table Grid" in [s.name for s in self.document.styles] else None
        size = 8 if len(block.header) > 5 else 9
        widths = _widths(block, self.document.sections[-1])
        table.autofit = False
        _row(table.rows[0], [(text, "head", False) for text in block.header], size)
        _repeated(table.rows[0])
        for row in block.rows:
            _row(table.add_row(), _cells(row), size)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
            for cell in column.cells if len(block.rows) < MEASURED else ():
                cell.width = width
        self.document.add_paragraph()

    def _figure(self, block: Figure) -> None:
        chart = self.kit.charts.get(block.name)
        if chart is None:
            return
        from docx.shared import Cm

        section = self.document.sections[-1]
        width = min(Cm(16), section.page_width - section.left_margin - section.right_margin)
        shape = self.document.add_picture(io.BytesIO(chart.png), width=width)
        properties = shape._inline.docPr
        properties.set("descr", visible(chart.alt))
        properties.set("name", block.name)
        self._caption("figure", self.w("Figure"), block.caption)

    def _caption(self, kind: str, label: str, text: str) -> None:
        self.numbers[kind] += 1
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.add_run(f"{label} ")
        _field(
            paragraph, f"SEQ {'Table' if kind == 'table' else 'Figure'} \\* ARABIC", str(self.numbers[kind])
        )
        paragraph.add_run(f". {visible(text)}")
        if kind == "table":
            paragraph.paragraph_format.keep_with_next = True

    def _contents(self) -> None:
        """A real table of contents: Word and LibreOffice fill in the page numbers when asked to update."""
        from docx.enum.text import WD_BREAK

        paragraph = self.document.add_paragraph()
        paragraph.add_run().add_break(WD_BREAK.PAGE)
        self.document.add_paragraph(self.w("Contents"), style="TOC Heading")
        listed = self.document.add_paragraph()
        hint = self.w("Right-click and choose Update Field to fill the contents.")
        _field(listed, 'TOC \\o "1-2" \\h \\z \\u', hint)

    def _bookmark(self, paragraph: Any, name: str) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = OxmlElement(tag)
            mark.set(qn("w:id"), str(self.marks))
            if tag == "w:bookmarkStart":
                mark.set(qn("w:name"), name)
            paragraph._p.append(mark)
        self.marks += 1

    def _footer(self) -> None:
        paragraph = self.document.sections[-1].footer.paragraphs[0]
        if paragraph.text:
            return
        if self.report.method.suggestions:
            paragraph.add_run(self.w("◇ machine suggestions are counted, undecided") + "   ")
        _field(paragraph, "PAGE", "1")


def _opened(template: Path | None) -> Any:
    import docx

    if template is None:
        return docx.Document()
    try:
        document = docx.Document(str(template))
    except Exception as error:  # whatever a broken zip or a foreign file raises
        raise BadFile(template, "this is no Word document (.docx).", "Save it again from Word.") from error
    body = document.element.body
    for child in list(body):  # the template's styles, header and footer stay; its text does not
        if not child.tag.endswith("}sectPr"):
            body.remove(child)
    return document


def _styles(document: Any) -> None:
    """The styles that are needed and that the template does not have."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Cm, Pt, RGBColor

    have = {style.name for style in document.styles}

    def add(name: str, size: int, color: str, indent: float = 0.0, *, bold: bool = False) -> None:
        if name in have:
            return
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        style.font.size = Pt(size)
        style.font.bold = bold
        style.font.color.rgb = RGBColor.from_string(color)
        style.paragraph_format.left_indent = Cm(indent)

    add("Title", 22, "1D2530", bold=True)
    add("Subtitle", 12, "566170")
    for level, size in ((1, 16), (2, 13), (3, 11)):
        add(f"Heading {level}", size, "1D2530", bold=True)
    add("List Bullet", 11, "1D2530", 0.6)
    add("Caption", 9, "566170")
    add(QUOTE, 11, "1D2530", 0.8)
    add(SOURCE, 9, "566170", 0.8)
    add(CAUTION, 11, "B3541E", bold=True)
    add("TOC Heading", 16, "1D2530", bold=True)
    document.styles[QUOTE].paragraph_format.keep_with_next = True
    for style in document.styles:  # the default's blue-grey italics do not suit quotes that are read closely
        if style.name == QUOTE and QUOTE in have:
            style.font.italic = False
            style.paragraph_format.left_indent = Cm(0.8)


def _field(paragraph: Any, instruction: str, shown: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    def part(kind: str) -> None:
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        paragraph.add_run()._r.append(mark)

    part("begin")
    text = OxmlElement("w:instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {instruction} "
    paragraph.add_run()._r.append(text)
    part("separate")
    paragraph.add_run(shown)
    part("end")


def _language(run: Any, language: str) -> None:
    """So that Word's spelling check reads a quote in the language it was spoken in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement("w:lang")
    mark.set(qn("w:val"), {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}.get(language, "en-GB"))
    run._r.get_or_add_rPr().append(mark)


def _soft(paragraph: Any) -> None:
    from docx.shared import Pt, RGBColor

    for run in paragraph.runs:
        run.font.size = Pt(9.5)
        run.font.color.rgb = RGBColor(0x39, 0x43, 0x4F)


def _widths(block: Table, section: Any) -> list[int]:
    """The page's width shared among columns by the length of what they hold, words whole where that fits."""
    room = section.page_width - section.left_margin - section.right_margin
    columns = list(zip(block.header, *([c.text for c in r] for r in block.rows[:MEASURED]), strict=True))
    words = [max((len(word) for text in column for word in text.split()), default=1) for column in columns]
    lines = [max(map(len, column)) for column in columns]
    weights = [max(5.5, word + 1.5, min(line, 40) * 0.6) for word, line in zip(words, lines, strict=True)]
    if block.grid:
        weights = [26.0, *([max(8.0, sum(weights[1:]) / max(1, len(weights) - 1))] * (len(weights) - 1))]
    return [int(room * weight / sum(weights)) for weight in weights]


def _cells(row: Sequence[Square]) -> list[tuple[str, str, bool]]:
    return [(square.text, square.kind, square.proposed) for square in row]


def _row(row: Any, cells: Sequence[tuple[str, str, bool]], size: int) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    for cell, (text, kind, proposed) in zip(row.cells, cells, strict=True):
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(visible(text))
        run.font.size = Pt(size)
        run.font.bold = kind in {"head", "dim", "critical", "gap"}
        run.font.italic = proposed
        if kind == "critical":
            run.font.color.rgb = RGBColor(0xFF, 0xFF, 0xFF)
        if kind == "number":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if kind in FILLS:
            _fill(cell, FILLS[kind])


def _fill(cell: Any, color: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), color)
    cell._tc.get_or_add_tcPr().append(shade)


def _repeated(row: Any) -> None:
    """The header row comes again on every page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
