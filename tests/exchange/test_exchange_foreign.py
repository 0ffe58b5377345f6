"""What a project has no place for: kept as it came, written back where it still fits, and counted."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from qualkit.errors import BadFile
from qualkit.exchange.foreign import FILES, KEPT, kept_bytes, read_kept
from qualkit.exchange.guids import Guids
from qualkit.exchange.joining import join
from qualkit.exchange.landing import land
from qualkit.exchange.merge import merge
from qualkit.exchange.refi_read import read_qdc, read_refi
from qualkit.exchange.refi_write import FLAVOURS, Options, export_qdc, export_refi
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_history import History
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import Journal, read_codings
from qualkit.files.memos import read_memos
from qualkit.files.project import Project, load_project
from tests.exchange.copies import copied
from tests.steps import ended

if TYPE_CHECKING:
    from tests.study import Study

SCHEMAS = Path(__file__).parent / "schemas"
CODE, OTHER, TEXT = (f"{n * 8}-1111-4111-8111-111111111111" for n in "abc")
USER, NOTE, SPAN, CODING = (f"{n * 8}-2222-4222-8222-222222222222" for n in "abcd")
PICTURE, PDF, VIDEO, SOUND = (f"{n * 8}-3333-4333-8333-333333333333" for n in "abcd")
LINK, SET, GRAPH, V1, V2, V3, EDGE, GROUP = (f"{n * 8}-4444-4444-8444-444444444444" for n in "abcdef01")
LONE, GONE = "99999999-5555-4555-8555-555555555555", "00000000-0000-4000-8000-000000000000"

DOCUMENT = (Path(__file__).parent / "foreign.qde").read_text(encoding="utf-8")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """An archive of another tool with everything that a project has no place for."""
    path = tmp_path / "foreign.qdpx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("project.qde", DOCUMENT)
        file.writestr(f"sources/{PICTURE}.PNG", b"picture")
        file.writestr(f"sources/{PDF}.pdf", b"%PDF")
    return path


def exported(project: Project, target: Path, flavour: str = "") -> tuple[ET.Element, dict[str, int]]:
    """The document, checked against the schema, and what it lacks of each kind."""
    done = ended(export_refi(project, target, Options(flavour)))
    with zipfile.ZipFile(target) as file:
        text = file.read("project.qde").decode("utf-8")
    xmlschema.XMLSchema(SCHEMAS / "Project.xsd").validate(text)
    return ET.fromstring(text), {loss.kind: loss.dropped for loss in done.losses}


def guids(root: ET.Element, name: str) -> list[str]:
    return [e.get("guid", "").strip("{}").lower() for e in root.iterfind(f".//{{*}}{name}")]


@pytest.mark.parametrize("flavour", ["", *FLAVOURS])
def test_what_is_not_understood_is_written_back(foreign: Path, tmp_path: Path, flavour: str) -> None:
    incoming = read_refi(foreign)
    losses = {loss.kind: (loss.read, loss.mapped, loss.kept, loss.dropped) for loss in incoming.losses}
    assert losses["links"] == losses["sets"] == (2, 0, 2, 0)
    assert losses["graphs"] == losses["pictures"] == losses["PDF files"] == losses["videos"] == (1, 0, 1, 0)
    assert losses["recordings without a text"] == (1, 0, 1, 0)
    assert losses["notes"] == losses["descriptions"] == (2, 2, 0, 0)
    project = load_project(land(incoming, tmp_path / "p").root)
    texts = {(memo.about, memo.text) for memo in read_memos(project)}
    assert texts == {
        ("project", "Irrallinen."), ("project", "Liite on vanha."), ("project", "Koko hankkeesta."),
        ("interview:h1", "Tekstistä."),
    }  # fmt: skip
    assert [row.attributes for row in read_interviews(project)] == [{"groups": "Putket"}]
    target = tmp_path / "out.qdpx"
    root, lacking = exported(project, target, flavour)
    assert lacking == {"links": 1}  # the one that led nowhere from the start
    assert guids(root, "Link") == [LINK]
    assert guids(root, "Set")[-2:] == [SET, GROUP][::-1] or set(guids(root, "Set")) >= {SET, GROUP}
    members = {(e.tag.rpartition("}")[2], e.get("targetGUID", "").strip("{}").lower())
               for s in root.iterfind(".//{*}Set") for e in s if "Member" in e.tag}  # fmt: skip
    assert members == {
        ("MemberCode", CODE),
        ("MemberSource", TEXT),
        ("MemberSource", PICTURE),
        ("MemberNote", NOTE),
    }
    assert guids(root, "Vertex") == [V1, V2]
    assert guids(root, "Edge") == [EDGE]
    for name, guid in (
        ("PictureSource", PICTURE),
        ("PDFSource", PDF),
        ("VideoSource", VIDEO),
        ("AudioSource", SOUND),
    ):
        assert guids(root, name) == [guid]
    assert guids(root, "VideoSelection") == []  # its end was no number
    assert guids(root, "PlainTextSelection")[0] == SPAN  # a link speaks of it
    assert guids(root, "User") == [USER]
    written = root.find(".//{*}Code")
    assert written is not None
    assert written.get("guid") == f"{{{CODE.upper()}}}"  # spelled as whoever made it spelled it
    codes = [e.get("targetGUID", "").lower() for e in root.iterfind(".//{*}PictureSelection//{*}CodeRef")]
    assert codes == [OTHER]
    with zipfile.ZipFile(target) as file:
        assert file.read(f"sources/{PICTURE}.png") == b"picture"
        assert file.read(f"sources/{PDF}.pdf") == b"%PDF"
        assert all("{" not in name for name in file.namelist())
    again = load_project(land(read_refi(target), tmp_path / "again").root)
    assert {p.get("guid", "").lower() for p in read_kept(again)} >= {LINK, SET, GROUP, GRAPH, PICTURE, PDF}
    once_more, lacking = exported(again, tmp_path / "again.qdpx", flavour)
    assert lacking == {}
    for name in ("Link", "Set", "Vertex", "Edge", "PictureSource", "AudioSource"):
        assert guids(once_more, name) == guids(root, name)


def test_what_speaks_of_something_that_is_gone_stays_kept_and_is_told(foreign: Path, tmp_path: Path) -> None:
    project = load_project(land(read_refi(foreign), tmp_path / "p").root)
    (coding,) = read_codings(project)
    Journal(project, coding.coder, coding.interview).remove_coding(coding.id)
    History(project).change(
        "without", lambda b: replace(b, codes=tuple(c for c in b.codes if c.id != "hoyry"))
    )
    assert {c.id for c in load_codebook(project).codes} == {"vesi"}
    before = (project.root / KEPT).read_bytes()
    root, lacking = exported(project, tmp_path / "out.qdpx")
    assert lacking == {"links": 2}
    assert guids(root, "Edge") == []  # it stood for a link
    assert guids(root, "PictureSource") == [PICTURE]
    assert guids(root, "PictureSelection")
    assert not root.findall(".//{*}PictureSelection/{*}Coding")
    assert (project.root / KEPT).read_bytes() == before


def test_an_import_into_a_project_keeps_them_once(foreign: Path, study: Study, tmp_path: Path) -> None:
    done = join(read_refi(foreign), study.project)
    assert done.took["links, sets and the like"] == 9
    assert done.took["sources"] == 2
    assert not join(read_refi(foreign), study.project).took
    root, lacking = exported(study.project, tmp_path / "out.qdpx")
    assert lacking["links"] == 1
    assert guids(root, "PlainTextSelection").count(SPAN) == 1


def test_copies_unite_what_they_keep(foreign: Path, tmp_path: Path) -> None:
    project = load_project(land(read_refi(foreign), tmp_path / "p").root)
    b = copied(project, "b")
    parts = list(read_kept(b))
    parts[0].set("name", "toinen")
    new = ET.fromstring(f'<Set guid="{V1}" name="Uusi"/>')
    (b.root / KEPT).write_bytes(kept_bytes([*parts, new]))
    (b.root / FILES / "more.png").write_bytes(b"x")
    ab, ba = copied(project, "ab"), copied(b, "ba")
    assert merge(ab, b.root).written
    assert merge(ba, project.root).written
    assert (ab.root / KEPT).read_bytes() == (ba.root / KEPT).read_bytes()
    assert (ab.root / FILES / "more.png").exists()
    assert merge(ab, b.root).files == ()


def test_sets_of_a_bare_codebook_go_out_again(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "in.qdc"
    codes = f'<Codes><Code guid="{CODE}" name="Vesi" isCodable="true"/></Codes>'
    members = f'<MemberCode guid="{CODE}"/><MemberCode guid="{GONE}"/>'
    sets = f'<Sets><Set guid="{SET}" name="Putket">{members}</Set></Sets>'
    head = '<CodeBook xmlns="urn:QDA-XML:codebook:1.0">'
    path.write_text(f"{head}{codes}{sets}</CodeBook>", encoding="utf-8")
    incoming = read_qdc(path)
    assert [(loss.kind, loss.dropped) for loss in incoming.losses] == [("codes", 0), ("sets", 0)]
    project = load_project(land(incoming, tmp_path / "p").root)
    export_qdc(project, tmp_path / "out.qdc")
    xmlschema.XMLSchema(SCHEMAS / "Codebook.xsd").validate(str(tmp_path / "out.qdc"))
    written = ET.parse(tmp_path / "out.qdc").getroot().findall(".//{*}Set/{*}MemberCode")
    assert [member.get("guid") for member in written] == [CODE]


def test_members_that_lead_out_are_no_members(foreign: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(foreign) as file:
        document = file.read("project.qde").replace(f"{PICTURE}.png".encode(), b"../../evil.png")
    path = tmp_path / "evil.qdpx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("project.qde", document)
    landed = land(read_refi(path), tmp_path / "p")
    assert not (landed.root / FILES).exists()
    _, lacking = exported(load_project(landed.root), tmp_path / "out.qdpx")
    assert lacking == {"links": 1}


def test_a_damaged_list_of_what_is_kept_is_told(foreign: Path, tmp_path: Path) -> None:
    project = load_project(land(read_refi(foreign), tmp_path / "p").root)
    for text in ("<Kept", '<!DOCTYPE x [<!ENTITY y "z">]><Kept format="qualkit-kept/1"/>', "<Kept/>"):
        (project.root / KEPT).write_text(text, encoding="utf-8")
        with pytest.raises(BadFile):
            exported(project, tmp_path / "out.qdpx")
        assert not (tmp_path / "out.qdpx").exists()
    assert Guids(project).known
