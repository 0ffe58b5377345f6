"""Word: a turn a paragraph, doubtful words and passages highlighted, how it was made at the end."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from qualkit.export.transcripts.head import clock, head, label, title
from qualkit.export.transcripts.marks import written
from qualkit.report.harmless import visible
from qualkit.transcription.readers.own import PLAIN_STYLE, TURN_STYLE

if TYPE_CHECKING:
    from qualkit.export.transcripts.head import Made
    from qualkit.model import Transcript

_BETWEEN_STYLE = "Qualkit Between"


def docx(transcript: Transcript, made: Made) -> bytes:
    """A Word file."""
    import docx as library
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_COLOR_INDEX
    from docx.shared import Pt, RGBColor

    document: Any = library.Document()
    for name in (TURN_STYLE, _BETWEEN_STYLE):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        style.paragraph_format.space_after = Pt(6)
    core = document.core_properties
    core.title = visible(transcript.interview)
    core.subject = title(transcript)[:250]
    core.keywords = PLAIN_STYLE if made.style.plain else f"Style: {made.style.name}"
    core.author, core.last_modified_by, core.comments = "", "", made.tool
    core.language = transcript.language
    core.created = core.modified = dt.datetime(2000, 1, 1)  # noqa: DTZ001
    grey = RGBColor(0x60, 0x60, 0x60)
    document.add_heading(visible(transcript.interview), level=1)
    for one in written(transcript, made.style, made.doubt):
        paragraph = document.add_paragraph(style=TURN_STYLE if one.turn else _BETWEEN_STYLE)
        if one.start_ms is not None:
            paragraph.add_run(f"[{clock(one.start_ms)}] ").font.color.rgb = grey
        if one.turn is not None:
            paragraph.add_run(visible(label(transcript.speaker(one.turn.speaker)))).bold = True
            paragraph.add_run(": ")
        for piece in one.pieces:
            run = paragraph.add_run(piece.text)
            if piece.kind == "mark":
                run.font.color.rgb = grey
            elif piece.kind:
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    document.add_heading("How this transcript was made", level=2)
    table = document.add_table(rows=0, cols=2)
    for name, value in head(transcript, made):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, visible(value)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
