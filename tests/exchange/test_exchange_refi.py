"""REFI-QDA out and in: the schema, an independent reader, the round trip, and hostile archives."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xmlschema

from qualkit.errors import BadFile, Conflict
from qualkit.exchange.incoming import Convention
from qualkit.exchange.landing import land
from qualkit.exchange.offsets import Claim, Ruler, detect, span
from qualkit.exchange.refi_read import read_qdc, read_refi
from qualkit.exchange.refi_write import FLAVOURS, Options, export_qdc, export_refi
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import Journal, check_journal, read_codings
from qualkit.files.memos import write_memo
from qualkit.files.project import Project, load_project
from qualkit.files.suggestions import read_suggestions
from qualkit.files.transcript import load_transcript, transcript_ids
from qualkit.model import Memo
from tests.exchange.copies import everything

if TYPE_CHECKING:
    from tests.study import Study

SHARED = Path(__file__).parents[2].parent / "shared" / "refi"
SCHEMAS = Path(__file__).parent / "schemas"


def write(project: Project, target: Path, options: Options | None = None) -> Path:
    for _ in export_refi(project, target, options):
        pass
    return target


def full(study: Study) -> Project:
    """The study with memos of every kind."""
    project = study.project
    journal = Journal(project, "anna", "alpha-01")
    coding = study.codings["water-fi"]
    journal.memo("Rivi yksi.\nRivi <kaksi> & ]]>", f"coding:{coding.id}", "Otsikko")
    journal.memo("Koko haastattelusta.")
    journal.memo("Kohdasta.", anchor=coding.anchor)
    other = study.codings["old-fi"]
    Journal(project, "anna", "alpha-01").add_coding("rail", replace(other.anchor), memo="muistiin")
    write_memo(project, Memo("plan", "project", "anna", "2026-03-01T10:00:00Z", "Suunnitelma"))
    write_memo(project, Memo("about-water", "code:water", "bo", "2026-03-01T11:00:00Z", "Vesi?", "Rajaus"))
    write_memo(project, Memo("gone", "code:no-such", "bo", "2026-03-01T11:00:00Z", "Poistettu"))
    return project


def test_a_round_trip_changes_nothing(study: Study, tmp_path: Path) -> None:
    project = full(study)
    landed = land(read_refi(write(project, tmp_path / "out.qdpx")), tmp_path / "back")
    back = load_project(landed.root)
    assert everything(back) == everything(project)
    assert all(quote.recovered for quote in landed.quotes)
    assert not [p for path in back.codings.rglob("*.jsonl") for p in check_journal(path)]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_goes_to_another_tool_comes_back_by_the_standard_alone(
    study: Study, tmp_path: Path, flavour: str
) -> None:
    project = full(study)
    target = write(project, tmp_path / "out.qdpx", Options(flavour))
    incoming = read_refi(target)
    back = load_project(land(incoming, tmp_path / "back").root)
    assert incoming.convention.crlf == (2 if flavour == "nvivo" else 1)
    ours, theirs = read_codings(project), read_codings(back)
    assert {(c.interview, c.coder, c.anchor.quote, c.memo, c.created) for c in ours} == {
        (c.interview, c.coder, c.anchor.quote, c.memo, c.created) for c in theirs
    }
    assert read_interviews(back) == read_interviews(project)
    for name in transcript_ids(project):
        said = [(t.speaker, t.text) for t in load_transcript(project, name).turns]
        assert [(t.speaker, t.text) for t in load_transcript(back, name).turns] == said


@pytest.mark.parametrize("options", [Options(), Options(suggestions=True), *map(Options, FLAVOURS)])
def test_the_document_is_valid(study: Study, tmp_path: Path, options: Options) -> None:
    target = write(full(study), tmp_path / "out.qdpx", options)
    with zipfile.ZipFile(target) as file:
        document = file.read("project.qde").decode("utf-8")
    xmlschema.XMLSchema(SCHEMAS / "Project.xsd").validate(document)


def test_the_codebook_is_valid_and_read_again(study: Study, tmp_path: Path) -> None:
    assert export_qdc(study.project, tmp_path / "codes.qdc") == 6
    xmlschema.XMLSchema(SCHEMAS / "Codebook.xsd").validate(str(tmp_path / "codes.qdc"))
    assert [c.name for c in read_qdc(tmp_path / "codes.qdc").codes][:2] == ["Infrastruktuuri", "Vesi"]


def test_the_machine_comes_back_as_the_machine(study: Study, tmp_path: Path) -> None:
    project = study.project
    target = write(project, tmp_path / "out.qdpx", Options(suggestions=True))
    back = load_project(land(read_refi(target), tmp_path / "back").root)
    assert read_suggestions(back, "alpha-01") == read_suggestions(project, "alpha-01")
    assert len(read_codings(back)) == len(read_codings(project))


def test_an_independent_reader_finds_every_quote(study: Study, tmp_path: Path) -> None:
    from pyrefiqda import RefiProject

    project = study.project
    target = write(project, tmp_path / "out.qdpx")
    read = RefiProject.load(str(target), str(tmp_path / "extracted"))
    found = []
    for source in read.sources.text_source:
        name = source.plain_text_path.removeprefix("internal://")
        text = (tmp_path / "extracted" / "sources" / name).read_bytes().decode("utf-8")
        found += [
            text[s.start_position : s.end_position] for s in source.plain_text_selection for _ in s.coding
        ]
    assert sorted(found) == sorted(c.anchor.quote for c in read_codings(project))


@pytest.mark.skipif(not SHARED.exists(), reason="no sample archives here")
@pytest.mark.parametrize("name", ["maxqda_like.qdpx", "spec_full.qdpx"])
def test_sample_archives_give_all_expected_quotes(name: str, tmp_path: Path) -> None:
    expected = json.loads((SHARED / "expected.json").read_text(encoding="utf-8"))[name]
    incoming = read_refi(SHARED / name)
    landed = land(incoming, tmp_path / "p")
    got = [(q.code, q.quote) for q in landed.quotes if q.recovered]
    for selection in expected["selections"]:
        got.remove((selection["code"], selection["text"]))
    assert (incoming.convention.unit, incoming.convention.end) == (expected["unit"], expected["end"])


TEXT = "\ufeffA: Höyry 💧 vuotaa.\r\nB: Portti on auki 🏭 yöllä.\r\nA: Hyvä."


@pytest.mark.parametrize("unit", ["codepoint", "utf16"])
@pytest.mark.parametrize("crlf", [1, 2])
@pytest.mark.parametrize("end", ["exclusive", "inclusive"])
@pytest.mark.parametrize("named", [True, False])
def test_the_convention_is_told_from_the_selections(unit: str, crlf: int, end: str, named: bool) -> None:
    convention = Convention(unit=unit, crlf=crlf, end=end)
    ruler = Ruler(TEXT, convention)
    where = {ruler.place(position): position for position in range(len(TEXT) + 5)}
    quotes = ["Höyry", "vuotaa", "Portti on auki", "yöllä", "Hyvä"]
    claims = []
    for quote in quotes:
        start = ruler.text.index(quote)
        last = where[start + len(quote)] - (end == "inclusive")
        claims.append(Claim("t", where[start], last, quote if named else ""))
    found = detect({"t": TEXT}, claims)
    spans = [span(Ruler(TEXT, found), found, c.start, c.end) for c in claims]
    assert [ruler.text[s[0] : s[1]] for s in spans if s] == quotes


def test_sync_points_decide_where_selections_do_not() -> None:
    ruler = Ruler(TEXT, Convention(unit="utf16", crlf=2))
    where = {ruler.place(position): position for position in range(len(TEXT) + 5)}
    ends = [at for at, char in enumerate(ruler.text) if char == "\n"]
    marks = [("t", where[place]) for end in ends for place in (end, end + 1)]
    found = detect({"t": TEXT}, [], marks=marks)
    assert (found.unit, found.crlf, found.certain) == ("utf16", 2, True)


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


PLAIN = b'<Project xmlns="urn:QDA-XML:project:1.0" name="x"/>'


@pytest.mark.parametrize(
    "members",
    [
        {"project.qde": b'<!DOCTYPE Project [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + PLAIN},
        {"project.qde": b'<!DOCTYPE Project SYSTEM "http://example.org/x.dtd">' + PLAIN},
        {"project.qde": PLAIN, "other.qde": PLAIN},
        {"project.qde": PLAIN, "../outside.txt": b"x"},
        {"project.qde": PLAIN, "/etc/outside": b"x"},
        {"project.qde": PLAIN, "C:/outside": b"x"},
        {"project.qde": PLAIN, "sources/bomb.txt": b"\0" * 30_000_000},
        {"project.qde": b"<a>" * 200 + b"</a>" * 200},
        {"project.qde": b"<Project"},
        {"project.qde": b"<Project/>"},
        {"sources/a.txt": b"no document"},
    ],
)
def test_hostile_archives_are_refused(tmp_path: Path, members: dict[str, bytes]) -> None:
    with pytest.raises(BadFile):
        read_refi(archive(tmp_path / "x.qdpx", members))
    (tmp_path / "y.qdpx").write_bytes(b"PK no archive")
    with pytest.raises(BadFile):
        read_refi(tmp_path / "y.qdpx")


def test_an_import_stands_whole_or_nothing_is_there(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = read_refi(write(study.project, tmp_path / "out.qdpx"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(Conflict):
        land(incoming, tmp_path / "full")

    def broken(*_: object) -> None:
        raise BadFile(tmp_path, "a fault in the middle.")

    monkeypatch.setattr("qualkit.exchange.landing.write_origins", broken)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(BadFile):
        land(incoming, tmp_path / "new")
    assert sorted(tmp_path.iterdir()) == before
