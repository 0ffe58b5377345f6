"""The report as a Word document: real styles, a table of contents, numbered captions, the user's template."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.export import front
from qualkit.export.blocks import Bullets, Figure, Heading, Pair, Para, Quoted, Table
from qualkit.export.kit import repacked, visible
from qualkit.export.story import story
from qualkit.export.word_fields import Marks, contents, element, field, keep_row, repeated
from qualkit.export.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qualkit.export.blocks import Block, Evidence, Square
    from qualkit.export.kit import Kit

QUOTE, SOURCE, CAUTION = "Quote", "Quote Source", "Caution"
MEASURED = 200
"""Rows looked at for the width of columns."""
BOLD = 1.35
"""Width of a bold letter in plain ones."""
AROUND = 3.0
"""Letters that the margins of a cell take."""
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
        self.headings: list[tuple[int, str, str]] = []
        """Level, text and bookmark of those that the contents list, ahead of writing them."""
        self.named: dict[str, int] = {}
        """Table that sentences refer to → its number."""
        self.styles: dict[str, str | None] = {}
        """Name → id, of styles looked up."""
        self.written_headings = 0
        self.marks = Marks()

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
        listed = [b for b in blocks if isinstance(b, Heading) and b.level < 3]
        self.headings = [(b.level, visible(b.text), f"_Toc{n:05}") for n, b in enumerate(listed, 1)]
        tables = [b for b in blocks if isinstance(b, Table)]
        self.named = {b.name: n for n, b in enumerate(tables, 1) if b.name}
        # The first page answers; the contents follow it.
        for block in blocks:
            if isinstance(block, Heading) and block.anchor == "picture":
                contents(document, self.w("Contents"), self.headings)
            self._block(block)
        self._footer()
        target = io.BytesIO()
        document.save(target)
        return repacked(target.getvalue())

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Para():
                self._para(block, CAUTION if block.kind == "caution" else None)
            case Bullets():
                for item in block.items:
                    self._para(item, "List Bullet")
            case Table():
                self._table(block)
            case Quoted():
                self._quote(block)
            case Pair():
                self._pair(block)
            case Figure():
                self._figure(block)

    def _heading(self, block: Heading) -> None:
        paragraph = self.document.add_paragraph(style=f"Heading {block.level}")
        if block.level < 3:
            mark = self.headings[self.written_headings][2]
            self.written_headings += 1
            self.marks.text(paragraph, mark, visible(block.text))
        else:
            paragraph.add_run(visible(block.text))
        if block.anchor == "summary":
            paragraph.paragraph_format.space_before = 0

    def _para(self, block: Para, style: str | None = None) -> None:
        paragraph = self.document.add_paragraph(visible(block.text), style=style)
        self._evidence(paragraph, block.evidence)
        if number := self.named.get(block.see, 0):
            paragraph.add_run(" ")
            field(paragraph, f"REF table_{block.see} \\h", f"{self.w('Table')} {number}")
            paragraph.add_run(".")
        if block.kind == "note":
            _soft(paragraph)

    def _evidence(self, paragraph: Any, evidence: Sequence[Evidence]) -> None:
        """The numbers of quotes, each a cross-reference to its quote."""
        if evidence:
            paragraph.add_run(" [" if paragraph.text else "[")
            for n, one in enumerate(evidence):
                paragraph.add_run(", " if n else "")
                field(paragraph, f"REF quote_{one.number} \\h", str(one.number))
            paragraph.add_run("]")

    def _quote(self, quoted: Quoted, into: Any = None) -> None:
        passage = quoted.passage
        place = into or self.document
        paragraph = self._paragraph(place, QUOTE)
        for n, line in enumerate(visible(passage.quote).split("\n")):
            run = paragraph.add_run()
            if n:
                run.add_break()
            run.add_text(line)
            _language(run, passage.language)
        source = self._paragraph(place, SOURCE)
        source.add_run("[")
        if quoted.home:
            self.marks.text(source, f"quote_{quoted.number}", str(quoted.number))
        else:
            field(source, f"REF quote_{quoted.number} \\h", str(quoted.number))
        source.add_run(f"] {visible(self.w.source(passage, self.report.site_names))}")

    def _paragraph(self, place: Any, style: str) -> Any:
        """An empty paragraph; python-docx would look through all styles each time."""
        from docx.enum.style import WD_STYLE_TYPE

        if style not in self.styles:
            self.styles[style] = self.document.part.get_style_id(style, WD_STYLE_TYPE.PARAGRAPH)
        paragraph = place.add_paragraph()
        paragraph._p.style = self.styles[style]
        return paragraph

    def _pair(self, pair: Pair) -> None:
        table = self.document.add_table(rows=1, cols=2)
        for cell, quoted in zip(table.rows[0].cells, (pair.well, pair.ill), strict=True):
            self._quote(quoted, cell)
            first = cell.paragraphs[0]._p
            first.getparent().remove(first)

    def _table(self, block: Table) -> None:
        self._caption("table", self.w("Table"), block.caption, block.name)
        from docx.shared import Pt

        table = self.document.add_table(rows=1, cols=len(block.header))
        table.style = "Table Grid" if "Table Grid" in [s.name for s in self.document.styles] else None
        size = 8 if len(block.header) > 5 else 9
        widths = _widths(block, self.document.sections[-1])
        table.autofit = False
        _row(table.rows[0], [(text, "head", False) for text in block.header], size)
        repeated(table.rows[0])
        for row in block.rows:
            added = table.add_row()
            keep_row(added)
            _row(added, _cells(row), size)
            for cell, square in zip(added.cells, row, strict=True) if any(c.evidence for c in row) else ():
                if square.evidence:
                    self._evidence(cell.paragraphs[0], square.evidence)
                    for run in cell.paragraphs[0].runs:
                        run.font.size = Pt(size)
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

    def _caption(self, kind: str, label: str, text: str, name: str = "") -> None:
        self.numbers[kind] += 1
        paragraph = self.document.add_paragraph(style="Caption")
        instruction = f"SEQ {'Table' if kind == 'table' else 'Figure'} \\* ARABIC"
        with self.marks.around(paragraph, f"table_{name}" if name else ""):
            paragraph.add_run(f"{label} ")
            field(paragraph, instruction, str(self.numbers[kind]))
        paragraph.add_run(f". {visible(text)}")
        if kind == "table":
            paragraph.paragraph_format.keep_with_next = True

    def _footer(self) -> None:
        footer = self.document.sections[-1].footer
        own = any(p.text.strip() or p._p.xpath(".//w:fldSimple | .//w:instrText") for p in footer.paragraphs)
        mark = front.mark(self.report, self.w)
        if own and not mark:  # the template's own footer stays as it is
            return
        paragraph = footer.add_paragraph() if own else footer.paragraphs[0]
        paragraph.add_run(f"{mark}   " if mark else "")
        if not own:
            field(paragraph, "PAGE", "1")


def _opened(template: Path | None) -> Any:
    import docx

    if template is None:
        return _plain(docx.Document())
    try:
        document = docx.Document(str(template))
    except Exception as error:  # whatever a broken zip or a foreign file raises
        raise BadFile(template, "this is no Word document (.docx).", "Save it again from Word.") from error
    body = document.element.body
    for child in list(body):  # the template's styles, header and footer stay; its text does not
        if not child.tag.endswith("}sectPr"):
            body.remove(child)
    return document


def _plain(document: Any) -> Any:
    """The library's own template on A4, in letters and colours that suit an office in Finland."""
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.3)
    section.top_margin = section.bottom_margin = Cm(2.0)
    sizes = {"Title": 20, "Subtitle": 11, "Heading 1": 15, "Heading 2": 12, "Heading 3": 10.5, "Normal": 10}
    for name, size in sizes.items():
        style = document.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            if "Theme" in key:
                del fonts.attrib[key]
        fonts.set(qn("w:cs"), "Calibri")
        fonts.set(qn("w:hAnsi"), "Calibri")
        if name != "Normal":
            style.font.italic = False
            style.font.color.rgb = RGBColor.from_string("566170" if name == "Subtitle" else "1D2530")
        style.paragraph_format.space_after = Pt(4)
        if name.startswith("Heading"):
            style.paragraph_format.space_before = Pt(8 if name != "Heading 1" else 14)
    document.styles["List Bullet"].paragraph_format.space_after = Pt(2)
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


