"""Correcting the transcript from the Review screen: text, speakers, turns; codings follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.files import revise
from qualkit.tui.dialogs import Editor, Menu, Prompt
from qualkit.tui.language import _
from qualkit.tui.panels import name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.model import Transcript
    from qualkit.tui.review_screen import ReviewScreen


def correct(screen: ReviewScreen) -> None:
    """Edit the text of the turn under the cursor."""
    if screen.passage is None:
        return
    index = screen.passage.turn
    text = screen.desk.transcript.turns[index].text

    def keep(answer: str | None) -> None:
        if answer is not None and answer.strip() != text:
            apply(screen, revise.with_text(screen.desk.transcript, index, answer), _("text corrected"))

    screen.ask(Editor(_("Correct the text of this turn"), text), keep)


def apply(screen: ReviewScreen, revision: Transcript, what: str) -> None:
    """Save a revision, keep the cursor where it was, and say which codings need a person."""
    at = screen.passage.start if screen.passage else 0
    screen.desk.revise(revision)
    screen.transcript_changed(at)
    lost = len(screen.desk.lost)
    if lost:
        what += " · " + _("{n} codings need a place: D").format(n=lost)
    screen.saved(what)


def speaker(screen: ReviewScreen) -> None:
    """Rename the speaker of this turn, or give turns to another one."""
    if screen.passage is None:
        return
    index, transcript = screen.passage.turn, screen.desk.transcript
    who = transcript.speaker(transcript.turns[index].speaker)
    others = [s for s in transcript.speakers if s.id != who.id]
    choices = [
        _("Rename {who} everywhere").format(who=who.label),
        *(_("This turn is {who}").format(who=s.label) for s in others[:3]),
        *(_("From here on, {who} is {other}").format(who=who.label, other=s.label) for s in others[:3]),
        _("This turn is somebody else"),
    ]
    turns: list[Sequence[int]] = [[index]] * len(others[:3])
    from_here = [i for i, t in enumerate(transcript.turns) if i >= index and t.speaker == who.id]
    turns += [from_here] * len(others[:3])
    targets = [s.id for s in others[:3]] * 2

    def chosen(choice: int | None) -> None:
        if choice is None:
            return
        if choice == 0:
            rename(screen, who.id, who.name)
        elif choice <= len(targets):
            revision = revise.with_speaker(screen.desk.transcript, turns[choice - 1], targets[choice - 1])
            apply(screen, revision, _("speaker changed"))
        else:
            new = revise.free_speaker(screen.desk.transcript)
            apply(screen, revise.with_speaker(screen.desk.transcript, [index], new), _("speaker changed"))
            rename(screen, new, "")

    screen.ask(Menu(_("Speaker"), choices), chosen)


def rename(screen: ReviewScreen, speaker_id: str, name: str) -> None:
    """Ask for a speaker's name."""

    def keep(answer: str | None) -> None:
        if answer is not None and answer.strip() != name:
            apply(screen, revise.with_name(screen.desk.transcript, speaker_id, answer), _("speaker renamed"))

    screen.ask(Prompt(_("Name of {who}").format(who=speaker_id), name), keep)


def turns(screen: ReviewScreen) -> None:
    """Split the turn at the selection's start, merge it with the one before, or move words over its edge."""
    if screen.passage is None:
        return
    selection = screen.view.selection
    at = selection[0] if selection else screen.passage.start
    index = screen.passage.turn
    choices = [_("Split the turn before the words selected"), _("Merge with the turn before")]
    if selection is not None:
        choices.append(_("Give the words selected to the turn they touch"))

    def chosen(choice: int | None) -> None:
        if choice == 0:
            apply(screen, revise.split(screen.desk.transcript, at), _("turn split"))
        elif choice == 1:
            apply(screen, revise.merged(screen.desk.transcript, index), _("turns merged"))
        elif choice == 2 and selection is not None:
            apply(screen, revise.moved_words(screen.desk.transcript, *selection), _("words moved"))

    screen.ask(Menu(_("Turns"), choices), chosen)


def lost(screen: ReviewScreen) -> None:
    """Codings whose words a correction has changed: choose one, then place it."""
    desk = screen.desk
    if not desk.lost:
        screen.tell(_("Every coding has its place."))
        return
    codings = desk.lost[:9]
    choices = [f"{name_of(desk.codebook, c.code, screen.language)}: “{c.anchor.quote}”" for c in codings]

    def chosen(choice: int | None) -> None:
        if choice is None or screen.span is None:
            return
        coding = codings[choice]
        start, end = screen.span
        screen.moving = coding
        near = desk.near(coding.anchor)
        if near is not None:
            start, end = near
            screen.view.cursor = desk.passage_at(start)
        screen.view.end_moves = True
        screen.view.selection = (start, end)
        screen.tell(
            _("was “{quote}”: arrows move, Enter places it, u removes it").format(quote=coding.anchor.quote)
        )

    screen.ask(Menu(_("Codings without a certain place"), choices), chosen)
