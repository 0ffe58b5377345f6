"""Giving and taking codes, memos and steps back from the Review screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.files.anchors import anchor
from qualkit.tui.desk import Standing
from qualkit.tui.dialogs import Editor, Menu
from qualkit.tui.language import _
from qualkit.tui.panels import name_of
from qualkit.tui.picker import picker as the_picker

if TYPE_CHECKING:
    from collections.abc import Callable

    from qualkit.model import Coding
    from qualkit.tui.review_screen import ReviewScreen


def pick(screen: ReviewScreen) -> None:
    """Pick codes for the passage or selection."""
    picker(screen, screen.give)


def code_memo(screen: ReviewScreen) -> None:
    """Pick a code, then write a memo on it."""

    def write(codes: tuple[str, ...] | None) -> None:
        if codes:
            title = _("Memo: {code}").format(code=name_of(screen.desk.codebook, codes[0], screen.language))
            screen.ask(Editor(title), lambda text: screen.give(codes, memo=text or ""))

    picker(screen, write)


def picker(screen: ReviewScreen, then: Callable[[tuple[str, ...] | None], None]) -> None:
    """Open the code picker, likely codes first."""
    if screen.span is None:
        return
    suggested = [o.suggestion.code for o in screen.offers if o.standing is Standing.OPEN]
    window = the_picker(
        screen.app,
        screen.desk.codebook,
        screen.language,
        recent=screen.desk.recent,
        suggested=suggested,
        about=screen.desk.transcript.text[slice(*screen.span)],
    )
    screen.ask(window, then)


def again(screen: ReviewScreen) -> None:
    """The last code again."""
    if screen.desk.recent:
        screen.give((screen.desk.recent[0],))
    else:
        screen.tell(_("No code was given yet: c picks one."))


def recent(screen: ReviewScreen) -> None:
    """A menu of the codes given last."""
    if not screen.desk.recent:
        screen.tell(_("No code was given yet: c picks one."))
        return
    codes = tuple(screen.desk.recent)
    names = [name_of(screen.desk.codebook, code, screen.language) for code in codes]
    screen.ask(Menu(_("Recent codes"), names), lambda i: None if i is None else screen.give((codes[i],)))


def cycle(screen: ReviewScreen) -> None:
    """The other end while selecting; else the next coding here."""
    if screen.view.selection is not None:
        screen.view.end_moves = not screen.view.end_moves
        screen.tell(_("the end moves") if screen.view.end_moves else _("the start moves"))
    elif screen.codings:
        screen.coding_focus = (screen.coding_focus + 1) % len(screen.codings)
        screen.shown_code = screen.codings[screen.coding_focus].code
        screen.update_panels()


def coding_in_focus(screen: ReviewScreen) -> Coding | None:
    """The coding that keys act on; None, and a word about it, when there is none here."""
    if not screen.codings:
        screen.tell(_("No coding here."))
        return None
    return screen.codings[screen.coding_focus]


def remove(screen: ReviewScreen) -> None:
    """Remove the coding in focus."""
    if screen.moving is not None and screen.moving in screen.desk.lost:
        screen.desk.remove(screen.moving)
        screen.action_cancel()
        screen.saved(_("removed"))
    elif (coding := coding_in_focus(screen)) is not None:
        screen.desk.remove(coding)
        name = name_of(screen.desk.codebook, coding.code, screen.language)
        screen.saved(f"{name}: " + _("removed"))


def undo(screen: ReviewScreen) -> None:
    """Undo the last step."""
    before = screen.desk.transcript
    if not screen.desk.undo():
        screen.tell(_("Nothing to undo."))
        return
    if screen.desk.transcript is not before:
        screen.transcript_changed(screen.passage.start if screen.passage else 0)
    screen.saved(_("undone"))


def redo(screen: ReviewScreen) -> None:
    """Do again what was undone."""
    screen.saved(_("done again")) if screen.desk.redo() else screen.tell(_("Nothing to do again."))


def memo(screen: ReviewScreen) -> None:
    """A memo on the coding in focus, else on the passage or selection."""
    if screen.span is None:
        return
    start, end = screen.span
    on_coding = screen.view.selection is None and bool(screen.codings)
    coding = screen.codings[screen.coding_focus] if on_coding else None
    about = f"coding:{coding.id}" if coding else f"interview:{screen.desk.interview.id}"

    def write(text: str | None) -> None:
        if text and text.strip():
            screen.desk.write_memo(about, text.strip(), anchor(screen.desk.transcript, start, end))
            screen.view.selection = None
            screen.saved(_("memo"))

    title = (
        _("Memo: {code}").format(code=name_of(screen.desk.codebook, coding.code, screen.language))
        if coding
        else _("Memo on the passage")
    )
    screen.ask(Editor(title, about=screen.desk.transcript.text[start:end]), write)
