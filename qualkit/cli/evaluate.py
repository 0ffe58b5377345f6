"""How good the engine is on anyone's labelled data: ``evaluate coding``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb

if TYPE_CHECKING:
    from qualkit.files.project import Project


@click.group("evaluate", epilog="Example: qualkit evaluate coding --gold coded.tsv --learn 8")
def evaluate() -> None:
    """Measure the engine on data of your own."""


@verb("coding", "qualkit evaluate coding --gold coded.tsv --learn 8")
@click.option(
    "--gold",
    type=click.Path(path_type=Path),
    required=True,
    help="Tab-separated: lang, codes (a;b or none), text.",
)
@click.option(
    "--codebook", "book", type=click.Path(path_type=Path), help="Codebook to use. Default: the project's."
)
@click.option(
    "--learn",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Also after so many decided examples a code.",
)
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=5, show_default=True, help="How often examples are drawn."
)
def coding(call: Call, gold: Path, book: Path | None, learn: int, seeds: int) -> None:
    """Score suggestions against labelled units: F1, precision, recall, calibration, per code and language.

    Baselines (words only, meaning only, TF-IDF) are scored in the same run.
    """
    import tempfile

    from qualkit.coding.embed import embedding_model, find_model
    from qualkit.coding.evaluate import as_dict, as_text, evaluate_coding
    from qualkit.errors import NoProject
    from qualkit.files.codebook import load_codebook, read_codebook

    project: Project | None = None
    try:
        project = call.project()
    except NoProject:
        if book is None:
            raise
    if book is not None:
        codebook = read_codebook(book)
    else:
        assert project is not None
        codebook = load_codebook(project)
    model = embedding_model(project) if project else find_model()
    with tempfile.TemporaryDirectory(prefix="qualkit-") as scratch:
        work = project.work if project else Path(scratch)
        steps = evaluate_coding(gold, codebook, model, work, learn=learn, seeds=seeds)
        found = console.follow(steps, call.progress)
    if call.json:
        console.data_json(as_dict(found))
    else:
        console.data(as_text(found))


evaluate.add_command(coding)
