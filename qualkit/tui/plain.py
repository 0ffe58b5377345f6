"""The review line by line: for screen readers, slow links and scripts. The same desk, the same journal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError
from qualkit.files import revise
from qualkit.files.anchors import anchor
from qualkit.files.interviews import read_interviews
from qualkit.files.transcript import transcript_ids
from qualkit.tui import listen
from qualkit.tui.desk import Desk, Offer, Standing
from qualkit.tui.fuzzy import entries, ranked
from qualkit.tui.language import LANGUAGE, _
from qualkit.tui.queue import Order, following
from qualkit.tui.safe import shown
from qualkit.tui.turn_lines import clock

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.model import Transcript
    from qualkit.tui.listen import Playing

Say = Callable[[str], None]
Ask = Callable[[str], str]

COMMANDS = (
    ("", _("next passage with an open suggestion")),
    ("n, p", _("next passage, previous passage")),
    ("g 12", _("go to passage 12")),
    ("y, y 2", _("accept the first open suggestion, or suggestion 2")),
    ("x, x 2", _("reject it")),
    ("0", _("nothing (more) here is for the codebook")),
    ("c words", _("find a code by name, word or definition and give it")),
    ("q", _("give the last code again")),
    ("v words", _("take these words of the passage, not all of it, for the next code")),
    ("u, u 2", _("remove the first coding here, or coding 2")),
    ("m text", _("a memo on the first coding here, else on the passage")),
    ("b", _("put or take a bookmark")),
    ("/ words", _("find words in the transcript")),
    ("d, d 2", _("the definition of the first suggestion or coding, or of suggestion 2")),
    ("r", _("read the passage again")),
    ("play", _("play the passage from one second before; again: stop")),
    ("e text", _("another text for this turn: a new revision, codings follow")),
    ("s name", _("another name for this speaker, everywhere")),
    ("t", _("give this turn to another speaker")),
    ("undo, redo", _("take the last step back, do it again")),
    ("?", _("this list")),
    ("quit", _("leave; everything is saved already")),
)


@dataclass
class Reading:
    """Where the reader is."""

    desk: Desk
    say: Say
    ask: Ask
    at: int = 0
    words: tuple[int, int] | None = None
    """The words of the passage that the next code is for; None: all of it."""
    playing: Playing | None = None

    def name(self, code: str) -> str:
        """A code's name in the user's language."""
        known = self.desk.codebook.by_id.get(code)
        return shown(known.name_in(LANGUAGE) if known else code)


def run_plain(
    project: Project, interview: str | None = None, say: Say | None = None, ask: Ask = input
) -> None:
    """Review an interview with typed commands until ``quit`` or the end of the input.

    Without an interview the user is asked for one. Raises what reading raises.
    """
    say = say or _write
    if interview is None:
        interview = _choose(project, say, ask)
        if not interview:
            return
    reading = Reading(Desk.open(project, interview), say, ask)
    reading.at = following(reading.desk, Order.TRANSCRIPT, -1, 1) or 0
    decided, work = reading.desk.progress()
    say(_("{interview}: {n} of {m} passages decided. ? lists the commands.").format(
        interview=interview, n=decided, m=work
    ))  # fmt: skip
    read(reading)
    while True:
        try:
            line = ask("> ").strip()
        except EOFError:
            return
        if line in {"quit", "exit"}:
            return
        try:
            obey(reading, line)
        except QualkitError as error:
            say(shown(str(error)))


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _choose(project: Project, say: Say, ask: Ask) -> str:
    there = set(transcript_ids(project))
    ready = [i for i in read_interviews(project) if i.id in there]
    if not ready:
        say(_("No interview is transcribed yet: run qualkit transcribe."))
        return ""
    for number, case in enumerate(ready, 1):
        say(f"{number}. {shown(case.id)} {shown(case.site)} {shown(case.role)}".rstrip())
    try:
        answer = ask(_("Which interview? ")).strip()
    except EOFError:
        return ""
    if answer.isdigit() and 0 < int(answer) <= len(ready):
        return ready[int(answer) - 1].id
    return answer


def read(reading: Reading) -> None:
    """Say the passage, what is suggested for it and what stands on it."""
    desk, say = reading.desk, reading.say
    if not desk.passages:
        say(_("This transcript is empty."))
        return
    passage = desk.passages[reading.at]
    turn = desk.transcript.turns[passage.turn]
    who = shown(desk.transcript.speaker(turn.speaker).label)
    place = _("Passage {n} of {m}").format(n=reading.at + 1, m=len(desk.passages))
    say(f"{place}. {clock(turn.start_ms)} {who}:")
    say(shown(desk.transcript.text[passage.start : passage.end]))
    words = {
        Standing.OPEN: "",
        Standing.ACCEPTED: _("accepted"),
        Standing.REJECTED: _("rejected"),
    }
    for number, offer in enumerate(desk.offers(reading.at), 1):
        suggestion = offer.suggestion
        parts = [f"{suggestion.score:.0%}", words[offer.standing], shown(suggestion.verdict)]
        parts += [f"{shown(r.kind)}: {shown(r.text)}" for r in suggestion.reasons[:2]]
        if not suggestion.shown:
            parts.append(_("under the threshold"))
        about = ", ".join(part for part in parts if part)
        say(
            _("Suggestion {n}: {code}, {about}").format(
                n=number, code=reading.name(suggestion.code), about=about
            )
        )
    for number, coding in enumerate(desk.codings_at(reading.at), 1):
        memo = f" ({shown(coding.memo)})" if coding.memo else ""
        say(_("Coding {n}: {code}").format(n=number, code=reading.name(coding.code)) + memo)


def obey(reading: Reading, line: str) -> None:
    """Do what one line asks for."""
    word, _space, rest = line.partition(" ")
    rest = rest.strip()
    if line.startswith("/"):
        word, rest = "/", line[1:].strip()
    actions: dict[str, Callable[[], None]] = {
        "": lambda: _next_open(reading),
        "n": lambda: _go(reading, reading.at + 1),
        "p": lambda: _go(reading, reading.at - 1),
        "g": lambda: _go(reading, int(rest) - 1 if rest.isdigit() else reading.at),
        "y": lambda: _decide(reading, rest, accept=True),
        "x": lambda: _decide(reading, rest, accept=False),
        "0": lambda: _nothing(reading),
        "c": lambda: _code(reading, rest),
        "q": lambda: _again(reading),
        "u": lambda: _remove(reading, rest),
        "v": lambda: _select(reading, rest),
        "m": lambda: _memo(reading, rest),
        "play": lambda: _play(reading),
        "e": lambda: _correct(reading, rest),
        "s": lambda: _rename(reading, rest),
        "t": lambda: _speaker(reading),
        "b": lambda: reading.say(_("bookmark") if reading.desk.bookmark(reading.at) else _("bookmark taken")),
        "/": lambda: _find(reading, rest),
        "d": lambda: _define(reading, rest),
        "r": lambda: read(reading),
        "undo": lambda: _turn_back(reading, reading.desk.undo(), _("undone"), _("Nothing to undo.")),
        "redo": lambda: _turn_back(reading, reading.desk.redo(), _("done again"), _("Nothing to do again.")),
        "?": lambda: reading.say("\n".join(f"{key or 'Enter'}: {help_}" for key, help_ in COMMANDS)),
    }
    if not reading.desk.passages and word != "?":
        reading.say(_("This transcript is empty."))
    elif word in actions:
        actions[word]()
    else:
        reading.say(_("{word} is no command; ? lists them.").format(word=shown(word)))


def _turn_back(reading: Reading, turned: bool, done: str, otherwise: str) -> None:
    reading.at = min(reading.at, max(0, len(reading.desk.passages) - 1))
    reading.say(done if turned else otherwise)


def _go(reading: Reading, index: int) -> None:
    if not 0 <= index < len(reading.desk.passages):
        reading.say(_("That is past the end."))
        return
    reading.at, reading.words = index, None
    read(reading)


def _next_open(reading: Reading) -> None:
    target = following(reading.desk, Order.TRANSCRIPT, reading.at, 1)
    if target is None:
        reading.say(_("No open suggestion left in this interview."))
    else:
        _go(reading, target)


def _offer(reading: Reading, number: str) -> Offer | None:
    offers = reading.desk.offers(reading.at)
    if number.isdigit() and 0 < int(number) <= len(offers):
        return offers[int(number) - 1]
    if not number:
        return next((o for o in offers if o.standing is Standing.OPEN), None)
    return None


def _decide(reading: Reading, number: str, *, accept: bool) -> None:
    offer = _offer(reading, number)
    if offer is None:
        reading.say(_("There is no such suggestion here."))
        return
    if accept:
        reading.desk.accept(offer.suggestion)
    else:
        reading.desk.reject(offer.suggestion)
    name = reading.name(offer.suggestion.code)
    reading.say(f"{name}: " + (_("accepted") if accept else _("rejected")))
    if reading.desk.standing(reading.at) is not Standing.OPEN:
        _next_open(reading)


def _nothing(reading: Reading) -> None:
    reading.desk.nothing(reading.at)
    reading.say(_("nothing more here"))
    _next_open(reading)


def _give(reading: Reading, code: str) -> None:
    passage = reading.desk.passages[reading.at]
    start, end = reading.words or (passage.start, passage.end)
    reading.desk.give((code,), start, end)
    reading.words = None
    reading.say(f"{reading.name(code)}: " + _("given"))


def _code(reading: Reading, words: str) -> None:
    book = reading.desk.codebook
    found = ranked(words, book, entries(book), recent=reading.desk.recent)[:9]
    if not found:
        reading.say(_("Nothing found."))
        return
    for number, code in enumerate(found, 1):
        reading.say(f"{number}. {reading.name(code.id)}: {shown(code.definition_in(LANGUAGE))}")
    try:
        answer = reading.ask(_("Which one? (Enter: none) ")).strip()
    except EOFError:
        return
    if answer.isdigit() and 0 < int(answer) <= len(found):
        _give(reading, found[int(answer) - 1].id)


def _again(reading: Reading) -> None:
    if reading.desk.recent:
        _give(reading, reading.desk.recent[0])
    else:
        reading.say(_("No code was given yet: c picks one."))


def _remove(reading: Reading, number: str) -> None:
    codings = reading.desk.codings_at(reading.at)
    index = int(number) - 1 if number.isdigit() else 0
    if not 0 <= index < len(codings):
        reading.say(_("No coding here."))
        return
    reading.desk.remove(codings[index])
    reading.say(f"{reading.name(codings[index].code)}: " + _("removed"))


def _memo(reading: Reading, text: str) -> None:
    if not text:
        reading.say(_("Write the memo after the m."))
        return
    desk = reading.desk
    passage, codings = desk.passages[reading.at], desk.codings_at(reading.at)
    about = f"coding:{codings[0].id}" if codings else f"interview:{desk.interview.id}"
    desk.write_memo(about, text, anchor(desk.transcript, passage.start, passage.end))
    reading.say(_("memo"))


def _select(reading: Reading, words: str) -> None:
    passage = reading.desk.passages[reading.at]
    text = reading.desk.transcript.text[passage.start : passage.end]
    at = text.casefold().find(words.casefold()) if words and len(text.casefold()) == len(text) else -1
    if at < 0:
        reading.words = None
        reading.say(_("Not found: {words}").format(words=shown(words)))
        return
    reading.words = (passage.start + at, passage.start + at + len(words))
    reading.say(_("The next code is for: {words}").format(words=shown(text[at : at + len(words)])))


def _play(reading: Reading) -> None:
    if reading.playing is not None and reading.playing.running:
        reading.playing.stop()
        return
    desk, passage = reading.desk, reading.desk.passages[reading.at]
    start, end = desk.transcript.times(passage.start, passage.end)
    if start is None or end is None:
        reading.say(_("This transcript has no times."))
        return
    reading.playing = listen.play(desk.project, desk.interview.id, start - listen.BEFORE_MS, end)
    reading.say(_("playing from {time}").format(time=clock(max(0, start - listen.BEFORE_MS))))


def _correct(reading: Reading, text: str) -> None:
    if not text:
        reading.say(_("Write the whole new text of the turn after the e."))
        return
    turn = reading.desk.passages[reading.at].turn
    _revise(reading, revise.with_text(reading.desk.transcript, turn, text), _("text corrected"))


def _rename(reading: Reading, name: str) -> None:
    transcript = reading.desk.transcript
    who = transcript.turns[reading.desk.passages[reading.at].turn].speaker
    if not name:
        reading.say(_("Write the name after the s."))
        return
    _revise(reading, revise.with_name(transcript, who, name), _("speaker renamed"))


def _speaker(reading: Reading) -> None:
    transcript = reading.desk.transcript
    turn = reading.desk.passages[reading.at].turn
    others = [s for s in transcript.speakers if s.id != transcript.turns[turn].speaker]
    for number, speaker in enumerate(others, 1):
        reading.say(f"{number}. {shown(speaker.label)}")
    reading.say(f"{len(others) + 1}. " + _("This turn is somebody else"))
    try:
        answer = reading.ask(_("Which one? (Enter: none) ")).strip()
    except EOFError:
        return
    if answer.isdigit() and 0 < int(answer) <= len(others) + 1:
        chosen = [*(s.id for s in others), revise.free_speaker(transcript)][int(answer) - 1]
        _revise(reading, revise.with_speaker(transcript, [turn], chosen), _("speaker changed"))


def _revise(reading: Reading, revision: Transcript, what: str) -> None:
    """Keep a correction; the reader stays where he was."""
    desk = reading.desk
    begin = desk.passages[reading.at].start
    desk.revise(revision)
    reading.at, reading.words = desk.passage_at(begin), None
    if lost := len(desk.lost):
        what += " · " + _("{n} codings have lost their place").format(n=lost)
    reading.say(what)


def _find(reading: Reading, words: str) -> None:
    text = reading.desk.transcript.text.casefold()
    here = reading.desk.passages[reading.at].end
    at = text.find(words.casefold(), here) if words else -1
    if at < 0 and words:
        at = text.find(words.casefold())
    if at < 0:
        reading.say(_("Not found: {words}").format(words=shown(words)))
    else:
        _go(reading, reading.desk.passage_at(min(at, len(reading.desk.transcript.text) - 1)))


def _define(reading: Reading, number: str) -> None:
    offer, codings = _offer(reading, number), reading.desk.codings_at(reading.at)
    code_id = offer.suggestion.code if offer else codings[0].code if codings else ""
    code = reading.desk.codebook.by_id.get(code_id)
    if code is None:
        reading.say(_("No suggestion and no coding here."))
        return
    reading.say(f"{reading.name(code_id)}: {shown(code.definition_in(LANGUAGE))}")
    for sign, texts in (("+", code.include), ("-", code.exclude)):
        for text in texts.get(LANGUAGE, ()):
            reading.say(f"{sign} {shown(text)}")
