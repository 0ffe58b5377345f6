"""Who is who in an interview: ``speakers``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb

if TYPE_CHECKING:
    from qualkit.model import Transcript


@verb("speakers", 'qualkit speakers kilpisalo-01 --rename S2="Käyttöpäällikkö" --role S1=interviewer')
@click.argument("interview")
@click.option(
    "--rename", multiple=True, metavar="ID=NAME", help="Name a speaker, everywhere; repeat for more."
)
@click.option(
    "--role", multiple=True, metavar="ID=ROLE", help="Say who is interviewer or interviewee; repeat for more."
)
@click.option(
    "--swap", nargs=2, metavar="ID ID", help="Exchange two speakers' names and roles; with --since, turns."
)
@click.option("--since", metavar="TURN", help="With --swap: exchange what they say from this turn on.")
@click.option(
    "--give",
    multiple=True,
    metavar="TURN=ID",
    help="Give a turn to a speaker: by number (12), several (12-15), or time (4:05). ID may be `new`.",
)
@click.option(
    "--from",
    "onwards",
    multiple=True,
    metavar="TURN=ID",
    help="From this turn on, all that its speaker says is ID's.",
)
@click.option("--turns", is_flag=True, help="Show every turn with its number.")
def speakers(call: Call, interview: str, turns: bool, **options: Any) -> None:
    """Show who speaks in an interview, name them, and put turns into the right mouth.

    All that one call asks for is one new revision of the transcript; the former one is kept and
    codings stay where they are. Naming the interviewer in one interview lets the same voice be
    recognised in the others.
    """
    from qualkit.files.transcript import load_transcript, save_transcript

    project = call.project()
    before = load_transcript(project, interview)
    after = _changed(before, **options)
    also: tuple[str, ...] = ()
    if after is not before:
        save_transcript(project, after)
        if options["role"] or options["swap"]:
            also = _recognise(call)
    if call.json:
        console.data_json(
            {
                "interview": interview,
                "revision": after.revision,
                "speakers": _rows(after),
                "recognised_in": also,
            }
        )
        return
    if turns:
        for number, turn in enumerate(after.turns, 1):
            who = after.speaker(turn.speaker).label
            console.data(f"{number:4}  {console.clock(turn.start_ms):>7}  {who}: {turn.text[:70]}")
        console.data("")
    rows = _rows(after)
    console.table([[*row.values()] for row in rows], ("id", "name", "role", "turns", "words", "share"))
    if also:
        console.data(f"The interviewer's voice was recognised in {', '.join(also)}.")


def _changed(transcript: Transcript, **options: Any) -> Transcript:
    """The transcript with everything that was asked for, as one revision; itself when nothing changes."""
    from qualkit.errors import UsageError
    from qualkit.files import revise

    made = transcript
    if options["since"] and not options["swap"]:
        raise UsageError("--since says from where to --swap.", "Name the two speakers: --swap S1 S2.")
    if options["swap"]:
        one, two = (revise.find_speaker(transcript, who) for who in options["swap"])
        since = options["since"]
        made = revise.swapped(made, one, two, revise.find_turns(transcript, since)[0] if since else None)
    for where, who in map(_pair, options["onwards"]):
        first = revise.find_turns(transcript, where)[0]
        made = revise.with_speaker(made, revise.onwards(made, first), _who(made, who))
    for where, who in map(_pair, options["give"]):
        made = revise.with_speaker(made, revise.find_turns(transcript, where), _who(made, who))
    for who, name in map(_pair, options["rename"]):
        made = revise.with_name(made, revise.find_speaker(made, who), name)
    for who, role in map(_pair, options["role"]):
        made = revise.with_role(made, revise.find_speaker(made, who), role)
    same = (made.turns, made.speakers, made.provenance) == (
        transcript.turns,
        transcript.speakers,
        transcript.provenance,
    )
    return transcript if same else replace(made, revision=transcript.revision + 1)


def _who(transcript: Transcript, who: str) -> str:
    from qualkit.files import revise

    return revise.free_speaker(transcript) if who == "new" else revise.find_speaker(transcript, who)


def _pair(text: str) -> tuple[str, str]:
    left, sign, right = text.partition("=")
    if not sign or not left.strip():
        raise click.UsageError(f"{text!r} is not of the form LEFT=RIGHT.")
    return left.strip(), right.strip()


def _recognise(call: Call) -> tuple[str, ...]:
    """Look for the interviewer's voice in the other interviews; those whose roles changed."""
    from qualkit.errors import QualkitError
    from qualkit.transcription.speakers.interviewer import recognise_all

    with suppress(QualkitError):  # what was asked for is saved; the rest can be done again
        return recognise_all(call.project())
    return ()


def _rows(transcript: Transcript) -> list[dict[str, object]]:
    said = {s.id: [0, 0] for s in transcript.speakers}
    for turn in transcript.turns:
        counts = said.setdefault(turn.speaker, [0, 0])
        counts[0] += 1
        counts[1] += len(turn.text.split())
    total = sum(words for _, words in said.values()) or 1
    return [
        {
            "id": who,
            "name": transcript.speaker(who).name,
            "role": transcript.speaker(who).role,
            "turns": turns,
            "words": words,
            "share": f"{words / total:.0%}",
        }
        for who, (turns, words) in said.items()
    ]
