"""Widgets of lines that are painted once.

Textual works out border, padding, tint and filters of a line anew whenever it is drawn, which took most of
the time of an answer to a key. The widgets here have at most a bar at their left edge and padding beside
their text; a row is kept as it went to the screen, wherever it is scrolled to, until it is refreshed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.visual import VisualType

    _Widget = Widget
else:
    _Widget = object  # styles are inherited from the first base that is a widget

KEPT = 200
"""Rows that a widget keeps at most."""


class Painted(_Widget):
    """What draws itself by rows. It stands before the widget that it makes faster."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._kept: dict[int, Strip] = {}
        self._finished: dict[tuple[Segment, ...], Strip] = {}
        """What was made of a row's segments; many a row comes again elsewhere, and an empty one often."""
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
        self._finished.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """A line of the content as it is on the screen now."""
        return self.paint(y + self.scroll_offset.y)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines of the widget."""
        width, kept, top = self.outer_size.width, self._kept, self.scroll_offset.y
        if width != self._width or len(kept) > KEPT:
            self.forget()
            self._finished.clear()
            self._width = width
        rows = range(top + crop.y, top + crop.bottom)
        if missing := [row for row in rows if row not in kept]:
            self._paint_rows(missing)
        strips = [kept[row] for row in rows]
        return strips if crop.column_span == (0, width) else [s.crop(*crop.column_span) for s in strips]

    def _paint_rows(self, rows: list[int]) -> None:
        if len(self._finished) > KEPT:
            self._finished.clear()
        for row in rows:
            painted = self.paint(row)
            key = tuple(painted)
            if key not in self._finished:
                self._finished[key] = self._finish(painted)
            self._kept[row] = self._finished[key]

    def _finish(self, strip: Strip) -> Strip:
        """A row with what is left and right of it, in colours that the terminal knows."""
        base, styles = self.look(), self.styles
        behind, background = self.background_colors
        kind, color = styles.border_left
        left = [Segment("│", base + Style(color=(behind + color).rich_color))] if kind else []
        left += [Segment(" " * styles.padding.left, base)] if styles.padding.left else []
        right = [Segment(" " * styles.padding.right, base)] if styles.padding.right else []
        segments = [*left, *strip.adjust_cell_length(self.content_size.width, base), *right]
        for line_filter in self.get_line_filters():
            segments = line_filter.apply(segments, background)
        return Strip(segments, self._width)


class Lines(Painted, ScrollView):
    """Painted rows that scroll."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._scrolled_in: tuple[Size, Size] | None = None
        super().__init__(*args, **kwargs)

    def hold(self, count: int) -> None:
        """Scroll through this many rows. Unless the height depends on them, nothing is laid out again."""
        size = Size(self.scrollable_content_region.width, count)
        if self.styles.auto_dimensions or not self.is_mounted:
            self.virtual_size = size
        else:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def _scroll_update(self, virtual_size: Size) -> None:
        """Leave the scroll bar as it is where nothing changed: it would be drawn in a frame of its own."""
        sizes = virtual_size, self.container_size
        if sizes != self._scrolled_in:
            super()._scroll_update(virtual_size)
            self._scrolled_in = sizes

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

    def update(self, content: VisualType = "", *, layout: bool = False) -> None:
        """Another text, in the room that there is."""
        super().update(content, layout=layout)

    def paint(self, row: int) -> Strip:
        """A line of the text."""
        return Static.render_line(self, row)
