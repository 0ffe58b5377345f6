"""Every action has a binding, a tooltip, a palette entry and a line in the docs; keymaps are checked."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.errors import BadFile
from qualkit.tui.actions import ACTIONS, bindings, every
from qualkit.tui.app import Desktop
from qualkit.tui.bulk_screen import BulkScreen
from qualkit.tui.clusters_screen import ClustersScreen
from qualkit.tui.codebook_screen import CodebookScreen
from qualkit.tui.dialogs import TITLES, Editor, Menu, Prompt, help_text
from qualkit.tui.keymap import clashes, keymap
from qualkit.tui.matrix_screen import MatrixScreen
from qualkit.tui.picker import Picker
from qualkit.tui.project_screen import ProjectScreen
from qualkit.tui.quotes_screen import QuotesScreen
from qualkit.tui.review_screen import ReviewScreen
from qualkit.tui.rows import Rows
from qualkit.tui.search_screen import SearchScreen
from qualkit.tui.settle_screen import SettleScreen
from qualkit.tui.split_screen import SplitScreen
from qualkit.tui.transcript_view import TranscriptView

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tests.tui.conftest import Sample

ROOT = Path(__file__).parents[2]
HOMES: dict[str, tuple[type[DOMNode], ...]] = {
    "app": (Desktop,),
    "project": (ProjectScreen,),
    "rows": (Rows,),
    "transcript": (TranscriptView,),
    "review": (ReviewScreen,),
    "picker": (Picker,),
    "editor": (Editor,),
    "prompt": (Prompt,),
    "menu": (Menu,),
    "view": (
        QuotesScreen,
        MatrixScreen,
        CodebookScreen,
        SearchScreen,
        ClustersScreen,
        BulkScreen,
        SettleScreen,
    ),
    "matrix": (MatrixScreen,),
    "search": (SearchScreen,),
    "codebook": (CodebookScreen,),
    "split": (SplitScreen,),
    "clusters": (ClustersScreen,),
    "bulk": (BulkScreen,),
    "settle": (SettleScreen,),
}


def test_ids_are_unique_and_named_after_their_pane() -> None:
    ids = [action.id for action in every()]
    assert len(ids) == len(set(ids))
    assert all(a.id.startswith(f"{group}.") for group, actions in ACTIONS.items() for a in actions)


def test_every_action_has_a_name_and_a_tooltip() -> None:
    assert [a.id for a in every() if not (a.keys and a.name and a.help)] == []
    assert all(getattr(b, "tooltip", "") for group in ACTIONS for b in bindings(group))
    assert set(TITLES) == set(ACTIONS) == set(HOMES)


@pytest.mark.parametrize("group", sorted(ACTIONS))
def test_every_action_can_be_called_where_it_is_bound(group: str) -> None:
    for action in ACTIONS[group]:
        name = action.call.partition("(")[0]
        for home in HOMES[group]:
            assert hasattr(home, f"action_{name}"), f"{home.__name__} has no action_{name} ({action.id})"


def test_no_key_means_two_things_at_once() -> None:
    assert clashes({}) == []


def test_the_help_names_every_action() -> None:
    text = str(help_text(list(ACTIONS), {}))
    missing = [a.id for a in every() if a.help not in text and not a.id[-1].isdigit()]
    assert missing == []


def test_the_docs_have_the_keys_of_today() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "tui_keys.py"))
    text = (ROOT / "docs" / "tui.md").read_text(encoding="utf-8")
    assert tool["renewed"](text) == text, "run python tools/tui_keys.py"
    assert [a.id for a in every() if f"`{a.id}`" not in text] == []


async def test_the_palette_offers_every_action_of_the_screen(sample: Sample) -> None:
    app = Desktop(sample.project, "alpha-01")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        offered = [command.title for command in app.get_system_commands(app.screen)]
        for group in ("review", "transcript", "app"):
            for action in ACTIONS[group]:
                if action.id != "app.palette":
                    assert f"{TITLES[group]}: {action.name}" in offered


async def test_the_palette_runs_what_it_offers(sample: Sample) -> None:
    app = Desktop(sample.project, "alpha-01")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+p")
        await pilot.press(*"Review:", "space", *"Bookmark")
        await pilot.pause(0.6)
        await pilot.press("enter", "enter")
        await pilot.pause(0.3)
        assert isinstance(app.screen, ReviewScreen)
        assert len(app.screen.desk.journal.state.bookmarks) == 1


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"review.acept": "a"}, "Did you mean review.accept"),
        ({"review.accept": 3}, "must be a key in quotes"),
        ({"review.accept": "x"}, "both review.accept and review.reject"),
        ({"review": {"accept": "?"}}, "both app.help and review.accept"),
        ("j", "must be a table"),
    ],
)
def test_a_wrong_keymap_is_refused_with_its_reason(keys: Any, why: str) -> None:
    with pytest.raises(BadFile, match=r"config\.toml") as refused:
        keymap({"keys": keys}, Path("config.toml"))
    assert why in str(refused.value)


async def test_a_keymap_moves_the_key(sample: Sample) -> None:
    chosen = keymap({"keys": {"review": {"accept": "a", "bookmark": "f6"}}}, Path("config.toml"))
    async with Desktop(sample.project, "alpha-01", chosen).run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("y")
        assert sample.journal_lines() == []
        await pilot.press("a")
        assert '"verdict":"accept"' in sample.journal_lines()[-1]
