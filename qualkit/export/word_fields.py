"""Word's fields and bookmarks, which python-docx leaves to its users: contents, references, captions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def element(tag: str, **attributes: str) -> Any:
    """An element of WordprocessingML: ``w:bookmarkStart``; attributes without their ``w:``."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def field(paragraph: Any, instruction: str, shown: str) -> None:
    """A field with what it shows until Word computes it anew."""
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType="begin"))
    paragraph.add_run()._r.append(_instruction(instruction))
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType="separate"))
    paragraph.add_run(shown)
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType="end"))


class Marks:
    """The bookmarks of one document: each needs a number of its own."""

    def __init__(self) -> None:
        self._count = 0

    @contextmanager
    def around(self, paragraph: Any, name: str) -> Iterator[None]:
        """A bookmark around what is added to the paragraph inside; none without a name."""
        if not name:
            yield
            return
        self._count += 1
        number = str(self._count)
        paragraph._p.append(element("w:bookmarkStart", id=number, name=name))
        yield
        paragraph._p.append(element("w:bookmarkEnd", id=number))

    def text(self, paragraph: Any, name: str, text: str) -> None:
        """Text with a bookmark around it."""
        with self.around(paragraph, name):
            paragraph.add_run(text)


def contents(document: Any, title: str, headings: Sequence[tuple[int, str, str]]) -> None:
    """A real table of contents on a page of its own, filled in: level, text and bookmark of each heading.

    Only a word processor knows the pages: Word offers to put their numbers in on opening.
    The lines read right, and lead where they say, without that.
    """
    from docx.enum.text import WD_BREAK
    from docx.shared import Cm, Pt

    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_paragraph(title, style="TOC Heading")
    for n, (level, text, mark) in enumerate(headings):
        line = document.add_paragraph()
        shape = line.paragraph_format
        shape.left_indent, shape.space_after = Cm(0.6 * (level - 1)), Pt(1)
        if n == 0:
            begin = line.add_run()._r
            begin.append(element("w:fldChar", fldCharType="begin", dirty="true"))
            line.add_run()._r.append(_instruction('TOC \\o "1-2" \\h \\z \\u'))
            line.add_run()._r.append(element("w:fldChar", fldCharType="separate"))
        link = element("w:hyperlink", anchor=mark, history="1")
        line._p.append(link)
        link.append(line.add_run(text)._r)
        if n == len(headings) - 1:
            line.add_run()._r.append(element("w:fldChar", fldCharType="end"))


def _instruction(text: str) -> Any:
    from docx.oxml.ns import qn

    made = element("w:instrText")
    made.set(qn("xml:space"), "preserve")
    made.text = f" {text} "
    return made


def repeated(row: Any) -> None:
    """The row comes again on every page: a header."""
    row._tr.get_or_add_trPr().append(element("w:tblHeader", val="true"))


def keep_row(row: Any) -> None:
    """The row is not torn apart by the end of a page."""
    row._tr.get_or_add_trPr().append(element("w:cantSplit", val="true"))
