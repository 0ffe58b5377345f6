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
    from qualkit.export.kit import Kit
    from qualkit.picture.candidates import Candidate
    from qualkit.report import Report

CARDS = 12
LONGEST = 420
"""Characters of a quote that stay readable on a card; a longer quote is not put on one."""


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
    if chart := kit.charts.get("heatmap"):
        _picture(show, chart.png, chart.alt, w("The situational picture"))
    for place, candidate in enumerate(report.candidates[:CARDS], 1):
        _card(show, place, candidate, report, w)
    target = io.BytesIO()
    show.save(target)
    return repacked(target.getvalue())


def _slide(show: Any, heading: str) -> Any:
    from pptx.util import Cm, Pt

    slide = show.slides.add_slide(show.slide_layouts[5])
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = Cm(1.5), Cm(0.8), Cm(26.7), Cm(2.2)
    title.text_frame.text = visible(heading)
    title.text_frame.word_wrap = True
    for paragraph in title.text_frame.paragraphs:
        paragraph.font.size = Pt(28)
        paragraph.font.bold = True
    return slide


def _box(
    slide: Any, lines: list[tuple[str, int, bool]], top: float, height: float, width: float = 26.7
) -> None:
    """Paragraphs of text, size and italics in a box."""
    from pptx.util import Cm, Pt

    frame = slide.shapes.add_textbox(Cm(1.5), Cm(top), Cm(width), Cm(height)).text_frame
    frame.word_wrap = True
    for n, (text, size, italic) in enumerate(lines):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = visible(text)
        run.font.size, run.font.italic = Pt(size), italic
        paragraph.space_after = Pt(8)


def _front(show: Any, report: Report, w: Words) -> None:
    slide = _slide(show, report.title)
    lines = [(w("Qualitative situational picture, {date}", date=w.date(report.date)), 16, False)]
    if caution := front.warning(report, w):
        lines.append((caution, 16, False))
    lines += [(line, 16, False) for line in front.summary(report, w)]
    lines += [(f"• {line.text}", 14, False) for line in front.worst_lines(report, w, Numbers(report))]
    _box(slide, lines, 3.2, 15)


def _picture(show: Any, png: bytes, alt: str, heading: str) -> None:
    from pptx.util import Cm

    slide = _slide(show, heading)
    shape = slide.shapes.add_picture(io.BytesIO(png), Cm(1.5), Cm(3.2), height=Cm(16.5))
    if shape.width > Cm(26.7):
        shape.height, shape.width = int(shape.height * Cm(26.7) / shape.width), Cm(26.7)
    shape._element.nvPicPr.cNvPr.set("descr", visible(alt))


def _card(show: Any, place: int, candidate: Candidate, report: Report, w: Words) -> None:
    slide = _slide(show, f"{place}. {w.of_code(candidate.code)}")
    lines = [(sections.sentence(front.candidate_line(candidate, report, w)), 16, False)]
    states = [report.picture.cell(s.id, candidate.code.id) for s in report.picture.sites]
    told = "; ".join(
        f"{report.site_names[c.site]}: {w.status(c.status)}{'' if c.decided else ' ◇'}"
        for c in states
        if c.passages
    )
    if told:
        lines.append((told, 14, False))
    for passage in [p for p in candidate.evidence if len(p.quote) <= LONGEST][:2]:
        mark = "" if passage.by_person else " ◇"
        lines += [(passage.quote, 16, True), (f"{w.place(passage)}{mark} · #{passage.id}", 11, False)]
    lines += [(f"{question}  ______________________________", 14, False) for question in _questions(w)]
    _box(slide, lines, 3.2, 16)


def _questions(w: Words) -> tuple[str, ...]:
    return (w("What should be done together?"), w("Who takes part, who pays?"), w("First step, and by when?"))
