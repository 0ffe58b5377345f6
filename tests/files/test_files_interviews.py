from __future__ import annotations

import csv
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.files.interviews import (
    COLUMNS,
    check_interviews,
    interview,
    iso_date,
    read_interviews,
    write_interviews,
)
from qualkit.files.project import Project
from qualkit.files.text import nfc
from qualkit.model import Interview

FINNISH = (
    "id;site;date;language;role;interviewer;consent;speakers;recording;Työsuhteen alku\r\n"
    "kilpi-01;kilpisalo;24.11.2026;fi;käyttöpäällikkö;Åsa;quote;3;kilpi 01.m4a;1.2.1998\r\n"
    ";;;;;;;;;\r\n"
    "kilpi-02;kilpisalo;1.2.2026;SV;ylläpito, 2. vuoro;;No-Quote;;;\r\n"
)
EXPECTED = (
    Interview(
        "kilpi-01", "kilpisalo", "2026-11-24", "fi", "käyttöpäällikkö", "Åsa", "quote", 3, "kilpi 01.m4a",
        {"Työsuhteen alku": "1.2.1998"},
    ),
    Interview(
        "kilpi-02", "kilpisalo", "2026-02-01", "sv", "ylläpito, 2. vuoro", "", "no-quote", 2, "",
        {"Työsuhteen alku": ""},
    ),
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_what_a_finnish_spreadsheet_saves(project: Project, encoding: str, delimiter: str) -> None:
    project.interviews.write_bytes(FINNISH.replace(";", delimiter).encode(encoding))
    assert read_interviews(project) == EXPECTED
    assert check_interviews(project.interviews) == []


def test_other_manners_of_writing(project: Project) -> None:
    project.interviews.write_text('sep=;\nID;Date\n a ;2026-1-2\n"b";"3.4.2026 12.00"\n')
    assert [(r.id, r.date) for r in read_interviews(project)] == [("a", "2026-01-02"), ("b", "2026-04-03")]
    project.interviews.write_text('id,role,note\na,"chief, ""acting""","two\nlines"\n\nb\n')
    rows = read_interviews(project)
    assert rows[0].role == 'chief, "acting"'
    assert rows[0].attributes == {"note": "two\nlines"}
    assert rows[1].id == "b"


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("", 1, "no header row"),
        ("name,site\nx,y\n", 1, "no column id"),
        ("id,site,site\na,b,c\n", 1, "site stands twice"),
        ("id,site\n,kilpi\n", 2, "no id"),
        ('id,note\na,"x\ny"\n\nA,z\n', 5, "stands on line 2 too"),
        ("id\n../../etc/passwd\n", 2, "may hold letters"),
        ("id\nCON\n", 2, "device name"),
        ("id,date\na,31.2.2026\n", 2, "no date"),
        ("id,date\na,3/4/2026\n", 2, "24.11.2026"),
        ("id,language\na,Finnish\n", 2, "no language code"),
        ("id,consent\na,maybe\n", 2, "quote or no-quote"),
        ("id,speakers\na,-1\n", 2, "how many people"),
        ("id,speakers\na,2.5\n", 2, "how many people"),
        ("id,speakers\na,21\n", 2, "how many people"),
        ("id,recording\na,/etc/passwd\n", 2, "root of a disk"),
        ("id,recording\na,../x.wav\n", 2, "leads out of the project"),
        ("id,recording\na,C:\\x.wav\n", 2, "written with"),
        ("id\na,b\n", 2, "more cells than columns"),
        ("id,\na,b\n", 2, "more cells than columns"),
        ('id,site\na,"b\nc\n', 2, "quotes"),
        ("id,site\na,\x1b[31m\n", 2, "U\\+001B"),
    ],
)
def test_faults_name_their_line(project: Project, text: str, line: int, word: str) -> None:
    project.interviews.write_text(text, newline="")
    with pytest.raises(BadFile, match=word) as caught:
        read_interviews(project)
    assert caught.value.line == line
    problem = check_interviews(project.interviews)[0]
    assert problem.line == line
    assert problem.hint


def test_all_faults_are_told_together(project: Project) -> None:
    project.interviews.write_text("id,date,consent\na,x,y\n,z,\n")
    assert [problem.line for problem in check_interviews(project.interviews)] == [2, 2, 3, 3]


def test_no_text_at_all(project: Project) -> None:
    project.interviews.write_bytes(b"id\n\x81\x8d\n")
    with pytest.raises(BadFile, match="neither UTF-8 nor Windows"):
        read_interviews(project)
    project.interviews.write_bytes(b"PK\x03\x04 this is an xlsx")
    with pytest.raises(BadFile):
        read_interviews(project)
    project.interviews.unlink()
    assert read_interviews(project) == ()


