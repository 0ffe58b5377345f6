"""Word files: what typists and Teams write, and what is refused."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qualkit.errors import BadFile
from qualkit.transcription.readers import read_foreign

if TYPE_CHECKING:
    from pathlib import Path

Said = tuple[str, int | None, int | None, str]


def said(path: Path) -> list[Said]:
    made = read_foreign(path).transcript
    return [(made.speaker(t.speaker).label, t.start_ms, t.end_ms, t.text) for t in made.turns]


def saved(path: Path, *paragraphs: str) -> Path:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return path


def test_names_in_front(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.docx",
        "H: Miten <b>se</b> menee & muu?",
        "V: Hyvin ääh.",
        "Ja lisää tässä.",
        "",
        "H: Ok.",
    )
    assert said(path) == [
        ("H", None, None, "Miten <b>se</b> menee & muu?"),
        ("V", None, None, "Hyvin ääh."),
        ("V", None, None, "Ja lisää tässä."),
        ("H", None, None, "Ok."),
    ]


def test_teams(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.docx",
        "Kokous",
        "24. marraskuuta 2026, 12.00",
        "\nAnna Virtanen   0:03\nHei kaikille.",
        "\nBo Ek   1:15\nMoi. Tämä\non pitkä.",
        "\nAnna Virtanen   1:02:20\nKiitos.",
    )
    assert said(path) == [
        ("Anna Virtanen", 3000, 75_000, "Hei kaikille."),
        ("Bo Ek", 75_000, 3_740_000, "Moi. Tämä on pitkä."),
        ("Anna Virtanen", 3_740_000, 3_740_455, "Kiitos."),
    ]


def test_teams_of_2021(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.docx",
        "0:0:0.0 --> 0:0:1.970",
        "Anna Virtanen",
        "Hei.",
        "0:0:2.0 --> 0:0:3.5",
        "Bo Ek",
        "Moi.",
    )
    assert said(path) == [("Anna Virtanen", 0, 1970, "Hei."), ("Bo Ek", 2000, 3500, "Moi.")]


def test_a_table(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=0, cols=3)
    for cells in (
        ("Time", "Speaker", "Text"),
        ("00:00:02", "Anna", "Mitä?"),
        ("00:00:05", "Bo", "Sitä: niin."),
    ):
        row = table.add_row().cells
        for cell, text in zip(row, cells, strict=True):
            cell.text = text
    document.save(str(tmp_path / "a.docx"))
    assert said(tmp_path / "a.docx") == [("Anna", 2000, 5000, "Mitä?"), ("Bo", 5000, 5715, "Sitä: niin.")]


def test_tracked_changes_are_read_as_accepted(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("A: Yksi ")
    for xml in (
        "<w:ins {0}><w:r><w:t>kaksi</w:t></w:r></w:ins>",
        "<w:del {0}><w:r><w:delText>kolme</w:delText></w:r></w:del>",
    ):
        paragraph._p.append(parse_xml(xml.format(nsdecls("w"))))
    document.save(str(tmp_path / "a.docx"))
    reading = read_foreign(tmp_path / "a.docx")
    assert reading.transcript.turns[0].text == "Yksi kaksi"
    assert "tracked changes" in reading.notes[0].message


def rewritten(path: Path, name: str, change: bytes | None) -> Path:
    """A Word file with one part replaced, or taken out."""
    whole = io.BytesIO()
    saved(path, "A: Moi.")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        if change is not None:
            new.writestr(name, change)
    path.write_bytes(whole.getvalue())
    return path


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("word/document.xml", BOMB, "document type or entities"),
        ("word/document.xml", OUTSIDE, "document type or entities"),
        ("word/styles.xml", OUTSIDE, "document type or entities"),
        ("_rels/.rels", OUTSIDE, "document type or entities"),
        ("word/document.xml", b" " * 50_000_000, "bomb"),
        ("word/document.xml", b"<w:document", "well-formed"),
        ("word/document.xml", b"<x/>", "no Word document|no body"),
        ("word/document.xml", None, "no Word document"),
        ("[Content_Types].xml", None, "no Word document"),
        ("../../evil.xml", b"<x/>", "leads out"),
        ("/etc/evil.xml", b"<x/>", "leads out"),
    ],
)
def test_hostile_files_are_refused(tmp_path: Path, name: str, change: bytes | None, says: str) -> None:
    path = rewritten(tmp_path / "a.docx", name, change)
    with pytest.raises(BadFile, match=says) as fault:
        read_foreign(path)
    assert "root:" not in str(fault.value)
    assert "\n" not in str(fault.value)


def test_damaged_files(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.docx", "A: Moi.").read_bytes()
    for cut in range(0, len(whole), len(whole) // 13):
        (tmp_path / "b.docx").write_bytes(whole[:cut])
        with pytest.raises(BadFile):
            read_foreign(tmp_path / "b.docx")
    scratched = bytearray(whole)
    scratched[len(whole) // 2 : len(whole) // 2 + 40] = b"x" * 40
    (tmp_path / "b.docx").write_bytes(bytes(scratched))
    with pytest.raises(BadFile):
        read_foreign(tmp_path / "b.docx")
    (tmp_path / "c.docx").write_bytes(b"\xd0\xcf\x11\xe0 old")
    with pytest.raises(BadFile, match="old or locked"):
        read_foreign(tmp_path / "c.docx")
