"""The code picker: type a few letters of a name, an id, a synonym or a definition in any language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from qualkit.tui.actions import bindings
from qualkit.tui.books import tree
from qualkit.tui.fuzzy import entries, ranked
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.painted import Sheet
from qualkit.tui.panels import definition_text, name_of
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content, shown
from qualkit.tui.stripes import color, letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App, ComposeResult
    from textual.binding import BindingType
    from textual.events import ScreenResume

    from qualkit.model import Code, Codebook


_HINT = _("Enter takes, Tab marks several, Esc closes")
_NAME = "picker"


def install(app: App[None]) -> None:
    """Build the app's picker, out of sight, before it is asked for: building takes longer than opening."""
    app.install_screen(Picker(), _NAME)
    app._get_screen(_NAME)  # what pushing a screen does first: it is mounted


def picker(app: App[None], codebook: Codebook, language: str, **about: Any) -> Picker:
    """The app's picker, ready to be opened. Keywords as of :meth:`Picker.ready`."""
    window = app.get_screen(_NAME, Picker)
    window.ready(codebook, language, **about)
    return window


class Picker(Leaving, ModalScreen[tuple[str, ...]]):
    """Answers with code ids; an empty tuple when closed without choosing."""

    DEFAULT_CSS = """
    /* Opaque: a screen that shines through is drawn again with every key, which takes most of the time. */
    Picker { align: center middle; background: $background; }
    Picker > Vertical { max-width: 140; border: round $primary; background: $surface; }
    Picker #about { height: auto; max-height: 4; padding: 0 1; color: $text-muted; }
    Picker Input { border: none; height: 1; margin: 0 1; }
    Picker #codes { width: 1fr; }
    Picker #beside { width: 1fr; height: 1fr; padding: 0 1; border-left: solid $primary-muted; }
    Picker #hint { height: 1; color: $text-muted; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("picker")

    def __init__(self) -> None:
        super().__init__()
        self.found: tuple[Code, ...] = ()
        self._depths: dict[str, int] = {}
        """Of the codes that are shown in their tree: how deep each stands."""
        self._theme = ""
        self.marked: list[str] = []

    def ready(
        self,
        codebook: Codebook,
        language: str,
        *,
        recent: Sequence[str] = (),
        suggested: Sequence[str] = (),
        title: str = "",
        about: str = "",
    ) -> None:
        """What the next opening is about: nothing is typed, nothing marked."""
        self.codebook, self.language = codebook, language
        self.recent, self.suggested = recent, suggested
        self.heading = title or _("Which code?")
        self.about = about
        self.marked = []
        self._known = entries(codebook)
        self._letters = letters(codebook)
        self._begin()

    def compose(self) -> ComposeResult:
        """The passage, a line to type in, codes below, the definition beside."""
        with Vertical():
            yield Static(id="about")
            yield Input(placeholder=_("name, id, word or definition, in any language"), compact=True)
            with Horizontal():
                yield Rows(id="codes", focusable=False)
                yield Sheet(id="beside")
            yield Sheet(id="hint")

    def on_mount(self) -> None:
        """Answer each letter, and each move, in one frame."""
        self.query_one(Rows).follow = self._describe
        self.watch(self.query_one(Input), "value", self._search, init=False)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Only another theme gives it other styles: to work them out takes longer than all else here."""
        event.refresh_styles, self._theme = self.app.theme != self._theme, self.app.theme

    def _begin(self) -> None:
        self.query_one(Vertical).border_title = self.heading
        about = self.query_one("#about", Static)
        about.display = bool(self.about)
        about.update(content(clip(self.about, 400)))
        self.query_one("#hint", Sheet).update(_HINT)
        line = self.query_one(Input)
        if line.value:
            line.value = ""
        else:
            self._search("")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    def _search(self, query: str) -> None:
        found = ranked(query, self.codebook, self._known, recent=self.recent, suggested=self.suggested)
        self._depths = {}
        if not query.strip():  # the likely ones, then the others in their tree
            likely = {*self.recent, *self.suggested}
            self._depths = {c.id: d for c, d in tree(self.codebook) if c.id not in likely and not c.retired}
            found = (
                *(code for code in found if code.id in likely),
                *(self.codebook.by_id[code_id] for code_id in self._depths),
            )
        self.found = found
        self.query_one(Rows).fill(len(found), self._row, choosable=lambda i: self.found[i].codable)
        if not self.found:
            self.query_one("#beside", Sheet).update(_("Nothing found."))

    def _row(self, index: int) -> Row:
        code = self.found[index]
        depth = self._depths.get(code.id)
        name = shown(code.name_in(self.language))
        if not code.codable:
            return (Part("  " * (depth or 0) + name, "head"),)
        above = name_of(self.codebook, code.parent, self.language) if code.parent and depth is None else ""
        sign = (
            "●"
            if code.id in self.marked
            else "★"
            if code.id in self.suggested
            else "·"
            if code.id in self.recent
            else " "
        )
        return (
            Part("  " * max(0, (depth or 1) - 1) + f"{sign} "),
            Part(self._letters.get(code.id, "?"), f"tile:{color(self.codebook, code.id)}"),
            Part(f" {name}"),
            Part(f"  {shown(above)}", "dim"),
        )

    def _describe(self, index: int) -> None:
        text = definition_text(self.codebook, self.found[index].id, self.language)
        self.query_one("#beside", Sheet).update(text)

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.action_take()

    def action_move(self, step: int) -> None:
        """Another code."""
        self.query_one(Rows).action_move(step)

    def action_mark(self) -> None:
        """Mark or unmark the code under the cursor, and start a new search."""
        if not self.found:
            return
        code = self.found[self.query_one(Rows).cursor].id
        if code in self.marked:
            self.marked.remove(code)
        else:
            self.marked.append(code)
        names = ", ".join(name_of(self.codebook, c, self.language) for c in self.marked)
        self.query_one("#hint", Sheet).update(content(names) if names else _HINT)
        self.query_one(Input).value = ""
        self.query_one(Rows).refresh()

    def action_take(self) -> None:
        """Answer with what is marked, else with the code under the cursor."""
        if self.marked:
            self.dismiss(tuple(self.marked))
        elif self.found and self.found[self.query_one(Rows).cursor].codable:
            self.dismiss((self.found[self.query_one(Rows).cursor].id,))

    def action_close(self) -> None:
        """Answer with nothing."""
        self.dismiss(())
