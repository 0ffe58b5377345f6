"""The stages of the river that take a while: ``transcribe``, ``segment``, ``suggest``."""

from __future__ import annotations

from dataclasses import asdict

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb


@verb("segment", "qualkit segment kilpisalo-01 --rule sentence")
@click.argument("interviews", nargs=-1, metavar="[INTERVIEW]…")
@click.option(
    "--rule", type=click.Choice(["meaning", "sentence", "turn"]), help="Instead of the project's rule."
)
@click.option("--mean-words", type=click.IntRange(5, 500), help="Mean length of a unit inside long turns.")
def segment(call: Call, interviews: tuple[str, ...], rule: str | None, mean_words: int | None) -> None:
    """Cut transcripts into the units a person would code.

    Can be run again at any time: codings are anchored in the text, not in the units.
    """
    from qualkit.coding.embed import sentence_vectors
    from qualkit.segment import segment_project

    project = call.project()
    steps = segment_project(
        project, interviews or None, rule=rule, mean_words=mean_words, embed=sentence_vectors(project)
    )
    units = console.follow(steps, call.progress)
    if call.json:
        console.data_json({"segments": units})
    else:
        console.data(f"{units} units. Next: qualkit suggest")


@verb("suggest", "qualkit suggest")
@click.argument("interviews", nargs=-1, metavar="[INTERVIEW]…")
def suggest(call: Call, interviews: tuple[str, ...]) -> None:
    """Let the engine propose codes for every unit, with its reasons.

    Nothing is coded by this: suggestions wait for a person in `qualkit review`.
    """
    from qualkit.coding.suggest import suggest_project

    summary = console.follow(suggest_project(call.project(), interviews or None), call.progress)
    if call.json:
        console.data_json(asdict(summary))
    else:
        console.data(f"{summary.shown} suggestions on {summary.segments} units. Next: qualkit review")
