from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualkit.errors import BadFile
from qualkit.files.codebook import check_codebook, codebook_hash, load_codebook, read_codebook
from qualkit.model import Code

if TYPE_CHECKING:
    from qualkit.files.project import Project

INFRA = "    parent: infrastructure\n    color"
NAME = "    name: {fi: Vesi, sv: Vatten}\n"
DEFINITION = "    definition: {fi: Kaikki, sv: Allt}\n"
RAIN = """\
  - id: rain
    name: {fi: a, sv: a}
    definition: {fi: a, sv: a}
    examples: {fi: [a], sv: [a]}
    terms:
      fi: [sade]
      sv:
        - regn
        - VATTEN
  - id: old
"""
GOOD = """\
# a comment
format: qualkit-codebook/1
name: {fi: Koe, sv: Prov}
version: "2"
languages: [fi, sv]
codes:
  - id: infrastructure
    codable: false
    name: {fi: Infra, sv: Infra}
    definition: {fi: Kaikki, sv: Allt}
  - id: water
    parent: infrastructure
    color: "#1f77b4"
    name: {fi: Vesi, sv: Vatten}
    definition:
      fi: >-
        Vesi ja
        viemäri.
      sv: Vatten.
    include: {fi: [Raakavesi], sv: [Råvatten]}
    examples: {fi: ["No, vesi se on."], sv: [Vatten då.]}
    terms: {fi: [vesi, on, no, 112], sv: [vatten]}
  - id: old
    parent: infrastructure
    retired: true
    name: {fi: Vanha}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reading(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    codebook = read_codebook(path)
    assert codebook.name == {"fi": "Koe", "sv": "Prov"}
    assert codebook.version == "2"
    assert codebook.languages == ("fi", "sv")
    assert codebook.by_id["water"] == Code(
        id="water",
        parent="infrastructure",
        color="#1f77b4",
        name={"fi": "Vesi", "sv": "Vatten"},
        definition={"fi": "Vesi ja viemäri.", "sv": "Vatten."},
        include={"fi": ("Raakavesi",), "sv": ("Råvatten",)},
        examples={"fi": ("No, vesi se on.",), "sv": ("Vatten då.",)},
        terms={"fi": ("vesi", "on", "no", "112"), "sv": ("vatten",)},  # words, whatever YAML thinks
    )
    assert [code.id for code in codebook.codable] == ["water"]
    assert not codebook.by_id["infrastructure"].codable
    assert codebook.by_id["old"].retired
    assert check_codebook(path) == []


def test_the_hash_is_of_what_it_says(tmp_path: Path) -> None:
    first = read_codebook(write(tmp_path, GOOD))
    assert first.hash == codebook_hash(first)
    assert len(first.hash) == 64
    other = GOOD.replace("# a comment\n", "").replace("{fi: Koe, sv: Prov}", "\n  sv: 'Prov'\n  fi: Koe  # x")
    assert read_codebook(write(tmp_path, other)).hash == first.hash
    assert read_codebook(write(tmp_path, GOOD.replace("vatten]", "vattnet]"))).hash != first.hash


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        (INFRA, "\tparent: infrastructure\n    color", 12, "tab"),
        ("id: water\n", "id: infrastructure\n", 11, "stands on line 7 too"),
        (INFRA, INFRA.replace("ture", "t"), 12, "Did you mean infrastructure"),
        (INFRA, INFRA.replace("infrastructure", "water"), 12, "water → water"),
        ("    codable: false", "    parent: water\n    codable: false", 8, "infrastructure → water → infra"),
        ("id: water\n", "id: Water Works\n", 11, "pipe-bridge"),
        ("- id: water\n    parent", "- parent", 11, "no id"),
        (NAME, "    name: Vesi\n", 14, "name must name its languages"),
        ("sv: [vatten]}", "sv: vatten}", 22, "must be a list"),
        (NAME, "    name: {fi: Vesi, vatten, sv: V}\n", 14, "no language code"),
        (NAME, "    name: {fi: Vesi, ja vatten, sv: V}\n", 14, "put the text in quotes"),
        ("{fi: [Raakavesi]", "{fi: [Raakavesi: on]", 20, "colon"),
        ("    codable: false", "    codable: maybe", 8, "true or false"),
        ("    color:", "    name: {fi: X}\n    color:", 15, "key name stands twice"),
        ("languages: [fi, sv]", "languages: fi", 5, "list of codes"),
        ("name: {fi: Koe, sv: Prov}\n", "name: {fi: Koe, sv: Prov\n", 4, "not YAML"),
        ("sv: Vatten.\n", "sv: Vatten: on\n", 19, "not YAML"),
        ("sv: Vatten.\n", 'sv: "\\x1b[2J"\n', 19, "U\\+001B"),
        ("qualkit-codebook/1", "qualkit-codebook/2", 2, "newer Qualkit"),
        ("format: qualkit-codebook/1\n", "", 2, "qualkit-codebook/1 is expected"),
        ("    include: {fi: [Raakavesi]", "    include: &a {fi: [*a]", 20, "alias"),
        (GOOD[GOOD.index("codes:") :], "codes: []\n", 6, "no codes"),
        (GOOD, "", 1, "no codebook"),
        (GOOD, "- a\n", 1, "no codebook"),
        (GOOD, "a: b\n--- \nc: d\n", 2, "not YAML"),
        (GOOD, "[" * 800, 0, "nested too deep"),
        ("  - id: old\n", "  - old\n  - id: old\n", 23, "no code"),
    ],
)  # fmt: skip
def test_what_makes_it_no_codebook(tmp_path: Path, old: str, new: str, line: int, word: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(BadFile, match=word) as caught:
        read_codebook(path)
    assert caught.value.line == line
    assert "\n" not in str(caught.value)
    problem = check_codebook(path)[0]
    assert problem.line == line
    assert problem.hint


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        (DEFINITION, "    definition: {fi: Kaikki}\n", 10, "no definition in sv"),
        (DEFINITION, "", 7, "infrastructure has no definition in fi, sv"),
        ("sv: [Vatten då.]", "sv: []", 21, "water has no examples in sv"),
        ('    examples: {fi: ["No, vesi se on."], sv: [Vatten då.]}\n', "", 11, "water has no examples"),
        (", sv: [Råvatten]", "", 20, "water has no include in sv"),
        ("sv: [vatten]", "sv: [vatten, Vatten]", 22, "in this list on line 22"),
        ("  - id: old\n", RAIN, 31, "under water on line 22"),
        ("    terms:", "    exclude_terms: {fi: [On], sv: [x]}\n    terms:", 23, "under exclude_terms too"),
        ("    include:", "    exmaples: {fi: [x]}\n    include:", 20, "Did you mean examples"),
        ("#1f77b4", "blue", 13, "no colour"),
        ("name: {fi: Koe, sv: Prov}", "name: {fi: Koe, sv: Prov, en: X}", 3, "not among languages"),
    ],
)  # fmt: skip
def test_what_makes_it_a_poor_one(tmp_path: Path, old: str, new: str, line: int, word: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    read_codebook(path)
    (problem,) = check_codebook(path)
    assert word in f"{problem.message} {problem.hint}"
    assert problem.line == line


def test_many_aliases_do_not_unfold(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    with pytest.raises(BadFile, match="alias"):
        read_codebook(write(tmp_path, bomb))


def test_no_object_is_ever_made(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("fi: Koe", 'fi: !!python/object/apply:os.system ["false"]'))
    with pytest.raises(BadFile, match="must be text"):
        read_codebook(path)


def test_no_such_codebook(project: Project) -> None:
    project.codebook_path.unlink()
    with pytest.raises(BadFile, match="no such codebook"):
        load_codebook(project)


def test_the_cache_is_only_as_good_as_the_file(project: Project) -> None:
    project.codebook_path.write_text(GOOD, encoding="utf-8")
    first = load_codebook(project)
    assert first == read_codebook(project.codebook_path)
    cache = project.work / "codebook.json"
    assert load_codebook(project) == first
    # the file changes
    project.codebook_path.write_text(GOOD.replace("Vesi,", "Wesi,"), encoding="utf-8")
    assert load_codebook(project).by_id["water"].name["fi"] == "Wesi"
    # somebody changes the cache
    content = json.loads(cache.read_text(encoding="utf-8"))
    content["codebook"]["codes"][1]["name"]["fi"] = "Väärä"
    cache.write_text(json.dumps(content))
    assert load_codebook(project).by_id["water"].name["fi"] == "Wesi"
    for nonsense in ("", "[]", "{}", '{"format": 3}', json.dumps(content | {"codebook": []})):
        cache.write_text(nonsense)
        assert load_codebook(project).by_id["water"].name["fi"] == "Wesi"
    # nothing can be written
    cache.unlink()
    cache.mkdir()
    assert load_codebook(project).by_id["water"].name["fi"] == "Wesi"


def test_the_codebook_that_comes_along_is_sound() -> None:
    path = Path(__file__).parents[2] / "codebooks" / "infrastructure-security.yaml"
    assert check_codebook(path) == []
    codebook = read_codebook(path)
    assert len(codebook.codable) >= 26
    assert codebook.languages == ("fi", "sv", "en")
    for code in codebook.codable:
        assert all(len(code.examples[language]) >= 3 for language in codebook.languages), code.id
