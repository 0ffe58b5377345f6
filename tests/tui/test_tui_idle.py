"""When the desk collects garbage."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from qualkit.tui.idle import IDLE, OVERDUE, WORTH, Tidying

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the collector was told to do."""
    told: list[str] = []

    def tell(name: str) -> Callable[[], None]:
        return lambda: told.append(name)

    for name in ("collect", "freeze", "unfreeze"):
        monkeypatch.setattr(gc, name, tell(name))
    return told


@pytest.mark.parametrize(
    ("since_key", "due", "collected"),
    [
        (IDLE / 2, WORTH, False),
        (IDLE * 2, WORTH, True),
        (IDLE * 2, WORTH - 1, False),
        (IDLE / 2, OVERDUE, True),
    ],
)
def test_keys_do_not_wait_for_the_collector(
    done: list[str], monkeypatch: pytest.MonkeyPatch, since_key: float, due: int, *, collected: bool
) -> None:
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, due))
    clock = [100.0]
    monkeypatch.setattr("qualkit.tui.idle.time.monotonic", lambda: clock[0])
    tidying = Tidying()
    tidying.pressed()
    clock[0] += since_key
    tidying.tidy()
    assert done == (["collect", "freeze"] if collected else [])


def test_what_another_interview_left_is_gone_through_once(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, WORTH))
    tidying = Tidying()
    tidying.whole()
    tidying.tidy()
    tidying.tidy()
    assert done == ["unfreeze", "collect", "freeze", "collect", "freeze"]
