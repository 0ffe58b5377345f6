"""The bottom line: the keys that matter here. One widget of one line, because it changes at every window.

Textual's own footer makes a widget for each key anew whenever the focus moves, which took longer than all
else that opening a window does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from qualkit.tui.safe import width

if TYPE_CHECKING:
    from textual.binding import Binding
    from textual.events import MouseDown, MouseMove
    from textual.screen import Screen


class KeysLine(Widget):
    """Keys with their names; a click on one presses it."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys-line--key"}
    DEFAULT_CSS = """
    KeysLine { dock: bottom; height: 1; color: $footer-foreground; background: $footer-background; }
    KeysLine > .keys-line--key { color: $footer-key-foreground; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[tuple[str, str, Binding], ...] = ()

    def on_mount(self) -> None:
        """Follow what is bound."""
        self.screen.bindings_updated_signal.subscribe(self, self._look)
        self._look(self.screen)

    def on_unmount(self) -> None:
        """Follow no more."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _look(self, screen: Screen[object]) -> None:
        if not screen.is_current:
            return
        found: dict[str, tuple[str, str, Binding]] = {}
        for _node, binding, _enabled, _tooltip in screen.active_bindings.values():
            if binding.show:
                key = self.app.get_key_display(binding)
                found.setdefault(binding.action, (key, binding.description, binding))
        keys = tuple(found.values())
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def render_line(self, _y: int) -> Strip:
        """Keys bold, names after them."""
        base = self.rich_style
        bold = base + self.get_component_rich_style("keys-line--key", partial=True)
        segments = []
        for key, name, _binding in self._keys:
            segments += [Segment(key, bold), Segment(f" {name} ", base)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _at(self, x: int) -> Binding | None:
        """The binding drawn at a cell."""
        for key, name, binding in self._keys:
            x -= width(key) + width(name) + 2
            if x < 0:
                return binding
        return None

    def on_mouse_down(self, event: MouseDown) -> None:
        """Press the key that was clicked."""
        if (binding := self._at(event.x)) is not None:
            self.app.simulate_key(binding.key)

    def on_mouse_move(self, event: MouseMove) -> None:
        """Tell what the key under the mouse does."""
        binding = self._at(event.x)
        self.tooltip = binding.tooltip if binding else None
