"""What the Review screen does beside deciding: bookmarks, finding words, going to other interviews."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError
from qualkit.files.codebook_edits import added, exemplified, free_id
from qualkit.files.codebook_history import History
from qualkit.files.text import one_line
from qualkit.model import Code
from qualkit.tui.books import book_of
from qualkit.tui.dialogs import Menu, Prompt
from qualkit.tui.language import _
from qualkit.tui.listen import BEFORE_MS
from qualkit.tui.listen import play as listen
from qualkit.tui.panels import name_of
from qualkit.tui.turn_lines import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from qualkit.files.codebook_edits import Change
    from qualkit.tui.review_screen import ReviewScreen


def bookmark(screen: ReviewScreen) -> None:
    """Put or take a bookmark on the passage under the cursor."""
    if screen.passage is not None:
        put = screen.desk.bookmark(screen.view.cursor)
        screen.saved(_("bookmark") if put else _("bookmark taken"))


def next_bookmark(screen: ReviewScreen) -> None:
    """To the next bookmark, round the end."""
    places = sorted(screen.desk.passage_at(p) for p in screen.desk.journal.state.bookmarks)
    if not places:
        screen.tell(_("No bookmark here: b puts one."))
    else:
        screen.view.cursor = next((p for p in places if p > screen.view.cursor), places[0])


def find(screen: ReviewScreen) -> None:
    """Ask for words and go to where they first stand from the cursor on."""

    def search(words: str | None) -> None:
        if not words:
            screen.view.hits = ()
            screen.view.refresh()
            return
        text = screen.desk.transcript.text
        screen.view.hits = tuple(m.span() for m in re.finditer(re.escape(words), text, re.IGNORECASE))
        screen.view.refresh()
        if not screen.view.hits:
            screen.tell(_("Not found: {words}").format(words=words))
            return
        here = screen.passage.start if screen.passage else 0
        screen.found_at = next((i for i, h in enumerate(screen.view.hits) if h[0] >= here), 0) - 1
        hit(screen, 1)

    screen.ask(Prompt(_("Find in this transcript"), hint=_("then n and N")), search)


def hit(screen: ReviewScreen, step: int) -> None:
    """To the next place found."""
    hits = screen.view.hits
    if not hits:
        screen.tell(_("Nothing was searched for: / finds words."))
        return
    screen.found_at = (screen.found_at + step) % len(hits)
    start, end = hits[screen.found_at]
    screen.view.cursor = screen.desk.passage_at(start)
    screen.view.reveal_span(start, end)
    screen.tell(_("found: {n} of {m}").format(n=screen.found_at + 1, m=len(hits)))


def in_vivo(screen: ReviewScreen) -> None:
    """A new code named by the words selected: its name, its place in the tree, then it is given."""
    if screen.span is None:
        return
    start, end = screen.span
    words = screen.desk.transcript.text[start:end]
    named = words if screen.view.selection is not None and len(words) <= 60 else ""

    def place(name: str | None) -> None:
        if not name or not name.strip():
            return
        roots = [c for c in screen.desk.codebook.children("") if not c.retired][:8]
        choices = [_("under {name}").format(name=c.name_in(screen.language)) for c in roots]
        choices.append(_("at the top"))
        screen.ask(
            Menu(_("Where in the codebook?"), choices), lambda i: make(name.strip(), i, [c.id for c in roots])
        )

    def make(name: str, choice: int | None, roots: list[str]) -> None:
        if choice is None:
            return
        desk = screen.desk
        parent = roots[choice] if choice < len(roots) else ""
        language = desk.transcript.turns[desk.transcript.turn_at(start)].language or desk.transcript.language
        code = Code(free_id(desk.codebook, name), {language or "en": one_line(name)}, parent)

        def give() -> None:
            screen.give((code.id,), (start, end))
            if (step := desk.journal.undoable) is not None:
                desk.made.add(step.id)

        change_codebook(screen, _("added: {name}").format(name=name), added(code), give)

    screen.ask(Prompt(_("Name of the new code"), named), place)


def example(screen: ReviewScreen) -> None:
    """Keep the passage or selection as an example of the code in focus, in the language it was said in."""
    code = screen.shown_code or (screen.codings[screen.coding_focus].code if screen.codings else "")
    code = code or (screen.offer.suggestion.code if screen.offer else "")
    if not code or screen.span is None:
        screen.tell(_("No code here whose example it could be."))
        return
    desk = screen.desk
    start, end = screen.span
    turn = desk.transcript.turns[desk.transcript.turn_at(start)]
    language = turn.language or desk.transcript.language or screen.language
    name = name_of(desk.codebook, code, screen.language)
    what = _("example of {name}").format(name=name)
    change = exemplified(code, language, desk.transcript.text[start:end])
    change_codebook(screen, what, change, lambda: screen.saved(what))


def change_codebook(screen: ReviewScreen, what: str, change: Change, then: Callable[[], None]) -> None:
    """Change the codebook, which takes seconds when it is large: that is said first."""
    desk = screen.desk

    def make() -> None:
        try:
            History(desk.project).change(what, change)
            desk.codebook = book_of(desk.project)
            then()
        except QualkitError as error:
            screen.tell("")
            screen.app.complain(error)  # type: ignore[attr-defined]

    screen.tell(_("writing the codebook…"))
    screen.call_after_refresh(make)


def codebook(screen: ReviewScreen) -> None:
    """The codebook, at the code in focus; what was changed there holds here at once."""
    from qualkit.tui.codebook_screen import CodebookScreen

    at = screen.shown_code or (screen.offer.suggestion.code if screen.offer else "")

    def back(_nothing: None) -> None:
        screen.desk.codebook = book_of(screen.desk.project)
        screen.desk.refresh()
        screen.update_all()

    screen.app.push_screen(CodebookScreen(screen.desk.project, at), back)


def bulk(screen: ReviewScreen) -> None:
    """Accept what the engine is certified for in this interview, after a check."""
    from qualkit.tui.bulk_screen import BulkScreen

    def back(_nothing: None) -> None:
        screen.desk.refresh()
        screen.update_all()

    screen.app.push_screen(BulkScreen(screen.desk.project, [screen.desk.interview.id]), back)


def play(screen: ReviewScreen) -> None:
    """Play the passage or selection from one second before; pause when it plays; go on where it paused."""
    if screen.playing is not None and screen.playing.running:
        screen.ear = (screen.view.cursor, screen.playing.at_ms)
        screen.playing.stop()
        screen.tell(_("paused at {time}").format(time=clock(screen.ear[1])))
        return
    if screen.span is None:
        return
    start, end = screen.desk.transcript.times(*screen.span)
    if start is None or end is None:
        screen.tell(_("This transcript has no times."))
        return
    if screen.ear is not None and screen.ear[0] == screen.view.cursor:
        start = screen.ear[1] + BEFORE_MS
    screen.ear = None
    _play(screen, start - BEFORE_MS, max(end, start + 2000))


def seek(screen: ReviewScreen, seconds: int) -> None:
    """Some seconds earlier or later: while it plays at once, while it does not for the next space."""
    if screen.playing is not None and screen.playing.running:
        at = screen.playing.at_ms + 1000 * seconds
        screen.playing.stop()
        _play(screen, at, max(screen.playing.end_ms, at + 10_000))
        return
    begin = screen.desk.transcript.times(*screen.span)[0] if screen.span else None
    if begin is None:
        screen.tell(_("This transcript has no times."))
        return
    if screen.ear is not None and screen.ear[0] == screen.view.cursor:
        begin = screen.ear[1]
    screen.ear = (screen.view.cursor, max(0, begin + 1000 * seconds))
    screen.tell(_("at {time}: space plays").format(time=clock(screen.ear[1])))


def _play(screen: ReviewScreen, start_ms: int, end_ms: int) -> None:
    screen.playing = listen(screen.desk.project, screen.desk.interview.id, start_ms, end_ms)
    screen.tell(_("playing from {time}").format(time=clock(max(0, start_ms))))
