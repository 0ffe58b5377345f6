"""The Project screen: interviews by site, how far each has come, what runs in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.screen import Screen
from textual.widgets import Static

from qualkit.errors import QualkitError
from qualkit.files.interviews import read_interviews
from qualkit.files.state import InterviewState, interview_states
from qualkit.tui import states
from qualkit.tui.actions import bindings
from qualkit.tui.books import book_of
from qualkit.tui.child import ask
from qualkit.tui.jobs import Job, start
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from qualkit.files.project import Project
    from qualkit.model import Interview

ROOMY = 100
"""Width from which there is room for dates and long roles."""
FEW = 40
"""Interviews whose states are read here, between keys; those of more are read by a child process."""


class ProjectScreen(Screen[None]):
    """Where the work starts: pick an interview."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("project", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = bindings("project")
    DEFAULT_CSS = """
    ProjectScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    ProjectScreen #stale { height: auto; color: $text-warning; padding: 0 1; }
    ProjectScreen #columns { height: 1; color: $text-muted; padding: 0 1; }
    ProjectScreen Rows { padding: 0 1; }
    ProjectScreen #job { height: auto; max-height: 3; background: $panel; padding: 0 1; }
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.interviews: tuple[Interview, ...] = ()
        self.lines: list[Interview | str] = []
        self.states: dict[str, InterviewState] = {}
        self.job: Job | None = None
        self._waiting: list[str] = []
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Name, interviews, job, keys."""
        yield Static(content(self.project.name), id="title")
        yield Static(id="stale")
        yield Static(id="columns")
        yield Rows(id="interviews")
        yield Static(id="job")
        yield KeysLine()

    def on_mount(self) -> None:
        """List the interviews at once; their states follow one by one, between key presses."""
        self.query_one("#job", Static).display = False
        self.query_one("#stale", Static).display = False
        self._timer = self.set_interval(0.02, self._next_state, pause=True)
        self.action_refresh_states()

    def on_resize(self) -> None:
        """As many columns as fit."""
        self.query_one("#columns", Static).update(content(_header(self.size.width)))

    def _tell_stale(self) -> None:
        """What is older than what it was made from, and the key that makes it anew."""
        told = []
        if old := sum(state.stale for state in self.states.values()):
            told.append(_("! {n} with suggestions for an earlier text or codebook: s").format(n=old))
        if report_is_old(self.project):
            told.append(_("the report is older than the codings: R"))
        line = self.query_one("#stale", Static)
        line.display = bool(told)
        line.update(content("\n".join(told)))

    def action_refresh_states(self) -> None:
        """Read the list and every state again."""
        try:
            self.interviews = read_interviews(self.project)
        except QualkitError as error:
            self.app.notify(shown(str(error)), severity="error", timeout=30, markup=False)
            self.interviews = ()
        self.lines = []
        for site in dict.fromkeys(i.site for i in self.interviews):
            self.lines.append(self.project.site(site).name if site else _("No site"))
            self.lines += [i for i in self.interviews if i.site == site]
        rows = self.query_one(Rows)
        rows.fill(
            len(self.lines),
            self._row,
            choosable=lambda n: not isinstance(self.lines[n], str),
            cursor=rows.cursor,
        )
        assert self._timer is not None
        if len(self.interviews) > FEW:
            known = {interview.id: interview for interview in self.interviews}
            self._timer.pause()
            self.run_worker(self._read_beside(known), group="states", exclusive=True)
            return
        self._waiting = [line.id for line in self.lines if not isinstance(line, str)]
        self._timer.resume()

    async def _read_beside(self, known: dict[str, Interview]) -> None:
        """States first, then the index of words, each by a child process: one at a time, keys come first."""
        await states.follow(self.project.root, known, self._take_states)
        self._tell_stale()
        line = self.query_one("#job", Static)

        def tell(step: str) -> None:
            if self.job is None or not self.job.running:
                line.display = True
                line.update(content(_("Making the index of words: {step}").format(step=step)))

        try:
            await ask("index", self.project.root, tell=tell)
        except QualkitError as error:
            self.app.notify(shown(str(error)), severity="error", timeout=15, markup=False)
        if self.job is None:
            line.display = False

    def _take_states(self, found: Sequence[InterviewState]) -> None:
        for state in found:
            self.states[state.interview.id] = state
        self.query_one(Rows).refresh()

    def _next_state(self) -> None:
        if not self._waiting:
            assert self._timer is not None
            self._timer.pause()
            self._tell_stale()
            return
        interview = self._waiting.pop(0)
        try:
            for state in interview_states(self.project, [interview], codebook=book_of(self.project).hash):
                self.states[interview] = state
        except QualkitError as error:
            self.app.notify(shown(str(error)), severity="error", timeout=15, markup=False)
        self.query_one(Rows).refresh()

    def read_again(self, interviews: Sequence[str]) -> None:
        """Read the state of some interviews again, beside the keys."""
        assert self._timer is not None
        self._waiting += [name for name in dict.fromkeys(interviews) if name not in self._waiting]
        self._timer.resume()

    def _row(self, index: int) -> Row:
        line = self.lines[index]
        if isinstance(line, str):
            return (Part(shown(line), "head"),)
        state = self.states.get(line.id)
        return (
            Part("  "),
            *(
                Part(_cell(getattr(line, field), cells), "" if field == "id" else "dim")
                for field, _name, cells in _columns(self.size.width)
            ),
            *(_marks(state) if state else (Part("…", "dim"),)),
        )

    @property
    def chosen(self) -> str | None:
        """Id of the interview under the cursor."""
        rows = self.query_one(Rows)
        line = self.lines[rows.cursor] if rows.cursor < len(self.lines) else ""
        return None if isinstance(line, str) else line.id

    @on(Rows.Chosen)
    def _clicked(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Review the interview under the cursor."""
        if self.chosen is not None:
            self.app.review(self.chosen)  # type: ignore[attr-defined]

    def action_search(self) -> None:
        """Search all transcripts."""
        from qualkit.tui.search_screen import SearchScreen

        self.app.push_screen(SearchScreen(self.project))

    def action_codebook(self) -> None:
        """The tree of codes."""
        from qualkit.tui.codebook_screen import CodebookScreen

        self.app.push_screen(CodebookScreen(self.project))

    def action_picture(self) -> None:
        """Codes by site."""
        from qualkit.tui.matrix_screen import MatrixScreen

        self.app.push_screen(MatrixScreen(self.project))

    def action_clusters(self) -> None:
        """Groups of passages that no code holds."""
        from qualkit.tui.clusters_screen import ClustersScreen

        self.app.push_screen(ClustersScreen(self.project))

    def action_bulk(self) -> None:
        """Accept in every interview what the engine is certified for, after a check."""
        from qualkit.tui.bulk_screen import BulkScreen

        self.app.push_screen(BulkScreen(self.project), lambda _: self.action_refresh_states())

    def action_settle(self) -> None:
        """What two coders judged otherwise."""
        from qualkit.tui.settle_screen import SettleScreen

        self.app.push_screen(SettleScreen(self.project))

    # ── Jobs: child processes of the same program ────────────────────────────

    def action_job(self, verb: str) -> None:
        """Start a stage in a process of its own."""
        if self.job is not None and self.job.running:
            self.app.notify(_("A job is running already; Esc stops it."), markup=False)
            return
        self.job = start(self.project.root, verb)
        self.query_one("#job", Static).display = True
        self.run_worker(self.job.follow(self._progress), exclusive=True)

    def action_stop_job(self) -> None:
        """Stop the running job."""
        if self.job is not None:
            self.job.stop()

    def _progress(self, text: str) -> None:
        self.query_one("#job", Static).update(content(text))
        if self.job is not None and not self.job.running:
            self.action_refresh_states()

    def on_unmount(self) -> None:
        """Do not leave a process behind."""
        self.action_stop_job()


def report_is_old(project: Project) -> bool:
    """Whether something was coded after the last report was written; False without a report."""
    reports = [path.stat().st_mtime for path in project.outputs.glob("**/report.*")]
    codings = [path.stat().st_mtime for path in project.codings.glob("*/*.jsonl")]
    return bool(reports) and max(codings, default=0.0) > min(reports)


def _cell(text: str, width: int) -> str:
    from qualkit.tui.safe import width as cells

    short = clip(text, width - 1)
    return short + " " * (width - cells(short))


def _columns(width: int) -> tuple[tuple[str, str, int], ...]:
    """Field, heading and cells of what is told of every interview in a terminal of ``width``."""
    if width < ROOMY:
        return (("id", _("interview"), 16), ("role", _("role"), 15), ("language", _("lang"), 5))
    return (
        ("id", _("interview"), 20),
        ("role", _("role"), 32 if width >= 2 * ROOMY else 20),
        ("language", _("lang"), 5),
        ("date", _("date"), 11),
    )


def _header(width: int) -> str:
    names = "".join(_cell(name, cells) for _field, name, cells in _columns(width))
    return "  " + names + _("rec  text sugg reviewed  codings, coders")


def _marks(state: InterviewState) -> tuple[Part, ...]:
    def tick(there: bool) -> Part:
        return Part(f"{'✓' if there else '·':<5}", "good" if there else "dim")

    percent = f"{state.reviewed:>4.0%}" if state.segments else "   –"
    by = f"{state.codings}  {shown(', '.join(state.coders))}" if state.coders else ""
    return (
        tick(state.recorded),
        tick(state.transcribed),
        Part("!    ", "bad") if state.stale else tick(state.suggestions > 0),
        Part(f"{percent}      ", "good" if state.reviewed >= 1 else ""),
        Part(by, "dim"),
    )
