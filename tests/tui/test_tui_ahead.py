"""Keys typed ahead of a slow desk: none of them ends it, or closes what stands below."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.widgets import Input

from qualkit.tui import searching
from qualkit.tui.app import Desktop
from qualkit.tui.dialogs import Menu, Prompt
from qualkit.tui.project_screen import ProjectScreen
from qualkit.tui.review_screen import ReviewScreen
from qualkit.tui.search_screen import SearchScreen

if TYPE_CHECKING:
    import pytest
    from textual.pilot import Pilot

    from tests.tui.conftest import Sample


async def ahead(pilot: Pilot[None], *keys: str) -> None:
    """Keys that wait in the queue together, before the desk sees the first of them."""
    for key in keys:
        pilot.app.simulate_key(key)
    await pilot.pause(0.5)


async def test_a_window_that_is_answered_twice_closes_nothing_else(sample: Sample) -> None:
    app = Desktop(sample.project, "alpha-01")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause(0.3)
        await pilot.press("i", "x")
        line = app.screen.query_one(Input)
        assert isinstance(app.screen, Prompt)
        await line.action_submit()
        await line.action_submit()
        await pilot.pause(0.3)
        assert isinstance(app.screen, Menu)  # where the code goes: the second Enter was for what is gone
        window = app.screen
        window.dismiss(None)
        window.dismiss(None)
        window.dismiss(None)
        await pilot.pause(0.3)
        assert isinstance(app.screen, ReviewScreen)


async def test_keys_typed_ahead_wait_for_their_screen(sample: Sample) -> None:
    app = Desktop(sample.project, "alpha-01")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause(0.3)
        await ahead(
            pilot, "i", "escape", "question_mark", "escape", "c", "escape", "m", "escape", "s", "escape"
        )
        assert isinstance(app.screen, ReviewScreen)
        await ahead(pilot, "escape", "slash", "escape", "c", "escape", "p", "escape", "escape")
        for _ in range(3):
            await pilot.press("escape")
            await pilot.pause(0.2)
        assert isinstance(app.screen, ProjectScreen)
        await pilot.press("slash")
        await pilot.pause(0.2)
        assert isinstance(app.screen, SearchScreen)
        assert app.return_code is None


async def test_a_search_that_ends_after_it_was_left_is_told_nowhere(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = searching.find

    def slow(*about: object) -> object:
        time.sleep(0.5)
        return real(*about)  # type: ignore[arg-type]

    monkeypatch.setattr("qualkit.tui.search_screen.find", slow)
    app = Desktop(sample.project)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause(0.3)
        await pilot.press("slash")
        await pilot.pause(0.2)
        await ahead(pilot, *"what", "enter", "escape", "slash", "slash", "enter", "escape")
        await pilot.pause(1)
        assert isinstance(app.screen, ProjectScreen)
        assert app.return_code is None
