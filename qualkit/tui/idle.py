"""The garbage collector kept off the keys.

A full collection goes through everything that is held, some 0.1 s with a large project, and Python starts
one every few seconds of typing, in the middle of an answer. Here it waits until no key has come for
:data:`IDLE` seconds; what is held after it is left out of the next ones (:func:`gc.freeze`).
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any

from qualkit.files.memory import one_arena, trim

if TYPE_CHECKING:
    from textual.app import App

IDLE = 0.2
"""Seconds without a key after which nobody notices a pause."""
REST = 1.5
"""Seconds without a key after which memory that is free is given back."""
EVERY = 0.1
WORTH, OVERDUE = 3, 30
"""Middle collections since the last full one: from when a full one is made when idle, and in any case."""


class Tidying:
    """When to collect, for one app."""

    def __init__(self) -> None:
        self._pressed = 0.0
        self._whole = False
        self._trimmed = False
        self._usual = gc.get_threshold()

    def start(self, app: App[Any]) -> None:
        """Collect from now on in the pauses of ``app`` only."""
        one_arena()
        gc.freeze()  # what was imported stays for good
        gc.set_threshold(*self._usual[:2], OVERDUE * 10)
        app.set_interval(EVERY, self.tidy)

    def stop(self) -> None:
        """Let Python collect as usual."""
        gc.unfreeze()
        gc.set_threshold(*self._usual)

    def pressed(self) -> None:
        """A key came: not now."""
        self._pressed = time.monotonic()
        self._trimmed = False

    def whole(self) -> None:
        """Much that was held is no longer needed: go through all of it the next time."""
        self._whole = True

    def tidy(self) -> None:
        """A full collection, if one is due and nobody is typing."""
        due = gc.get_count()[2]
        idle = time.monotonic() - self._pressed > IDLE
        if due >= OVERDUE or (due >= WORTH and idle):
            if self._whole and idle:
                gc.unfreeze()
                self._whole = False
            gc.collect()
            gc.freeze()
        if not self._trimmed and time.monotonic() - self._pressed > REST:
            trim()
            self._trimmed = True
