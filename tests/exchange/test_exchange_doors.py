"""The other doors in: real files of each tool, made by its published schema."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from hashlib import sha1
from typing import TYPE_CHECKING

import pytest

from qualkit.cli.main import main
from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.exchange.doors import read_any
from qualkit.exchange.landing import land
from qualkit.files.codebook import check_codebook, load_codebook
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import check_journal, read_codings
from qualkit.files.memos import read_memos
from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.exchange.incoming import Incoming
    from qualkit.files.project import Project

SAID = "Q: Miten vesi 🔧 riittää?\nA: Höyryä riittää, vesi on vähissä.\n"
TAGUETTE = """
CREATE TABLE projects (id INTEGER PRIMARY KEY, name VARCHAR, description TEXT, created DATETIME);
CREATE TABLE documents (id INTEGER PRIMARY KEY, name VARCHAR, description TEXT, filename VARCHAR,
  created DATETIME, project_id INTEGER, text_direction VARCHAR, contents TEXT);
CREATE TABLE highlights (id INTEGER PRIMARY KEY, document_id INTEGER, start_offset INTEGER,
  end_offset INTEGER, snippet TEXT);
CREATE TABLE tags (id INTEGER PRIMARY KEY, project_id INTEGER, path VARCHAR, description TEXT);
CREATE TABLE highlight_tags (highlight_id INTEGER, tag_id INTEGER);
CREATE TABLE commands (id INTEGER PRIMARY KEY, date DATETIME, user_login VARCHAR, project_id INTEGER,
  document_id INTEGER, payload TEXT);
CREATE TABLE alembic_version (version_num VARCHAR);
"""
QUALCODER = """
CREATE TABLE project (databaseversion text, date text, memo text, about text);
CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text,
  owner text, date text, av_text_id integer, risid integer, unique(name));
CREATE TABLE code_image (imid integer primary key, id integer, cid integer);
CREATE TABLE annotation (anid integer primary key, fid integer, pos0 integer, pos1 integer, memo text,
  owner text, date text);
CREATE TABLE attribute (attrid integer primary key, name text, attr_type text, value text, id integer);
CREATE TABLE case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer);
CREATE TABLE cases (caseid integer primary key, name text, memo text, owner text, date text);
CREATE TABLE code_cat (catid integer primary key, name text, owner text, date text, memo text,
  supercatid integer);
CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text, pos0 integer,
  pos1 integer, owner text, date text, memo text, avid integer, important integer);
CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text,
  color text, unique(name));
CREATE TABLE journal (jid integer primary key, name text, jentry text, date text, owner text);
"""
QC = """
CREATE TABLE document (file_path VARCHAR PRIMARY KEY, file_hash VARCHAR);
CREATE TABLE document_index (id INTEGER PRIMARY KEY, name VARCHAR, time_series BOOLEAN, document_id VARCHAR);
CREATE TABLE location (id INTEGER PRIMARY KEY, start_line INTEGER, end_line INTEGER,
  document_index_id VARCHAR);
