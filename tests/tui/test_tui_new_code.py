"""A code made from the words of a passage stands in the YAML, and nothing else there changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qualkit.errors import UsageError
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_edit import add_code, free_id
from qualkit.model import Code

if TYPE_CHECKING:
    from conftest import Sample


def test_it_keeps_every_line_that_is_there(sample: Sample) -> None:
    path = sample.project.codebook_path
    path.write_text(path.read_text(encoding="utf-8") + "# kept: [by hand]\n", encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    add_code(sample.project, Code("leak", {"en": 'a "leak": #1, {here}'}, "infrastructure", color="#112233"))
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before)
    code = load_codebook(sample.project).by_id["leak"]
    assert (code.name["en"], code.parent, code.color) == ('a "leak": #1, {here}', "infrastructure", "#112233")


def test_keys_after_the_codes_stay_after_them(sample: Sample) -> None:
    path = sample.project.codebook_path
    text = path.read_text(encoding="utf-8").replace('version: "1"\n', "")
    path.write_text(text + 'version: "7"\n', encoding="utf-8")
    assert add_code(sample.project, Code("leak", {"en": "leak"})).version == "7"
    assert path.read_text(encoding="utf-8").endswith('version: "7"\n')


def test_it_refuses_what_is_taken_or_unknown(sample: Sample) -> None:
    with pytest.raises(UsageError, match="water already"):
        add_code(sample.project, Code("water", {"en": "again"}))
    with pytest.raises(UsageError, match="no code nowhere"):
        add_code(sample.project, Code("leak", {"en": "leak"}, "nowhere"))


def test_ids_are_made_of_names(sample: Sample) -> None:
    book = load_codebook(sample.project)
    assert free_id(book, "Höyry & lämpö!") == "hoyry-lampo"
    assert free_id(book, "Water") == "water-2"
