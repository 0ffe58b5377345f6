"""A list of any length: it paints only the rows on the screen (the Line API)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from qualkit.tui.actions import bindings
from qualkit.tui.painted import Lines
from qualkit.tui.turn_lines import tile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style
    from textual.events import Click


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a row with one look."""

    text: str
    """Safe already: made by :func:`qualkit.tui.safe.shown` or ``clip``."""
    look: str = ""
    """``head``, ``dim``, ``good``, ``bad``, ``mark``, ``tile:#rrggbb`` or empty."""


Row = tuple[Part, ...]


class Rows(Lines, can_focus=True):
    """Rows that are asked for when they are painted, and a cursor on those that can be chosen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rows--cursor",
        "rows--head",
        "rows--dim",
        "rows--good",
        "rows--bad",
        "rows--mark",
    }
    DEFAULT_CSS = """
    Rows { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; }
    Rows > .rows--cursor { background: $primary-muted; text-style: bold; }
    Rows:focus > .rows--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    Rows > .rows--head { color: $text-accent; text-style: bold; }
    Rows > .rows--dim { color: $text-muted; }
    Rows > .rows--good { color: $text-success; }
    Rows > .rows--bad { color: $text-error; }
    Rows > .rows--mark { background: $warning-muted; text-style: bold; }
    """
    BINDINGS = bindings("rows")
    cursor: reactive[int] = reactive(0, repaint=False, init=False)

    @dataclass
    class Moved(Message):
        """The cursor is on another row."""

        rows: Rows
        index: int

        @property
        def control(self) -> Rows:
            """The list, for ``@on``."""
            return self.rows

        def can_replace(self, message: Message) -> bool:
            """Only the last place counts."""
            return isinstance(message, type(self)) and message.rows is self.rows

    @dataclass
    class Chosen(Message):
        """A row was clicked twice, or clicked where the cursor was."""

        rows: Rows
        index: int

        @property
        def control(self) -> Rows:
            """The list, for ``@on``."""
            return self.rows

    def __init__(self, *, id: str | None = None, focusable: bool = True) -> None:  # noqa: A002
        super().__init__(id=id)
        self.can_focus = focusable
        self._row: Callable[[int], Row] = lambda _: ()
        self._choosable: Callable[[int], bool] = lambda _: True
        self.count = 0
        self.follow: Callable[[int], None] | None = None
        """Called when the cursor is on another row: what stands beside is then drawn in the same frame."""

    def fill(
        self,
        count: int,
        row: Callable[[int], Row],
        *,
        choosable: Callable[[int], bool] | None = None,
        cursor: int = 0,
    ) -> None:
        """Show ``count`` rows; ``row`` is called for those in sight, on every paint."""
        self.count, self._row = count, row
        self._choosable = choosable or (lambda _: True)
        self.hold(count)
        self.set_reactive(Rows.cursor, self._settle(cursor, 1))
        self.reveal()
        self.refresh()
        if count:
            self._tell()

    def fill_rows(self, rows: Sequence[Row], *, cursor: int = 0) -> None:
        """Show rows that are made already."""
        self.fill(len(rows), rows.__getitem__, cursor=cursor)

    def _settle(self, index: int, step: int) -> int:
        """The nearest row that can be chosen, first in the direction of travel."""
        last = self.count - 1
        if last < 0:
            return 0
        index = max(0, min(index, last))
        ahead = range(index, last + 1) if step > 0 else range(index, -1, -1)
        behind = range(index, -1, -1) if step > 0 else range(index, last + 1)
        return next((i for way in (ahead, behind) for i in way if self._choosable(i)), 0)

    def on_resize(self) -> None:
        """Keep the width in step, and the cursor in sight."""
        self.hold(self.count)
        self.reveal()

    def reveal(self) -> None:
        """Scroll so that the cursor is in sight."""
        height = max(1, self.scrollable_content_region.height)
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=0 if self.cursor <= 1 else self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint both rows and say so."""
        for index in (old, new):
            self.refresh_line(index)
        self.reveal()
        self._tell()

    def _tell(self) -> None:
        if self.follow is not None:
            self.follow(self.cursor)
        else:
            self.post_message(self.Moved(self, self.cursor))

    def action_move(self, step: int) -> None:
        """Go ``step`` rows on."""
        if self.count:
            self.cursor = self._settle(self.cursor + step, step)

    def action_page(self, step: int) -> None:
        """Go half a screen on."""
        self.action_move(step * max(1, self.scrollable_content_region.height // 2))

    def on_click(self, event: Click) -> None:
        """The cursor goes where the mouse clicked; a second click chooses."""
        index = event.y + self.scroll_offset.y
        if index < self.count and self._choosable(index):
            if index == self.cursor:
                self.post_message(self.Chosen(self, index))
            self.cursor = index

    def paint(self, row: int) -> Strip:
        """One row."""
        if row >= self.count:
            return Strip([])
        here = row == self.cursor
        base = self.look()
        if here and self._choosable(row):
            base = self.get_component_rich_style("rows--cursor")
        strip = Strip([self._paint(part, base, here) for part in self._row(row)])
        return strip.adjust_cell_length(self.scrollable_content_region.width, base)

    def _paint(self, part: Part, base: Style, under_cursor: bool) -> Segment:
        if part.look.startswith("tile:"):
            return tile(part.text, part.look[5:], True)
        if not part.look or (under_cursor and self.has_focus and part.look != "mark"):
            return Segment(part.text, base)
        return Segment(part.text, base + self.look(f"rows--{part.look}"))
