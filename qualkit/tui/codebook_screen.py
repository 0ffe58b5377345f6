"""The codebook as a tree with counts: what each code means and how it is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from qualkit.errors import QualkitError
from qualkit.files.codebook_history import History
from qualkit.themes.passages import Selection, gather
from qualkit.tui import codebook_actions
from qualkit.tui.actions import bindings
from qualkit.tui.books import book_of, tree
from qualkit.tui.code_figures import figures
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.matrix_screen import quote_of
from qualkit.tui.panels import definition_text, name_of
from qualkit.tui.quotes_screen import QuotesScreen
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content
from qualkit.tui.stripes import color, letters

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.files.codebook_edits import Change
    from qualkit.files.codebook_history import Moves
    from qualkit.files.project import Project
    from qualkit.model import Code

Answer = TypeVar("Answer")


class CodebookScreen(Leaving, Screen[None]):
    """Codes left, the one under the cursor right; Enter lists its passages."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("codebook", "view", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view"), *bindings("codebook")]
    DEFAULT_CSS = """
    CodebookScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    CodebookScreen Rows { padding: 0 1; width: 1fr; }
    CodebookScreen #side { width: 45%; border-left: solid $primary-muted; padding: 0 1; }
    """

    def __init__(self, project: Project, at: str = "") -> None:
        super().__init__()
        self.project, self.at = project, at
        self.history = History(project)
        self._look()

    def _look(self) -> None:
        self.book = book_of(self.project)
        self.lines = list(tree(self.book))
        self.figures = figures(self.project)
        self._letters = letters(self.book)

    def compose(self) -> ComposeResult:
        """Tree and definition."""
        yield Static(content(self.book.name.get(self.language) or _("Codebook")), id="title")
        with Horizontal():
            yield Rows()
            with VerticalScroll(id="side", can_focus=False):
                yield Static(id="definition")
                yield Static(id="figures")
        yield KeysLine()

    def on_mount(self) -> None:
        """Fill the tree."""
        rows = self.query_one(Rows)
        rows.fill(len(self.lines), self._row, cursor=self._line(self.at))
        rows.focus()

    def _line(self, code_id: str) -> int:
        return next((i for i, (code, _) in enumerate(self.lines) if code.id == code_id), 0)

    @property
    def code(self) -> Code | None:
        """The code under the cursor."""
        at = self.query_one(Rows).cursor
        return self.lines[at][0] if at < len(self.lines) else None

    def change(self, what: str, make: Change, at: str = "", moves: Moves | None = None) -> None:
        """Make a change, show it, and say what was done; a large file takes seconds, so say that first."""
        self.tell(_("writing the codebook…"))
        self.call_after_refresh(self._change, what, make, at, moves)

    def _change(self, what: str, make: Change, at: str, moves: Moves | None) -> None:
        try:
            self.history.change(what, make, moves)
        except QualkitError as error:
            self.tell("")
            self.app.complain(error)  # type: ignore[attr-defined]
        else:
            self.reload(at)
            self.tell(what)

    def reload(self, at: str = "") -> None:
        """Read the codebook and the counts again, with the cursor on a code."""
        at = at or (self.code.id if self.code else "")
        self._look()
        self.query_one(Rows).fill(len(self.lines), self._row, cursor=self._line(at))

    def tell(self, text: str) -> None:
        """A word in the title line."""
        name = self.book.name.get(self.language) or _("Codebook")
        self.query_one("#title", Static).update(content(f"{name} · {text}" if text else name))

    def ask(self, window: ModalScreen[Answer], then: Callable[[Answer | None], None]) -> None:
        """Open a window and act on its answer; a fault is told, and the screen stays."""

        def guarded(answer: Answer | None) -> None:
            try:
                then(answer)
            except QualkitError as error:
                self.app.complain(error)  # type: ignore[attr-defined]

        self.app.push_screen(window, guarded)

    action_add = codebook_actions.add
    action_rename = codebook_actions.rename
    action_edit = codebook_actions.edit
    action_move = codebook_actions.move
    action_merge = codebook_actions.merge
    action_split = codebook_actions.split
    action_retire = codebook_actions.retire
    action_recolour = codebook_actions.recolour
    action_undo = codebook_actions.turn("undo")
    action_redo = codebook_actions.turn("redo")

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
        count = self.figures.given[code.id]
        retired = _(" (retired)") if code.retired else ""
        return (
            indent,
            Part(self._letters.get(code.id, "?"), f"tile:{color(self.book, code.id)}"),
            Part(f" {clip(code.name_in(self.language), 40)}{retired}"),
            Part(f"  {count or '·'}", "good" if count else "dim"),
            Part("  ! " if self.figures.remarks(code.id) else "", "bad"),
        )

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        code, _depth = self.lines[event.index]
        self.query_one("#definition", Static).update(definition_text(self.book, code.id, self.language))
        text = self.figures.text(code.id, self.book, self.language) if code.codable else ""
        self.query_one("#figures", Static).update(content("\n" + text if text else ""))

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
