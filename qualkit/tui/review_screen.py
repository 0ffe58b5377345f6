"""The Review screen: the transcript, what the machine suggests for the passage in hand, and the decisions."""

from __future__ import annotations

from asyncio import get_running_loop
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.screen import ModalScreen, Screen

from qualkit.errors import QualkitError
from qualkit.tui import corrections, review_codes, review_decide, review_extras, review_panels
from qualkit.tui.actions import bindings
from qualkit.tui.desk import Desk, Offer, Standing
from qualkit.tui.fuzzy import entries
from qualkit.tui.keys_line import KeysLine
from qualkit.tui.language import _
from qualkit.tui.learning import LEARNING, Ranking
from qualkit.tui.leaving import Leaving
from qualkit.tui.painted import Sheet
from qualkit.tui.panels import name_of
from qualkit.tui.queue import Onward, Order, following
from qualkit.tui.safe import shown
from qualkit.tui.span import first_word
from qualkit.tui.stripes import stripes
from qualkit.tui.transcript_view import TranscriptView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.content import Content
    from textual.events import ScreenResume

    from qualkit.model import Coding
    from qualkit.tui.listen import Playing
    from qualkit.tui.passages import Passage

Answer = TypeVar("Answer")
_SIGNS = {Standing.OPEN: "?", Standing.ACCEPTED: "✓", Standing.REJECTED: "✗", Standing.NOTHING: "∅"}


