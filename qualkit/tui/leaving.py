"""Leaving a screen once, however many keys were typed ahead for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete

if TYPE_CHECKING:
    from textual.screen import Screen

    _Screen = Screen[Any]
else:
    _Screen = object  # styles are inherited from the first base that is a screen


class Leaving(_Screen):
    """A screen that is left only while it is in sight; it stands before the screen that it guards.

    A second Enter or Esc that waited for a screen that is gone closed the one below it, and ended the desk
    where there was none.
    """

    @property
    def gone(self) -> bool:
        """Whether it was left: there is nothing any more to show on."""
        return self not in self.app.screen_stack

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Leave with an answer."""
        if self.is_active:
            return super().dismiss(result)
        return AwaitComplete.nothing()  # type: ignore[no-untyped-call, no-any-return]
