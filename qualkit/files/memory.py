"""How much memory there is, when Python looks for what can be dropped, when it goes back to the system."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


MIB = 1024 * 1024


def peak_mib() -> int:
    """Peak resident memory of this process in MiB; 0 where it cannot be told (Windows)."""
    with suppress(OSError, ValueError, IndexError):
        # getrusage would count the parent's memory too: a child begins with its parent's peak
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB
    return 0


def machine_mib() -> int:
    """Memory of this machine, or what a cluster lends of it, in MiB; 0 where it cannot be told."""
    with suppress(AttributeError, OSError, ValueError):
        return min([os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *_limits()]) // MIB
    return 0


def _limits(process: Path = Path("/proc/self/cgroup"), groups: Path = Path("/sys/fs/cgroup")) -> list[int]:
    """Bytes that the control groups of this process allow it, from its own up (Linux, version 2)."""
    found = []
    with suppress(OSError, UnicodeError):
        own = next((line[3:] for line in process.read_text().splitlines() if line.startswith("0::")), "/")
        group = groups / own.lstrip("/")
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):  # "max" is no limit
                found.append(int((folder / "memory.max").read_text()))
            if folder == groups:
                break
    return found


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