CREATE TABLE code (name VARCHAR PRIMARY KEY);
CREATE TABLE coder (name VARCHAR PRIMARY KEY);
CREATE TABLE coded_line (id INTEGER PRIMARY KEY, line INTEGER, coder_id VARCHAR, code_id VARCHAR);
CREATE TABLE coded_line_location_association (coded_line_id INTEGER, location_id INTEGER);
"""


def database(path: Path, schema: str, **rows: list[tuple[object, ...]]) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(schema)
        for table, values in rows.items():
            marks = ", ".join("?" * len(values[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
        connection.commit()
    return path


def landed(incoming: Incoming, root: Path) -> tuple[Project, set[tuple[str, str, str]]]:
    """The project, and (coder, code's name, quote) of every coding in it; every quote is right."""
    done = land(incoming, root)
    assert all(quote.recovered for quote in done.quotes)
    project = load_project(done.root)
    book = load_codebook(project)
    for name in transcript_ids(project):
        text = load_transcript(project, name).text
        for coding in read_codings(project, [name]):
            assert text[coding.anchor.start : coding.anchor.end] == coding.anchor.quote
    assert not [p for path in project.codings.rglob("*.jsonl") for p in check_journal(path)]
    return project, {
        (c.coder, book.by_id[c.code].name_in("fi"), c.anchor.quote) for c in read_codings(project)
    }


def taguette(path: Path) -> Path:
    html = "<h1>Alue</h1><p>Höyryä riittää,\nse on <b>vähissä</b>.</p><ul><li>raide &amp; tie</li></ul>"
    plain = "AlueHöyryä riittää,\nse on vähissä.raide & tie".encode()

    def at(words: str) -> tuple[int, int]:
        start = plain.index(words.encode())
        return start, start + len(words.encode())

    return database(
        path,
        TAGUETTE,
        projects=[(1, "Study", "Hankkeesta", "2026-01-02 03:04:05.000"), (2, "Other", "", "")],
        documents=[
            (1, "alpha.docx", "Muistio", "alpha.docx", "2026-01-02 03:04:05", 1, "LEFT_TO_RIGHT", html),
            (2, "other", "", "", "", 2, "LEFT_TO_RIGHT", "<p>x</p>"),
        ],
        highlights=[
            (1, 1, *at("Höyryä riittää"), "<p>Höyryä riittää</p>"),
            (2, 1, *at("on vähissä"), "<p>on <b>vähissä</b></p>"),
            (3, 1, *at("vähissä.raide & tie"), "<p><b>vähissä</b>.</p><ul><li>raide &amp; tie</li></ul>"),
            (4, 1, 5, 9999, "x"),
            (5, 1, 0, 4, "<h1>Alue</h1>"),
        ],
        tags=[(1, 1, "water.steam", "Höyry"), (2, 1, "e.g. rail", ""), (3, 2, "no", "")],
        highlight_tags=[(1, 1), (2, 1), (3, 2), (4, 2)],
        commands=[
            (
                1,
                "2026-02-03 10:00:00.5",
                "anna",
                1,
                1,
                json.dumps({"type": "highlight_add", "highlight_id": 1}),
            ),
            (2, "2026-02-03 11:00:00", "bo", 1, 1, json.dumps({"type": "highlight_add", "highlight_id": 2})),
            (3, "2026-02-03 12:00:00", "bo", 1, 1, "not json"),
        ],
    )


def test_taguette_counts_bytes_of_text_nodes(tmp_path: Path) -> None:
    path = taguette(tmp_path / "study.sqlite3")
    with pytest.raises(BadFile, match="--pick"):
        read_any(path)
    before = path.read_bytes()
    incoming = read_any(path, pick="Study")
    project, found = landed(incoming, tmp_path / "out")
    assert found == {
        ("anna", "steam", "Höyryä riittää"),
        ("bo", "steam", "on vähissä"),
        ("imported", "e.g. rail", "vähissä.\nraide & tie"),
    }
    assert path.read_bytes() == before
    book = load_codebook(project)
    assert book.by_id[book.by_id["steam"].parent].name_in("fi") == "water"
    losses = {loss.kind: loss.dropped for loss in incoming.losses}
    assert losses["codings"] == 1
    assert losses["highlights without a tag"] == 1
    assert read_codings(project, coders=["anna"])[0].created == "2026-02-03T10:00:00Z"
    assert sorted(memo.text for memo in read_memos(project)) == ["Hankkeesta", "Muistio"]


def test_a_quote_that_the_text_does_not_hold_is_told(tmp_path: Path) -> None:
    path = taguette(tmp_path / "study.sqlite3")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE highlights SET snippet = 'Höyryä ei riitä lainkaan' WHERE id = 1")
        connection.commit()
    done = land(read_any(path, pick="1"), tmp_path / "out")
    assert [q.quote for q in done.quotes if not q.recovered] == ["Höyryä riittää"]


def test_qualcoder_comes_whole_whatever_its_positions_count(tmp_path: Path) -> None:
    folder = tmp_path / "trial.qda"
    (folder / "audio").mkdir(parents=True)
    (folder / "audio" / "a.wav").write_bytes(b"RIFF")
    words = SAID.replace("A: ", "A: [00:01:02] ")

    def at(quote: str) -> tuple[int, int]:  # as Qt counts: UTF-16 units
        start = len(words[: words.index(quote)].encode("utf-16-le")) // 2
        return start, start + len(quote.encode("utf-16-le")) // 2

    database(
        folder / "data.qda",
        QUALCODER,
        project=[("v11", "2026-01-01 00:00:00", "Koko hanke", "")],
        source=[
            (1, "alpha", words, None, "Tekstistä", "anna", "2026-01-01 10:00:00", None, None),
            (2, "a.wav", "", "/audio/a.wav", "", "anna", "2026-01-01 10:00:00", 1, None),
            (3, "kuva.png", None, "/images/kuva.png", "", "anna", "2026-01-01 10:00:00", None, None),
        ],
        code_image=[(1, 3, 1)],
        annotation=[(1, 1, *at("Höyryä"), "Huomio", "bo", "2026-01-03 10:00:00")],
        attribute=[(1, "site", "case", "kilpi", 1), (2, "Ikä", "file", "50", 1)],
        case_text=[(1, 1, 1, 0, 10)],
        cases=[(1, "Tapaus", "", "anna", "2026-01-01 10:00:00")],
        code_cat=[(1, "Infra", "anna", "", "Rakenteet", None)],
        code_text=[
            (
                1,
                1,
                1,
                "vesi 🔧 riittää",
                *at("vesi 🔧 riittää"),
                "anna",
                "2026-01-02 10:00:00",
                "epävarma",
                None,
                1,
            ),
            (2, 2, 1, "Höyryä", *at("Höyryä"), "bo", "2026-01-02 10:00:00", "", None, None),
            (3, 9, 1, "Höyryä", *at("Höyryä"), "bo", "2026-01-02 10:00:00", "", None, None),
        ],
        code_name=[
            (1, "Vesi", "Vesihuolto", 1, "anna", "", "#1F77B4"),
            (2, "Höyry", "", None, "anna", "", ""),
        ],
        journal=[(1, "Päiväkirja", "Alku", "2026-01-01 10:00:00", "anna")],
    )
    incoming = read_any(folder)
    assert incoming.convention.unit == "utf16"
    project, found = landed(incoming, tmp_path / "out")
    assert found == {("anna", "Vesi", "vesi 🔧 riittää"), ("bo", "Höyry", "Höyryä")}
    assert next(c.memo for c in read_codings(project, coders=["anna"])) == "epävarma"
    book = load_codebook(project)
    assert book.by_id["vesi"].parent == "infra"
    assert not book.by_id["infra"].codable
    (row,) = read_interviews(project)
    assert (row.site, row.attributes["Ikä"], row.attributes["case"]) == ("kilpi", "50", "Tapaus")
    assert (project.recordings / "alpha.wav").read_bytes() == b"RIFF"
    assert load_transcript(project, "alpha").turns[-1].start_ms == 62_000
    losses = {loss.kind: loss.dropped for loss in incoming.losses}
    assert losses["codings"] == losses["codings of images"] == losses["marks 'important'"] == 1
    assert {m.text for m in read_memos(project)} >= {"Koko hanke", "Alku"}


@pytest.mark.parametrize("old", [False, True])
def test_lines_coded_with_qc(tmp_path: Path, *, old: bool) -> None:
    root = tmp_path / "study"
    (root / "corpus" / "sub").mkdir(parents=True)
    (root / "memos").mkdir()
    (root / "memos" / "2026-01-02_10-00-00.md").write_text("Muistio", encoding="utf-8")
    folded = "Vesi tulee joesta ja sitä on riittänyt tähän asti hyvin, mutta höyryverkko on jo"
    folded += "\nvanha.\n\nToinen.\n"
    file = root / "corpus" / "sub" / "a.txt"
    file.write_text(folded, encoding="utf-8")
    (root / "codebook.yaml").write_text("- infra:\n    - water\n    - steam\n", encoding="utf-8")
    settings = "corpus_dir: corpus\nmemos_dir: memos\ncodebook: codebook.yaml\n"
    if old:
        settings += "codes_dir: codes\n"
        (root / "codes" / "sub").mkdir(parents=True)
        (root / "codes" / "sub" / "a.txt.cp.codes").write_text(
            "water, steam\nsteam\n\nwater\n", encoding="utf-8"
        )
    else:
        settings += "database: qc.sqlite3\n"
        lines = [(0, "water"), (0, "steam"), (1, "steam"), (3, "water")]
        database(
            root / "qc.sqlite3",
            QC,
            document=[("sub/a.txt", sha1(folded.encode()).hexdigest())],
            document_index=[(1, "line", 0, "sub/a.txt")],
            location=[(n + 1, n, n + 1, 1) for n in range(4)],
            coded_line=[(n, line, "cp", code) for n, (line, code) in enumerate(lines)],
            coded_line_location_association=[(n, line + 1) for n, (line, _) in enumerate(lines)],
        )
    (root / "settings.yaml").write_text(settings, encoding="utf-8")
    incoming = read_any(root)
    project, found = landed(incoming, tmp_path / "out")
    first = folded.split("\n", maxsplit=1)[0]
    assert found == {("cp", "water", first), ("cp", "steam", f"{first} vanha."), ("cp", "water", "Toinen.")}
    assert [turn.text for turn in load_transcript(project, "sub-a").turns] == [f"{first} vanha.", "Toinen."]
    assert load_codebook(project).by_id["water"].parent == "infra"
    assert "changed" not in {loss.kind: loss.note for loss in incoming.losses}["coded lines"]


def test_a_corpus_outside_the_project_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "settings.yaml").write_text("corpus_dir: ../secret\n", encoding="utf-8")
    with pytest.raises(BadFile, match="leads out"):
        read_any(tmp_path / "study")