class ReviewScreen(Leaving, Screen[None]):
    """One interview under one coder's hands. Only this screen writes to the journal."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("transcript", "review", "app")
    BINDINGS: ClassVar[list[BindingType]] = bindings("review")
    DEFAULT_CSS = """
    ReviewScreen #side { width: 32; height: 1fr; padding: 0 1; border-left: solid $primary-muted; }
    ReviewScreen.-wide #side { width: 44; }
    ReviewScreen.-huge #side { width: 64; }
    ReviewScreen #status { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    def __init__(self, desk: Desk, position: int | None = None) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (160, "-huge")]
        self.desk = desk
        self.offer_focus = 0
        self.coding_focus = 0
        self.shown_code = ""
        self.panels: dict[str, Content] = {}
        self.moving: Coding | None = None
        self.order = Order.TRANSCRIPT
        self.said = ""
        self._said_at = -1
        self.playing: Playing | None = None
        self.ear: tuple[int, int] | None = None
        """Passage and milliseconds from which space plays on."""
        self.onward = Onward.LIST
        self.leaving = False
        """Whether the last word was that J goes to another interview."""
        self.others: dict[int, dict[str, set[str]]] = {}
        """Passage → other coders, and the codes they gave it; read for the order by disagreement."""
        self.blind: set[int] = set()
        self._bookmarked: set[int] = set()
        self.ranking = Ranking(desk.project, desk.interview.id)
        self.found_at = -1
        self._position = position
        self._theme = ""

    # ── What is on the screen ────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """Transcript left, panels right, status and keys below."""
        with Horizontal():
            yield TranscriptView(self.desk.transcript, self.desk.passages, id="transcript")
            yield Sheet(id="side")
        yield Sheet(id="status")
        yield KeysLine()

    def on_mount(self) -> None:
        """Begin where the work is: the place asked for, else the first open passage."""
        self.view.focus()
        self.view.follow = self._cursor_moved
        start = following(self.desk, Order.TRANSCRIPT, -1, 1)
        if self._position is not None:
            start = self.desk.passage_at(self._position)
        self.view.set_reactive(TranscriptView.cursor, start or 0)
        self.update_all()
        if self.desk.stale:
            self.tell(_("Suggestions are for another revision: run qualkit suggest."))
        self.set_interval(3, self._look_for_others)
        self.set_timer(0.5, lambda: entries(self.desk.codebook))  # the picker's, before it is asked for
        self.learn()

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Only another theme gives it other styles; to work them all out takes longer than to draw it."""
        event.refresh_styles, self._theme = self.app.theme != self._theme, self.app.theme

    def on_resize(self) -> None:
        """What fits beside the transcript depends on the size."""
        self.call_after_refresh(self.update_panels)

    @property
    def view(self) -> TranscriptView:
        """The transcript pane."""
        return self.query_one(TranscriptView)

    @property
    def language(self) -> str:
        """Language for names and definitions of codes."""
        return str(getattr(self.app, "reading", "en"))

    @property
    def passage(self) -> Passage | None:
        """The passage under the cursor; None in an empty transcript."""
        return self.desk.passages[self.view.cursor] if self.desk.passages else None

    @property
    def span(self) -> tuple[int, int] | None:
        """What a code given now would cover: the selection, else the passage."""
        if self.view.selection is not None:
            return self.view.selection
        return (self.passage.start, self.passage.end) if self.passage else None

    @property
    def is_blind(self) -> bool:
        """Whether the passage was drawn by lot and nothing is decided on it yet."""
        return self.view.cursor in self.blind and not self.desk.touched(self.view.cursor)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Suggestions for the passage under the cursor; none while it is to be judged without them."""
        if self.is_blind:
            return ()
        return self.desk.offers(self.view.cursor)

    @property
    def offer(self) -> Offer | None:
        """The suggestion in focus."""
        return self.offers[self.offer_focus] if self.offers else None

    @property
    def codings(self) -> tuple[Coding, ...]:
        """Codings on the passage under the cursor."""
        return self.desk.codings_at(self.view.cursor)

    def update_all(self) -> None:
        """Stripes, signs, panels and status, from what the journal says now."""
        self._bookmarked = {self.desk.passage_at(p) for p in self.desk.journal.state.bookmarks}
        self.view.dress(stripes(self.desk.codings, self.desk.codebook, self.desk.transcript), self._sign)
        self.update_panels()

    def _sign(self, index: int) -> str:
        """What the gutter says of a passage; asked only for those in sight."""
        return "◆" if index in self._bookmarked else _SIGNS.get(self.desk.standing(index), "")

    def update_panels(self) -> None:
        """The right side and the status line."""
        review_panels.draw(self)

    def update_status(self) -> None:
        """The status line."""
        review_panels.draw_status(self)

    def tell(self, text: str) -> None:
        """A word in the status line, until the cursor moves on."""
        self.said, self._said_at = text, self.view.cursor
        self.update_status()

    def saved(self, text: str) -> None:
        """Show what the journal holds now, and say what was just kept."""
        now = datetime.now().astimezone().strftime("%H:%M:%S")
        self.said, self._said_at = f"{text} · " + _("saved {time}").format(time=now), self.view.cursor
        self.update_all()
        self.learn()

    def learn(self) -> None:
        """Have the passages ahead ranked again by what is decided now, beside the keys."""
        self.run_worker(self._learn(), group="learn", exclusive=True)

    async def _learn(self) -> None:
        state = self.desk.journal.state
        decided = state.decisions, tuple(state.codings.values())
        # One at a time: of decisions that come faster only the last is learned from.
        made = await get_running_loop().run_in_executor(LEARNING, self.ranking.rescored, *decided)
        if made is not None and not self.gone:
            self.desk.resuggest(made, self.view.cursor)
            self.update_all()

    def _look_for_others(self) -> None:
        if self.desk.refresh():
            self.update_all()

    def ask(self, window: ModalScreen[Answer], then: Callable[[Answer | None], None]) -> None:
        """Open a window and act on its answer; a fault in a file is told, and the screen stays."""

        def guarded(answer: Answer | None) -> None:
            try:
                then(answer)
            except QualkitError as error:
                self.app.notify(shown(str(error)), severity="error", timeout=15, markup=False)
            except NoMatches:
                if not self.gone:
                    raise
                # A key typed ahead left the screen before the answer came: it is kept, and drawn nowhere.

        if not self.gone:
            self.app.push_screen(window, guarded)

    def transcript_changed(self, position: int) -> None:
        """Show the newest revision, with the cursor on what stands at a code point."""
        self.view.show(self.desk.transcript, self.desk.passages)
        self.view.cursor = self.desk.passage_at(position)
        self.update_all()

    def _cursor_moved(self) -> None:
        self.offer_focus = next(
            (i for i, o in enumerate(self.offers) if o.standing is Standing.OPEN and o.suggestion.shown), 0
        )
        self.coding_focus, self.shown_code = 0, ""
        if self._said_at != self.view.cursor:
            self.said, self.leaving = "", False
        self.update_panels()

    @on(TranscriptView.Sideways)
    def _focus_moved(self, event: TranscriptView.Sideways) -> None:
        if self.offers:
            self.offer_focus = (self.offer_focus + event.step) % len(self.offers)
            self.shown_code = ""
            self.update_panels()

    @on(TranscriptView.Selected)
    def _selection_changed(self) -> None:
        self.update_status()

    def give(
        self, codes: tuple[str, ...] | None, span: tuple[int, int] | None = None, memo: str = ""
    ) -> None:
        """Give codes to a span, else to the selection or passage, as one step."""
        span = span or self.span
        if not codes or span is None:
            return
        self.desk.give(codes, *span, memo)
        self.view.selection = None
        self.shown_code = codes[-1]
        self.saved(", ".join(name_of(self.desk.codebook, c, self.language) for c in codes))

    # ── Selecting ────────────────────────────────────────────────────────────

    def action_select(self) -> None:
        """Begin to select at the first word of the passage."""
        if self.passage is not None:
            self.moving = None
            self.view.end_moves = True
            self.view.selection = first_word(self.desk.transcript.text, self.passage.start, self.passage.end)

    def action_boundary(self, edge: str) -> None:
        """Begin to move an edge of the coding in focus."""
        if (coding := self.moving or review_codes.coding_in_focus(self)) is not None:
            if self.moving is None:
                self.view.selection = (coding.anchor.start, coding.anchor.end)
            self.moving = coding
            self.view.end_moves = edge == "end"
            self.tell(_("arrows move, Enter keeps, Esc leaves it"))

    def action_confirm(self) -> None:
        """Keep the boundary, or pick codes for what is selected."""
        if self.moving is not None and self.view.selection is not None:
            self.desk.move(self.moving, *self.view.selection)
            self.moving, self.view.selection = None, None
            self.saved(_("boundary moved"))
        elif self.view.selection is not None:
            review_codes.pick(self)

    def action_cancel(self) -> None:
        """Leave selecting; else leave the screen."""
        if self.view.selection is not None or self.moving is not None:
            self.moving, self.view.selection = None, None
            self.tell("")
        else:
            self.dismiss(None)

    # ── Actions: what each does stands in the module it is from ──────────────

    action_accept = review_decide.accept
    action_reject = review_decide.reject
    action_number = review_decide.number
    action_nothing = review_decide.nothing
    action_undecided = review_decide.undecided
    action_order = review_decide.order
    action_onward = review_decide.onward

    action_pick = review_codes.pick
    action_code_memo = review_codes.code_memo
    action_again = review_codes.again
    action_recent = review_codes.recent
    action_cycle = review_codes.cycle
    action_remove = review_codes.remove
    action_undo = review_codes.undo
    action_redo = review_codes.redo
    action_memo = review_codes.memo

    action_in_vivo = review_extras.in_vivo
    action_bookmark = review_extras.bookmark
    action_next_bookmark = review_extras.next_bookmark
    action_find = review_extras.find
    action_hit = review_extras.hit
    action_example = review_extras.example
    action_codebook = review_extras.codebook
    action_bulk = review_extras.bulk
    action_play = review_extras.play
    action_seek = review_extras.seek

    action_correct = corrections.correct
    action_speaker = corrections.speaker
    action_turns = corrections.turns
    action_lost = corrections.lost

    def action_interview(self, step: int) -> None:
        """The next interview that has a transcript."""
        self.app.review_beside(self.desk.interview.id, step)  # type: ignore[attr-defined]

    def on_unmount(self) -> None:
        """Nothing goes on playing."""
        if self.playing is not None:
            self.playing.stop()
