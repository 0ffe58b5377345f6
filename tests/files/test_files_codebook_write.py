from __future__ import annotations

import difflib
import errno
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualkit.errors import BadFile, QualkitError
from qualkit.files.codebook import codebook_hash, read_codebook
from qualkit.files.codebook_write import write_codebook
from qualkit.files.text import nfc
from qualkit.model import Code, Codebook

HAND = """\
# On top
format: qualkit-codebook/1   # the format
name: {fi: Koe}
version: "1"
languages: [fi, sv]
owner: somebody              # a key that Qualkit does not know
codes:

  # ── First dimension ──

  - id: one
    codable: false
    name: {fi: Yksi, sv: Ett}

  - id: water      # a code
    parent: one
    name:
      fi: Vesi
      sv: "Vatten"
    definition:
      fi: >-
        Pitkä selitys
        kahdella rivillä.
      # a remark
    terms:
      fi: [vesi,
        raakavesi]   # two lines
      sv:
        - vatten     # the common one
        - 'no'
    note: keep me

  # ── Second dimension ──

  - id: two
    name: {fi: Kaksi}
# At the end
"""


HEAD = "format: qualkit-codebook/1\nlanguages: [fi]\nname: {fi: X}\n"


def write(tmp_path: Path, text: str = HAND) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(before: str, after: str) -> list[str]:
    rows = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [row for row in rows if row[0] in "+-" and row[:3] not in ("+++", "---")]


def with_code(codebook: Codebook, code: Code) -> Codebook:
    return replace(codebook, codes=tuple(code if c.id == code.id else c for c in codebook.codes))


def test_writing_what_is_there_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path)
    write_codebook(path, read_codebook(path))
    assert path.read_text(encoding="utf-8") == HAND


def test_a_change_is_a_line_and_every_remark_stays(tmp_path: Path) -> None:
    path = write(tmp_path)
    codebook = read_codebook(path)
    water = codebook.by_id["water"]
    new = replace(
        water,
        name={"fi": "Vesi: kaikki", "sv": "Vatten"},
        terms={"fi": ("vesi", "raakavesi", "on"), "sv": ("vatten", "regn")},
        color="#00ff00",
    )
    write_codebook(path, replace(with_code(codebook, new), version="2"))
    assert changed(HAND, path.read_text(encoding="utf-8")) == [
        '-version: "1"', '+version: "2"',
        "-      fi: Vesi", '+      fi: "Vesi: kaikki"',
        "-      fi: [vesi,", "-        raakavesi]   # two lines",
        '+      fi: [vesi, raakavesi, "on"]   # two lines',
        "-        - 'no'", "+        - regn",
        '+    color: "#00ff00"',
    ]  # fmt: skip
    assert read_codebook(path).by_id["water"] == new


def test_codes_that_come_go_and_move(tmp_path: Path) -> None:
    path = write(tmp_path)
    codebook = read_codebook(path)
    one, water, two = codebook.codes
    new = Code(
        "rail", {"fi": "Rata #1"}, "one", {"fi": "Pitkä " * 40 + "loppu."}, examples={"fi": ("A: b", "c")}
    )
    write_codebook(path, replace(codebook, codes=(one, water, new, two)))
    text = path.read_text(encoding="utf-8")
    assert all(row.startswith("+") for row in changed(HAND, text))
    assert read_codebook(path).codes == (one, water, read_codebook(path).by_id["rail"], two)
    assert read_codebook(path).by_id["rail"] == new
    write_codebook(path, replace(codebook, codes=(two, one, water)))
    text = path.read_text(encoding="utf-8")
    assert [row.strip() for row in text.splitlines() if row.startswith("  # ──")] == [
        "# ── Second dimension ──",
        "# ── First dimension ──",
    ]
    assert text.endswith("# At the end\n")
    # the heading of a dimension whose first code goes stays
    write_codebook(path, replace(codebook, codes=(replace(water, parent=""), two)))
    text = path.read_text(encoding="utf-8")
    assert "First dimension" in text
    assert "id: one" not in text
    assert [code.id for code in read_codebook(path).codes] == ["water", "two"]


