"""New themes: passages that no code holds, in groups: a theme, a code, more of a code, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from qualkit.errors import QualkitError
from qualkit.files import codebook_edits as edits
from qualkit.files.codebook_history import History
from qualkit.files.dismissed import dismiss, dismissed, show_again
from qualkit.files.emergent import accepted_themes, put_back
from qualkit.files.text import one_line
from qualkit.model import Code
from qualkit.tui.actions import bindings
from qualkit.tui.books import book_of
from qualkit.tui.child import ask
from qualkit.tui.desk import Desk
from qualkit.tui.dialogs import Menu, Prompt
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.picker import picker
from qualkit.tui.quotes_screen import Quote, QuotesScreen
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.coding.clusters import Cluster, Member
    from qualkit.files.emergent import AcceptedTheme
    from qualkit.files.project import Project

SHOWN = 4
"""Quotes of the group under the cursor."""


@dataclass(slots=True)
class Done:
    """What one key has done to a group, and how things stood before."""

    group: str
    theme: AcceptedTheme | None
    """As which it was accepted; None when it was none."""
    hidden: bool
    """It was dismissed already."""
    coded: list[tuple[Desk, str]] = field(default_factory=list)
    """Interviews that got codings, and the step of each journal."""
    change: str = ""
    """The change of the codebook that brought a code."""


class ClustersScreen(Leaving, Screen[None]):
    """Groups with their key phrases and typical quotes."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("clusters", "view", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view"), *bindings("clusters")]
    DEFAULT_CSS = """
    ClustersScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    ClustersScreen Rows { padding: 0 1; }
    ClustersScreen #whole { height: 50%; border-top: solid $primary-muted; padding: 0 1; }
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.clusters: list[Cluster] = []
        self.accepted: frozenset[str] = frozenset()
        self._desks: dict[str, Desk | None] = {}
        self._done: list[Done] = []

    def compose(self) -> ComposeResult:
        """Title, groups, quotes."""
        yield Static(content(_("New themes")), id="title")
        yield Rows()
        with VerticalScroll(id="whole", can_focus=False):
            yield Static(id="quote")
        yield KeysLine()

    def on_mount(self) -> None:
        """Show the groups of the last run; make them when there are none."""
        self.query_one(Rows).focus()
        self._read()
        if not self.clusters and not (self.project.work / "clusters.json").exists():
            self.action_again()

    @property
    def language(self) -> str:
        """Language for names."""
        return str(getattr(self.app, "reading", "en"))

    def tell(self, text: str) -> None:
        """A word in the title line."""
        if not self.gone:
            self.query_one("#title", Static).update(content(_("New themes") + (f" · {text}" if text else "")))

    def _read(self) -> None:
        from qualkit.report.clusters import accepted_ids, all_clusters  # numpy

        try:
            self.clusters = list(all_clusters(self.project))
            self.accepted = frozenset(accepted_ids(self.project))
        except QualkitError as error:
            self.clusters = []
            self.app.complain(error)  # type: ignore[attr-defined]
        self.query_one(Rows).fill(len(self.clusters), self._row, cursor=self.query_one(Rows).cursor)
        if not self.clusters:
            self.query_one("#quote", Static).update(
                _("No group: every passage has a code, or too few are alike.")
            )

    def _row(self, index: int) -> Row:
        cluster = self.clusters[index]
        return (
            Part(f"{len(cluster.members):>4}  ", "good"),
            Part("✓ " if cluster.id in self.accepted else "  ", "good"),
            Part(f"{clip(cluster.name_in(self.language), 58):<59}"),
            Part(_("stable {share:.0%}").format(share=cluster.stability), "dim"),
        )

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        if event.index < len(self.clusters):
            members = self.clusters[event.index].members
            typical = [m for m in members if m.standing == "typical"] or list(members[:SHOWN])
            text = "\n\n".join(f"“{q.text}”\n— {q.interview}" for m in typical if (q := self._quote(m)))
            self.query_one("#quote", Static).update(content(text))

    def _desk(self, interview: str) -> Desk | None:
        if interview not in self._desks:
            try:
                self._desks[interview] = Desk.open(self.project, interview)
            except QualkitError:  # gone since the groups were made
                self._desks[interview] = None
        return self._desks[interview]

    def _quote(self, member: Member) -> Quote | None:
        """A member's words; None when its transcript is another one by now."""
        desk = self._desk(member.interview)
        if desk is None or desk.transcript.revision != member.revision:
            return None
        text = desk.transcript.text[member.start : member.end]
        start = desk.transcript.times(member.start, member.end)[0]
        turn = desk.transcript.turns[desk.transcript.turn_at(member.start)]
        who = desk.transcript.speaker(turn.speaker).label
        return Quote(member.interview, who, member.start, start, text, desk.interview.site, member.standing)

    @property
    def cluster(self) -> Cluster | None:
        """The group under the cursor."""
        at = self.query_one(Rows).cursor
        return self.clusters[at] if at < len(self.clusters) else None

    def action_open(self) -> None:
        """All passages of the group."""
        if (cluster := self.cluster) is not None:
            quotes = [q for m in cluster.members if (q := self._quote(m))]
            self.app.push_screen(QuotesScreen(cluster.name_in(self.language), quotes))

    def action_make(self) -> None:
        """A new code with the typical passages as examples."""
        if (cluster := self.cluster) is None:
            return

        def named(name: str | None) -> None:
            if not name or not name.strip():
                return
            typical = [m for m in cluster.members if m.standing == "typical"]
            examples: dict[str, tuple[str, ...]] = {}
            for member in typical:
                desk, quote = self._desk(member.interview), self._quote(member)
                if desk is not None and quote is not None:
                    spoken = desk.transcript.turns[desk.transcript.turn_at(member.start)].language
                    spoken = spoken or desk.transcript.language or self.language
                    examples[spoken] = (*examples.get(spoken, ()), one_line(quote.text))
            book = book_of(self.project)
            roots = [c for c in book.children("") if not c.retired][:8]
            names = [_("under {name}").format(name=c.name_in(self.language)) for c in roots]

            def placed(index: int | None) -> None:
                if index is None:
                    return
                parent = roots[index].id if index < len(roots) else ""
                code_id = edits.free_id(book_of(self.project), name)
                code = Code(code_id, {self.language: one_line(name).strip()}, parent, examples=examples)
                if self._try(lambda: self._history(cluster, code)):
                    self._give(cluster, code_id)

            self.app.push_screen(Menu(_("Where in the codebook?"), [*names, _("at the top")]), placed)

        self.app.push_screen(Prompt(_("Name of the new code"), cluster.name_in(self.language)), named)

    def _history(self, cluster: Cluster, code: Code) -> None:
        done, history = self._before(cluster), History(self.project)
        history.change(_("added: {name}").format(name=code.name_in(self.language)), edits.added(code))
        self._done.append(replace(done, change=history.done[-1].id))
        self._desks.clear()

    def action_send(self) -> None:
        """Give passages of the group a code that there is."""
        if (cluster := self.cluster) is not None:
            window = picker(self.app, book_of(self.project), self.language)
            self.app.push_screen(window, lambda codes: self._give(cluster, codes[0]) if codes else None)

    def _give(self, cluster: Cluster, code: str) -> None:
        """Ask which passages get the code, and give it: one step in each interview's journal."""
        typical = [m for m in cluster.members if m.standing == "typical"]
        lines = [
            _("Code the {n} typical passages").format(n=len(typical)),
            _("Code all {n} passages").format(n=len(cluster.members)),
            _("Code none of them"),
        ]

        def chosen(index: int | None) -> None:
            members = typical if index == 0 else list(cluster.members) if index == 1 else []
            if members:
                self._done.append(self._before(cluster))
            if self._try(lambda: self.give(members, code)) and members:
                self._drop(cluster)

        self.app.push_screen(Menu(cluster.name_in(self.language), lines), chosen)

    def give(self, members: Sequence[Member], code: str) -> int:
        """Give passages a code; how many got it. Those whose transcript has changed are left out."""
        count = 0
        for interview in dict.fromkeys(m.interview for m in members):
            desk = self._desk(interview)
            here = [m for m in members if m.interview == interview and self._quote(m)]
            if desk is not None and here:
                former = desk.journal.undoable
                desk.give_all([(code, m.start, m.end) for m in here])
                last = desk.journal.undoable
                if self._done and last is not None and last != former:
                    self._done[-1].coded.append((desk, last.id))
                count += len(here)
        self.tell(_("{n} passages coded").format(n=count) if count else "")
        return count

    def _try(self, do: Callable[[], object]) -> bool:
        """Whether it worked; if not, the user is told why."""
        try:
            do()
        except QualkitError as error:
            self.app.complain(error)  # type: ignore[attr-defined]
            return False
        return True

    def action_drop(self) -> None:
        """Show the group no more."""
        if (cluster := self.cluster) is not None:
            self._done.append(self._before(cluster))
            self._drop(cluster)
            self.tell(_("dismissed"))

    def _drop(self, cluster: Cluster) -> None:
        """Out of sight, and out of the report."""
        from qualkit.report.clusters import release

        if cluster.id in self.accepted:
            self._try(lambda: release(self.project, cluster.id))
        dismiss(self.project, cluster.id)
        self._read()

    def action_accept(self) -> None:
        """Make the group a theme of the report, under a name; an accepted one is a mere group again."""
        from qualkit.report.clusters import accept, release

        if (cluster := self.cluster) is None:
            return
        self._done.append(self._before(cluster))
        if cluster.id in self.accepted:
            self._try(lambda: release(self.project, cluster.id))
            self._read()
            self.tell(_("no theme of the report any more"))
            return

        def named(name: str | None) -> None:
            if name is None:
                self._done.pop()
                return
            self._try(lambda: accept(self.project, cluster.id, name if name.strip() != phrases else ""))
            self._read()
            if cluster.id in self.accepted:
                self.tell(_("a theme of the report"))

        phrases = cluster.name_in(self.language)
        self.app.push_screen(Prompt(_("Name of the theme"), phrases), named)

    def _before(self, cluster: Cluster) -> Done:
        """How a group stands now."""
        theme = accepted_themes(self.project).get(cluster.id)
        return Done(cluster.id, theme, cluster.id in dismissed(self.project))

    def action_undo(self) -> None:
        """Take back what was done on this screen last."""
        if not self._done:
            self.app.notify(_("Nothing to undo."), timeout=3, markup=False)
            return
        taken = self._try(lambda: self._take_back(self._done.pop()))
        self._desks.clear()
        self._read()
        self.tell(_("undone") if taken else "")

    def _take_back(self, done: Done) -> None:
        history = History(self.project)
        # What was done since in the codebook or a journal stays.
        if done.change and history.done and history.done[-1].id == done.change:
            history.undo()
        for desk, step in done.coded:
            last = desk.journal.undoable
            if last is not None and last.id == step:
                desk.undo()
        if accepted_themes(self.project).get(done.group) != done.theme:
            put_back(self.project, done.group, done.theme)
        if not done.hidden:
            show_again(self.project, done.group)

    @work(exclusive=True)
    async def action_again(self) -> None:
        """Group anew, in a process of its own."""
        self.tell(_("grouping…"))
        try:
            await ask("clusters", self.project.root, tell=self.tell)
            self.tell("")
        except QualkitError as error:
            self.tell(str(error))
        if not self.gone:
            self._read()

    def action_back(self) -> None:
        """Back to the project."""
        self.dismiss(None)
