"""The picture as a grid: codes down, sites across, counts and statuses in the cells.

Enter opens the quotes behind a cell, `s` says what state the thing is in there.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.screen import Screen
from textual.widgets import Static

from qualkit.errors import QualkitError
from qualkit.files.statuses import Status, read_statuses, redo_status, set_status, undo_status
from qualkit.picture import ASPECT, aspects_of
from qualkit.picture.status import propose
from qualkit.themes.passages import Selection, gather
from qualkit.tui.actions import bindings
from qualkit.tui.books import book_of
from qualkit.tui.dialogs import Menu, Prompt
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.panels import name_of
from qualkit.tui.quotes_screen import Quote, QuotesScreen
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content, shown
from qualkit.tui.safe import width as cells_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.files.project import Project
    from qualkit.files.statuses import Judgement
    from qualkit.model import Code
    from qualkit.picture.status import Proposal
    from qualkit.themes.passages import Gathered, Passage

NAME, CELL = 26, 11
"""Fewest cells of the first column, and of one site's."""
WIDE_NAME, WIDE_CELL = 48, 28
"""Most of them, where there is room."""
_SHADES = " ░▒▓█"
_SIGNS = {
    Status.GOOD: "+",
    Status.ADEQUATE: "=",
    Status.POOR: "−",
    Status.CRITICAL: "!",
    Status.NOT_DISCUSSED: "∅",
}
_NAMES = {
    Status.GOOD: _("good"),
    Status.ADEQUATE: _("adequate"),
    Status.POOR: _("poor"),
    Status.CRITICAL: _("critical"),
    Status.NOT_DISCUSSED: _("not discussed"),
}


