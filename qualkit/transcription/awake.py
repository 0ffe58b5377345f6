"""Keeping the machine awake while a batch runs, where the system lets us. Never a reason to fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001


@contextmanager
def awake(wanted: bool = True) -> Iterator[bool]:
    """Hold off sleep; yields whether something is doing so."""
    if not wanted:
        yield False
    elif sys.platform == "win32":
        yield from _windows()
    else:
        yield from _helper(_command())


def _command() -> list[str]:
    if sys.platform == "darwin":
        return ["caffeinate", "-i", "-w", str(os.getpid())]
    return [
        "systemd-inhibit",
        "--what=idle:sleep:handle-lid-switch",
        "--who=Qualkit",
        "--why=Transcribing recordings",
        "--mode=block",
        "cat",
    ]


def _helper(command: list[str]) -> Iterator[bool]:
    """A child that holds the lock for as long as our end of its input is open, so that it dies with us."""
    if not shutil.which(command[0]):
        yield False
        return
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        yield False
        return
    try:
        yield child.poll() is None
    finally:
        if child.stdin:
            with suppress(OSError):
                child.stdin.close()
        with suppress(OSError):
            child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(5)


def _windows() -> Iterator[bool]:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009
    held = bool(kernel.SetThreadExecutionState(_CONTINUOUS | _SYSTEM_REQUIRED))
    try:
        yield held
    finally:
        kernel.SetThreadExecutionState(_CONTINUOUS)
