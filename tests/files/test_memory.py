"""Values that stay are made without the collector, and what is dropped is still found afterwards."""

from __future__ import annotations

import gc
import weakref

import pytest

from qualkit.files.memory import unswept


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.held = self


@pytest.mark.parametrize("old", [False, True])
def test_what_was_dropped_meanwhile_is_found_later(old: bool) -> None:
    with unswept(old=old):
        assert not gc.isenabled()
        gone = weakref.ref(Ring())
        with unswept(old=old):
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.collect()
    assert gone() is None


def test_what_is_made_old_is_not_young() -> None:
    gc.collect()
    with unswept(old=True):
        made = [[n] for n in range(10)]
    assert any(one is made[0] for one in gc.get_objects(generation=2))


def test_what_is_frozen_stays_frozen() -> None:
    held = [[0]]
    gc.freeze()
    try:
        with unswept(old=True):
            pass
        # What is frozen is in no generation.
        assert all(one is not held for one in gc.get_objects())
    finally:
        gc.unfreeze()
    assert any(one is held for one in gc.get_objects())


def test_an_error_leaves_the_collector_on() -> None:
    with pytest.raises(ValueError, match="x"), unswept(old=True):
        raise ValueError("x")
    assert gc.isenabled()
