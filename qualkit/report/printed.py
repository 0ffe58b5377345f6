"""The quotes of a finished report, read back out of what it shows: one reader a format.

Each reads what stands on the page, not what was once meant to stand there, so that
a quote which somebody has edited in Word is found out.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.files.text import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

SOURCE = re.compile(r"#([^\s#]+)\s*$")
"""The id of the coding, at the end of the line under a quote."""
FOOT = re.compile(r"[^\n]*\d+ / \d+\s*$")
"""The last line of a PDF's page."""
MANIFEST = "quotes.json"
"""The attachment of the PDF: every quote as it should be printed."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A quote as a report has it."""

    id: str
    """Of the coding or suggestion; empty when the report no longer says."""
    text: str
    visible: bool = True
    """False: a PDF's page does not show the words that it should."""


def printed_quotes(path: Path) -> tuple[Printed, ...]:
    """The quotes of a report or of a table of quotes, whatever its format. Raises :class:`BadFile`."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadFile(
            path, "quotes cannot be read back from this format.", f"Name a {', '.join(READERS)} of Qualkit."
        )
    try:
        found = tuple(reader(path))
    except BadFile:
        raise
    except Exception as error:  # whatever a broken zip, XML or PDF raises in its reader
        raise BadFile(path, f"this is no report of Qualkit ({error}).", "Make the report again.") from error
    return found


def same(text: str) -> str:
    """Text as every format keeps it: composed, with one kind of line break."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _json(path: Path) -> Iterator[Printed]:
    for quote in json.loads(read_text(path))["quotes"]:
        yield Printed(str(quote["id"]), str(quote["quote"]))


def _csv(path: Path) -> Iterator[Printed]:
    text = read_text(path).removeprefix("\ufeff")
    rows = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=max(",;", key=text.split("\n", 1)[0].count)
    )
    for row in rows:
        if row["quote"]:
            yield Printed(row["id"], row["quote"])


def _html(path: Path) -> Iterator[Printed]:
    page = _Page()
    page.feed(read_text(path))
    return (Printed(i, t) for i, t in page.found)


class _Page(HTMLParser):
    """Takes the quotes out of a report.html: ``blockquote[data-id]``, and in it ``.said``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._id = ""
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "blockquote":
            self._id = known.get("data-id") or ""
        elif tag == "p" and self._id and known.get("class") == "said":
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self._text is not None:
            self.found.append((self._id, "".join(self._text)))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def _markdown(path: Path) -> Iterator[Printed]:
    block: list[str] = []
    for line in (*read_text(path).split("\n"), ""):
        if line.startswith(">"):
            block.append(line[1:].removeprefix(" "))
            continue
        if len(block) > 1 and block[-1].startswith("— "):
            found = SOURCE.search(_unescaped(block[-1]))
            lines = (_unescaped(said.removesuffix("  ")) for said in block[:-1])
            yield Printed(found[1] if found else "", "\n".join(lines))
        block = []


def _unescaped(text: str) -> str:
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def _word(path: Path) -> Iterator[Printed]:
    import docx
    from docx.oxml.ns import qn
    from docx.text.paragraph import Paragraph

    document = docx.Document(str(path))
    said: str | None = None
    for element in document.element.body.iter(qn("w:p")):
        paragraph = Paragraph(element, document._body)
        style = paragraph.style.name if paragraph.style is not None else ""
        if said is not None:
            found = SOURCE.search(paragraph.text) if style == "Quote Source" else None
            yield Printed(found[1] if found else "", said)
            said = None
        if style == "Quote":
            said = paragraph.text
    if said is not None:
        yield Printed("", said)


def _excel(path: Path) -> Iterator[Printed]:
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    rows = book["quotes"].iter_rows(values_only=True)
    head = list(next(rows))
    at, words = head.index("ID"), head.index("Segment")
    for row in rows:
        if row[words] not in {None, ""}:
            yield Printed(str(row[at] or ""), _unescaped_excel(str(row[words])))
    book.close()


def _unescaped_excel(text: str) -> str:
    """Excel writes what XML cannot hold, and what looks like that, as ``_x000D_``."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)


def _slides(path: Path) -> Iterator[Printed]:
    import pptx

    for slide in pptx.Presentation(str(path)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame and shape.name.startswith("Quote"):
                *said, source = [_of_slide(p) for p in shape.text_frame.paragraphs]
                found = SOURCE.search(source)
                yield Printed(found[1] if found else "", "\n".join(said))


def _of_slide(paragraph: Any) -> str:
    return str(paragraph.text).replace("\v", "\n")


def _pdf(path: Path) -> Iterator[Printed]:
    from pypdf import PdfReader

    reader = PdfReader(str(path))
    attached = reader.attachments.get(MANIFEST)
    if not attached:
        raise BadFile(
            path, f"the PDF has lost its attachment {MANIFEST}.", "Check another format of the report."
        )
    # A quote may go on over the foot of a page.
    shown = _bare("".join(FOOT.sub("", page.extract_text()) for page in reader.pages))
    for quote in json.loads(attached[0].decode("utf-8")):
        yield Printed(quote["id"], quote["quote"], visible=_bare(quote["quote"]) in shown)


def _bare(text: str) -> str:
    """Latin letters and digits alone: a page breaks lines, hyphenates, and lacks some letters' codes."""
    latin = "".join(c for c in text if c < "\u0250" or "\ufb00" <= c <= "\ufb06")
    return "".join(c for c in unicodedata.normalize("NFKC", latin) if c.isalnum())


READERS: Mapping[str, Callable[[Path], Iterable[Printed]]] = {
    ".json": _json,
    ".html": _html,
    ".csv": _csv,
    ".md": _markdown,
    ".docx": _word,
    ".xlsx": _excel,
    ".pptx": _slides,
    ".pdf": _pdf,
}
"""End of the file's name → what reads it."""
