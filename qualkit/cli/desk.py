"""Coding by hand: ``review`` opens the desk, ``code`` does one coding from the shell."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb
from qualkit.errors import UsageError

if TYPE_CHECKING:
    from qualkit.files.journal import Journal
    from qualkit.files.project import Project
    from qualkit.model import Anchor, Coding, Transcript


@verb("review", "qualkit review kilpisalo-01")
@click.argument("interview", required=False)
@click.option("--plain", is_flag=True, help="Line by line, for screen readers and slow links.")
def review(call: Call, interview: str | None = None, plain: bool = False) -> int:
    """Open the review desk: read, decide on suggestions, code, write memos. `?` shows the keys."""
    project = call.working()
    if interview is not None:
        from qualkit.files.interviews import interview as find_interview

        find_interview(project, interview)
    if not plain and not console.terminal():
        raise UsageError("The review desk needs a terminal.", "Open one, or work line by line: --plain.")
    if plain:
        from qualkit.tui.plain import run_plain

        run_plain(project, interview)
        return 0
    from qualkit.tui.app import run

    return run(project, interview)


@verb("code", "qualkit code kilpisalo-01 steam-heat --quote 'höyrylinja on vuodelta 1974'")
@click.argument("interview")
@click.argument("code_id", metavar="CODE", required=False)
@click.option("--quote", help="The words to code, as they stand in the transcript.")
@click.option("--at", "at", help="Or the turn said at this time: 12:34 or 1:02:03.")
@click.option("--memo", default="", help="A note on the coding.")
@click.option("--remove", metavar="CODING", help="Take away the coding with this id.")
@click.option("--undo", is_flag=True, help="Undo your last step on this interview.")
def code(
    call: Call,
    interview: str,
    code_id: str | None,
    quote: str | None,
    at: str | None,
    memo: str,
    remove: str | None,
    undo: bool,
) -> None:
    """Give a passage a code, take one away, undo; without a code, list your codings of the interview."""
    from qualkit.files.interviews import interview as find_interview
    from qualkit.files.journal import Journal

    project = call.working()
    journal = Journal(project, project.coder, find_interview(project, interview).id)
    if undo:
        _say(call, {"undone": journal.undo() is not None}, "Undone.", "Nothing to undo.")
    elif remove:
        if remove not in journal.state.codings:
            raise UsageError(
                f"No coding {remove} of {project.coder} in {interview}.", "List them: qualkit code ID"
            )
        journal.remove_coding(remove)
        _say(call, {"removed": remove}, f"{remove}: removed. Bring it back with --undo.")
    elif code_id is None:
        _list(call, journal)
    else:
        _say_coding(call, _add(project, journal, code_id, quote, at, memo))


def _add(
    project: Project, journal: Journal, code_id: str, quote: str | None, at: str | None, memo: str
) -> Coding:
    from qualkit.files.codebook import load_codebook
    from qualkit.files.transcript import load_transcript

    known = load_codebook(project).by_id
    if code_id not in known or not known[code_id].codable:
        import difflib

        near = difflib.get_close_matches(code_id, known, n=1)
        raise UsageError(f"No code {code_id!r} in the codebook.", f"Did you mean {near[0]}?" if near else "")
    transcript = load_transcript(project, journal.interview)
    return journal.add_coding(code_id, _passage(transcript, quote, at), memo=memo)


def _passage(transcript: Transcript, quote: str | None, at: str | None) -> Anchor:
    """The passage meant by ``--quote`` or ``--at``. Raises UsageError unless it is exactly one."""
    import unicodedata

    from qualkit.files.anchors import anchor

    if quote:
        wanted = unicodedata.normalize("NFC", quote)
        found = [m.start() for m in re.finditer(re.escape(wanted), transcript.text)]
        if len(found) != 1:
            many = f"stands {len(found)} times" if found else "does not stand"
            raise UsageError(f"The quote {many} in {transcript.interview}.", "Give more of it, or use --at.")
        return anchor(transcript, found[0], found[0] + len(wanted))
    if at:
        when = _milliseconds(at)
        for turn, start in zip(transcript.turns, transcript.turn_starts, strict=True):
            if turn.start_ms is not None and turn.end_ms is not None and turn.start_ms <= when < turn.end_ms:
                return anchor(transcript, start, start + len(turn.text))
        raise UsageError(f"Nobody speaks at {at} in {transcript.interview}.", "qualkit search shows times.")
    raise UsageError("Which passage?", "Say --quote 'the words' or --at 12:34.")


def _milliseconds(at: str) -> int:
    if not re.fullmatch(r"(\d+:)?\d{1,3}:\d{2}", at):
        raise UsageError(f"{at!r} is not a time.", "Write it as 12:34 or 1:02:03.")
    seconds = 0
    for part in at.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1000


def _list(call: Call, journal: Journal) -> None:
    codings = sorted(journal.state.codings.values(), key=lambda c: c.anchor.start)
    if call.json:
        console.data_json([asdict(c) for c in codings])
        return
    console.table(
        [
            (c.id, c.code, console.clock(c.anchor.start_ms), console.short(c.anchor.quote), c.memo)
            for c in codings
        ],
        ("coding", "code", "time", "quote", "memo"),
    )


def _say_coding(call: Call, coding: Coding) -> None:
    _say(call, asdict(coding), f"{coding.id}: {coding.code} at {console.clock(coding.anchor.start_ms)}")


def _say(call: Call, value: dict[str, object], done: str, nothing: str = "") -> None:
    if call.json:
        console.data_json(value)
    else:
        console.data(done if not nothing or any(value.values()) else nothing)