class MatrixScreen(Leaving, Screen[None]):
    """What people have coded, by site."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("view", "matrix", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view"), *bindings("matrix")]
    DEFAULT_CSS = """
    MatrixScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    MatrixScreen #sites { height: 1; color: $text-muted; padding: 0 1; }
    MatrixScreen Rows { padding: 0 1; }
    MatrixScreen #cell { height: 4; border-top: solid $primary-muted; padding: 0 1; }
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.book = book_of(project)
        self.gathered: Gathered | None = None
        self.counts: Counter[tuple[str, str]] = Counter()
        self.judged: Mapping[tuple[str, str], tuple[Judgement, ...]] = {}
        """Site and code → what people have said of its state, the latest first."""
        self.proposed: dict[tuple[str, str], Proposal] = {}
        self.sites: list[str] = []
        self.lines: list[Code] = []
        self.column = 0
        self._first = 0

    def compose(self) -> ComposeResult:
        """Title, sites, the grid."""
        yield Static(content(_("Picture: codes by site")), id="title")
        yield Static(_("Counting…"), id="sites")
        yield Rows()
        yield Static(id="cell")
        yield KeysLine()

    def on_mount(self) -> None:
        """Count beside, so that the screen is there at once."""
        self.query_one(Rows).focus()
        self._count_again()

    def _count_again(self, _nothing: None = None) -> None:
        self.run_worker(self._count, thread=True, exclusive=True, group="count")

    def _count(self) -> None:
        try:
            gathered = gather(self.project, Selection())
            self.app.call_from_thread(self._show, gathered, read_statuses(self.project))
        except QualkitError as error:
            self.app.call_from_thread(self.app.complain, error)  # type: ignore[attr-defined]
            return
        # What the wording proposes takes dictionaries: after the counts are there to be read.
        aspects = aspects_of(gathered, self.book)
        spoken: dict[tuple[str, str], list[Passage]] = {}
        for passage in gathered.passages:
            spoken.setdefault((passage.site, passage.code), []).append(passage)
        made = {place: propose(passages, aspects) for place, passages in spoken.items()}
        self.app.call_from_thread(self._propose, {place: p for place, p in made.items() if p})

    def _propose(self, made: dict[tuple[str, str], Proposal]) -> None:
        self.proposed = made
        self._redraw()

    def _redraw(self) -> None:
        if self.gone:
            return
        self.query_one(Rows).refresh()
        self._tell_cell()

    def _show(self, gathered: Gathered, judged: Mapping[tuple[str, str], tuple[Judgement, ...]]) -> None:
        if self.gone:
            return
        self.gathered, self.judged = gathered, judged
        self.counts = Counter((p.code, p.site) for p in gathered.passages)
        self.sites = list(dict.fromkeys(i.site for i in gathered.interviews))
        self.lines = [c for c in self.book.codes if not c.retired]
        self._heads()
        rows = self.query_one(Rows)
        rows.fill(
            len(self.lines),
            self._row,
            choosable=lambda i: self.lines[i].codable if self.lines else False,
            cursor=rows.cursor,
        )

    @property
    def _cells(self) -> tuple[int, int]:
        """Cells of the first column and of one site's: sites first, then long names."""
        sites = max(1, len(self.sites))
        name = max(NAME, min(WIDE_NAME, self.size.width - 2 - sites * CELL))
        return name, max(CELL, min(WIDE_CELL, (self.size.width - 2 - name) // sites))

    @property
    def _fitting(self) -> int:
        name, cell = self._cells
        return max(1, (self.size.width - 2 - name) // cell)

    def _heads(self) -> None:
        self._first = max(0, min(self.column, len(self.sites) - self._fitting))
        names = [self.project.site(s).name if s else _("No site") for s in self._in_sight]
        first, cell = self._cells
        heads = "".join(_fit(name, cell) for name in names)
        self.query_one("#sites", Static).update(content(" " * first + heads))

    @property
    def _in_sight(self) -> list[str]:
        return self.sites[self._first : self._first + self._fitting]

    def on_resize(self) -> None:
        """As many sites as fit."""
        if self.gathered is not None:
            self._heads()

    def _row(self, index: int) -> Row:
        code = self.lines[index]
        language = self._language
        if not code.codable:
            return (Part(shown(code.name_in(language)), "head"),)
        most = max(self.counts.values(), default=1)
        first, width = self._cells
        here = index == self.query_one(Rows).cursor
        cells = []
        for offset, site in enumerate(self._in_sight):
            count = self.counts[code.id, site]
            shade = _SHADES[min(4, -(-4 * count // most))]
            sign, look = self._sign(site, code)
            chosen = here and self._first + offset == self.column
            text = f"{shade}{shade} {count or '·':<4}"
            cells.append(Part(text, "mark" if chosen else "" if count else "dim"))
            cells.append(Part(f"{sign:<{width - 7}}", "mark" if chosen else look))
        return (Part(_fit("  " + code.name_in(language), first)), *cells)

    def _sign(self, site: str, code: Code) -> tuple[str, str]:
        """What stands for the state of a cell, and its look; ``?`` after what only the wording proposes."""
        if said := self.judged.get((site, code.id)):
            status = said[0].status
            bad = status in (Status.POOR, Status.CRITICAL)
            return _SIGNS[status], "bad" if bad else "good" if status is Status.GOOD else ""
        proposal = self.proposed.get((site, code.id)) if self._has_state(code) else None
        return (_SIGNS[proposal.status] + "?" if proposal else "", "dim")

    def _has_state(self, code: Code) -> bool:
        """Whether it is something that can be good or poor, not a way in which such a thing is spoken of."""
        return code.codable and self.book.dimension(code.id) != ASPECT

    @property
    def cell(self) -> tuple[str, Code] | None:
        """Site and code under the cursor."""
        at = self.query_one(Rows).cursor
        if not self.sites or at >= len(self.lines) or not self.lines[at].codable:
            return None
        return self.sites[self.column], self.lines[at]

    @on(Rows.Moved)
    def _tell_cell(self) -> None:
        """The state of the cell under the cursor in words, and what the signs mean."""
        if (cell := self.cell) is None:
            return
        site, code = cell
        said = [
            f"{j.coder} {j.at[:10]}: {_SIGNS[j.status]} {_NAMES[j.status]}. {j.reason}"
            for j in self.judged.get((site, code.id), ())
        ]
        proposal = self.proposed.get((site, code.id))
        if not self._has_state(code):
            said = [_("A way of speaking: it has no state of its own.")]
        elif not said and proposal:
            status = f"{_SIGNS[proposal.status]}? {_NAMES[proposal.status]}"
            words = ", ".join(proposal.words)
            said = [
                _("The wording proposes: {status} ({words}). s decides.").format(status=status, words=words)
            ]
        elif not said:
            said = [_("Nobody has said what state it is in here: s does.")]
        signs = "  ".join(f"{_SIGNS[status]} {_NAMES[status]}" for status in Status)
        lines = [clip(line, max(20, self.size.width - 2)) for line in said[:2]]
        text = "\n".join([*lines, *[""] * (2 - len(lines)), signs + "  " + _("? proposed")])
        self.query_one("#cell", Static).update(content(text), layout=False)

    def action_status(self) -> None:
        """Say what state the thing is in at the site; asks why."""
        if (cell := self.cell) is None:
            return
        site, code = cell
        if not self._has_state(code):
            self._tell_cell()
            return
        name = f"{name_of(self.book, code.id, self._language)} · {self.project.site(site).name}"
        mine = next((j for j in self.judged.get((site, code.id), ()) if j.coder == self.project.coder), None)
        choices: list[Status | None] = list(Status)
        if mine is not None:
            choices.append(None)
        lines = [f"{_SIGNS[s]} {_NAMES[s]}" if s else _("Take my word back") for s in choices]

        def chosen(index: int | None) -> None:
            if index is None:
                return
            status = choices[index]
            proposal = self.proposed.get((site, code.id))
            hint = _("Enter keeps it; it is printed in the report.")
            if proposal and proposal.words:
                hint += " " + _("Words: {words}").format(words=", ".join(proposal.words))

            def why(reason: str | None) -> None:
                if reason and reason.strip():
                    self._judge(lambda: set_status(self.project, site, code.id, status, reason))

            self.app.push_screen(Prompt(_("Why? In a sentence"), mine.reason if mine else "", hint), why)

        self.app.push_screen(Menu(_("State of {name}").format(name=name), lines), chosen)

    def action_undo(self) -> None:
        """Take back the last status set, in this session or before."""
        self._judge(lambda: self._go_to(undo_status(self.project), _("Nothing to undo.")))

    def action_redo(self) -> None:
        """Set again what was undone."""
        self._judge(lambda: self._go_to(redo_status(self.project), _("Nothing to do again.")))

    def _go_to(self, place: tuple[str, str] | None, otherwise: str) -> None:
        """The cursor goes to the cell that changed."""
        if place is None:
            self.app.notify(otherwise, timeout=3, markup=False)
            return
        site, code = place
        if site in self.sites:
            self.column = self.sites.index(site)
            self._heads()
        rows = self.query_one(Rows)
        rows.cursor = next((i for i, line in enumerate(self.lines) if line.id == code), rows.cursor)

    def _judge(self, do: Callable[[], object]) -> None:
        try:
            do()
            self.judged = read_statuses(self.project)
        except QualkitError as error:
            self.app.complain(error)  # type: ignore[attr-defined]
        self._redraw()

    @property
    def _language(self) -> str:
        """Language for names."""
        return str(getattr(self.app, "reading", "en"))

    def update_panels(self) -> None:
        """Again, after the reading language changed."""
        self._redraw()

    def action_column(self, step: int) -> None:
        """Another site."""
        self.column = max(0, min(self.column + step, len(self.sites) - 1))
        self._heads()
        self._redraw()

    @on(Rows.Chosen)
    def _chosen(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The quotes behind the cell under the cursor."""
        if self.gathered is None or (cell := self.cell) is None:
            return
        site, code = cell
        name = name_of(self.book, code.id, self._language)
        found = [p for p in self.gathered.passages if (p.code, p.site) == (code.id, site)]
        title = f"{name} · {self.project.site(site).name} · {len(found)}"
        self.app.push_screen(QuotesScreen(title, [quote_of(p) for p in found]), self._count_again)

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
    return short + " " * (cells - cells_of(short))
