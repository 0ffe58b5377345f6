"""What the Review screen does beside deciding: bookmarks, finding words, going to other interviews."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.files.text import one_line
from qualkit.model import Code
from qualkit.tui.codebook_edits import added, change, free_id
from qualkit.tui.dialogs import Menu, Prompt
from qualkit.tui.language import _
from qualkit.tui.listen import BEFORE_MS
from qualkit.tui.listen import play as listen
from qualkit.tui.turn_lines import clock

if TYPE_CHECKING:
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
        desk.codebook = change(desk.project, added(code))
        screen.give((code.id,), (start, end))

    screen.ask(Prompt(_("Name of the new code"), named), place)


def play(screen: ReviewScreen) -> None:
    """Play the passage or selection from one second before; silence when it plays already."""
    if screen.playing is not None and screen.playing.running:
        screen.playing.stop()
        screen.tell(_("silence"))
        return
    if screen.span is None:
        return
    start, end = screen.desk.transcript.times(*screen.span)
    if start is None or end is None:
        screen.tell(_("This transcript has no times."))
        return
    _play(screen, start - BEFORE_MS, end)


def seek(screen: ReviewScreen, seconds: int) -> None:
    """Go on playing from some seconds earlier or later."""
    if screen.playing is None:
        play(screen)
        return
    at = screen.playing.at_ms + 1000 * seconds
    screen.playing.stop()
    _play(screen, at, max(screen.playing.end_ms, at + 10_000))


def _play(screen: ReviewScreen, start_ms: int, end_ms: int) -> None:
    screen.playing = listen(screen.desk.project, screen.desk.interview.id, start_ms, end_ms)
    screen.tell(_("playing from {time}").format(time=clock(max(0, start_ms))))