@pytest.mark.parametrize(
    "text",
    [
        "{format: qualkit-codebook/1, codes: [{id: a, name: {fi: A}}], name: {fi: X}, languages: [fi]}\n",
        HEAD + "codes: [{id: a, name: {fi: A}}]  # here\n",
        HEAD + "codes:\n- id: a\n  name: {fi: A}",
        "codes:\n-   name: {fi: A}\n    id: a\nname:\n  fi: X\nlanguages: [fi]\nformat: qualkit-codebook/1\n",
        HEAD + "codes:\n-\n  id: a\n  name:\n    fi: |\n      A\n",
    ],
)
def test_other_layouts(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    codebook = read_codebook(path)
    wanted = replace(
        codebook,
        codes=(
            replace(codebook.codes[0], name={"fi": "B"}, parent="b", terms={"fi": ("x",)}),
            Code("b", {"fi": "Uusi"}, codable=False),
        ),
    )
    write_codebook(path, wanted)
    assert read_codebook(path) == replace(wanted, hash=codebook_hash(wanted))
    assert ("# here" in path.read_text()) == ("# here" in text)


def test_what_would_be_read_otherwise_is_not_written(tmp_path: Path) -> None:
    path = write(tmp_path)
    codebook = read_codebook(path)
    for wrong in (
        replace(codebook, codes=()),
        replace(codebook, codes=(*codebook.codes, codebook.codes[0])),
        with_code(codebook, replace(codebook.codes[0], parent="water")),
        with_code(codebook, replace(codebook.codes[0], parent="nowhere")),
        with_code(codebook, replace(codebook.codes[0], name={"fi": "a\x1b"})),
        replace(codebook, codes=(*codebook.codes, Code("No Id", {}))),
    ):
        with pytest.raises(BadFile):
            write_codebook(path, wrong)
    assert path.read_text(encoding="utf-8") == HAND
    path.write_text("codes: [")
    with pytest.raises(BadFile, match="not YAML"):
        write_codebook(path, codebook)
    assert path.read_text() == "codes: ["


def test_a_full_disk_leaves_the_codebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    codebook = replace(read_codebook(path), version="2")

    def broken(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(QualkitError, match="disk is full"):
        write_codebook(path, codebook)
    assert path.read_text(encoding="utf-8") == HAND


def test_the_codebook_that_comes_along_changes_by_the_line(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    shutil.copy(Path(__file__).parents[2] / "codebooks" / "infrastructure-security.yaml", path)
    before, codebook = path.read_text(encoding="utf-8"), read_codebook(path)
    code = codebook.codable[3]
    write_codebook(path, with_code(codebook, replace(code, color="#123456")))
    assert len(changed(before, path.read_text(encoding="utf-8"))) == 2


HARD = ["no", "on", "~", "null", "112", "1.0", "- a", "a: b", "#x", "'", '"', "{a}", "[", "&a", "*a", "!a"]
texts = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12)
    | st.sampled_from(HARD)
).map(lambda text: " ".join(nfc(text).split()))
filled = texts.filter(bool)
languages = st.sampled_from(["fi", "sv", "en"])
lists = st.dictionaries(languages, st.lists(filled, min_size=1, max_size=3).map(tuple), max_size=2)
ids = st.from_regex("[a-z0-9]{1,3}(-[a-z0-9]{1,2})?", fullmatch=True)


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    code_ids = draw(st.lists(ids, min_size=1, max_size=5, unique=True))
    codes = []
    for n, code_id in enumerate(code_ids):
        definition = st.dictionaries(languages, filled | st.just("pitkä selitys " * 9 + "x"), max_size=2)
        code = Code(
            id=code_id,
            parent=draw(st.sampled_from(["", *code_ids[:n]])),
            name=draw(st.dictionaries(languages, filled, max_size=3)),
            definition=draw(definition),
            include=draw(lists),
            examples=draw(lists),
            terms=draw(lists),
            color=draw(st.sampled_from(["", "#00Ff00"])),
            codable=draw(st.booleans()),
            retired=draw(st.booleans()),
        )
        codes.append(code)
    codebook = Codebook(
        name=draw(st.dictionaries(languages, filled, max_size=2)),
        codes=tuple(draw(st.permutations(codes))),
        version=draw(filled),
        languages=draw(st.sampled_from([("fi",), ("fi", "sv", "en")])),
    )
    return replace(codebook, hash=codebook_hash(codebook))


@settings(max_examples=30)
@given(st.lists(codebooks(), min_size=1, max_size=3), st.booleans())
def test_round_trip_and_any_change(versions: list[Codebook], by_hand: bool) -> None:
    """Whatever stands there, after writing the file says what was written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        if by_hand:
            path.write_text(HAND, encoding="utf-8")
        for codebook in versions:
            write_codebook(path, codebook)
            assert read_codebook(path) == codebook
            text = path.read_text(encoding="utf-8")
            write_codebook(path, codebook)
            assert path.read_text(encoding="utf-8") == text
        assert not by_hand or "owner: somebody" in text
