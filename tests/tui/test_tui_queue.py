"""The order of work, and passages that the engine draws by lot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.model import Reason, Suggestion
from qualkit.tui.app import Desktop
from qualkit.tui.desk import Desk, Standing
from qualkit.tui.learning import Ranking
from qualkit.tui.queue import Order, following, waiting
from qualkit.tui.review_screen import ReviewScreen

if TYPE_CHECKING:
    import pytest

    from tests.tui.conftest import Sample


def test_orders(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    assert waiting(desk, Order.TRANSCRIPT) == [1, 2, 3, 6]
    # condition .72 and .58 steam are the least sure ones; a code comes again only after the others
    assert waiting(desk, Order.USEFUL) == [2, 1, 3, 6]
    assert waiting(desk, Order.CODE) == [6, 2, 3, 1]
    assert following(desk, Order.TRANSCRIPT, 6, 1) == 1
    assert following(desk, Order.TRANSCRIPT, 1, -1) == 6
    desk.nothing(1)
    assert waiting(desk, Order.TRANSCRIPT) == [2, 3, 6]
    for index in (2, 3, 6):
        desk.nothing(index)
    assert following(desk, Order.TRANSCRIPT, 0, 1) is None
    assert desk.progress() == (4, 5)


class Drawn:
    """An engine that wants passage 6 by lot, and ranks rail first ahead."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.learner = object()

    def load(self) -> bool:
        return True

    def rescored(self, decisions: object, codings: object) -> tuple[Suggestion, ...]:
        near = (Reason("decided", "near", 1.0),)
        spans = [(self.desk.passages[i].start, self.desk.passages[i].end) for i in (1, 6)]
        return tuple(
            Suggestion(f"n{a}", "alpha-01", 1, a, b, "rail", 0.77, "toy@0", "x", True, "", near)
            for a, b in spans
        )

    def useful(self) -> list[tuple[int, int, bool]]:
        last = self.desk.passages[6]
        return [(last.start, last.end, True)]


async def test_the_passage_being_read_keeps_its_list_and_those_ahead_are_ranked_anew(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        monkeypatch.setattr(screen, "ranking", Drawn(screen.desk))
        await pilot.press("1")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert [o.suggestion.code for o in screen.offers] == ["water", "condition", "steam-heat"]
        assert [o.suggestion.code for o in screen.desk.offers(6)] == ["rail"]


async def test_what_is_drawn_by_lot_is_judged_before_the_machine_is_heard(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        monkeypatch.setattr(screen, "ranking", Drawn(screen.desk))
        await pilot.press("O", "J")
        await pilot.pause()
        assert screen.view.cursor == 6
        assert "Drawn by lot" in str(screen.panels["suggestions"])
        await pilot.press("1", "y")
        assert screen.desk.codings == ()
        await pilot.press("c", *"steam", "enter")
        await pilot.pause()
        assert screen.desk.standing(6) is not Standing.BLANK
        assert "Drawn by lot" not in str(screen.panels["suggestions"])


def test_without_scores_the_ranking_does_nothing(sample: Sample) -> None:
    ranking = Ranking(sample.project, "alpha-01")
    assert ranking.load() is False
    assert ranking.rescored((), ()) is None
    assert ranking.useful() is None
