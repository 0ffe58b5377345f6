"""Accepting in bulk, with eyes open: what would be accepted, a random sample to check first, one undo."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from qualkit.errors import QualkitError
from qualkit.files.anchors import anchor
from qualkit.files.names import new_id
from qualkit.tui.actions import bindings
from qualkit.tui.child import ask
from qualkit.tui.desk import Desk, Offer, Standing
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.leaving import Leaving
from qualkit.tui.panels import name_of
from qualkit.tui.quotes_screen import Quote, quote_text
from qualkit.tui.rows import Part, Row, Rows
from qualkit.tui.safe import clip, content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.files.project import Project
    from qualkit.model import Suggestion

SAMPLE = 10
"""Passages drawn at random that a person judges before the lot can be accepted."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A suggestion that a certificate covers, on a passage that this coder has not decided on."""

    suggestion: Suggestion
    drawn: bool = False


def candidates(desk: Desk, found: Sequence[Suggestion]) -> list[Suggestion]:
    """Those of ``found`` that are open with this coder: not coded, not rejected, nothing said there."""
    desk.suggest(desk._carrier.suggestions(found)[0])
    open_ = []
    for index in range(len(desk.passages)):
        offers: tuple[Offer, ...] = desk.offers(index)
        open_ += [o.suggestion for o in offers if o.standing is Standing.OPEN]
    return open_


