from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile, UsageError
from qualkit.files.project import Project
from qualkit.files.suggestions import (
    model_folder,
    read_suggestions,
    suggestions_header,
    suggestions_path,
    write_suggestions,
)
from qualkit.model import Reason, Suggestion

ONE = Suggestion(
    "s1", "k-1", 2, 3, 9, "water", 0.75, "e5@12ab", "c0de", reasons=(Reason("term", "vesi", 1.5),)
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
numbers = st.floats(allow_nan=False, allow_infinity=False)
suggestions = st.builds(
    Suggestion,
    id=texts,
    interview=st.just("k-1"),
    revision=st.just(2),
    start=st.integers(0, 99),
    end=st.integers(0, 99),
    code=texts,
    score=st.floats(0, 1),
    model=st.just("e5@12ab"),
    codebook=st.just("c0de"),
    shown=st.booleans(),
    verdict=texts,
    reasons=st.lists(st.builds(Reason, texts, texts, numbers), max_size=3).map(tuple),
)


@given(st.lists(suggestions, max_size=5))
def test_round_trip(made: list[Suggestion]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), "P", ("fi",), Path(folder) / "c.yaml")
        write_suggestions(project, "e5@12ab", "k-1", iter(made), 2, "c0de")
        assert read_suggestions(project, "k-1") == tuple(made)
        assert read_suggestions(project, "k-1", "e5@12ab") == tuple(made)
        header = suggestions_header(project, "k-1")
        assert (header["model"], header["revision"], header["codebook"]) == ("e5@12ab", 2, "c0de")


def test_the_newest_model_speaks_when_none_is_named(project: Project) -> None:
    assert read_suggestions(project, "k-1") == ()
    assert suggestions_header(project, "k-1") == {}
    new = write_suggestions(project, "e5@12ab", "k-1", [ONE])
    old = write_suggestions(project, "MiniLM/L6 v2@0", "k-1", [replace(ONE, model="MiniLM/L6 v2@0")])
    os.utime(old, (1, 1))
    assert old.parent.name == "MiniLM-L6-v2@0"
    assert suggestions_path(project, "k-1") == new
    assert read_suggestions(project, "k-1", "MiniLM/L6 v2@0")[0].model == "MiniLM/L6 v2@0"
    assert read_suggestions(project, "k-1", "none@1") == ()


def test_suggestions_of_another_kind_are_refused_and_nothing_is_written(project: Project) -> None:
    path = write_suggestions(project, "e5@12ab", "k-1", [ONE])
    before = path.read_bytes()
    for other in (
        replace(ONE, interview="k-2"),
        replace(ONE, revision=3),
        replace(ONE, model="x@1"),
        replace(ONE, codebook="other"),
    ):
        with pytest.raises(UsageError, match="does not belong"):
            write_suggestions(project, "e5@12ab", "k-1", [ONE, other])
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["k-1.jsonl"]


@pytest.mark.parametrize("name", ["..", "", "///", "."])
def test_models_that_name_no_folder(name: str) -> None:
    with pytest.raises(UsageError):
        model_folder(name)
    assert "/" not in model_folder("/home/me/models/../e5@1")


@pytest.mark.parametrize(
    ("number", "line", "word"),
    [
        (1, '{"format": "qualkit-suggestions/2"}', "newer Qualkit"),
        (1, "{}", "is expected"),
        (1, "x", "damaged"),
        (2, '{"id": 1}', "no suggestion"),
        (2, "{", "damaged"),
        (2, '{"id": "a", "start": "x", "end": 2, "code": "c", "score": 1}', "no suggestion"),
    ],
)
def test_damage_says_how_to_make_it_again(project: Project, number: int, line: str, word: str) -> None:
    path = write_suggestions(project, "e5@12ab", "k-1", [ONE, ONE])
    rows = path.read_text().split("\n")
    rows[number - 1] = line
    path.write_text("\n".join(rows))
    with pytest.raises(BadFile, match=word) as caught:
        read_suggestions(project, "k-1")
    assert caught.value.line == number
    path.write_text("")
    with pytest.raises(BadFile, match="qualkit suggest"):
        read_suggestions(project, "k-1")
    with pytest.raises(BadFile):
        suggestions_header(project, "k-1")
