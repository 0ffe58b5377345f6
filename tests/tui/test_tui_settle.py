"""The queue of disagreements: both sides, a decision with its reason, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.widgets import Input, Static

from qualkit.files.anchors import anchor
from qualkit.files.journal import Journal
from qualkit.files.settlements import settlements
from qualkit.tui.app import Desktop
from qualkit.tui.dialogs import Menu, Prompt
from qualkit.tui.review_screen import ReviewScreen
from qualkit.tui.settle_screen import SettleScreen, pairs

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    from tests.tui.conftest import Sample


def disagree(sample: Sample) -> None:
    """Tester gave two codes where bo gave one of them and another."""
    text = sample.transcript
    start = text.turn_starts[1]
    whole = anchor(text, start, start + len(text.turns[1].text))
    hostile = anchor(text, text.turn_starts[4], text.turn_starts[4] + 30)
    for coder, codes in (("tester", ("water", "condition")), ("bo", ("water", "rail"))):
        journal = Journal(sample.project, coder, "alpha-01")
        for code in codes:
            journal.add_coding(code, whole if code != "rail" else hostile, memo=f"[{coder}] {code}")


def is_there(app: App[None], screen: type[Screen[Any]]) -> bool:
    return isinstance(app.screen, screen)


def said(app: App[None], name: str) -> str:
    return str(app.screen.query_one(name, Static).content)


async def test_disagreements_are_settled_with_a_reason_and_taken_back(sample: Sample) -> None:
    disagree(sample)
    before = {path: path.read_bytes() for path in sample.project.codings.rglob("*.jsonl")}
    app = Desktop(sample.project)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        await pilot.press("d")
        await pilot.pause()
        assert is_there(app, SettleScreen)
        assert "2 disagreements, 2 open" in said(app, "#said")
        assert "tester: Condition" in said(app, "#first")
        assert "[tester] condition" in said(app, "#first")
        assert "bo: not Condition" in said(app, "#second")
        await pilot.press("2")
        await pilot.pause()
        assert is_there(app, Prompt)
        await pilot.press("escape")
        await pilot.pause()
        assert settlements(sample.project) == ()
        await pilot.press("2", *"old", "enter")
        await pilot.pause()
        (done,) = settlements(sample.project)
        assert (done.code, done.verdict, done.reason, done.who) == ("condition", "not-given", "old", "tester")
        assert app.screen.query_one("Rows").cursor == 1  # type: ignore[attr-defined]
        assert "1 open" in said(app, "#said")
        assert "[bo] rail" in said(app, "#second")
        await pilot.press("2", "enter")
        await pilot.pause()
        assert {s.verdict for s in settlements(sample.project)} == {"given", "not-given"}
        await pilot.press("a")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "1.00 after" in said(app, "#said") or "undefined after" in said(app, "#said")
        await pilot.press("ctrl+z", "ctrl+z", "ctrl+z")
        await pilot.pause()
        assert settlements(sample.project) == ()
        assert "Nothing to undo" in said(app, "#said")
        await pilot.press("w")
        await pilot.pause()
        assert is_there(app, Menu)
        await pilot.press("1")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert is_there(app, ReviewScreen)
    assert {path: path.read_bytes() for path in sample.project.codings.rglob("*.jsonl")} == before


async def test_one_coder_alone_is_told_so(sample: Sample) -> None:
    assert pairs(sample.project) == []
    app = Desktop(sample.project)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("d")
        await pilot.pause()
        assert "Two coders are needed" in said(app, "#said")
        await pilot.press("1", "w", "ctrl+z", "enter", "escape")
        await pilot.pause()
        assert not app.screen.query(Input)
