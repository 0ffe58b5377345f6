from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile
from qualkit.files.names import (
    fault_in_id,
    fault_in_path,
    inside,
    locate,
    names,
    new_id,
    require_inside,
    safe_id,
)

if TYPE_CHECKING:
    from pathlib import Path


@given(st.text(st.characters()))
def test_a_safe_id_is_always_an_id_and_stays_one(text: str) -> None:
    made = safe_id(text)
    assert fault_in_id(made) == ""
    assert made.isascii()
    assert safe_id(made) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Käyttöpäällikkö Åbo (2)", "kayttopaallikko-abo-2"),
        ("Ørsted & Weiß", "orsted-weiss"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "unnamed"),
        ("nul.txt", "unnamed"),
        ("漢字", "unnamed"),
        ("", "unnamed"),
    ],
)
def test_safe_id(text: str, made: str) -> None:
    assert safe_id(text) == made


@pytest.mark.parametrize("name", ["kilpi-01", "Åbo_2", "käyttö", "a", "model@1.2", "漢字", "x" * 80])
def test_ids(name: str) -> None:
    assert fault_in_id(name) == ""
    assert fault_in_id(unicodedata.normalize("NFD", name)) == ""


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".hidden",
        "-rf",
        "_a",
        "a/b",
        "a\\b",
        "a b",
        "a:b",
        "a\n",
        "a\x00",
        "con",
        "LPT1.json",
        "a.",
        "x" * 81,
    ],
)
def test_no_ids(name: str) -> None:
    assert fault_in_id(name)


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../a", "a/../../b", "C:/a", "c:a", "\\\\server\\a", "a\\b", "~/a", "a\0b"]
)
def test_paths_out_of_the_project(path: str) -> None:
    assert fault_in_path(path)


@pytest.mark.parametrize("path", ["a.wav", "day 1/ä (2).wav", "a..b.wav", "codebooks/x.yaml"])
def test_paths_in_the_project(path: str) -> None:
    assert fault_in_path(path) == ""


def test_links_are_followed_to_see_where_they_lead(tmp_path: Path) -> None:
    root, out = tmp_path / "root", tmp_path / "out"
    root.mkdir()
    out.mkdir()
    (root / "away").symlink_to(out)
    (root / "loop").symlink_to(root / "loop")
    (root / "home").symlink_to(root)
    assert inside(root, root / "home")
    assert not inside(root, root / "away" / "x")
    assert not inside(root, root / "loop")
    with pytest.raises(BadFile, match="leads out of the project"):
        require_inside(root, root / "away")


def test_decomposed_file_names_are_found_by_their_id(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "käyttö.json")).write_text("{}")
    (tmp_path / ".hidden.json").write_text("{}")
    (tmp_path / "b c.json").write_text("{}")
    assert names(tmp_path, ".json") == ("käyttö",)
    assert locate(tmp_path, "käyttö.json").read_text() == "{}"
    assert locate(tmp_path, "puuttuu-ä.json") == tmp_path / "puuttuu-ä.json"


def test_new_ids_are_ids() -> None:
    made = {new_id() for _ in range(100)}
    assert len(made) == 100
    assert not any(fault_in_id(one) for one in made)
