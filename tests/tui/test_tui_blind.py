"""The bundle of a blind second coding in the real desk: the keys lead through what was drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qualkit.agreement.bundle import write_bundle
from qualkit.agreement.plan import draw, planned, read_plan, write_plan
from qualkit.files.journal import Journal
from qualkit.files.project import load_project
from qualkit.model import Verdict
from qualkit.tui.app import Desktop
from qualkit.tui.review_screen import ReviewScreen

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Sample


async def test_j_goes_from_one_drawn_passage_to_the_next(sample: Sample, tmp_path: Path) -> None:
    plan = draw(sample.project, "4", seed=2, second="bo")
    write_plan(sample.project, plan)
    root = write_bundle(sample.project, plan, tmp_path / "bundle")
    drawn = planned(sample.project, read_plan(sample.project, plan.id))
    interview, spans = max(drawn.items(), key=lambda entry: len(entry[1]))
    assert len(spans) > 1
    project = replace(load_project(root), coder="bo")
    async with Desktop(project, interview).run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        seen = []
        for _ in spans:
            passage = screen.desk.passages[screen.view.cursor]
            seen.append((passage.start, passage.end))
            await pilot.press("0")
            await pilot.pause()
        assert seen == list(spans)
        assert screen.desk.waiting == []
    decisions = Journal(project, "bo", interview).state.decisions
    assert [d.verdict for d in decisions] == [Verdict.NOTHING] * len(spans)
