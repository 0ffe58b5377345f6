"""Splitting a code: which of its passages go over to the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.screen import ModalScreen
from textual.widgets import Static

from qualkit.tui.actions import bindings
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.files.project import Project
    from qualkit.model import Coding


class SplitScreen(Leaving, ModalScreen[frozenset[str] | None]):
    """Answers with the ids of the codings that go over; None when closed without splitting."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("split", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = bindings("split")
    DEFAULT_CSS = """
    SplitScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    SplitScreen Rows { padding: 0 1; background: $background; }
    SplitScreen #whole { height: 6; border-top: solid $primary-muted; padding: 0 1; background: $background; }
    """

    def __init__(self, project: Project, old: str, new: str, codings: Sequence[Coding]) -> None:
        super().__init__()
        self.project, self.old, self.new = project, old, new
        self.codings = sorted(codings, key=lambda c: (c.interview, c.anchor.start))
        self.over: set[str] = set()

    def compose(self) -> ComposeResult:
        """Title, passages, the one under the cursor in full."""
        yield Static(id="title")
        yield Rows()
        yield Static(id="whole")
        yield KeysLine()

    def on_mount(self) -> None:
        """Fill the list."""
        self._title()
        rows = self.query_one(Rows)
        rows.fill(len(self.codings), self._row)
        rows.focus()

    def _title(self) -> None:
        text = _("{n} of {m} passages of {old} go to {new}").format(
            n=len(self.over), m=len(self.codings), old=self.old, new=self.new
        )
        self.query_one("#title", Static).update(content(text))

    def _row(self, index: int) -> Row:
        coding = self.codings[index]
        goes = coding.id in self.over
        return (
            Part("→ " if goes else "  ", "good"),
            Part(f"{clip(coding.interview, 16):<17}", "dim"),
            Part(clip(coding.anchor.quote, 300)),
        )

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        event.stop()
        self.query_one("#whole", Static).update(content(self.codings[event.index].anchor.quote), layout=False)

    def action_over(self) -> None:
        """The passage under the cursor goes over, or stays."""
        if self.codings:
            self.over ^= {self.codings[self.query_one(Rows).cursor].id}
            self._title()
            self.query_one(Rows).action_move(1)
            self.query_one(Rows).refresh()

    def action_keep(self) -> None:
        """Split so."""
        self.dismiss(frozenset(self.over))

    def action_close(self) -> None:
        """Leave the code whole."""
        self.dismiss(None)
