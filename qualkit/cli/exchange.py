"""Other tools: ``export refi|codebook|transcript`` and ``import``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qualkit.cli import console
from qualkit.cli.transcripts import export_transcript
from qualkit.cli.verb import Call, verb

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.group("export", epilog="Example: qualkit export refi --for nvivo")
def export() -> None:
    """Write the project or its codebook for other tools (REFI-QDA), or transcripts as files."""


@verb("refi", "qualkit export refi study.qdpx --for maxqda --audio")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--for",
    "flavour",
    type=click.Choice(["nvivo", "maxqda", "atlas", "qualcoder"]),
    default=None,
    help="Write as this tool reads best; without it, so that Qualkit gets everything back.",
)
@click.option("--audio", is_flag=True, help="Put the recordings into the archive too.")
@click.option(
    "--suggestions", is_flag=True, help="The machine's suggestions too, under the model's own name."
)
def export_project(call: Call, path: Path | None, flavour: str | None, audio: bool, suggestions: bool) -> int:
    """Write the project as a REFI-QDA archive (.qdpx)."""
    from qualkit.exchange.refi_write import Options, export_refi

    project = call.working()
    target = path or project.outputs / "project.qdpx"
    options = Options(flavour or "", audio, suggestions)
    done = console.follow(export_refi(project, target, options), call.progress)
    if call.json:
        losses = [{**asdict(loss), "dropped": loss.dropped} for loss in done.losses]
        console.data_json({"file": str(done.path), "counts": done.counts, "losses": losses})
    else:
        console.data(f"{done.path}: {', '.join(f'{n} {kind}' for kind, n in done.counts.items())}")
        for loss in done.losses:
            console.talk(f"Not written: {loss.dropped} {loss.kind}. {loss.note}")
    return 0


@verb("codebook", "qualkit export codebook codes.qdc")
@click.argument("path", required=False, type=click.Path(path_type=Path))
def export_codebook(call: Call, path: Path | None) -> None:
    """Write the codebook as REFI-QDA (.qdc)."""
    from qualkit.exchange.refi_write import export_qdc

    project = call.project()
    target = path or project.outputs / "codebook.qdc"
    count = export_qdc(project, target)
    if call.json:
        console.data_json({"file": str(target), "codes": count})
    else:
        console.data(f"{target}: {count} codes")


@verb("import", "qualkit import partner.qdpx --to partner-study")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    help="New folder, or a project that is there (. for the one you are in). Default: named after the file.",
)
@click.option(
    "--language", default="fi", show_default=True, help="Language of texts that do not tell theirs."
)
@click.option("--map", "mapping", default="", help="Columns of a table: id=Code,name.fi=Nimi,parent=Ylä.")
@click.option(
    "--texts", type=click.Path(path_type=Path), help="Folder of texts that a table of segments is on."
)
@click.option("--pick", default="", help="Which project, where a database holds several.")
def import_file(
    call: Call, file: Path, to: Path | None, language: str, mapping: str, texts: Path | None, pick: str
) -> int:
    """Bring another tool's project or codebook in, as a new project or into one; tell what was lost.

    REFI-QDA (.qdpx, .qdc), Taguette, QualCoder, qualitative-coding, and CSV or XLSX with codes or with
    coded segments; told by what is in FILE.
    """
    from qualkit.exchange.doors import read_any
    from qualkit.exchange.grid import parse_map
    from qualkit.exchange.joining import join
    from qualkit.exchange.landing import land
    from qualkit.files.project import load_project

    incoming = read_any(file, parse_map(mapping), texts=texts, pick=pick, language=language)
    languages = tuple(dict.fromkeys((language, "fi", "sv", "en")))
    root = incoming.path.absolute()
    beside = root.with_suffix("") if root.suffix else root.with_name(f"{root.name}-qualkit")
    took: Mapping[str, int] | None = None
    if to is not None and (to / "qualkit.toml").is_file():
        joined = join(incoming, load_project(to))
        landed, took = joined.landed, joined.took
    else:
        landed = land(incoming, to or beside, languages)
    counting = incoming.convention
    unsure = sum(not quote.recovered for quote in landed.quotes)
    if call.json:
        console.data_json(
            {
                "project": str(landed.root),
                "origin": incoming.origin,
                "took": took,
                "convention": asdict(counting),
                "convention_in_words": counting.describe(),
                "quotes": [asdict(quote) for quote in landed.quotes],
                "losses": [{**asdict(loss), "dropped": loss.dropped} for loss in landed.losses],
            }
        )
    else:
        console.data(f"{landed.root}: {len(landed.quotes)} codings, positions in {counting.describe()}")
        console.table(
            [(x.kind, x.read, x.mapped, x.kept, x.dropped, console.short(x.note, 99)) for x in landed.losses],
            ("kind", "read", "taken", "kept", "dropped", ""),
        )
        if took is not None:
            new = ", ".join(f"{number} {kind}" for kind, number in took.items())
            console.data(f"New in the project: {new or 'nothing'}.")
        if unsure:
            console.talk(f"{unsure} quotes are not what the other tool says they are; see --json.")
    return 1 if unsure else 0


for command in (export_project, export_codebook, export_transcript):
    export.add_command(command)

globals()["import"] = import_file  # the verb's name is a word of Python
