"""Editing the codebook from its screen: every change on disk at once, and every one can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_history import History
from qualkit.files.journal import Journal, read_codings
from qualkit.tui.app import Desktop
from qualkit.tui.code_figures import figures
from qualkit.tui.codebook_screen import CodebookScreen
from qualkit.tui.desk import Desk
from qualkit.tui.rows import Rows
from qualkit.tui.split_screen import SplitScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from qualkit.model import Code
    from tests.tui.conftest import Sample


async def at(pilot: Pilot[None], code: str) -> CodebookScreen:
    """The Codebook screen with the cursor on a code."""
    if not isinstance(pilot.app.screen, CodebookScreen):
        await pilot.press("c")
    screen = pilot.app.screen
    assert isinstance(screen, CodebookScreen)
    screen.query_one(Rows).cursor = screen._line(code)
    await pilot.pause()
    return screen


async def type_(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await pilot.pause()


def code(sample: Sample, name: str) -> Code:
    return load_codebook(sample.project).by_id[name]


async def test_every_edit_and_ten_steps_back(sample: Sample) -> None:
    before = sample.project.codebook_path.read_bytes()
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        screen = await at(pilot, "water")
        await pilot.press("r")
        await type_(pilot, "Water [main]")
        await pilot.press("C")
        await type_(pilot, "#123456")
        await pilot.press("e", "1")
        pilot.app.screen.query_one(TextArea).text = "All water."
        await pilot.press("ctrl+s", "e", "5")
        pilot.app.screen.query_one(TextArea).text = "hydrant\nsewer"
        await pilot.press("ctrl+s", "w", "2")
        await pilot.press("x")
        made = code(sample, "water")
        assert (made.name["en"], made.color, made.definition["en"]) == (
            "Water [main]",
            "#123456",
            "All water.",
        )
        assert (made.terms["en"], made.parent, made.retired) == (("hydrant", "sewer"), "aspect", True)
        await pilot.press("a")
        await type_(pilot, "Steam trap")
        assert code(sample, "steam-trap").parent == "aspect"
        assert screen.code is not None
        assert screen.code.id == "steam-trap"
        for _ in range(7):
            await pilot.press("ctrl+z")
        assert sample.project.codebook_path.read_bytes() == before
        await pilot.press("ctrl+z", "ctrl+y")
        assert code(sample, "water").name["en"] == "Water [main]"


async def test_merging_takes_my_codings_along_and_one_undo_brings_all_back(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    desk.give(("water",), desk.passages[1].start, desk.passages[1].end, "mine")
    Desk.open(sample.project, "alpha-02").give(("water",), 0, 4)
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await at(pilot, "water")
        await pilot.press("m")
        await type_(pilot, "steam")
        await pilot.press("1")
        await pilot.pause()
        codings = read_codings(sample.project)
        assert [(c.code, c.memo) for c in codings] == [("steam-heat", "mine"), ("steam-heat", "")]
        assert code(sample, "water").retired
        assert "water" in code(sample, "steam-heat").terms["en"]
        await pilot.press("ctrl+z")
        assert {c.code for c in read_codings(sample.project)} == {"water"}
        assert not code(sample, "water").retired
        await pilot.press("ctrl+y")
        assert {c.code for c in read_codings(sample.project)} == {"steam-heat"}


def test_work_done_after_a_merge_outlives_its_undo(sample: Sample) -> None:
    from qualkit.files import codebook_edits as edits
    from qualkit.files.codebook_history import moves_of

    desk = Desk.open(sample.project, "alpha-01")
    desk.give(("water",), 0, 4)
    history = History(sample.project)
    mine = read_codings(sample.project)
    history.change("m", edits.merged("water", "rail"), moves_of(sample.project, [(c, "rail") for c in mine]))
    desk.give(("condition",), 0, 4)
    assert History(sample.project).undo() is not None
    state = Journal(sample.project, "tester", "alpha-01").state
    assert sorted(c.code for c in state.codings.values()) == ["condition", "water"]


async def test_splitting_sends_the_passages_chosen(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    desk.give_all([("water", 0, 4), ("water", 5, 9)])
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await at(pilot, "water")
        await pilot.press("s")
        await type_(pilot, "Drains")
        assert isinstance(pilot.app.screen, SplitScreen)
        await pilot.press("down", "space", "ctrl+s")
        await pilot.pause()
        codings = sorted(read_codings(sample.project), key=lambda c: c.anchor.start)
        assert [c.code for c in codings] == ["water", "drains"]
        assert code(sample, "drains").parent == "infrastructure"
        await pilot.press("ctrl+z")
        assert {c.code for c in read_codings(sample.project)} == {"water"}
        assert "drains" not in load_codebook(sample.project).by_id


async def test_a_codebook_changed_outside_is_not_overwritten(sample: Sample) -> None:
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await at(pilot, "water")
        await pilot.press("x")
        path = sample.project.codebook_path
        path.write_text(path.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert "# by hand" in path.read_text(encoding="utf-8")
        assert code(sample, "water").retired


def test_figures_name_what_goes_badly(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    desk.give_all([(name, n, n + 2) for n in range(0, 12, 2) for name in ("water", "rail")])
    for number in (1, 2, 3, 6):
        desk.reject(*[o.suggestion for o in desk.offers(number)])
    found = figures(sample.project)
    assert found.overlaps("water") == ["rail"]
    assert "overlaps heavily" in found.remarks("water")
    assert "right so far: 0%" in found.text("condition", desk.codebook, "en")
