"""The picture as a grid: codes down, sites across, counts in the cells; Enter opens the quotes behind one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.screen import Screen
from textual.widgets import Static

from qualkit.errors import QualkitError
from qualkit.files.codebook import load_codebook
from qualkit.themes.passages import Selection, gather
from qualkit.tui.actions import bindings
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.panels import name_of
from qualkit.tui.quotes_screen import Quote, QuotesScreen
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content, shown, width

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.files.project import Project
    from qualkit.model import Code
    from qualkit.themes.passages import Gathered, Passage

NAME, CELL = 26, 11
"""Cells of the first column, and of one site's."""
_SHADES = " ░▒▓█"


class MatrixScreen(Screen[None]):
    """What people have coded, by site."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("view", "matrix", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view"), *bindings("matrix")]
    DEFAULT_CSS = """
    MatrixScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    MatrixScreen #sites { height: 1; color: $text-muted; padding: 0 1; }
    MatrixScreen Rows { padding: 0 1; }
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.book = load_codebook(project)
        self.gathered: Gathered | None = None
        self.counts: Counter[tuple[str, str]] = Counter()
        self.sites: list[str] = []
        self.lines: list[Code] = []
        self.column = 0
        self._first = 0

    def compose(self) -> ComposeResult:
        """Title, sites, the grid."""
        yield Static(content(_("Picture: codes by site")), id="title")
        yield Static(_("Counting…"), id="sites")
        yield Rows()
        yield KeysLine()

    def on_mount(self) -> None:
        """Count beside, so that the screen is there at once."""
        self.query_one(Rows).focus()
        self.run_worker(self._count, thread=True)

    def _count(self) -> None:
        try:
            gathered = gather(self.project, Selection())
        except QualkitError as error:
            self.app.call_from_thread(self.app.complain, error)  # type: ignore[attr-defined]
            return
        self.app.call_from_thread(self._show, gathered)

    def _show(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.counts = Counter((p.code, p.site) for p in gathered.passages)
        self.sites = list(dict.fromkeys(i.site for i in gathered.interviews))
        self.lines = [c for c in self.book.codes if not c.retired]
        self._heads()
        self.query_one(Rows).fill(
            len(self.lines), self._row, choosable=lambda i: self.lines[i].codable if self.lines else False
        )

    @property
    def _fitting(self) -> int:
        return max(1, (self.size.width - 2 - NAME) // CELL)

    def _heads(self) -> None:
        self._first = max(0, min(self.column, len(self.sites) - self._fitting))
        names = [self.project.site(s).name if s else _("No site") for s in self._in_sight]
        heads = "".join(_fit(name, CELL) for name in names)
        self.query_one("#sites", Static).update(content(" " * NAME + heads))

    @property
    def _in_sight(self) -> list[str]:
        return self.sites[self._first : self._first + self._fitting]

    def on_resize(self) -> None:
        """As many sites as fit."""
        if self.gathered is not None:
            self._heads()

    def _row(self, index: int) -> Row:
        code = self.lines[index]
        language = str(getattr(self.app, "reading", "en"))
        if not code.codable:
            return (Part(shown(code.name_in(language)), "head"),)
        most = max(self.counts.values(), default=1)
        here = index == self.query_one(Rows).cursor
        cells = []
        for offset, site in enumerate(self._in_sight):
            count = self.counts[code.id, site]
            shade = _SHADES[min(4, -(-4 * count // most))]
            text = f"{shade}{shade} {count or '·':<{CELL - 3}}"
            chosen = here and self._first + offset == self.column
            cells.append(Part(text, "mark" if chosen else "" if count else "dim"))
        return (Part(_fit("  " + code.name_in(language), NAME)), *cells)

    def action_column(self, step: int) -> None:
        """Another site."""
        self.column = max(0, min(self.column + step, len(self.sites) - 1))
        self._heads()
        self.query_one(Rows).refresh()

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The quotes behind the cell under the cursor."""
        if self.gathered is None or not self.lines or not self.sites:
            return
        code, site = self.lines[self.query_one(Rows).cursor], self.sites[self.column]
        name = name_of(self.book, code.id, str(getattr(self.app, "reading", "en")))
        found = [p for p in self.gathered.passages if (p.code, p.site) == (code.id, site)]
        title = f"{name} · {self.project.site(site).name} · {len(found)}"
        self.app.push_screen(QuotesScreen(title, [quote_of(p) for p in found]))

    def action_back(self) -> None:
        """Back to the project."""
        self.dismiss(None)


def quote_of(passage: Passage) -> Quote:
    """A coded passage for a list."""
    return Quote(
        passage.interview,
        passage.speaker_name or passage.speaker,
        passage.start,
        passage.start_ms,
        passage.quote,
        passage.site,
        f"{passage.code}, {passage.coder}",
    )


def _fit(text: str, cells: int) -> str:
    short = clip(text, cells - 1)
    return short + " " * (cells - width(short))
