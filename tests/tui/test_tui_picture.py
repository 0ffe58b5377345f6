"""The state of an asset at a site, set where its quotes are counted; undone; kept for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.files.statuses import Status, read_statuses, redo_status, set_status, undo_status
from qualkit.picture import picture
from qualkit.themes.passages import Selection, gather
from qualkit.tui.app import Desktop
from qualkit.tui.desk import Desk
from qualkit.tui.matrix_screen import MatrixScreen
from tests.tui.test_tui_screens import joined, text_of

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.conftest import Sample


async def grid(pilot: Pilot[None]) -> MatrixScreen:
    await pilot.pause()
    await pilot.press("p")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    assert isinstance(pilot.app.screen, MatrixScreen)
    return pilot.app.screen


def standing(sample: Sample) -> dict[tuple[str, str], Status]:
    return {place: said[0].status for place, said in read_statuses(sample.project).items()}


async def test_a_status_is_set_with_its_reason_and_shown_with_its_date(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    desk.give(("water",), desk.passages[1].start, desk.passages[1].end)
    async with Desktop(sample.project).run_test(size=(80, 24)) as pilot:
        screen = await grid(pilot)
        assert "Nobody has said" in joined(pilot.app) or "The wording proposes" in joined(pilot.app)
        place = (screen.cell[0], screen.cell[1].id) if screen.cell else ("", "")
        await pilot.press("s", "3", *"[b] breaks", "enter")
        await pilot.pause()
        assert standing(sample) == {place: Status.POOR}
        said = read_statuses(sample.project)[place][0]
        assert (said.reason, said.coder) == ("[b] breaks", "tester")
        assert f"tester {said.at[:10]}: − poor. [b] breaks" in joined(pilot.app)
        assert [line for line in text_of(pilot.app).splitlines() if "−" in line and "poor" not in line]
    found = gather(sample.project, Selection())
    assert picture(sample.project, found, desk.codebook).cell(*place).status is Status.POOR


async def test_statuses_are_undone_and_set_again_in_another_session_too(sample: Sample) -> None:
    async with Desktop(sample.project).run_test(size=(80, 24)) as pilot:
        screen = await grid(pilot)
        await pilot.press("s", "1", *"new", "enter", "s", "4", "ctrl+u", *"leaks", "enter")
        await pilot.press("j", "s", "2", *"fine", "enter")
        assert sorted(standing(sample).values()) == [Status.ADEQUATE, Status.CRITICAL]
        assert screen.cell
    async with Desktop(sample.project).run_test(size=(80, 24)) as pilot:
        screen = await grid(pilot)
        await pilot.press("ctrl+z", "ctrl+z")
        assert list(standing(sample).values()) == [Status.GOOD]
        await pilot.press("ctrl+z", "ctrl+z")
        assert standing(sample) == {}
        await pilot.press("ctrl+y", "ctrl+y", "ctrl+y", "ctrl+y")
        assert sorted(standing(sample).values()) == [Status.ADEQUATE, Status.CRITICAL]
        assert screen.cell
        assert (screen.cell[0], screen.cell[1].id) in standing(sample)


async def test_ones_word_is_taken_back(sample: Sample) -> None:
    async with Desktop(sample.project).run_test(size=(80, 24)) as pilot:
        await grid(pilot)
        await pilot.press("s", "1", "escape")
        assert standing(sample) == {}
        await pilot.press("s", "5", *"out", "enter", "s", "6", "enter")
        assert standing(sample) == {}


def test_undo_goes_no_further_than_the_coder_s_own_judgements(sample: Sample) -> None:
    project = sample.project
    set_status(project, "alpha", "water", Status.GOOD, "new", coder="anna")
    assert undo_status(project) is None
    set_status(project, "alpha", "water", Status.POOR, "old")
    set_status(project, "alpha", "rail", Status.POOR, "rusty")
    assert undo_status(project) == ("alpha", "rail")
    set_status(project, "alpha", "steam-heat", Status.GOOD, "warm")
    assert redo_status(project) is None
    assert undo_status(project) == ("alpha", "steam-heat")
    assert undo_status(project) == ("alpha", "water")
    assert standing(sample) == {("alpha", "water"): Status.GOOD}
