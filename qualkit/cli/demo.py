"""``demo``: the whole river on the sample project, from recordings to the report."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb


@verb("demo", "qualkit demo my-first-look")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("demo"))
def demo(call: Call, folder: Path) -> int:
    """Run the whole river on a copy of the sample project: recordings in, report out.

    Run again, it goes on from what is there and does no work twice.
    """
    from qualkit.coding.clusters import cluster_project
    from qualkit.coding.embed import segmentation_vectors
    from qualkit.coding.suggest import suggest_project
    from qualkit.export import write_report
    from qualkit.files.project import load_project
    from qualkit.files.sample import copy_sample
    from qualkit.report import build_report
    from qualkit.segment import segment_project
    from qualkit.themes.passages import Selection
    from qualkit.transcription.batch import transcribe_batch
    from qualkit.transcription.summary import Outcome

    began = time.monotonic()
    copy_sample(folder)
    project = load_project(folder)
    console.talk(f"{project.name}, in {project.root}")
    night = console.follow(transcribe_batch(project), call.progress)
    console.talk(night.text())
    console.follow(segment_project(project, embed=segmentation_vectors(project)), call.progress)
    summary = console.follow(suggest_project(project), call.progress)
    clusters = console.follow(cluster_project(project), call.progress)
    report = console.follow(build_report(project, Selection(suggestions=True)), call.progress)
    written = write_report(report, project.outputs)

    made = {
        "project": str(project.root),
        "transcribed": len(night.of(Outcome.DONE)),
        "failed": len(night.of(Outcome.FAILED)),
        "segments": summary.units,
        "suggestions": summary.suggestions,
        "clusters": len(clusters),
        "quotes": len(report.quotes),
        "files": [str(path) for path in written],
        "seconds": round(time.monotonic() - began, 1),
    }
    if call.json:
        console.data_json(made)
        return night.exit_code
    console.data(f"Done in {console.span(time.monotonic() - began)}, in {project.root}:")
    console.data(
        f"  transcripts/   {len(night.recordings)} recordings transcribed, with speakers and word times"
    )
    console.data(f"  suggestions/   {summary.suggestions} codes proposed on {summary.units} units")
    console.data(f"  .qualkit/      {len(clusters)} clusters of what no code holds")
    for path in written:
        console.data(f"  {path.relative_to(project.root)}")
    console.data(f"Open the review desk:  {_command()} review --project {shlex.quote(str(folder))}")
    return night.exit_code


def _command() -> str:
    """How this person can call qualkit from here: its name where it is found, else the path to it."""
    if shutil.which("qualkit"):
        return "qualkit"
    beside = Path(sys.executable).with_name("qualkit")
    near = Path(os.path.relpath(beside))
    return shlex.quote(str(beside if near.parts[0] == ".." else near))
