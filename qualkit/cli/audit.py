"""What was done and by whom: ``history`` and ``restore``."""

from __future__ import annotations

from dataclasses import asdict

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb


@verb("history", "qualkit history kilpi-01 --json")
@click.argument("target", required=False, default="")
@click.option("--coder", default="", help="Only what this person did.")
@click.option("--last", type=int, default=0, help="Only the last so many.")
def history(call: Call, target: str, coder: str, last: int) -> None:
    """Tell who decided what, when, on which suggestion: of everything, or of a coding, code or interview."""
    from qualkit.files.chronicle import history as events

    found = [event for event in events(call.project(), target) if coder in ("", event.who)]
    found = found[-last:] if last > 0 else found
    if call.json:
        console.data_json([asdict(event) for event in found])
        return
    console.table(
        [
            (
                e.at,
                e.who,
                e.what if e.stands else f"({e.what})",
                e.interview,
                e.code,
                e.coding[:8],
                f"{e.model} codebook {e.codebook[:8]}" if e.model else "",
                console.short(e.quote or e.text),
            )
            for e in found
        ],
        ("at", "who", "what", "interview", "code", "coding", "suggested by", ""),
    )


@verb("restore", "qualkit restore --at 2026-11-24T12:00")
@click.option("--at", required=True, metavar="TIME", help="2026-11-24T12:00 (local time), or with Z (UTC).")
@click.option("--write", is_flag=True, help="Bring that state back; without it, it is only shown.")
def restore(call: Call, at: str, write: bool) -> None:
    """Show what was otherwise at a time, or bring it back by writing on; nothing is lost.

    Brought back are your codings, decisions, memos and statuses, and what is everybody's: the
    transcripts, interviews.csv and the codebook.
    """
    from qualkit.files.restore import moment
    from qualkit.files.restore import restore as turn_back

    project = call.project()
    state = turn_back(project, moment(at), write=write)
    if call.json:
        console.data_json(asdict(state))
        return
    console.data(f"At {state.at}: {len(state.codings)} codings.")
    for turned in state.turned:
        left = "" if turned.own else "  (another coder's: left as it is)"
        console.data(f"  {turned.kind} {turned.name}: {turned.text}{left}")
    own = any(turned.own for turned in state.turned)
    if not own:
        console.talk(f"Nothing of {project.coder}'s is otherwise now.")
    elif write:
        console.talk("It is as it was. Undo in the desk, or restore a later time, takes this back.")
    else:
        console.talk("Nothing was written; --write brings it back.")
