"""Model weights on this machine: ``models list|fetch|verify|import``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb
from qualkit.errors import BadFile, UsageError
from qualkit.model import Problem


@click.group("models", epilog="Example: qualkit models fetch whisper-large-v3-turbo")
def models() -> None:
    """List, fetch, verify and bring in model weights. Only `fetch` ever uses the network."""


@verb("list", "qualkit models list --json")
def list_models(call: Call) -> None:
    """Show the models on this machine, and those that can be fetched by name."""
    from qualkit.weights.store import available, installed

    here = installed()
    if call.json:
        console.data_json({"installed": [asdict(m) for m in here], "available": list(available())})
        return
    console.table(
        [(m.name, m.kind, m.licence, m.hash, m.path) for m in here],
        ("model", "kind", "licence", "hash", "folder"),
    )
    missing = [name for name in available() if name not in {m.name for m in here}]
    if missing:
        console.data("Can be fetched: " + ", ".join(missing))


@verb("fetch", "qualkit models fetch whisper-large-v3-turbo")
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--default", "defaults", is_flag=True, help="Everything that `make demo` needs.")
@click.option("--revision", default="", help="Branch, tag or commit, for a model from a hub.")
def fetch_models(call: Call, names: tuple[str, ...], defaults: bool, revision: str) -> None:
    """Bring models to this machine by name, checked against their SHA-256. Does nothing where they are."""
    from qualkit.weights.store import DEFAULT_MODELS, fetch

    wanted = (*(DEFAULT_MODELS if defaults else ()), *names)
    if not wanted:
        raise UsageError("Which model?", "Name one, or say --default; qualkit models list shows the names.")
    folders = {name: str(console.follow(fetch(name, revision), call.progress)) for name in wanted}
    if call.json:
        console.data_json(folders)
    else:
        for name, folder in folders.items():
            console.data(f"{name}: {folder}")


@verb("verify", "qualkit models verify")
@click.argument("names", nargs=-1, metavar="[NAME]…")
def verify_models(call: Call, names: tuple[str, ...]) -> int:
    """Hash the files of installed models again and compare with what was fetched."""
    from qualkit.weights.store import folders, verify

    chosen = names or tuple(str(folder) for folder in folders())
    found = []
    for name in chosen:
        try:
            found += verify(name)
        except BadFile as error:  # its manifest: the other models are verified all the same
            found.append(Problem(error.path, error.line, error.reason, error.hint))
    if not found and not call.json:
        console.data(f"{len(chosen)} models are as fetched.")
    return console.problems(found, call.json)


@verb("import", "qualkit models import /media/stick/kb-whisper-large --name kb-whisper-large")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--name", default="", help="What to call it here. Default: the folder's name.")
def import_models(call: Call, path: Path, name: str) -> None:
    """Bring in a model folder or tar, as from a stick, without any network."""
    from qualkit.weights.store import import_model

    folder = import_model(path, name)
    if call.json:
        console.data_json({"model": folder.name, "folder": str(folder)})
    else:
        console.data(f"{folder.name}: {folder}")


for command in (list_models, fetch_models, verify_models, import_models):
    models.add_command(command)