class BulkScreen(Leaving, Screen[None]):
    """The lot; those drawn stand first."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("bulk", "view", "rows", "app")
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("view"), *bindings("bulk")]
    DEFAULT_CSS = """
    BulkScreen #title { height: 1; background: $panel; padding: 0 1; text-style: bold; }
    BulkScreen #said { height: auto; max-height: 2; color: $text-muted; padding: 0 1; }
    BulkScreen Rows { padding: 0 1; }
    BulkScreen #whole { height: 30%; border-top: solid $primary-muted; padding: 0 1; }
    """

    def __init__(self, project: Project, interviews: Sequence[str] = ()) -> None:
        super().__init__()
        self.project, self.interviews = project, tuple(interviews)
        self.desks: dict[str, Desk] = {}
        self.lot: list[Candidate] = []
        self.judged: dict[str, bool] = {}
        self.bulk = ""
        self._steps: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """Title, what to do, the list, the passage in full."""
        yield Static(content(_("Accept in bulk")), id="title")
        yield Static(_("Asking the engine what it is certified for…"), id="said")
        yield Rows()
        with VerticalScroll(id="whole", can_focus=False):
            yield Static(id="quote")
        yield KeysLine()

    def on_mount(self) -> None:
        """Ask the engine beside."""
        self.query_one(Rows).focus()
        self._ask()

    @work(exclusive=True)
    async def _ask(self) -> None:
        try:
            made = await ask("bulk", self.project.root, *self.interviews, tell=self.tell)
            self.take([_suggestion(row) for row in made["found"]])
        except QualkitError as error:
            self.tell(str(error))

    def take(self, found: Sequence[Suggestion]) -> None:
        """List what is open of the suggestions that certificates cover."""
        lot = []
        for interview in dict.fromkeys(s.interview for s in found):
            desk = self.desks[interview] = Desk.open(self.project, interview)
            lot += candidates(desk, [s for s in found if s.interview == interview])
        drawn = {s.id for s in random.sample(lot, min(SAMPLE, len(lot)))}
        self.lot = [Candidate(s, s.id in drawn) for s in lot]
        self.lot.sort(key=lambda c: not c.drawn)
        self._show()

    def _show(self) -> None:
        if self.gone:
            return
        codes = Counter(c.suggestion.code for c in self.lot)
        title = _("Accept in bulk: {n} passages, {m} codes").format(n=len(self.lot), m=len(codes))
        self.query_one("#title", Static).update(content(title))
        left = self.left
        if not self.lot:
            text = _(
                "The engine is certified for no code that is open here: decide more passages drawn by lot."
            )
        elif left:
            text = _("Drawn at random: {n} to judge first. y right, x wrong.").format(n=left)
        else:
            wrong = sum(not right for right in self.judged.values())
            text = _("{n} of {m} drawn were wrong. A accepts the rest, Esc leaves it.").format(
                n=wrong, m=len(self.judged)
            )
        self.tell(text)
        rows = self.query_one(Rows)
        rows.fill(len(self.lot), self._row, cursor=rows.cursor)

    def tell(self, text: str) -> None:
        """A word above the list."""
        if not self.gone:
            self.query_one("#said", Static).update(content(text))

    @property
    def left(self) -> int:
        """Drawn passages that nobody has judged yet."""
        return sum(c.drawn and c.suggestion.id not in self.judged for c in self.lot)

    def _row(self, index: int) -> Row:
        one = self.lot[index]
        sign = {True: "✓", False: "✗", None: "?" if one.drawn else " "}[self.judged.get(one.suggestion.id)]
        desk = self.desks[one.suggestion.interview]
        code = name_of(desk.codebook, one.suggestion.code, str(getattr(self.app, "reading", "en")))
        text = desk.transcript.text[one.suggestion.start : one.suggestion.end]
        return (
            Part(f"{sign} ", "mark" if sign == "?" else "good" if sign == "✓" else "bad"),
            Part(f"{clip(code, 24):<25}"),
            Part(f"{one.suggestion.score:>4.0%} {clip(one.suggestion.interview, 14):<15}", "dim"),
            Part(clip(text, 300)),
        )

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        if event.index < len(self.lot):
            one = self.lot[event.index].suggestion
            desk = self.desks[one.interview]
            start = desk.transcript.times(one.start, one.end)[0]
            text = desk.transcript.text[one.start : one.end]
            quote = Quote(one.interview, "", one.start, start, text, desk.interview.site, one.code)
            self.query_one("#quote", Static).update(quote_text(quote))

    def action_judge(self, right: bool) -> None:
        """Decide on a passage that was drawn: a decision like any other, written at once."""
        at = self.query_one(Rows).cursor
        if at >= len(self.lot) or self.bulk:
            return
        one = self.lot[at]
        if not one.drawn or one.suggestion.id in self.judged:
            self.tell(_("Only what was drawn is judged here."))
            return
        desk = self.desks[one.suggestion.interview]
        desk.accept(one.suggestion) if right else desk.reject(one.suggestion)
        self.judged[one.suggestion.id] = right
        self._show()
        self.query_one(Rows).action_move(1)

    def action_accept(self) -> None:
        """Accept the rest as one step in each interview's journal."""
        rest = [c.suggestion for c in self.lot if c.suggestion.id not in self.judged]
        if self.bulk or not rest:
            return
        if self.left:
            self.tell(_("Drawn at random: {n} to judge first. y right, x wrong.").format(n=self.left))
            return
        self.bulk = new_id()
        for interview, desk in self.desks.items():
            here = [s for s in rest if s.interview == interview]
            passages = [(s.code, anchor(desk.transcript, s.start, s.end), s.id) for s in here]
            if passages and desk.journal.add_codings(passages, bulk=self.bulk):
                last = desk.journal.undoable
                self._steps[interview] = last.id if last else ""
        self.tell(
            _("{n} accepted, marked as accepted in bulk. Ctrl+Z takes them all back.").format(n=len(rest))
        )

    def action_undo(self) -> None:
        """Take the whole lot back, in every interview."""
        if not self.bulk:
            self.tell(_("Nothing to undo."))
            return
        for interview, step in self._steps.items():
            journal = self.desks[interview].journal
            journal.refresh()
            if journal.undoable is not None and journal.undoable.id == step:
                journal.undo()
                continue
            gone = [c.id for c in journal.state.codings.values() if c.bulk == self.bulk]
            if gone:  # other steps came between: they stay
                journal.append("group", steps=[{"op": "remove", "of": coding} for coding in gone])
        self.bulk, self._steps = "", {}
        self.tell(_("undone"))

    def action_open(self) -> None:
        """Open the passage where it stands."""
        if self.lot:
            one = self.lot[self.query_one(Rows).cursor].suggestion
            self.app.review(one.interview, one.start)  # type: ignore[attr-defined]

    def action_back(self) -> None:
        """Back to where it was opened from."""
        self.dismiss(None)


def _suggestion(row: Sequence[object]) -> Suggestion:
    from qualkit.model import Suggestion

    interview, revision, start, end, code, score, name = row
    return Suggestion(
        str(name),
        str(interview),
        int(str(revision)),
        int(str(start)),
        int(str(end)),
        str(code),
        float(str(score)),
        "",
        "",
        True,
        "certified",
    )