# ── Tables ───────────────────────────────────────────────────────────────────


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    book.create_sheet("empty", 0)
    sheet = book["Sheet"]
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def test_a_codebook_table_in_two_languages(tmp_path: Path) -> None:
    rows = (
        ("Tunnus", "Nimi", "Name (sv)", "Määritelmä", "Yläkoodi", "terms.fi", "Väri", "Oma"),
        ("vesi", "Vesi", "Vatten", "Vesihuolto", "Infra", "vesi; jätevesi", "#1F77B4", "x"),
        ("hoyry", "Höyry", "Ånga", "", "Infra", "höyry", "", ""),
    )
    csv = tmp_path / "book.csv"
    csv.write_bytes("\r\n".join(";".join(f'"{cell}"' for cell in row) for row in rows).encode("cp1252"))
    for number, path in enumerate((csv, workbook(tmp_path / "book.xlsx", *rows))):
        incoming = read_any(path)
        project, _ = landed(incoming, tmp_path / f"out{number}")
        book = load_codebook(project)
        code = book.by_id["vesi"]
        assert (code.name, code.color) == ({"fi": "Vesi", "sv": "Vatten"}, "#1f77b4")
        assert code.terms == {"fi": ("vesi", "jätevesi")}
        assert code.definition == {"fi": "Vesihuolto"}
        assert not book.by_id[code.parent].codable
        assert "Oma" in next(loss.note for loss in incoming.losses if loss.kind == "columns")
        assert not [p for p in check_codebook(project.codebook_path) if "id" in p.message]