def test_one_interview(project: Project) -> None:
    write_interviews(project, EXPECTED)
    assert interview(project, "kilpi-02").language == "sv"
    with pytest.raises(UsageError, match="Did you mean kilpi-02"):
        interview(project, "kilpi-2")


def test_writing_keeps_the_manner_of_the_file(project: Project) -> None:
    project.interviews.write_bytes(FINNISH.encode("cp1252"))
    rows = read_interviews(project)
    write_interviews(project, [*rows, Interview("uusi", attributes={"vuoro": "yö"})])
    data = project.interviews.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfid;site;date;")
    assert "Työsuhteen alku;vuoro\n" in data.decode("utf-8-sig")
    assert [row.id for row in read_interviews(project)] == ["kilpi-01", "kilpi-02", "uusi"]
    assert read_interviews(project)[2].attributes["vuoro"] == "yö"


def test_writing_over_a_file_that_cannot_be_read_is_refused(project: Project) -> None:
    project.interviews.write_text('id,site\na,"b\n')
    with pytest.raises(BadFile):
        write_interviews(project, EXPECTED)
    assert project.interviews.read_text() == 'id,site\na,"b\n'


def test_no_cell_is_a_formula(project: Project) -> None:
    cells = ["=1+1", "+HYPERLINK(1)", "@SUM(1)", "-2+3", "'=x", "''", "'quoted'", "-5", "+358 40 123", "-"]
    rows = [Interview(f"i{n}", role=cell) for n, cell in enumerate(cells)]
    write_interviews(project, rows)
    with project.interviews.open(newline="") as file:
        written = [line["role"] for line in csv.DictReader(file)]
    assert not any(cell.startswith(("=", "@", "+H", "-2+")) for cell in written)
    assert "-5" in written
    assert [row.role for row in read_interviews(project)] == cells


def test_a_disk_that_is_full(project: Project, fail) -> None:  # type: ignore[no-untyped-def]
    write_interviews(project, EXPECTED)
    before = project.interviews.read_bytes()
    fail("fsync", 28)
    with pytest.raises(QualkitError, match="disk is full"):
        write_interviews(project, EXPECTED[:1])
    assert project.interviews.read_bytes() == before
    assert not list(project.root.glob("*.part"))


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("24.11.2026", "2026-11-24"), ("1.2.2026", "2026-02-01"), ("1. 2. 2026", "2026-02-01"), ("", ""),
        ("2026-11-24T12:00", "2026-11-24"), ("24.11.2026 0.00", "2026-11-24"), ("24.11.26", None),
        ("29.2.2026", None), ("24/11/2026", None), ("45989", None), ("x", None),
    ],
)  # fmt: skip
def test_dates(text: str, date: str | None) -> None:
    assert iso_date(text) == date


words = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff\u2028\u2029")
).map(lambda text: nfc(text).strip())
ids = st.from_regex(r"[a-zåäö0-9][a-zåäö0-9-]{0,10}", fullmatch=True).filter(
    lambda i: i not in ("con", "nul", "aux", "prn")
)
rows = st.builds(
    Interview,
    id=ids,
    site=words,
    date=st.dates().map(lambda d: d.isoformat()) | st.just(""),
    language=st.sampled_from(["", "fi", "sv", "en"]),
    role=words,
    interviewer=words,
    consent=st.sampled_from(["", "quote", "no-quote"]),
    speakers=st.integers(0, 20),
    recording=st.sampled_from(["", "ä (1).wav", "day/x.mp3"]),
)
columns = words.filter(lambda name: name and name.lower() not in COLUMNS)


@given(st.data())
def test_round_trip(data: st.DataObject) -> None:
    names = data.draw(st.lists(columns, max_size=3, unique=True))
    drawn = data.draw(st.lists(rows, max_size=5, unique_by=lambda row: row.id.casefold()))
    interviews = tuple(replace(row, attributes={name: data.draw(words) for name in names}) for row in drawn)
    manner = data.draw(st.sampled_from(["id;site", "id,site", "\ufeffid\tsite", ""]))
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), "P", ("fi",), Path(folder) / "c.yaml")
        if manner:
            project.interviews.write_text(manner + "\n", encoding="utf-8")
        write_interviews(project, interviews)
        read = read_interviews(project)
        expected = interviews or ()
        assert read == expected
        write_interviews(project, read)
        assert read_interviews(project) == expected
