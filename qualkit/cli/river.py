"""The stages of the river that take a while: ``transcribe``, ``segment``, ``suggest``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb


@verb("transcribe", "qualkit transcribe --until 07:00")
@click.argument("interviews", nargs=-1, metavar="[INTERVIEW]…")
@click.option("--dry-run", is_flag=True, help="Say what would be done and how long it takes on this machine.")
@click.option("--until", metavar="HH:MM", help="Start nothing new after this time of day.")
@click.option("--workers", type=click.IntRange(1, 64), help="Recordings worked on at once.")
@click.option("--model", help="Whisper model: a name from `qualkit models list`, or a folder.")
@click.option(
    "--engine", type=click.Choice(["faster-whisper", "openai-whisper"]), help="What runs the model."
)
@click.option("--language", help="Everything is in this language: fi, sv, en, …")
@click.option("--speakers", type=click.IntRange(0, 20), help="How many people speak; 0 to estimate.")
@click.option(
    "--diarizer",
    type=click.Choice(["auto", "channels", "onnx", "pyannote", "rttm", "none"]),
    help="How speakers are told apart.",
)
@click.option(
    "--again", is_flag=True, help="Also what has a transcript already; the former revision is kept."
)
def transcribe(call: Call, interviews: tuple[str, ...], **options: Any) -> int:
    """Turn recordings into transcripts with speakers and word times, through the night if need be.

    Takes every recording without a current transcript. Stop it, kill it, run it again:
    it goes on from the last finished piece. Settings not given come from qualkit.toml.
    """
    from qualkit.transcription.batch import transcribe_batch
    from qualkit.transcription.settings import project_settings

    project = call.project() if options["dry_run"] else call.working()
    settings = project_settings(project, **options)
    night = console.follow(transcribe_batch(project, interviews or None, settings), call.progress)
    if call.json:
        console.data_json(night.as_json())
    else:
        console.data(night.text())
    return night.exit_code


@verb("segment", "qualkit segment kilpisalo-01 --rule sentence")
@click.argument("interviews", nargs=-1, metavar="[INTERVIEW]…")
@click.option(
    "--rule", type=click.Choice(["meaning", "sentence", "turn"]), help="Instead of the project's rule."
)
@click.option("--mean-words", type=click.IntRange(5, 500), help="Mean length of a unit inside long turns.")
def segment(call: Call, interviews: tuple[str, ...], rule: str | None, mean_words: int | None) -> int:
    """Cut transcripts into the units a person would code.

    Can be run again at any time: codings are anchored in the text, not in the units.
    """
    from qualkit.coding.embed import segmentation_vectors
    from qualkit.segment import segment_project

    project = call.sighted()
    vectors = segmentation_vectors(project)
    steps = segment_project(project, interviews or None, vectors, rule=rule or "", mean_words=mean_words or 0)
    units = console.follow(steps, call.progress)
    if vectors is None and (rule or project.setting("segmentation", "rule", "meaning")) == "meaning":
        console.talk(
            "No embedding model is here: long turns were cut by their words alone, which is less exact."
        )
    if call.json:
        console.data_json({"segments": units})
    else:
        console.data(f"{units} units. Next: qualkit suggest")
    return call.tell_damaged()


@verb("suggest", "qualkit suggest")
@click.argument("interviews", nargs=-1, metavar="[INTERVIEW]…")
def suggest(call: Call, interviews: tuple[str, ...]) -> int:
    """Let the engine propose codes for every unit, with its reasons.

    Nothing is coded by this: suggestions wait for a person in `qualkit review`.
    """
    from qualkit.coding.suggest import suggest_project

    summary = console.follow(suggest_project(call.sighted(), interviews or None), call.progress)
    if call.json:
        console.data_json(asdict(summary))
    else:
        console.data(f"{summary.suggestions} suggestions on {summary.units} units. Next: qualkit review")
    return call.tell_damaged()