def test_columns_are_taken_as_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Key,Was,Hinweis\nA > B,eins,zwei\n", encoding="utf-8")
    with pytest.raises(BadFile, match="Key, Was, Hinweis"):
        read_any(path)
    book = read_any(path, {"name.de": "Key", "definition.de": "hinweis"}).own.codebook
    assert book is not None
    assert [(c.id, c.parent, c.name) for c in book.codes] == [("a", "", {"fi": "A"}), ("b", "a", {"de": "B"})]
    for wrong in ({"name": "Nope"}, {"nome": "Key"}):
        with pytest.raises(UsageError):
            read_any(path, wrong)


@pytest.mark.parametrize(
    ("rows", "line"),
    [("id,name\na,A\na,B\n", 3), ("id,name,parent\na,A,b\nb,B,a\n", 2), ("code,memo\n,text\n", 2)],
)
def test_a_codebook_that_cannot_be_is_refused_with_its_row(tmp_path: Path, rows: str, line: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows, encoding="utf-8")
    with pytest.raises(BadFile) as caught:
        read_any(path)
    assert caught.value.line == line


SEGMENTS = (
    ("Document group", "Document name", "Code", "Beginning", "End", "Weight", "Segment", "Author", "Comment"),
    ("Ryhmä", "alpha", "Infra\\Vesi", 1, 1, 0, "Miten vesi", "Anna A", ""),
    ("Ryhmä", "alpha", "Infra\\Höyry", 3, 3, 50, "joo", "Anna A", "toinen"),
    ("Ryhmä", "alpha", "Infra\\Vesi", 9, 9, 0, "ei ole missään", "Bo", ""),
)


