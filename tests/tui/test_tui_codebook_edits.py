"""Changes to the codebook from the desk: in the YAML at once, comments kept, ids stable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qualkit.errors import UsageError
from qualkit.files import codebook_edits as edits
from qualkit.files.codebook import load_codebook
from qualkit.model import Code

if TYPE_CHECKING:
    from tests.tui.conftest import Sample


def test_a_new_code_stands_last_and_comments_stay(sample: Sample) -> None:
    path = sample.project.codebook_path
    text = path.read_text(encoding="utf-8").replace("  - id: rail\n", "  # kept: [by hand]\n  - id: rail\n")
    path.write_text(text, encoding="utf-8")
    book = edits.change(
        sample.project, edits.added(Code("leak", {"en": 'a "leak": #1, {here}'}, "infrastructure"))
    )
    assert [c.id for c in book.codes] == [
        "infrastructure", "water", "steam-heat", "rail", "aspect", "condition", "leak",
    ]  # fmt: skip
    assert book.by_id["leak"].name["en"] == 'a "leak": #1, {here}'
    assert "# kept: [by hand]" in path.read_text(encoding="utf-8")


def test_every_change_holds_after_reading_again(sample: Sample) -> None:
    for make in (
        edits.renamed("water", "sv", "Vattnet"),
        edits.defined("water", "en", "All\nwater."),
        edits.recoloured("water", "#ABCDEF"),
        edits.retired("water", True),
        edits.moved("water", "aspect"),
        edits.exemplified("water", "fi", "vesi [niin] loppui"),
        edits.exemplified("water", "fi", "vesi [niin] loppui"),
    ):
        edits.change(sample.project, make)
    code = load_codebook(sample.project).by_id["water"]
    assert (code.name["sv"], code.definition["en"], code.color) == ("Vattnet", "All water.", "#abcdef")
    assert (code.retired, code.parent) == (True, "aspect")
    assert code.examples["fi"] == ("vesi loppui", "vesi [niin] loppui")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (edits.added(Code("water", {"en": "again"})), "water already"),
        (edits.added(Code("leak", {"en": "leak"}, "nowhere")), "no code nowhere"),
        (edits.recoloured("water", "blue"), "no colour"),
        (edits.moved("infrastructure", "water"), "below itself"),
        (edits.renamed("gone", "en", "x"), "no code gone"),
    ],
)
def test_it_refuses_what_makes_no_sense(sample: Sample, make: edits.Change, why: str) -> None:
    before = sample.project.codebook_path.read_bytes()
    with pytest.raises(UsageError, match=why):
        edits.change(sample.project, make)
    assert sample.project.codebook_path.read_bytes() == before


def test_ids_are_made_of_names(sample: Sample) -> None:
    book = load_codebook(sample.project)
    assert edits.free_id(book, "Höyry & lämpö!") == "hoyry-lampo"
    assert edits.free_id(book, "Water") == "water-2"
