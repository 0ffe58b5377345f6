"""When Python looks for what can be dropped, and when memory goes back to the system."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def unswept(*, old: bool = False) -> Iterator[None]:
    """Make many values that stay, without the garbage collector going through them again and again.

    ``old``: nor once at the end. They are put beside the old ones, which are gone through seldom; with them
    goes whatever else is young, so this is for what a process does once.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if old and not gc.get_freeze_count():  # else something holds what is frozen, as the desk does
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def hand_back() -> None:
    """Drop what nothing holds, and give memory that is free back to the system."""
    gc.collect()
    trim()


def trim() -> None:
    """Give memory that is free back to the system, where the C library keeps it."""
    if library := _glibc():
        library.malloc_trim(0)


def one_arena() -> None:
    """Let all threads take memory from one place: each would keep what it once had in a place of its own."""
    if library := _glibc():
        library.mallopt(_ARENAS_AT_MOST, 1)


_ARENAS_AT_MOST = -8
"""``M_ARENA_MAX`` of malloc.h."""


@cache
def _glibc() -> Any:
    """The C library of Linux; None elsewhere, and where it is another."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):
            found = ctypes.CDLL("libc.so.6")
            if found.malloc_trim and found.mallopt:
                return found
    return None
