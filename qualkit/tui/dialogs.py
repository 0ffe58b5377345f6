"""Small windows over a screen: a memo, a one-line question, a menu of at most nine lines, the help."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from qualkit.tui.actions import ACTIONS, bindings, spelt
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.rows import Part, Rows
from qualkit.tui.safe import clip, content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

_BOX = """
    {name} {{ align: center middle; }}
    {name} > Vertical {{ width: 80%; max-width: 90; height: auto; max-height: 90%; }}
    {name} > Vertical {{ border: round $primary; background: $surface; padding: 0 1; }}
    {name} .title {{ color: $text-accent; text-style: bold; }}
    {name} .hint {{ color: $text-muted; }}
"""


class Editor(Leaving, ModalScreen[str | None]):
    """A text of several lines; answers None when closed without keeping."""

    DEFAULT_CSS = (
        _BOX.format(name="Editor")
        + "\n    Editor TextArea, Editor TextArea:focus { height: 12; border: none; padding: 0; }\n"
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings("editor")

    def __init__(self, title: str, text: str = "", about: str = "") -> None:
        super().__init__()
        self.heading, self.text, self.about = title, text, about
        self._warned = False

    def compose(self) -> ComposeResult:
        """Title, what it is about, the text."""
        with Vertical():
            yield Static(content(self.heading), classes="title")
            if self.about:
                yield Static(content(clip(self.about, 300)), classes="hint")
            yield TextArea(self.text)
            yield Static(_("Ctrl+S keeps, Esc closes"), classes="hint", id="hint")

    def on_mount(self) -> None:
        """Type at the end of what is there."""
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    def action_keep(self) -> None:
        """Answer with the text."""
        self.dismiss(self.query_one(TextArea).text)

    def action_close(self) -> None:
        """Close, but never throw away typing at the first Esc."""
        if self.query_one(TextArea).text != self.text and not self._warned:
            self._warned = True
            self.query_one("#hint", Static).update(_("Not kept yet: Ctrl+S keeps, Esc again throws away"))
            return
        self.dismiss(None)


class Prompt(Leaving, ModalScreen[str | None]):
    """One line; answers None when closed."""

    DEFAULT_CSS = _BOX.format(name="Prompt")
    BINDINGS: ClassVar[list[BindingType]] = bindings("prompt")

    def __init__(self, title: str, text: str = "", hint: str = "") -> None:
        super().__init__()
        self.heading, self.text, self.hint = title, text, hint

    def compose(self) -> ComposeResult:
        """The question and a line for the answer."""
        with Vertical():
            yield Static(content(self.heading), classes="title")
            yield Input(self.text, compact=True)
            if self.hint:
                yield Static(content(self.hint), classes="hint")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)

    def action_close(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)


class Menu(Leaving, ModalScreen[int | None]):
    """At most nine lines, each with its digit; answers with an index."""

    DEFAULT_CSS = _BOX.format(name="Menu") + "\n    Menu Rows { height: auto; max-height: 9; }\n"
    BINDINGS: ClassVar[list[BindingType]] = bindings("menu")

    def __init__(self, title: str, choices: Sequence[str], looks: Sequence[str] = ()) -> None:
        super().__init__()
        self.heading, self.choices = title, choices[:9]
        self.looks = looks

    def compose(self) -> ComposeResult:
        """The lines."""
        with Vertical():
            yield Static(content(self.heading), classes="title")
            yield Rows()

    def on_mount(self) -> None:
        """Fill the lines."""
        rows = self.query_one(Rows)
        rows.styles.height = max(1, len(self.choices))
        rows.fill_rows([(Part(f"{i + 1} "), Part(clip(text, 200))) for i, text in enumerate(self.choices)])
        rows.focus()

    @on(Rows.Chosen)
    def _chosen(self, event: Rows.Chosen) -> None:
        event.stop()
        self.action_take(0)

    def action_take(self, digit: int) -> None:
        """Answer with a line by its digit; 0 is the one under the cursor."""
        index = digit - 1 if digit else self.query_one(Rows).cursor
        if 0 <= index < len(self.choices):
            self.dismiss(index)

    def action_close(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)


class Help(Leaving, ModalScreen[None]):
    """The keys of the pane in focus first, then those of the screen, then those of everywhere."""

    DEFAULT_CSS = _BOX.format(name="Help") + "\n    Help VerticalScroll { height: auto; max-height: 100%; }\n"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,enter", "close", _("Close"), tooltip=_("Close the help")),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, groups: Sequence[str], keymap: Mapping[str, str]) -> None:
        super().__init__()
        self.groups, self.keymap = groups, keymap

    def compose(self) -> ComposeResult:
        """One list a pane."""
        with Vertical(), VerticalScroll():
            yield Static(help_text(self.groups, self.keymap))

    def action_scroll(self, step: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=3 * step, animate=False)

    def action_close(self) -> None:
        """Back to work."""
        self.dismiss(None)


TITLES = {
    "app": _("Everywhere"),
    "project": _("Project"),
    "rows": _("List"),
    "transcript": _("Transcript"),
    "review": _("Review"),
    "picker": _("Code picker"),
    "editor": _("Editor"),
    "prompt": _("Question"),
    "menu": _("Menu"),
    "view": _("View"),
    "matrix": _("Picture"),
    "search": _("Search"),
    "codebook": _("Codebook"),
    "split": _("Split a code"),
    "clusters": _("New themes"),
    "bulk": _("Bulk"),
    "settle": _("Settling"),
}


def help_text(groups: Sequence[str], keymap: Mapping[str, str]) -> Content:
    """Keys and what they do, for the panes named."""
    lines: list[Content] = []
    for group in groups:
        lines.append(Content.styled(TITLES[group], "bold $text-accent"))
        for action in ACTIONS[group]:
            if action.id.startswith(("review.toggle-", "menu.take-")) and not action.id.endswith("-1"):
                continue
            keys = spelt(keymap.get(action.id, action.keys))
            help_ = action.help
            if action.id.endswith("toggle-1"):
                keys, help_ = "1–9", _("Give or take the suggestion with this number")
            elif action.id.endswith("take-1"):
                keys, help_ = "1–9", _("Take the line with this number")
            lines.append(Content.assemble(content(f"  {keys:<16}", "bold"), content(f"{help_}")))
        lines.append(Content())
    return Content("\n").join(lines)
