"""The codebook as a tree with counts: what each code means and how it is doing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Static

from qualkit.files.codebook import load_codebook
from qualkit.files.journal import read_codings, read_decisions
from qualkit.model import Verdict
from qualkit.themes.passages import Selection, gather
from qualkit.tui.actions import bindings
from qualkit.tui.language import _
from qualkit.tui.matrix_screen import quote_of
from qualkit.tui.panels import definition_text, name_of
from qualkit.tui.quotes_screen import QuotesScreen
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content
from qualkit.tui.stripes import color, letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.files.project import Project
    from qualkit.model import Code, Codebook


def tree(book: Codebook, above: str = "", depth: int = 0) -> Iterator[tuple[Code, int]]:
    """Codes with their depth, each above those below it."""
    for code in book.children(above):
        yield code, depth
        yield from tree(book, code.id, depth + 1)


class CodebookScreen(Screen[None]):
    """Codes left, the one under the cursor right; Enter lists its passages."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("view", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = bindings("view")
    DEFAULT_CSS = """
    CodebookScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    CodebookScreen Rows { padding: 0 1; width: 1fr; }
    CodebookScreen #side { width: 45%; border-left: solid $primary-muted; padding: 0 1; }
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.book = load_codebook(project)
        self.lines = list(tree(self.book))
        self.given = Counter(c.code for c in read_codings(project))
        decisions = read_decisions(project)
        self.accepted = Counter(d.code for d in decisions if d.verdict is Verdict.ACCEPT)
        self.rejected = Counter(d.code for d in decisions if d.verdict is Verdict.REJECT)
        self._letters = letters(self.book)

    def compose(self) -> ComposeResult:
        """Tree and definition."""
        yield Static(content(self.book.name.get(self.language) or _("Codebook")), id="title")
        with Horizontal():
            yield Rows()
            with VerticalScroll(id="side", can_focus=False):
                yield Static(id="definition")
                yield Static(id="figures")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Fill the tree."""
        rows = self.query_one(Rows)
        rows.fill(len(self.lines), self._row)
        rows.focus()

    @property
    def language(self) -> str:
        """Language for names and definitions."""
        return str(getattr(self.app, "reading", "en"))

    def update_panels(self) -> None:
        """Again, after the reading language changed."""
        rows = self.query_one(Rows)
        rows.refresh()
        self._moved(Rows.Moved(rows, rows.cursor))

    def _row(self, index: int) -> Row:
        code, depth = self.lines[index]
        indent = Part("  " * depth)
        if not code.codable:
            return (indent, Part(clip(code.name_in(self.language), 60), "head"))
        count = self.given[code.id]
        retired = _(" (retired)") if code.retired else ""
        return (
            indent,
            Part(self._letters.get(code.id, "?"), f"tile:{color(self.book, code.id)}"),
            Part(f" {clip(code.name_in(self.language), 40)}{retired}"),
            Part(f"  {count or '·'}", "good" if count else "dim"),
        )

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        code, _depth = self.lines[event.index]
        self.query_one("#definition", Static).update(definition_text(self.book, code.id, self.language))
        text = _("{given} codings; suggestions: {yes} accepted, {no} rejected").format(
            given=self.given[code.id], yes=self.accepted[code.id], no=self.rejected[code.id]
        )
        self.query_one("#figures", Static).update(content("\n" + text if code.codable else ""))

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The passages that have the code under the cursor."""
        code, _depth = self.lines[self.query_one(Rows).cursor]
        if code.codable:
            found = gather(self.project, Selection(codes=(code.id,))).passages
            title = f"{name_of(self.book, code.id, self.language)} · {len(found)}"
            self.app.push_screen(QuotesScreen(title, [quote_of(p) for p in found]))

    def action_back(self) -> None:
        """Back to the project."""
        self.dismiss(None)
