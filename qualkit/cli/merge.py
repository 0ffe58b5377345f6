"""``merge``: another copy of the project comes in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb
from qualkit.errors import UsageError

if TYPE_CHECKING:
    from qualkit.exchange.merge import Merged
    from qualkit.exchange.merging import Question


@verb("merge", "qualkit merge ../from-bo --settle transcript:kilpi-01=theirs")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--settle",
    "settled",
    multiple=True,
    metavar="ITEM=ours|theirs|both",
    help="Which version of something holds that cannot unite; repeat for more.",
)
@click.option("--ask", is_flag=True, help="Settle what cannot unite here and now, one by one.")
@click.option("--dry-run", is_flag=True, help="Only show what would come in and what is to be settled.")
def merge(call: Call, folder: Path, settled: tuple[str, ...], ask: bool, dry_run: bool) -> int:
    """Unite another copy of the project (a folder or its .zip) with this one: all of it or nothing."""
    from qualkit.exchange.merge import merge as unite

    project = call.project()
    settle = dict(_choice(text) for text in settled)
    done = unite(project, folder, settle, write=not dry_run)
    if ask and done.questions and not done.faults:
        settle |= {question.item: _asked(question) for question in done.questions}
        done = unite(project, folder, settle, write=not dry_run)
    if call.json:
        console.data_json(
            {
                "written": done.written,
                "took": done.took,
                "files": done.files,
                "unasked": done.unasked,
                "questions": [asdict(q) for q in done.questions],
                "faults": [{**asdict(p), "path": str(p.path)} for p in done.faults],
            }
        )
    else:
        _tell(done, dry_run)
    return 1 if done.questions or done.faults else 0


def _choice(text: str) -> tuple[str, str]:
    item, equals, choice = text.rpartition("=")
    if not equals or not item:
        raise UsageError(f"--settle {text}: nothing is settled by this.", "Write ITEM=ours or ITEM=theirs.")
    return item, choice


def _tell(done: Merged, dry_run: bool) -> None:
    for item in done.unasked:
        console.talk(f"{item} is no question between these copies (any more).")
    took = ", ".join(f"{number} {kind}" for kind, number in done.took.items()) or "nothing new"
    if done.written:
        console.data(f"Came in: {took}.")
        return
    console.data(f"Would come in: {took}.")
    for problem in done.faults:
        console.data(str(problem))
    for question in done.questions:
        _show(question)
    if not dry_run or done.questions:
        console.talk("Nothing was written.")
    for question in done.questions:
        console.talk(f"Settle it with --settle {question.item}={'|'.join(question.choices)}, or use --ask.")


def _show(question: Question) -> None:
    console.data(f"{question.item}: {question.why}")
    for difference in question.differences:
        console.data(f"  {difference.place}")
        console.data(f"    ours:   {difference.ours.replace(chr(10), chr(10) + ' ' * 12)}")
        console.data(f"    theirs: {difference.theirs.replace(chr(10), chr(10) + ' ' * 12)}")


def _asked(question: Question) -> str:
    _show(question)
    answer = click.prompt("Which one holds?", type=click.Choice(question.choices), err=True)
    return str(answer)
