"""Cards for a workshop, as slides that print two to a page: the picture, then a card for each candidate."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from qualkit.export import front, sections
from qualkit.export.front import Numbers
from qualkit.export.kit import repacked, visible
from qualkit.export.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.export.kit import Kit
    from qualkit.picture.candidates import Candidate
    from qualkit.report import Report

CARDS = 12
LONGEST = 420
"""Characters of a quote that stay readable on a card; a longer quote is not put on one."""
SITES = 8
"""Sites whose state is told on a card."""
HEADING = 15
"""Points of a heading inside a box."""
DEEP, INK = "1F4E79", "1D2530"


def files(kit: Kit) -> dict[str, bytes]:
    """``cards.pptx``."""
    return {"cards.pptx": _written(kit)}


def _written(kit: Kit) -> bytes:
    import pptx
    from pptx.util import Cm

    report = kit.report
    w = words(report.language)
    show = pptx.Presentation()
    show.slide_width, show.slide_height = Cm(29.7), Cm(21.0)
    core = show.core_properties
    core.title, core.author = visible(report.title)[:250], ""
    core.created = core.modified = dt.datetime(2000, 1, 1)  # noqa: DTZ001
    _front(show, report, w)
    if chart := kit.charts.get("status") or kit.charts.get("heatmap"):
        _picture(show, chart.png, chart.alt, w("The situational picture"), front.mark(report, w))
    for place, candidate in enumerate(report.candidates[:CARDS], 1):
        _card(show, place, candidate, report, w)
    target = io.BytesIO()
    show.save(target)
    return repacked(target.getvalue())


def _slide(show: Any, heading: str, foot: str) -> Any:
    """A slide with a bar of colour, its heading at the left, and a line at its foot."""
    from pptx.enum.shapes import MSO_SHAPE
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Cm, Pt

    slide = show.slides.add_slide(show.slide_layouts[5])
    bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Cm(0), Cm(0), Cm(0.6), show.slide_height)
    bar.fill.solid()
    bar.fill.fore_color.rgb = _color(DEEP)
    bar.line.fill.background()
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = Cm(1.5), Cm(0.7), Cm(26.7), Cm(1.9)
    title.text_frame.text = visible(heading)
    title.text_frame.word_wrap = True
    for paragraph in title.text_frame.paragraphs:
        paragraph.font.size, paragraph.font.bold = Pt(26), True
        paragraph.font.color.rgb = _color(INK)
        paragraph.alignment = PP_ALIGN.LEFT
    _box(slide, [(foot, 10, False)], (1.5, 19.7, 26.7, 1.0))
    return slide


def _box(
    slide: Any,
    lines: Sequence[tuple[str, int, bool]],
    place: tuple[float, float, float, float],
    name: str = "",
) -> Any:
    """Paragraphs (text, points, italics or heading) in a box at left, top, width, height in cm."""
    from pptx.enum.text import MSO_AUTO_SIZE
    from pptx.util import Cm, Pt

    box = slide.shapes.add_textbox(*map(Cm, place))
    if name:
        box.name = name
    frame = box.text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    for n, (text, size, italic) in enumerate(lines):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        for number, line in enumerate(visible(text).split("\n")):
            if number:
                paragraph.add_line_break()
            run = paragraph.add_run()
            run.text = line
            run.font.size, run.font.italic = Pt(size), italic
            run.font.bold = size == HEADING
            run.font.color.rgb = _color(INK)
        paragraph.space_after = Pt(5)
    return box


def _color(code: str) -> Any:
    from pptx.dml.color import RGBColor

    make: Any = RGBColor
    return make(*bytes.fromhex(code))


def _front(show: Any, report: Report, w: Words) -> None:
    slide = _slide(show, report.title, front.mark(report, w))
    numbers = Numbers(report)
    lines = [(line, 12, False) for line in front.opening(report, w)]
    _box(slide, lines, (1.5, 2.6, 26.7, 5))
    for left, title, paras in (
        (1.5, w("Where the state is worst"), front.worst_lines(report, w, numbers)),
        (15.1, w("What should be done together"), front.together_lines(report, w, numbers)),
    ):
        if paras:
            rows = [(title, HEADING, False), *((para.text, 12, False) for para in paras)]
            _box(slide, rows, (left, 8.2, 13.0, 11))


def _picture(show: Any, png: bytes, alt: str, heading: str, foot: str) -> None:
    from pptx.util import Cm

    slide = _slide(show, heading, foot)
    shape = slide.shapes.add_picture(io.BytesIO(png), Cm(1.5), Cm(2.8), height=Cm(16.7))
    if shape.width > Cm(26.7):
        shape.height, shape.width = int(shape.height * Cm(26.7) / shape.width), Cm(26.7)
    shape._element.nvPicPr.cNvPr.set("descr", visible(alt))


def _card(show: Any, place: int, candidate: Candidate, report: Report, w: Words) -> None:
    """What is known at the left, room to write at the right."""
    from pptx.util import Pt

    slide = _slide(show, f"{place}. {w.of_code(candidate.code)}", front.mark(report, w))
    lines = [(sections.sentence(front.candidate_line(candidate, report, w)), 14, False)]
    for cell in (report.picture.cell(s.id, candidate.code.id) for s in report.picture.sites[:SITES]):
        if cell.passages:
            sign = "" if cell.decided or cell.status is None else " ◇"
            said = w.many("{count} speaker", "{count} speakers", cell.speakers)
            lines.append(
                (f"{report.site_names[cell.site]}: {w.status(cell.status)}{sign} ({said})", 12, False)
            )
    _box(slide, lines, (1.5, 2.8, 15.6, 7.2))
    quotes = [p for p in candidate.evidence if len(p.quote) <= LONGEST][:2]
    for n, passage in enumerate(quotes):
        rows = [(passage.quote, 13, True), (w.source(passage, report.site_names), 9, False)]
        _box(slide, rows, (1.5, 10.2 + 4.7 * n, 15.6, 4.5), f"Quote {n + 1}")
    for n, question in enumerate(_questions(w)):
        box = _box(slide, [(question, HEADING, False)], (17.8, 2.9 + 5.6 * n, 10.4, 5.2))
        box.line.color.rgb = _color(DEEP)
        box.line.width = Pt(1)


def _questions(w: Words) -> tuple[str, ...]:
    return (w("What should be done together?"), w("Who takes part, who pays?"), w("First step, and by when?"))
