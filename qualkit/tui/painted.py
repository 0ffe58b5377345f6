"""Widgets of lines that are painted once.

Textual works out border, padding, tint and filters of a line anew whenever it is drawn, which took most of
the time of an answer to a key. The widgets here have at most a bar at their left edge and padding beside
their text; a row is kept as it went to the screen, wherever it is scrolled to, until it is refreshed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.widget import Widget
else:
    Widget = object  # styles are inherited from the first base that is a widget

KEPT = 400
"""Rows that are kept at most."""


class Painted(Widget):
    """What draws itself by rows. It stands before the widget that it makes faster."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._kept: dict[int, Strip] = {}
        self._looks: dict[str, Style] = {}
        self._width = 0
        super().__init__(*args, **kwargs)

    def paint(self, row: int) -> Strip:
        """A row of the content, wherever it is scrolled to."""
        raise NotImplementedError

    def look(self, component: str = "") -> Style:
        """The widget's style, or what a component class adds to it."""
        if component not in self._looks:
            self._looks[component] = (
                self.get_component_rich_style(component, partial=True) if component else self.rich_style
            )
        return self._looks[component]

    def forget(self) -> None:
        """Paint every row again when it is next drawn."""
        self._kept.clear()
        self._looks.clear()

    def refresh(self, *regions: Region, **how: Any) -> Self:
        """Draw again: ``regions`` from what is kept, without regions everything anew."""
        if not regions:
            self.forget()
        return super().refresh(*regions, **how)

    def notify_style_update(self) -> None:
        """Forget what was painted with the former styles."""
        self.forget()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """A line of the content as it is on the screen now."""
        return self.paint(y + self.scroll_offset.y)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of the widget."""
        width, kept, top = self.outer_size.width, self._kept, self.scroll_offset.y
        if width != self._width or len(kept) > KEPT:
            self.forget()
            self._width = width
        rows = range(top + crop.y, top + crop.bottom)
        if missing := [row for row in rows if row not in kept]:
            self._paint_rows(missing)
        strips = [kept[row] for row in rows]
        return strips if crop.column_span == (0, width) else [s.crop(*crop.column_span) for s in strips]

    def _paint_rows(self, rows: list[int]) -> None:
        base, styles, room = self.look(), self.styles, self.content_size.width
        behind, background = self.background_colors
        kind, color = styles.border_left
        left = [Segment("│", base + Style(color=(behind + color).rich_color))] if kind else []
        left += [Segment(" " * styles.padding.left, base)] if styles.padding.left else []
        right = [Segment(" " * styles.padding.right, base)] if styles.padding.right else []
        filters = self.get_line_filters()
        for row in rows:
            strip = self.paint(row).adjust_cell_length(room, base)
            segments = [*left, *strip, *right]
            for line_filter in filters:
                segments = line_filter.apply(segments, background)
            self._kept[row] = Strip(segments, self._width)


class Lines(Painted, ScrollView):
    """Painted rows that scroll."""

    def refresh_line(self, y: int) -> None:
        """Paint a row again."""
        self.refresh_lines(y)

    def refresh_lines(self, y_start: int, line_count: int = 1) -> None:
        """Paint some rows again."""
        for row in range(y_start, y_start + line_count):
            self._kept.pop(row, None)
        super().refresh_lines(y_start, line_count)


class Sheet(Painted, Static):
    """A text whose size is given by what is around it: nothing is laid out anew when it changes."""

    def paint(self, row: int) -> Strip:
        """A line of the text."""
        return Static.render_line(self, row)