def _language(run: Any, language: str) -> None:
    """So that Word's spelling check reads a quote in the language it was spoken in."""
    spoken = {"fi": "fi-FI", "sv": "sv-FI", "en": "en-GB"}.get(language, "en-GB")
    run._r.get_or_add_rPr().append(element("w:lang", val=spoken))


def _soft(paragraph: Any) -> None:
    from docx.shared import Pt, RGBColor

    for run in paragraph.runs:
        run.font.size = Pt(9.5)
        run.font.color.rgb = RGBColor(0x39, 0x43, 0x4F)


def _widths(block: Table, section: Any) -> list[int]:
    """The page's width shared among columns by the length of what they hold, words whole where that fits."""
    room = section.page_width - section.left_margin - section.right_margin
    header = [max((len(part) for part in text.split()), default=1) for text in block.header]
    weights = []
    for x, head in enumerate(header):
        held = [r[x] for r in block.rows[:MEASURED]]
        word = max((_wide(part, c.kind) for c in held for part in c.text.split()), default=1.0)
        line = max((_wide(c.text, c.kind) for c in held), default=1.0)
        # Short texts stay on one line; long ones share what is left; a heading may break between words.
        wish = max(word, head * BOLD, min(line, 22.0)) + AROUND
        weights.append(max(5.5, wish, min(line, 80.0) * 0.45))
    weights = [14.0 if any(r[x].evidence for r in block.rows) else weight for x, weight in enumerate(weights)]
    if block.grid:
        weights = [
            max(26.0, weights[0]),
            *([max(8.0, sum(weights[1:]) / max(1, len(weights) - 1))] * (len(weights) - 1)),
        ]
    return [int(room * weight / sum(weights)) for weight in weights]


def _wide(text: str, kind: str) -> float:
    """Length in plain letters. Bold ones are wider: those of the worst state."""
    return len(text) * (BOLD if kind == "critical" else 1.0)


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
    cell._tc.get_or_add_tcPr().append(element("w:shd", val="clear", fill=color))
