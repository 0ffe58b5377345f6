"""Word, Excel, PDF, slides, tables: opened again and looked into; the same bytes twice; nothing runs."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.export import WRITERS, render, write_report
from qualkit.export.kit import Kit
from qualkit.files.journal import Journal
from qualkit.files.statuses import Status, set_status
from qualkit.report import Report, Wanted, build_report
from qualkit.report.recheck import recheck
from qualkit.themes.passages import Selection
from tests.steps import ended
from tests.study import HOSTILE, Study

if TYPE_CHECKING:
    from pathlib import Path

SEEN = HOSTILE.replace("\u202e", "⟨U+202E⟩").replace("\u202c", "⟨U+202C⟩")


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path / "none"))


def report_of(study: Study, wanted: Wanted | None = None, **chosen: Any) -> Report:
    return ended(build_report(study.project, Selection(**chosen), wanted=wanted))


def made(study: Study, kind: str, wanted: Wanted | None = None, **chosen: Any) -> dict[str, bytes]:
    return dict(render(Kit(report_of(study, wanted, **chosen)), kind))


def test_word_has_styles_contents_captions_and_the_quotes_as_text(study: Study) -> None:
    import docx

    document = docx.Document(io.BytesIO(made(study, "docx", suggestions=True)["report.docx"]))
    by_style: dict[str, list[str]] = {}
    for paragraph in document.paragraphs:
        by_style.setdefault(str(paragraph.style.name if paragraph.style else ""), []).append(paragraph.text)
    assert {"Title", "Heading 1", "Heading 2", "Caption", "Quote", "Quote Source", "Caution"} <= set(by_style)
    assert SEEN in by_style["Quote"]
    xml = document.element.xml
    assert 'TOC \\o "1-2"' in xml
    assert "SEQ Table" in xml


def test_word_takes_the_users_template(study: Study, tmp_path: Path) -> None:
    import docx

    template = docx.Document()
    template.styles["Heading 1"].font.name = "Courier New"
    template.add_paragraph("Lorem ipsum")
    template.sections[0].header.paragraphs[0].text = "Our house"
    template.save(str(tmp_path / "house.docx"))
    write_report(report_of(study), tmp_path / "out", ("docx",), template=tmp_path / "house.docx")
    written = docx.Document(str(tmp_path / "out" / "report.docx"))
    assert written.sections[0].header.paragraphs[0].text == "Our house"
    assert written.styles["Heading 1"].font.name == "Courier New"
    assert "Lorem ipsum" not in [p.text for p in written.paragraphs]


def test_excel_runs_nothing_and_has_one_row_a_passage(study: Study) -> None:
    import openpyxl

    report = report_of(study)
    data = dict(render(Kit(report, drawn={}), "xlsx"))["report.xlsx"]
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert {"report", "quotes", "picture", "themes", "presence", "codebook"} <= set(book.sheetnames)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    head, *rows = book["quotes"].iter_rows(values_only=True)
    assert len(rows) == len(report.passages)
    quotes = {row[head.index("Document name")]: row[head.index("Segment")] for row in rows}
    assert quotes["beta-02"] is None
    assert SEEN in [row[head.index("Segment")] for row in rows]
    first = dict(zip(head, rows[0], strict=True))
    assert (first["Document group"], first["Code"]) == ("Alpha & sons", "Näkökulma > Kunto")
    assert first["Area"] == len(str(first["Segment"]))
    codes, *matrix = book["codes_by_site"].iter_rows(values_only=True)
    assert codes == ("code", "code_name", "alpha", "beta", "all")
    assert ("water", "Vesi", 3, 1, 4) in matrix
    assert ("water", 4, 1) in list(book["codes_by_code"].iter_rows(values_only=True))
    heights = book["quotes"].row_dimensions
    assert heights[1].height == 30  # "Weight score" stands on two lines
    assert heights[2 + [SEEN in r for r in rows].index(True)].height >= 30


def test_excel_takes_no_title_for_mark_up(study: Study) -> None:
    import openpyxl

    title = "<r></is></c><c r='B1' t='str'><f>1+1</f></c></r>"
    data = dict(render(Kit(replace(report_of(study), title=title), drawn={}), "xlsx"))["report.xlsx"]
    cell = openpyxl.load_workbook(io.BytesIO(data))["report"]["A1"]
    assert (cell.data_type, cell.value) == ("s", f"{title} ")


def test_no_word_of_a_narrow_column_is_broken_in_word(study: Study) -> None:
    import docx

    document = docx.Document(io.BytesIO(made(study, "docx", suggestions=True)["report.docx"]))
    (table,) = (t for t in document.tables if t.cell(0, 1).text == "Kohde" and t.cell(0, 2).text == "Pisteet")
    for column in table.columns:
        longest = max(len(word) for cell in column.cells for word in cell.text.split() or [""])
        # At 8 points a letter of a wide typeface takes 5; the margins of a cell take 11.
        assert column.width.pt >= 5 * longest + 11, column.cells[0].text


def test_csv_cells_do_not_start_a_formula(study: Study) -> None:
    for kind, folder, delimiter in (("csv", "tables", ","), ("csv-fi", "tables-fi", ";")):
        data = made(study, kind, suggestions=True)
        text = data[f"{folder}/quotes.csv"].decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
        assert "'" + SEEN in [row["quote"] for row in rows]
        assert not any(value[:1] in "=+-@\t" for row in rows for value in row.values() if value)
    assert ",8" in made(study, "csv-fi", suggestions=True)["tables-fi/quotes.csv"].decode("utf-8-sig")


def test_parquet_is_verbatim(study: Study) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(made(study, "parquet")["tables/quotes.parquet"]))
    assert HOSTILE in table.column("quote").to_pylist()


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (Wanted(), {"suggestions": True}),
        (Wanted(audience="public", pseudonyms=True), {"suggestions": True}),
        (Wanted(), {"interviews": ("beta-01",)}),
    ],
    ids=["whole", "public", "empty"],
)
def test_json_keeps_to_its_schema(study: Study, wanted: Wanted, chosen: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator, ValidationError

    schema = json.loads((files("qualkit.export") / "report.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    valid = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    set_status(study.project, "alpha", "water", Status.POOR, "old pumps", "anna")
    document = json.loads(made(study, "json", wanted, **chosen)["report.json"])
    valid.validate(document)
    assert set(document) <= set(schema["properties"])
    assert document["picture"]
    assert "interviews" in chosen or (document["quotes"] and document["candidates"])
    with pytest.raises(ValidationError, match="'fine' is not one of"):
        valid.validate({**document, "picture": [{**document["picture"][0], "status": "fine"}]})


def test_pdf_and_slides_are_made(study: Study) -> None:
    import pptx

    assert made(study, "pdf")["report.pdf"].startswith(b"%PDF")
    show = pptx.Presentation(io.BytesIO(made(study, "pptx")["cards.pptx"]))
    titles = [slide.shapes.title.text for slide in show.slides if slide.shapes.title]
    assert titles[0] == "Trial <study>"
    assert "1. Vesi" in titles


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_project_gives_the_same_bytes(study: Study, kind: str) -> None:
    assert made(study, kind, suggestions=True) == made(study, kind, suggestions=True)


def test_two_processes_that_hash_differently_give_the_same_bytes(study: Study, tmp_path: Path) -> None:
    (book,) = study.project.root.glob("codebooks/*.yaml")
    aspects = [f"aspect-{n}" for n in range(6)]
    lines = (f"  - {{id: {a}, parent: aspect, name: {{fi: {a}, sv: {a}, en: {a}}}}}\n" for a in aspects)
    book.write_text(book.read_text(encoding="utf-8") + "".join(lines), encoding="utf-8")
    for aspect in aspects:  # on the same words, as often: their order must come from somewhere
        Journal(study.project, "anna", "alpha-01").add_coding(aspect, study.codings["water-fi"].anchor)

    def bytes_of(seed: str) -> dict[str, str]:
        folder = tmp_path / seed
        command = ("report", "--suggestions", "--progress", "none", "--output", str(folder))
        environment = os.environ | {"PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "1764000000"}
        subprocess.run(
            [sys.executable, "-m", "qualkit", *command, "--project", str(study.project.root)],
            check=True,
            capture_output=True,
            env=environment,
        )
        found = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(p.relative_to(folder)): sha256(p.read_bytes()).hexdigest() for p in found}

    one, other = bytes_of("1"), bytes_of("4321")
    assert len(one) > 30
    assert [name for name in one if one[name] != other.get(name)] == []


@pytest.mark.parametrize("step", range(0, 101, 5))
def test_letters_on_the_heat_map_are_read_on_every_shade(step: int) -> None:
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    from qualkit.export.charts import DEEP, PALE, on_shade

    def light(colour: Any) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
        return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)

    shade = LinearSegmentedColormap.from_list("shades", ["#ffffff", PALE, DEEP])(step / 100)
    pair = sorted((light(shade), light(to_rgb(on_shade(shade)))))
    assert pair[1] / pair[0] > 3.5


def test_charts_say_in_words_what_they_show(study: Study) -> None:
    data = made(study, "charts", suggestions=True)
    assert data["charts/heatmap.png"].startswith(b"\x89PNG")
    assert b"<svg" in data["charts/heatmap.svg"]
    assert "heatmap: " in data["charts/alt-texts.txt"].decode()


def test_a_finished_report_is_checked_word_for_word(study: Study, tmp_path: Path) -> None:
    from qualkit.files.transcript import save_transcript
    from qualkit.model import Transcript

    report = report_of(study, suggestions=True)
    write_report(report, tmp_path, tuple(WRITERS))
    names = (
        "report.json", "report.html", "tables/quotes.csv", "tables-fi/quotes.csv", "report.md", "report.docx",
        "report.xlsx", "report.pdf", "cards.pptx",
    )  # fmt: skip
    for name in names:
        count, faults = recheck(study.project, tmp_path / name)
        assert count
        assert faults == []
    old = study.transcript("alpha-01")
    turns = list(old.turns)
    turns[1] = turns[1].__class__("S2", "Kokonaan toista.", 10_000, 19_000)
    save_transcript(study.project, Transcript(old.interview, old.language, old.speakers, tuple(turns), 2))
    for name in names:
        assert recheck(study.project, tmp_path / name)[1], name


def test_a_word_that_was_changed_in_word_is_found(study: Study, tmp_path: Path) -> None:
    import docx

    write_report(report_of(study), tmp_path, ("docx",))
    document = docx.Document(str(tmp_path / "report.docx"))
    quotes = [p for p in document.paragraphs if p.style is not None and p.style.name == "Quote"]
    quotes[0].runs[0].text = quotes[0].text.replace("vanha", "uusi")
    document.save(str(tmp_path / "edited.docx"))
    count, faults = recheck(study.project, tmp_path / "edited.docx")
    assert [f.message.partition(": ")[2] for f in faults] == [
        "these are not the words of alpha-01 in that place."
    ]
    assert count > 1
    source = quotes[0]._p.getnext()
    source.getparent().remove(source)
    document.save(str(tmp_path / "edited.docx"))
    assert "has no coding id" in recheck(study.project, tmp_path / "edited.docx")[1][0].message


def test_what_is_no_report_is_told_in_a_line(study: Study, tmp_path: Path) -> None:
    from qualkit.errors import BadFile

    for end in (".docx", ".pdf", ".xlsx", ".pptx", ".json", ".csv"):
        path = tmp_path / f"other{end}"
        path.write_bytes(b"nothing of ours, 1;2;3\n4;5;6\n")
        with pytest.raises(BadFile, match="no report"):
            recheck(study.project, path)
    (tmp_path / "a.odt").write_bytes(b"")
    with pytest.raises(BadFile, match="cannot be read back"):
        recheck(study.project, tmp_path / "a.odt")


def test_a_slice_tells_that_it_is_one_and_under_pseudonyms_names_nobody(study: Study) -> None:
    chosen: dict[str, Any] = {"sites": ("alpha",), "coders": ("anna",), "interviews": ("alpha-01",)}
    assert "Alue: Alpha & sons" in made(study, "html", **chosen)["report.html"].decode().replace("&amp;", "&")
    kit = Kit(report_of(study, Wanted(pseudonyms=True), **chosen), drawn={})
    text = b"".join(d for kind in ("md", "json", "html") for d in render(kit, kind).values()).decode()
    assert "Vain osa aineistosta" in text
    assert not any(name in text for name in ("alpha-01", "Alpha", '"anna"'))


def test_what_is_restricted_is_in_no_public_format(study: Study) -> None:
    from dataclasses import replace

    closed = replace(study.project, settings={"privacy": {"restricted_codes": ["condition"]}})
    secret = study.transcript("alpha-01").turns[1].text
    report = report_of(Study(closed, study.codings), Wanted(audience="public"), suggestions=True)
    assert {(w.reason, w.count) for w in report.withheld} >= {("restricted-code", 3), ("restricted", 3)}
    for kind in WRITERS:
        for name, data in render(Kit(report), kind).items():
            parts = [data]
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as packed:
                    parts = [packed.read(n) for n in packed.namelist()]
            assert not any(secret.encode() in part for part in parts), name
    assert "condition" not in {t.code.id for t in report.themes}
    assert "Kunto" not in render(Kit(report, drawn={}), "html")["report.html"].decode()


def test_names_are_replaced_everywhere(study: Study) -> None:
    report = report_of(study, Wanted(pseudonyms=True))
    kit = Kit(report, drawn={})
    kinds = ("md", "html", "json", "csv")
    everything = b"".join(data for kind in kinds for data in render(kit, kind).values()).decode("utf-8")
    for name in ("alpha-01", "beta-01", "Alpha & sons", "anna"):
        assert name not in everything
    assert (study.project.root / "pseudonyms.csv").exists()


def test_a_status_that_a_person_set_is_printed_with_its_reason(study: Study) -> None:
    set_status(study.project, "alpha", "water", Status.POOR, "=old & <rusty>", "anna")
    set_status(study.project, "alpha", "water", Status.CRITICAL, "it broke", "anna")
    text = made(study, "md")["report.md"].decode()
    assert "kriittinen" in text
    assert "it broke" in text
