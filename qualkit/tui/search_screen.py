"""Search over all transcripts: results in place, Enter opens one where it stands."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Input, Static

from qualkit.errors import QualkitError
from qualkit.files.index import behind
from qualkit.tui.actions import bindings
from qualkit.tui.books import cases_of
from qualkit.tui.child import ask
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _, ngettext
from qualkit.tui.leaving import Leaving
from qualkit.tui.quotes_screen import Quote, quote_row, quote_text
from qualkit.tui.rows import Rows
from qualkit.tui.safe import content
from qualkit.tui.searching import by_meaning, find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.files.project import Project

MEANING = "semantic:"
"""What a search by meaning begins with."""
FEW = 5
"""Changed transcripts that a search takes in itself."""


class SearchScreen(Leaving, Screen[None]):
    """Words in any form and inside compounds; filters narrow them."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("search", "view", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view"), *bindings("search")]
    DEFAULT_CSS = """
    SearchScreen Input { border: none; height: 1; background: $panel; padding: 0 1; }
    SearchScreen #said { height: 1; color: $text-muted; padding: 0 1; }
    SearchScreen Rows { padding: 0 1; }
    SearchScreen #whole { height: 30%; border-top: solid $primary-muted; padding: 0 1; }
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.found: Sequence[Quote] = ()

    def compose(self) -> ComposeResult:
        """The query, what was found, the place under the cursor in full."""
        yield Input(
            placeholder=_(
                'words, "a phrase", begin*  semantic:  '
                "site: role: code: coder: confidence: language: interview:"
            ),
            compact=True,
        )
        yield Static(id="said")
        yield Rows()
        with VerticalScroll(id="whole", can_focus=False):
            yield Static(id="quote")
        yield KeysLine()

    def on_mount(self) -> None:
        """Type at once; the dictionaries that words are looked up in are read meanwhile."""
        self.query_one(Input).focus()
        self.query_one(Rows).follow = self._moved
        self.run_worker(self._warm, thread=True, group="warm")

    def _warm(self) -> None:
        from qualkit.language.dictionary import warm

        with suppress(QualkitError):  # a damaged list is told by the search itself
            for language in {case.language for case in cases_of(self.project).values()}:
                warm(language)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#said", Static).update(_("Searching…"), layout=False)
        if event.value.strip().startswith(MEANING):
            self._search_meaning(event.value.strip().removeprefix(MEANING).strip())
        else:
            self._search_words(event.value)

    @work(exclusive=True)
    async def _search_meaning(self, words: str) -> None:
        found: Sequence[Quote] = ()
        try:
            near = await ask("meaning", self.project.root, words) if words else []
            found = by_meaning(self.project, near)
            said = ngettext("{n} place", "{n} places", len(found)).format(n=len(found))
        except QualkitError as error:
            said = str(error)
        self._show(said, found)

    @work(exclusive=True)
    async def _search_words(self, text: str) -> None:
        """Search in a thread; an index that is far behind is first brought up to date by a child process."""
        found: Sequence[Quote] = ()
        try:
            if await asyncio.to_thread(behind, self.project) > FEW:
                await ask("index", self.project.root, tell=self._preparing)
            found = await asyncio.to_thread(find, self.project, text)
            said = ngettext("{n} place", "{n} places", len(found)).format(n=len(found))
        except QualkitError as error:
            said = str(error)
        self._show(said, found)

    def _preparing(self, step: str) -> None:
        said = _("Making the index of words: {step}").format(step=step)
        if not self.gone:
            self.query_one("#said", Static).update(content(said), layout=False)

    def _show(self, said: str, found: Sequence[Quote]) -> None:
        if self.gone:
            return
        self.found = found
        self.query_one("#said", Static).update(content(said))
        rows = self.query_one(Rows)
        rows.fill(len(found), lambda i: quote_row(self.found[i]))
        if found:
            rows.focus()
        else:
            self.query_one("#quote", Static).update("")

    def _moved(self, index: int) -> None:
        self.query_one("#quote", Static).update(quote_text(self.found[index]))

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Open the place found."""
        if self.found:
            quote = self.found[self.query_one(Rows).cursor]
            self.app.review(quote.interview, quote.start)  # type: ignore[attr-defined]

    def action_again(self) -> None:
        """Back to the query."""
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """Back to the project."""
        self.dismiss(None)
