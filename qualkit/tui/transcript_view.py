"""The transcript pane: wrapped turns with speaker and clock, stripes in the gutter, a cursor on passages."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from qualkit.tui.actions import bindings
from qualkit.tui.painted import Lines
from qualkit.tui.safe import shown
from qualkit.tui.span import Unit, moved
from qualkit.tui.turn_lines import Line, header, tile, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.style import Style
    from textual.events import Click
    from textual.selection import Selection

    from qualkit.model import Transcript
    from qualkit.tui.passages import Passage
    from qualkit.tui.stripes import Stripe

DOUBTFUL = 0.5
"""Words that the engine gave less than this are shown as doubtful."""
_HIT, _CODED, _CURSOR, _DOUBT, _SELECTED = 1, 2, 4, 8, 16
_LOOKS = (
    (_CODED, "transcript--coded"),
    (_DOUBT, "transcript--doubt"),
    (_CURSOR, "transcript--cursor"),
    (_HIT, "transcript--hit"),
    (_SELECTED, "transcript--selected"),
)


class TranscriptView(Lines, can_focus=True):
    """Paints only the lines on the screen, however long the interview is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transcript--gutter",
        "transcript--header",
        "transcript--cursor",
        "transcript--coded",
        "transcript--doubt",
        "transcript--selected",
        "transcript--hit",
    }
    DEFAULT_CSS = """
    TranscriptView { height: 1fr; overflow-x: hidden; scrollbar-gutter: stable; scrollbar-size-vertical: 1; }
    TranscriptView > .transcript--gutter { color: $text-muted; }
    TranscriptView > .transcript--header { color: $text-accent; text-style: bold; }
    TranscriptView > .transcript--cursor { background: $primary-muted; }
    TranscriptView > .transcript--coded { text-style: underline; }
    TranscriptView > .transcript--doubt { text-style: italic; color: $text-warning; }
    TranscriptView > .transcript--selected { text-style: reverse; }
    TranscriptView > .transcript--hit { background: $warning-muted; text-style: bold; }
    """
    BINDINGS = bindings("transcript")
    cursor: reactive[int] = reactive(0, repaint=False, init=False)
    selection: reactive[tuple[int, int] | None] = reactive(None, init=False)

    @dataclass
    class Moved(Message):
        """The cursor is on another passage."""

        index: int

        def can_replace(self, message: Message) -> bool:
            """Only the last place counts when keys come faster than panels are drawn."""
            return isinstance(message, type(self))

    @dataclass
    class Sideways(Message):
        """An arrow to the side, with nothing selected: the suggestion in focus moves."""

        step: int

    @dataclass
    class Selected(Message):
        """The words selected changed."""

        span: tuple[int, int] | None

    def __init__(self, transcript: Transcript, passages: Sequence[Passage], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.transcript = transcript
        self.passages = passages
        self.stripes: Sequence[Stripe] = ()
        self.mark: Callable[[int], str] = lambda _: ""
        self.hits: Sequence[tuple[int, int]] = ()
        self.end_moves = True
        self.follow: Callable[[], None] | None = None
        """Called when the cursor moves: what stands beside is then drawn in the same frame."""
        self._by_mouse = False
        self._columns = 3
        self._lines: list[Line] = []
        self._tops: list[int] = []
        self._by_turn: dict[int, list[Stripe]] = {}
        self._wrapped_at = 0

    # ── What is shown ────────────────────────────────────────────────────────

    def show(self, transcript: Transcript, passages: Sequence[Passage]) -> None:
        """Show another revision or interview."""
        self.transcript, self.passages = transcript, passages
        self.selection, self.hits = None, ()
        self._wrap()
        self.set_reactive(TranscriptView.cursor, self.validate_cursor(self.cursor))

    def dress(self, stripes: Sequence[Stripe], mark: Callable[[int], str]) -> None:
        """Take new stripes, and what tells the sign that a passage carries in the gutter, if any."""
        self.stripes, self.mark = stripes, mark
        self._by_turn = {}
        for stripe in stripes:
            for turn in self.transcript.turns_in(stripe.start, stripe.end):
                self._by_turn.setdefault(turn, []).append(stripe)
        columns = max(3, *(s.column + 1 for s in stripes)) if stripes else 3
        if columns != self._columns:
            self._columns = columns
            self._wrap()
        self.refresh()

    @property
    def edge(self) -> int:
        """Cells left of the text: a sign, the stripes, a space."""
        return self._columns + 2

    def _wrap(self) -> None:
        self._wrapped_at = self.scrollable_content_region.width
        self._lines, self._tops = wrapped(self.transcript, max(10, self._wrapped_at - self.edge))
        self.virtual_size = Size(self._wrapped_at, len(self._lines))

    def on_resize(self) -> None:
        """Wrap again when the width changed, with the cursor's passage still in sight."""
        if self._wrapped_at != self.scrollable_content_region.width:
            self._wrap()
        self.reveal()
        self.refresh()

    # ── The cursor ───────────────────────────────────────────────────────────

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a passage."""
        return max(0, min(cursor, len(self.passages) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint both passages and tell the screen."""
        for turn in {turn for index in (old, new) for turn in self._turns_marked(index)}:
            first, last = self._turn_rows(turn)
            self.refresh_lines(first, last - first)
        self.reveal()
        if self.follow is not None:
            self.follow()
        else:
            self.post_message(self.Moved(new))

    def _turns_marked(self, index: int) -> set[int]:
        """Turns that look otherwise with the cursor on a passage: its own, and those of its codings."""
        if index >= len(self.passages):
            return set()
        passage = self.passages[index]
        turns = {passage.turn}
        for stripe in self._by_turn.get(passage.turn, ()):
            if stripe.start < passage.end and stripe.end > passage.start:
                turns.update(self.transcript.turns_in(stripe.start, stripe.end))
        return turns

    def reveal(self) -> None:
        """Scroll so that the passage under the cursor is in sight, its speaker too if that fits."""
        if not self.passages or not self._lines:
            return
        passage = self.passages[self.cursor]
        first, last = self._rows(passage.start, passage.end)
        height = max(1, self.scrollable_content_region.height)
        if self._lines[first - 1].start < 0 and last - first + 2 <= height:
            first -= 1
        top = self.scroll_offset.y
        if first >= top and last < top + height:
            return
        above = height // 3 if last - first + height // 3 < height else 1
        if top - 2 <= first < top:  # one step up: no jump
            above = 1
        self.scroll_to(y=max(0, first - above), animate=False, force=True)

    def reveal_span(self, start: int, end: int) -> None:
        """Scroll so that ``[start, end)`` is in sight."""
        first, last = self._rows(start, end)
        self.scroll_to_region(Region(0, first, 1, last - first + 1), animate=False, force=True)

    def _rows(self, start: int, end: int) -> tuple[int, int]:
        """First and last line that show ``[start, end)``."""
        return self._row(start), self._row(max(start, end - 1))

    def _row(self, position: int) -> int:
        turn = self.transcript.turn_at(position)
        local = position - self.transcript.turn_starts[turn]
        first, last = self._turn_rows(turn)
        return bisect_right(self._lines, local, first + 1, last, key=lambda line: line.start) - 1

    def _turn_rows(self, turn: int) -> tuple[int, int]:
        """The line of a turn's header, and the line after the turn."""
        return self._tops[turn], self._tops[turn + 1] if turn + 1 < len(self._tops) else len(self._lines)

    def action_move(self, step: int) -> None:
        """Go ``step`` passages on; while selecting, a sentence on."""
        if self.selection is not None and abs(step) == 1:
            self._grow(Unit.SENTENCE, step)
        elif self.selection is None:
            self.cursor += step

    def action_page(self, step: int) -> None:
        """Go half a screen on."""
        if not self.passages:
            return
        row = self._row(self.passages[self.cursor].start)
        row += step * max(1, self.scrollable_content_region.height // 2)
        target = self._passage_on(max(0, min(row, len(self._lines) - 1)))
        self.cursor = target if target != self.cursor else self.cursor + step

    def action_side(self, step: int) -> None:
        """A word on while selecting, else the screen's suggestion in focus moves."""
        if self.selection is not None:
            self._grow(Unit.WORD, step)
        else:
            self.post_message(self.Sideways(step))

    def action_sentence(self, step: int) -> None:
        """A sentence on while selecting."""
        if self.selection is not None:
            self._grow(Unit.SENTENCE, step)

    def _grow(self, unit: Unit, step: int) -> None:
        assert self.selection is not None
        self.selection = moved(self.transcript, self.selection, self.end_moves, unit, step)

    def watch_selection(self, _old: object, new: tuple[int, int] | None) -> None:
        """Tell the screen, and keep the moving edge in sight."""
        if new is not None and self._lines:
            row = self._row(new[1] - 1 if self.end_moves else new[0])
            self.scroll_to_region(Region(0, row, 1, 1), animate=False, force=True)
        self.post_message(self.Selected(new))

    # ── The mouse ────────────────────────────────────────────────────────────

    def on_click(self, event: Click) -> None:
        """Put the cursor on the passage clicked."""
        row = event.y + self.scroll_offset.y
        if row < len(self._lines) and not self.selection:
            self.cursor = self.transcript_passage(self._position(event.x, row))

    def transcript_passage(self, position: int) -> int:
        """Index of the passage that holds a code point."""
        return max(0, bisect_right(self.passages, position, key=lambda p: p.start) - 1)

    def _passage_on(self, row: int) -> int:
        line = self._lines[row]
        return self.transcript_passage(self.transcript.turn_starts[line.turn] + max(0, line.start))

    def _position(self, x: int, row: int) -> int:
        """The code point drawn as character ``x`` of a line."""
        line = self._lines[min(row, len(self._lines) - 1)]
        begin = self.transcript.turn_starts[line.turn]
        if line.start < 0:
            return begin
        text, drawn = self.transcript.turns[line.turn].text, self.edge
        for at in range(line.start, line.end):
            drawn += len(shown(text[at]))
            if drawn > x:
                return begin + at
        return begin + line.end

    def selection_updated(self, selection: Selection | None) -> None:
        """Take over what the mouse selected."""
        if selection is not None and selection.start is not None and selection.end is not None:
            start, end = (self._position(p.x, p.y) for p in (selection.start, selection.end))
            self.selection = (start, end) if end > start else None
            self._by_mouse, self.end_moves = True, True
        elif self._by_mouse:
            self.selection, self._by_mouse = None, False
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:  # noqa: ARG002
        """What copying takes: the words as they stand in the transcript."""
        if self.selection is None:
            return None
        return self.transcript.text[slice(*self.selection)], "\n"

    # ── Painting ─────────────────────────────────────────────────────────────

    def render_line(self, y: int) -> Strip:
        """One line of the screen, with what the mouse needs to tell where it is."""
        return super().render_line(y).apply_offsets(0, y + self.scroll_offset.y)

    def paint(self, row: int) -> Strip:
        """One line of the transcript."""
        if row >= len(self._lines):
            return Strip([])
        line = self._lines[row]
        begin = self.transcript.turn_starts[line.turn]
        if line.start < 0:
            head = self._style(0) + self.look("transcript--header")
            segments = self._gutter(line, begin, begin)
            segments.append(Segment(header(self.transcript, line.turn), head))
        else:
            segments = self._gutter(line, begin + line.start, begin + line.end)
            segments += self._text(line, begin)
        return Strip(segments)

    def _gutter(self, line: Line, start: int, end: int) -> list[Segment]:
        base = self.look()
        columns: list[Segment] = [Segment(" ", base)] * self._columns
        for stripe in self._by_turn.get(line.turn, ()):
            if line.start < 0:
                on = stripe.start < start < stripe.end
            else:
                on = stripe.start < end and stripe.end > start
            if on and stripe.column < self._columns:
                begins = line.start >= 0 and start <= stripe.start < end
                cell = tile(stripe.letter if begins else "│", stripe.color, begins)
                columns[stripe.column] = Segment(cell.text, base + cell.style if cell.style else base)
        if line.start >= 0 and (sign := self._sign(start, end)) != " ":
            first = Segment(sign, base + self.look("transcript--gutter"))
        else:
            first = Segment(" ", base)
        return [first, *columns, Segment(" ", base)]

    def _sign(self, start: int, end: int) -> str:
        first = bisect_left(self.passages, start, key=lambda p: p.start)
        last = bisect_left(self.passages, end, key=lambda p: p.start)
        if first <= self.cursor < last:
            return "▶"
        return next((sign for i in range(first, last) if (sign := self.mark(i))), " ")

    def _text(self, line: Line, begin: int) -> list[Segment]:
        turn = self.transcript.turns[line.turn]
        start, end = begin + line.start, begin + line.end
        layers: list[tuple[int, int, int]] = []
        if self.passages:
            passage = self.passages[self.cursor]
            layers.append((passage.start, passage.end, _CURSOR))
            # The exact words are underlined where the cursor is; elsewhere the stripes say enough.
            layers += [
                (s.start, s.end, _CODED)
                for s in self._by_turn.get(line.turn, ())
                if s.start < passage.end and s.end > passage.start
            ]
        if self.selection is not None:
            layers.append((*self.selection, _SELECTED))
        layers += [
            (begin + w.start, begin + w.end, _DOUBT)
            for w in turn.words
            if w.confidence is not None and w.confidence < DOUBTFUL
        ]
        at = bisect_right(self.hits, (start, start))
        layers += [(a, b, _HIT) for a, b in self.hits[max(0, at - 1) : at + 40]]
        layers = [(max(a, start), min(b, end), flag) for a, b, flag in layers if a < end and b > start]
        edges = sorted({start, end, *(a for a, _, _ in layers), *(b for _, b, _ in layers)})
        segments = []
        for a, b in itertools.pairwise(edges):
            flags = 0
            for first, last, flag in layers:
                if first <= a and b <= last:
                    flags |= flag
            segments.append(Segment(shown(turn.text[a - begin : b - begin]), self._style(flags)))
        return segments

    def _style(self, flags: int) -> Style:
        style = self.look()
        for flag, name in _LOOKS:
            if flags & flag:
                style += self.look(name)
        return style
