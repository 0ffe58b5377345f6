"""A list of passages from anywhere in the project, with the one under the cursor in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from qualkit.tui.actions import bindings
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content, shown
from qualkit.tui.turn_lines import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


BEFORE = 16
"""Characters kept before a word that was searched for."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage as a list shows it."""

    interview: str
    speaker: str
    start: int
    """Code points, where opening it puts the cursor."""
    start_ms: int | None
    text: str
    site: str = ""
    note: str = ""
    """What brought it here: the code, the coder, how it was found."""
    spans: tuple[tuple[int, int], ...] = ()
    """Words to stand out, in code points of ``text``."""


def quote_row(quote: Quote) -> Row:
    """One line: where it is from, then the words; those searched for in sight and marked."""
    row = [
        Part(f"{clip(quote.interview, 18):<18} "),
        Part(f"{clock(quote.start_ms):>7} ", "dim"),
        Part(f"{clip(quote.speaker, 14):<14} ", "dim"),
    ]
    if not quote.spans:
        return (*row, Part(clip(quote.text, 400)))
    start, end = quote.spans[0]
    begin = quote.text.rfind(" ", 0, start - BEFORE) + 1 if start > BEFORE else 0
    head = ("…" if begin else "") + shown(quote.text[begin:start])
    return (*row, Part(head), Part(shown(quote.text[start:end]), "mark"), Part(clip(quote.text[end:], 400)))


def quote_text(quote: Quote) -> Content:
    """The whole passage with its source; words searched for stand out."""
    source = " · ".join(
        part
        for part in (quote.interview, quote.site, quote.speaker, clock(quote.start_ms), quote.note)
        if part
    )
    parts, at = [content("“")], 0
    for start, end in quote.spans:
        parts += [content(quote.text[at:start]), content(quote.text[start:end], "bold reverse")]
        at = end
    return Content.assemble(*parts, content(quote.text[at:]), "”\n— ", content(source))


class QuotesScreen(Leaving, Screen[None]):
    """Passages that belong together; Enter opens one where it stands."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("view", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = bindings("view")
    DEFAULT_CSS = """
    QuotesScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    QuotesScreen Rows { padding: 0 1; }
    QuotesScreen #whole { height: 30%; border-top: solid $primary-muted; padding: 0 1; }
    """

    def __init__(self, title: str, quotes: Sequence[Quote]) -> None:
        super().__init__()
        self.heading, self.quotes = title, quotes

    def compose(self) -> ComposeResult:
        """Title, list, the passage in full."""
        yield Static(content(self.heading), id="title")
        yield Rows()
        with VerticalScroll(id="whole", can_focus=False):
            yield Static(id="quote")
        yield KeysLine()

    def on_mount(self) -> None:
        """Fill the list."""
        rows = self.query_one(Rows)
        rows.fill(len(self.quotes), lambda i: quote_row(self.quotes[i]))
        rows.focus()
        if not self.quotes:
            self.query_one("#quote", Static).update(_("No passage."))

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        self.query_one("#quote", Static).update(quote_text(self.quotes[event.index]))

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Open the passage where it stands."""
        if self.quotes:
            quote = self.quotes[self.query_one(Rows).cursor]
            self.app.review(quote.interview, quote.start)  # type: ignore[attr-defined]

    def action_back(self) -> None:
        """Back to where it was opened from."""
        self.dismiss(None)
