"""What another tool held comes into a project that is there: what is new, once, and nothing else changes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualkit.errors import BadFile, Conflict, QualkitError
from qualkit.exchange.doors import read_any
from qualkit.exchange.incoming import InCode, InCoding, Incoming, InSource
from qualkit.exchange.joining import join
from qualkit.exchange.landing import land
from qualkit.exchange.refi_read import read_qdc, read_refi
from qualkit.exchange.refi_write import Options, export_qdc, export_refi
from qualkit.files.anchors import anchor
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_history import History
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import Journal, check_journal, read_codings
from qualkit.files.memos import read_memos, write_memo
from qualkit.files.project import Project, load_project
from qualkit.files.revise import with_text
from qualkit.files.transcript import load_transcript, save_transcript, transcript_ids
from qualkit.model import Memo
from tests.exchange.copies import copied, faults, tree

if TYPE_CHECKING:
    from tests.study import Study

MUU = "H: Muu.\nV: Eri teksti.\nH: Niin."
SHARED = Path(__file__).parents[2].parent / "shared" / "refi"


def out(project: Project, target: Path, flavour: str = "") -> Path:
    for _ in export_refi(project, target, Options(flavour)):
        pass
    return target


def coded(project: Project, coder: str, interview: str, code: str, turn: int) -> str:
    transcript = load_transcript(project, interview)
    start = transcript.turn_starts[turn]
    place = anchor(transcript, start, start + len(transcript.turns[turn].text))
    return Journal(project, coder, interview).add_coding(code, place).id


@pytest.mark.parametrize("flavour", ["", "nvivo", "maxqda", "atlas", "qualcoder"])
def test_what_went_out_changes_nothing_when_it_comes_back(study: Study, tmp_path: Path, flavour: str) -> None:
    Journal(study.project, "anna", "alpha-01").memo("kohdasta", anchor=study.codings["water-fi"].anchor)
    write_memo(study.project, Memo("plan", "project", "anna", "2026-03-01T10:00:00Z", "Suunnitelma"))
    target = out(study.project, tmp_path / "out.qdpx", flavour)
    before = tree(study.project)
    done = join(read_refi(target), study.project)
    assert tree(study.project) == before
    assert done.took == {}
    assert all(quote.recovered for quote in done.landed.quotes)
    assert done.landed.losses[-1].note == "They were here already."


@pytest.mark.parametrize("flavour", ["", "qualcoder"])
def test_only_what_the_partner_did_comes_in(study: Study, tmp_path: Path, flavour: str) -> None:
    partner = copied(study.project, "partner")
    made = coded(partner, "cilla", "beta-01", "rail", 1)
    more = coded(partner, "anna", "alpha-01", "steam-heat", 3)
    former = (study.project.codings / "anna" / "alpha-01.jsonl").read_bytes()
    done = join(read_refi(out(partner, tmp_path / "out.qdpx", flavour)), study.project)
    assert done.took == {"codings": 2}
    new = {c.id: c for c in read_codings(study.project)}
    assert new == {c.id: c for c in read_codings(partner)}
    assert {made, more} <= set(new)
    assert (study.project.codings / "anna" / "alpha-01.jsonl").read_bytes().startswith(former)
    assert faults(study.project) == []
    before = tree(study.project)
    assert join(read_refi(tmp_path / "out.qdpx"), study.project).took == {}
    assert tree(study.project) == before


def test_what_was_taken_away_here_stays_away(study: Study, tmp_path: Path) -> None:
    target = out(study.project, tmp_path / "out.qdpx")
    Journal(study.project, "anna", "alpha-01").remove_coding(study.codings["old-fi"].id)
    assert join(read_refi(target), study.project).took == {}
    assert study.codings["old-fi"].id not in {c.id for c in read_codings(study.project)}


def test_a_corrected_transcript_stays_and_codings_find_their_place_or_are_told(
    study: Study, tmp_path: Path
) -> None:
    partner = copied(study.project, "partner")
    coded(partner, "cilla", "alpha-01", "water", 1)
    coded(partner, "cilla", "alpha-01", "condition", 3)
    transcript = with_text(load_transcript(study.project, "alpha-01"), 0, "Miten ihmeessä vesi ja raide?")
    save_transcript(study.project, with_text(replace(transcript, revision=1), 1, "Aivan muuta."))
    done = join(read_refi(out(partner, tmp_path / "out.qdpx")), study.project)
    assert load_transcript(study.project, "alpha-01").revision == 2
    found = read_codings(study.project, coders=["cilla"])
    assert [(c.code, c.anchor.quote, c.anchor.revision) for c in found] == [
        ("condition", "Höyryä riittää.", 2)
    ]
    assert done.landed.losses[-1].dropped == 1
    assert [q.code for q in done.landed.quotes if not q.recovered] == ["Vesi"]
    assert faults(study.project) == []


def test_a_foreign_project_comes_in_beside_ours(study: Study, tmp_path: Path) -> None:
    said = load_transcript(study.project, "alpha-02").text
    incoming = Incoming(
        tmp_path / "x.sqlite3", "Taguette", "Toinen",
        codes=(InCode("1", "VESI"), InCode("2", "Portit", color="#ff0000"), InCode("3", "Water tower", "2")),
        sources=(InSource("1", "alpha-02.txt", said), InSource("2", "alpha-01.txt", MUU)),
        codings=(
            InCoding("1", "1", 0, 7, "1", "dora"),
            InCoding("2", "2", 3, 6, "2", "dora"),
            InCoding("3", "2", 11, 22, "3", "anna"),
        ),
    )  # fmt: skip
    done = join(incoming, study.project)
    assert done.took == {"codes": 2, "interviews": 1, "transcripts": 1, "codings": 3}
    book = load_codebook(study.project)
    assert book.by_id["portit"].color == "#ff0000"
    assert book.by_id["water-tower"].parent == "portit"
    found = {
        (c.interview, c.coder, c.code, c.anchor.quote)
        for c in read_codings(study.project, coders=["dora", "anna"])
    }
    assert {
        ("alpha-02", "dora", "water", said[:7]), ("alpha-01-2", "dora", "portit", "Muu"),
        ("alpha-01-2", "anna", "water-tower", "Eri teksti."),
    } <= found  # fmt: skip
    assert "alpha-01-2" in {row.id for row in read_interviews(study.project)}
    assert faults(study.project) == []
    assert [made.what for made in History(study.project).done] == ["import of x.sqlite3"]
    before = tree(study.project)
    assert join(incoming, study.project).took == {}
    assert tree(study.project) == before
    third = replace(incoming, name="Kolmas", codings=(InCoding("1", "2", 23, 25, "2", "dora"),))
    assert join(third, study.project).took == {}  # the question's label: nothing that was said
    third = replace(incoming, name="Kolmas", codings=(InCoding("1", "2", 26, 30, "2", "dora"),))
    assert join(third, study.project).took == {"codings": 1}  # another database's coding number 1


@pytest.mark.skipif(not SHARED.exists(), reason="no sample archives here")
@pytest.mark.parametrize("name", ["maxqda_like.qdpx", "spec_full.qdpx"])
def test_sample_archives_come_in_once(study: Study, name: str) -> None:
    done = join(read_refi(SHARED / name), study.project)
    alone = land(read_refi(SHARED / name), study.project.root.with_name("alone"))
    assert [(q.code, q.quote, q.recovered) for q in done.landed.quotes] == [
        (q.code, q.quote, q.recovered) for q in alone.quotes
    ]
    quotes = sorted(c.anchor.quote for c in read_codings(load_project(alone.root)))
    old = {c.id for c in study.codings.values()}
    assert sorted(c.anchor.quote for c in read_codings(study.project) if c.id not in old) == quotes
    assert faults(study.project) == []
    before = tree(study.project)
    again = join(read_refi(SHARED / name), study.project)
    assert again.took == {}
    assert tree(study.project) == before


def test_another_qualkits_interview_of_the_same_name_gets_its_own(study: Study, tmp_path: Path) -> None:
    other = copied(study.project, "other")
    text = other.config.read_text(encoding="utf-8").replace("Trial", "Another")
    other.config.write_text(text, encoding="utf-8")
    save_transcript(other, with_text(load_transcript(other, "beta-01"), 1, "Something else is said here."))
    other = load_project(other.root)
    done = join(read_refi(out(other, tmp_path / "out.qdpx")), study.project)
    assert set(transcript_ids(study.project)) == {"alpha-01", "alpha-02", "beta-01", "beta-01-2", "beta-02"}
    assert load_transcript(study.project, "beta-01-2").turns[1].text == "Something else is said here."
    assert done.took["transcripts"] == 1
    assert faults(study.project) == []


def test_a_codebook_adds_its_codes(study: Study, tmp_path: Path) -> None:
    export_qdc(study.project, tmp_path / "codes.qdc")
    assert join(read_qdc(tmp_path / "codes.qdc"), study.project).took == {}
    text = (tmp_path / "codes.qdc").read_text(encoding="utf-8").replace('name="Vesi"', 'name="Vesihuolto"')
    text = text.replace(text.split('<Code guid="')[2][:36], "0" * 8 + "-0000-0000-0000-" + "0" * 12)
    (tmp_path / "codes.qdc").write_text(text, encoding="utf-8")
    assert join(read_qdc(tmp_path / "codes.qdc"), study.project).took == {"codes": 1}
    assert load_codebook(study.project).by_id["vesihuolto"].parent == "infrastructure"


def test_codes_of_a_table_and_of_another_qualkit_are_known_by_name(study: Study, tmp_path: Path) -> None:
    table = tmp_path / "codes.csv"
    table.write_text(
        "Nimi,Yläkoodi\nVesi,Infrastruktuuri\nTiet,Infrastruktuuri\nSillat,Tiet\n", encoding="utf-8"
    )
    assert join(read_any(table), study.project).took == {"codes": 2}
    book = load_codebook(study.project)
    assert {code.id: code.parent for code in book.codes[6:]} == {"tiet": "infrastructure", "sillat": "tiet"}
    other = copied(study.project, "other")
    for path in (other.config, other.codebook_path):
        text = path.read_text(encoding="utf-8").replace("Trial", "Another").replace("id: water", "id: aqua")
        path.write_text(text, encoding="utf-8")
    other = load_project(other.root)
    shutil.rmtree(other.codings)
    coded(other, "cilla", "beta-01", "aqua", 1)
    assert join(read_refi(out(other, tmp_path / "out.qdpx")), study.project).took == {"codings": 1}
    assert load_codebook(study.project) == book
    assert [c.code for c in read_codings(study.project) if c.coder == "cilla"] == ["water"]
    assert faults(study.project) == []


def test_an_import_that_fails_changes_nothing(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = copied(study.project, "partner")
    coded(partner, "cilla", "beta-01", "rail", 1)
    write_memo(partner, Memo("m", "project", "", "", "x"))
    target = out(partner, tmp_path / "out.qdpx")
    before = tree(study.project)
    replace_ = Path.replace

    def failing(self: Path, to: Path) -> Path:
        if "staging" in self.parts and self.name == "m.md":
            raise OSError(28, "full", str(to))
        return replace_(self, to)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(QualkitError):
        join(read_refi(target), study.project)
    assert tree(study.project) == before
    monkeypatch.undo()
    path = study.project.codings / "anna" / "alpha-01.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    coded(partner, "anna", "alpha-01", "rail", 1)
    with pytest.raises(Conflict, match="cut short"):
        join(read_refi(out(partner, tmp_path / "again.qdpx")), study.project)
    path.write_bytes(path.read_bytes().replace(b"condition", b"rail") + b"\n{}\n")
    with pytest.raises(BadFile):
        join(read_refi(tmp_path / "again.qdpx"), study.project)
    assert not [m for m in read_memos(study.project) if m.id == "m"]
    assert not check_journal(study.project.codings / "bo" / "alpha-01.jsonl")


def test_codes_come_before_codings_and_go_again_when_these_cannot(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "segments.csv"
    table.write_text("Document,Code,Segment\nnew,Bridges,The bridge is closed\n", encoding="utf-8")
    before = tree(study.project)

    def refusing(project: Project, changes: object) -> None:
        assert "bridges" in load_codebook(project).by_id
        raise QualkitError("The disk is full.")

    monkeypatch.setattr("qualkit.exchange.joining.apply_changes", refusing)
    with pytest.raises(QualkitError):
        join(read_any(table), study.project)
    after = {path: data for path, data in tree(study.project).items() if "/.revisions/" not in path}
    assert after == before
    monkeypatch.undo()
    assert join(read_any(table), study.project).took["codes"] == 1
