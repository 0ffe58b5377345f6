"""When Python looks for what can be dropped, and when memory goes back to the system."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def unswept() -> Iterator[None]:
    """Make many values that stay, without the garbage collector going through them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def hand_back() -> None:
    """Drop what nothing holds, and give memory that is free back to the system."""
    gc.collect()
    trim()


def trim() -> None:
    """Give memory that is free back to the system, where the C library keeps it."""
    if trimming := _trimming():
        trimming(0)


@cache
def _trimming() -> Callable[[int], int] | None:
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # another C library than glibc
            found: Callable[[int], int] = ctypes.CDLL("libc.so.6").malloc_trim
            return found
    return None
