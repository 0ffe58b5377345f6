"""The Review screen: the transcript, what the machine suggests for the passage in hand, and the decisions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, Static

from qualkit.errors import QualkitError
from qualkit.files.anchors import anchor
from qualkit.tui import corrections, review_extras, review_panels
from qualkit.tui.actions import bindings
from qualkit.tui.desk import Desk, Offer, Standing
from qualkit.tui.dialogs import Editor, Menu
from qualkit.tui.language import _
from qualkit.tui.panels import name_of
from qualkit.tui.picker import Picker
from qualkit.tui.queue import Order, following
from qualkit.tui.safe import shown
from qualkit.tui.span import first_word
from qualkit.tui.stripes import stripes
from qualkit.tui.transcript_view import TranscriptView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from qualkit.model import Coding
    from qualkit.tui.listen import Playing
    from qualkit.tui.passages import Passage

Answer = TypeVar("Answer")
_SIGNS = {Standing.OPEN: "?", Standing.ACCEPTED: "✓", Standing.REJECTED: "✗", Standing.NOTHING: "∅"}


class ReviewScreen(Screen[None]):
    """One interview under one coder's hands. Only this screen writes to the journal."""

    HELP_GROUPS: ClassVar[tuple[str, ...]] = ("transcript", "review", "app")
    BINDINGS: ClassVar[list[BindingType]] = bindings("review")
    DEFAULT_CSS = """
    ReviewScreen #side { width: 32; padding: 0 0 0 1; border-left: solid $primary-muted; }
    ReviewScreen #side { scrollbar-size-vertical: 1; }
    ReviewScreen.-wide #side { width: 44; }
    ReviewScreen.-huge #side { width: 64; }
    ReviewScreen #side Static { margin-bottom: 1; }
    ReviewScreen #status { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    """

    def __init__(self, desk: Desk, position: int | None = None) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (160, "-huge")]
        self.desk = desk
        self.offer_focus = 0
        self.coding_focus = 0
        self.shown_code = ""
        self.moving: Coding | None = None
        self.order = Order.TRANSCRIPT
        self.said = ""
        self._said_at = -1
        self.playing: Playing | None = None
        self.found_at = -1
        self._position = position

    # ── What is on the screen ────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """Transcript left, panels right, status and keys below."""
        with Horizontal():
            yield TranscriptView(self.desk.transcript, self.desk.passages, id="transcript")
            with VerticalScroll(id="side"):
                yield Static(id="suggestions")
                yield Static(id="codings")
                yield Static(id="definition")
        yield Static(id="status")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin where the work is: the place asked for, else the first open passage."""
        self.view.focus()
        start = following(self.desk, Order.TRANSCRIPT, -1, 1)
        if self._position is not None:
            start = self.desk.passage_at(self._position)
        self.view.set_reactive(TranscriptView.cursor, start or 0)
        self.update_all()
        if self.desk.stale:
            self.tell(_("Suggestions are for another revision: run qualkit suggest."))
        self.set_interval(3, self._look_for_others)

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
    def offers(self) -> tuple[Offer, ...]:
        """Suggestions for the passage under the cursor."""
        return self.desk.offers(self.view.cursor)

    @property
    def codings(self) -> tuple[Coding, ...]:
        """Codings on the passage under the cursor."""
        return self.desk.codings_at(self.view.cursor)

    def update_all(self) -> None:
        """Stripes, signs, panels and status, from what the journal says now."""
        signs = {
            i: _SIGNS[s] for i in range(len(self.desk.passages)) if (s := self.desk.standing(i)) in _SIGNS
        }
        signs |= {self.desk.passage_at(p): "◆" for p in self.desk.journal.state.bookmarks}
        self.view.dress(stripes(self.desk.codings, self.desk.codebook, self.desk.transcript), signs)
        self.update_panels()

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

        self.app.push_screen(window, guarded)

    def transcript_changed(self, position: int) -> None:
        """Show the newest revision, with the cursor on what stands at a code point."""
        self.view.show(self.desk.transcript, self.desk.passages)
        self.view.cursor = self.desk.passage_at(position)
        self.update_all()

    @on(TranscriptView.Moved)
    def _cursor_moved(self) -> None:
        self.offer_focus = next(
            (i for i, o in enumerate(self.offers) if o.standing is Standing.OPEN and o.suggestion.shown), 0
        )
        self.coding_focus, self.shown_code = 0, ""
        if self._said_at != self.view.cursor:
            self.said = ""
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

    # ── Suggestions ──────────────────────────────────────────────────────────

    def _offer(self) -> Offer | None:
        return self.offers[self.offer_focus] if self.offers else None

    def action_accept(self) -> None:
        """Accept the suggestion in focus."""
        if (offer := self._offer()) is None:
            self.tell(_("Nothing is suggested here."))
        elif offer.standing is Standing.ACCEPTED:
            self._on_to_next(offer)
        else:
            self.desk.accept(offer.suggestion)
            self._on_to_next(offer, _("accepted"))

    def action_reject(self) -> None:
        """Reject the suggestion in focus."""
        if (offer := self._offer()) is None:
            self.tell(_("Nothing is suggested here."))
        else:
            self.desk.reject(offer.suggestion)
            self._on_to_next(offer, _("rejected"))

    def _on_to_next(self, offer: Offer, what: str = "") -> None:
        """Focus the next open suggestion: here, else on the next open passage."""
        name = name_of(self.desk.codebook, offer.suggestion.code, self.language)
        open_ = [i for i, o in enumerate(self.offers) if o.standing is Standing.OPEN and o.suggestion.shown]
        if open_:
            self.offer_focus = next((i for i in open_ if i > self.offer_focus), open_[0])
            self.shown_code = ""
        else:
            self.action_undecided(1)
        if what:
            self.saved(f"{name}: {what}")

    def action_number(self, number: int) -> None:
        """Give or take the code of a suggestion by its number."""
        if number > len(self.offers):
            self.tell(_("There is no suggestion {n} here.").format(n=number))
            return
        offer = self.offers[number - 1]
        self.offer_focus, self.shown_code = number - 1, ""
        self.desk.toggle(offer)
        name = name_of(self.desk.codebook, offer.suggestion.code, self.language)
        self.saved(f"{name}: " + (_("removed") if offer.coding else _("accepted")))

    def action_nothing(self) -> None:
        """Nothing (more) here."""
        if self.passage is not None:
            self.desk.nothing(self.view.cursor)
            self.action_undecided(1)
            self.saved(_("nothing more here"))

    def action_undecided(self, step: int) -> None:
        """To the next open passage in the order of work."""
        target = following(self.desk, self.order, self.view.cursor, step)
        if target is None:
            self.tell(_("No open suggestion left in this interview."))
        else:
            self.view.cursor = target

    def action_order(self) -> None:
        """Another order of work."""
        orders = list(Order)
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]
        self.tell(_("Next open: {order}").format(order=review_panels.ORDERS[self.order]))

    # ── Codes ────────────────────────────────────────────────────────────────

    def action_pick(self) -> None:
        """Pick codes for the passage or selection."""
        self._picker(self.give)

    def action_code_memo(self) -> None:
        """Pick a code, then write a memo on it."""

        def write(codes: tuple[str, ...] | None) -> None:
            if codes:
                title = _("Memo: {code}").format(code=name_of(self.desk.codebook, codes[0], self.language))
                self.ask(Editor(title), lambda text: self.give(codes, memo=text or ""))

        self._picker(write)

    def _picker(self, then: Callable[[tuple[str, ...] | None], None]) -> None:
        if self.span is None:
            return
        suggested = [o.suggestion.code for o in self.offers if o.standing is Standing.OPEN]
        picker = Picker(self.desk.codebook, self.language, recent=self.desk.recent, suggested=suggested)
        self.ask(picker, then)

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

    def action_again(self) -> None:
        """The last code again."""
        if self.desk.recent:
            self.give((self.desk.recent[0],))
        else:
            self.tell(_("No code was given yet: c picks one."))

    def action_recent(self) -> None:
        """A menu of the codes given last."""
        if not self.desk.recent:
            self.tell(_("No code was given yet: c picks one."))
            return
        recent = tuple(self.desk.recent)
        names = [name_of(self.desk.codebook, code, self.language) for code in recent]
        self.ask(Menu(_("Recent codes"), names), lambda i: None if i is None else self.give((recent[i],)))

    def action_cycle(self) -> None:
        """The other end while selecting; else the next coding here."""
        if self.view.selection is not None:
            self.view.end_moves = not self.view.end_moves
            self.tell(_("the end moves") if self.view.end_moves else _("the start moves"))
        elif self.codings:
            self.coding_focus = (self.coding_focus + 1) % len(self.codings)
            self.shown_code = self.codings[self.coding_focus].code
            self.update_panels()

    def _coding(self) -> Coding | None:
        if not self.codings:
            self.tell(_("No coding here."))
            return None
        return self.codings[self.coding_focus]

    def action_remove(self) -> None:
        """Remove the coding in focus."""
        if self.moving is not None and self.moving in self.desk.lost:
            self.desk.remove(self.moving)
            self.action_cancel()
            self.saved(_("removed"))
        elif (coding := self._coding()) is not None:
            self.desk.remove(coding)
            name = name_of(self.desk.codebook, coding.code, self.language)
            self.saved(f"{name}: " + _("removed"))

    def action_undo(self) -> None:
        """Undo the last step."""
        before = self.desk.transcript
        if not self.desk.undo():
            self.tell(_("Nothing to undo."))
            return
        if self.desk.transcript is not before:
            self.transcript_changed(self.passage.start if self.passage else 0)
        self.saved(_("undone"))

    def action_redo(self) -> None:
        """Do again what was undone."""
        self.saved(_("done again")) if self.desk.redo() else self.tell(_("Nothing to do again."))

    # ── Selecting ────────────────────────────────────────────────────────────

    def action_select(self) -> None:
        """Begin to select at the first word of the passage."""
        if self.passage is not None:
            self.moving = None
            self.view.end_moves = True
            self.view.selection = first_word(self.desk.transcript.text, self.passage.start, self.passage.end)

    def action_boundary(self, edge: str) -> None:
        """Begin to move an edge of the coding in focus."""
        if (coding := self.moving or self._coding()) is not None:
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
            self.action_pick()

    def action_cancel(self) -> None:
        """Leave selecting; else leave the screen."""
        if self.view.selection is not None or self.moving is not None:
            self.moving, self.view.selection = None, None
            self.tell("")
        else:
            self.dismiss(None)

    # ── Memos, bookmarks, finding ────────────────────────────────────────────

    def action_memo(self) -> None:
        """A memo on the coding in focus, else on the passage or selection."""
        if self.span is None:
            return
        start, end = self.span
        on_coding = self.view.selection is None and bool(self.codings)
        coding = self.codings[self.coding_focus] if on_coding else None
        about = f"coding:{coding.id}" if coding else f"interview:{self.desk.interview.id}"

        def write(text: str | None) -> None:
            if text and text.strip():
                self.desk.write_memo(about, text.strip(), anchor(self.desk.transcript, start, end))
                self.view.selection = None
                self.saved(_("memo"))

        title = (
            _("Memo: {code}").format(code=name_of(self.desk.codebook, coding.code, self.language))
            if coding
            else _("Memo on the passage")
        )
        self.ask(Editor(title, about=self.desk.transcript.text[start:end]), write)

    def action_in_vivo(self) -> None:
        """A new code from the words selected."""
        review_extras.in_vivo(self)

    def action_bookmark(self) -> None:
        """Put or take a bookmark."""
        review_extras.bookmark(self)

    def action_next_bookmark(self) -> None:
        """To the next bookmark."""
        review_extras.next_bookmark(self)

    def action_find(self) -> None:
        """Find words in this transcript."""
        review_extras.find(self)

    def action_hit(self, step: int) -> None:
        """To the next place found."""
        review_extras.hit(self, step)

    # ── The transcript itself ────────────────────────────────────────────────

    def action_correct(self) -> None:
        """Correct the text of this turn."""
        corrections.correct(self)

    def action_speaker(self) -> None:
        """Rename the speaker, or give turns to another."""
        corrections.speaker(self)

    def action_turns(self) -> None:
        """Split or merge turns."""
        corrections.turns(self)

    def action_lost(self) -> None:
        """Codings without a certain place."""
        corrections.lost(self)

    # ── Listening, going elsewhere ───────────────────────────────────────────

    def action_play(self) -> None:
        """Play the passage; again: silence."""
        review_extras.play(self)

    def action_seek(self, seconds: int) -> None:
        """Play from a few seconds earlier or later."""
        review_extras.seek(self, seconds)

    def action_interview(self, step: int) -> None:
        """The next interview that has a transcript."""
        self.app.review_beside(self.desk.interview.id, step)  # type: ignore[attr-defined]

    def on_unmount(self) -> None:
        """Nothing goes on playing."""
        if self.playing is not None:
            self.playing.stop()
