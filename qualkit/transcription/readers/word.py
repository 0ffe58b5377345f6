"""Word documents: what stands in their paragraphs and tables, as lines.

The archive is looked through before python-docx opens it: a document type, entities
or a member that unpacks to a bomb are refused. Text is collected here, because
python-docx leaves out what was inserted with tracked changes.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.files.archive import opened, refuse_dtd
from qualkit.files.text import nfc
from qualkit.transcription.readers import own
from qualkit.transcription.readers.labels import TIME, is_full_name, is_label
from qualkit.transcription.readers.lines import pieces
from qualkit.transcription.readers.said import ended

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qualkit.transcription.readers.said import Notes, Said

MAX_PART = 1 << 26
"""Bytes of one part of a Word file, unpacked; a day of speech has two million."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STAMP = re.compile(rf"[\[(#]?{TIME}(?:\s*(?:-->|[-–—])\s*{TIME})?[\])#]?")
_HEADINGS = frozenset(
    "time aika tid speaker puhuja talare name nimi namn text teksti # timestamp transcript".split()  # noqa: SIM905
)


def word_pieces(path: Path, data: bytes, notes: Notes) -> list[Said]:
    """What is said in a Word document. Raises :class:`BadFile` for a damaged or a hostile one."""
    document = _document(path, data)
    body = document.element.body
    paragraphs = list(_paragraphs(body))
    if any(True for _ in body.iter(f"{_W}ins", f"{_W}del")):
        notes.tell("it holds tracked changes, which are read as if all were accepted")
    if str(document.core_properties.subject or "").startswith(own.SIGNATURE):
        return _own(document, paragraphs, notes)
    lines: list[tuple[int, str]] = []
    for number, (_, text) in enumerate(paragraphs, start=1):
        lines += [(number, part) for part in text.split("\n")]
        lines.append((number, ""))
    return pieces(_spaced(lines), notes)


def _own(document: Any, paragraphs: list[tuple[str, str]], notes: Notes) -> list[Said]:
    ids = {style.style_id for style in document.styles if style.name == own.TURN_STYLE}
    own.tell_style(own.PLAIN_STYLE in str(document.core_properties.keywords or ""), notes)
    turns = [(n, text) for n, (style, text) in enumerate(paragraphs, start=1) if style in ids]
    return ended([said for n, text in turns if (said := own.turn_piece(text, n))])


def _document(path: Path, data: bytes) -> Any:
    import docx
    from docx.opc.exceptions import OpcError

    hint = "Open it in Word and save it again as .docx."
    if not zipfile.is_zipfile(io.BytesIO(data)):
        old = data.startswith(b"\xd0\xcf\x11\xe0")
        raise BadFile(
            path, "this is an old or locked Word file." if old else "this is no Word document.", hint
        )
    with opened(path) as archive:
        for name in archive.names():
            if name.casefold().endswith((".xml", ".rels")):
                refuse_dtd(path, archive.read(name, MAX_PART))
    try:
        document = docx.Document(io.BytesIO(data))
    except (OpcError, KeyError, ValueError, AttributeError, SyntaxError, zipfile.BadZipFile):
        raise BadFile(path, "this is no Word document.", hint) from None
    if getattr(document.element, "body", None) is None:
        raise BadFile(path, "this Word document has no body.", hint)
    return document


def _paragraphs(element: Any) -> Iterator[tuple[str, str]]:
    """Style and text of every paragraph, rows of tables as one each, in order."""
    for child in element:
        if child.tag == f"{_W}p":
            style = child.find(f"{_W}pPr/{_W}pStyle")
            yield "" if style is None else style.get(f"{_W}val", ""), nfc(_text(child))
        elif child.tag == f"{_W}tbl":
            for row in child.iter(f"{_W}tr"):
                yield "", _row([_cell(cell) for cell in row.iter(f"{_W}tc")])
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _paragraphs(child)


def _text(paragraph: Any) -> str:
    """A paragraph's text, insertions in, deletions and what other boxes hold out."""
    out: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        elif node.tag == f"{_W}t":
            out.append(node.text or "")
        elif node.tag == f"{_W}tab":
            out.append("\t")
        elif node.tag in (f"{_W}br", f"{_W}cr"):
            out.append("\n")
        elif node.tag == f"{_W}noBreakHyphen":
            out.append("-")
        elif node.tag not in (f"{_W}del", f"{_W}pPr", f"{_W}rPr", f"{_W}drawing", f"{_W}pict"):
            stack.append(iter(node))
    return "".join(out)


def _cell(cell: Any) -> str:
    return nfc("\n".join(_text(p) for p in cell.iter(f"{_W}p"))).strip()


def _row(cells: list[str]) -> str:
    """A row of a table as a line: its time, its speaker, its text."""
    filled = [cell for cell in cells if cell]
    if filled and all(cell.casefold().rstrip(":") in _HEADINGS for cell in filled):
        return ""
    stamp = next((cell for cell in filled if _STAMP.fullmatch(cell)), "")
    rest = [cell for cell in filled if cell != stamp]
    if len(rest) > 2 and rest[0].rstrip(".").isdigit():
        rest = rest[1:]
    name = rest[0].rstrip(":") if len(rest) > 1 and len(rest[0]) <= 60 and "\n" not in rest[0] else ""
    said = " ".join(rest[1:] if name else rest).replace("\n", " ")
    clock = f"[{stamp.strip('[]()#')}] " if stamp else ""
    return f"{clock}{name}: {said}" if name else f"{clock}{said}"


def _spaced(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Without the empty line behind a paragraph that holds a name or a time alone."""
    out: list[tuple[int, str]] = []
    for number, text in lines:
        if not text.strip() and out:
            last = out[-1][1].strip()
            if _STAMP.fullmatch(last) or is_full_name(last) or is_label(last):
                continue
        out.append((number, text))
    return out