def test_segments_find_their_places_in_the_texts(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "Alpha.txt").write_text("Miten\u00a0vesi riittää?\njoo\njoo\n", encoding="utf-8")
    path = workbook(tmp_path / "segments.xlsx", *SEGMENTS)
    incoming = read_any(path, texts=tmp_path / "texts")
    project, found = landed(incoming, tmp_path / "out")
    assert {(code, quote.replace("\u00a0", " ")) for _, code, quote in found} == {
        ("Vesi", "Miten vesi"),
        ("Höyry", "joo"),
    }
    transcript = load_transcript(project, "alpha")
    coding = next(c for c in read_codings(project) if c.anchor.quote == "joo")
    assert transcript.turn_at(coding.anchor.start) == 2
    assert coding.memo == "toinen"
    losses = {loss.kind: loss.dropped for loss in incoming.losses}
    assert (losses["codings"], losses["whole texts"], losses["weights"]) == (1, 0, 1)


def test_segments_alone_make_their_documents(tmp_path: Path) -> None:
    incoming = read_any(workbook(tmp_path / "segments.xlsx", *SEGMENTS))
    project, found = landed(incoming, tmp_path / "out")
    assert len(found) == 3
    assert [t.text for t in load_transcript(project, "alpha").turns] == [
        "Miten vesi",
        "joo",
        "ei ole missään",
    ]
    assert next(loss.dropped for loss in incoming.losses if loss.kind == "whole texts") == 1


def test_what_is_none_of_them_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = taguette(tmp_path / "good.sqlite3").read_bytes()
    (tmp_path / "other").mkdir()
    made = {
        "cut.sqlite3": good[: len(good) // 2],
        "zeros.sqlite3": good[:200] + bytes(len(good) - 200),
        "words.sqlite3": b"SQLite format 3?" + good[16:],
        "unknown.sqlite3": database(tmp_path / "other" / "x", "CREATE TABLE t (a)").read_bytes(),
        "binary.csv": b"\0\1\2" * 50,
        "cut.xlsx": workbook(tmp_path / "other" / "y.xlsx", ("a", "b"), ("c", "d")).read_bytes()[:300],
        "empty.csv": b"",
    }
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(SystemExit) as stopped:
            main(["import", str(tmp_path / name), "--to", str(tmp_path / "out"), "--json"])
        assert stopped.value.code == 1, name
        assert not (tmp_path / "out").exists()
        assert "Traceback" not in capsys.readouterr().err
    (tmp_path / "good.sqlite3-wal").write_bytes(b"later")
    with pytest.raises(BadFile, match="Close it"):
        read_any(tmp_path / "good.sqlite3", pick="1")
    for path in (tmp_path / "nothing", tmp_path / "other"):
        with pytest.raises(QualkitError):
            read_any(path)
    with pytest.raises(UsageError):
        read_any(tmp_path / "good.sqlite3", {"id": "x"})


def test_the_verb_reports_quotes_and_losses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = taguette(tmp_path / "study.sqlite3")
    with pytest.raises(SystemExit) as stopped:
        main(["import", str(path), "--pick", "Study", "--json"])
    assert stopped.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["convention_in_words"] == "UTF-8 bytes, end exclusive"
    assert {q["quote"] for q in told["quotes"]} >= {"Höyryä riittää"}
    assert any(loss["dropped"] for loss in told["losses"])
    assert (tmp_path / "study" / "qualkit.toml").is_file()
