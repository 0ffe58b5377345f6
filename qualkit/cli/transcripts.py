"""Transcripts for other programs and people: ``export transcript``."""

from __future__ import annotations

from pathlib import Path

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb


@verb("transcript", "qualkit export transcript kilpi-01 --to docx --to vtt --clean")
@click.argument("interviews", nargs=-1, metavar="[INTERVIEW]…")
@click.option(
    "--to",
    "formats",
    type=click.Choice(["vtt", "srt", "txt", "docx", "json"]),
    multiple=True,
    default=("docx",),
    show_default=True,
    help="Format; repeat it for several.",
)
@click.option(
    "--style",
    type=click.Choice(["plain", "marked", "jefferson", "gat2"]),
    help="Convention. Default: marked for txt and docx, plain for vtt and srt.",
)
@click.option("--pause", "pause_s", type=float, help="Shortest pause that is written, in seconds.")
@click.option(
    "--doubt",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Mark words that the engine gave less than this probability.",
)
@click.option(
    "--clean", is_flag=True, help="Leave out fillers (öö, ääh, eh, um). The transcript stays as it is."
)
@click.option(
    "--filler", "fillers", multiple=True, help="A word to leave out too (niinku, tota); with --clean."
)
@click.option("--pseudonyms", is_flag=True, help="Replace names by those of pseudonyms.csv.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder. Default: outputs/transcripts.")
def export_transcript(
    call: Call,
    interviews: tuple[str, ...],
    formats: tuple[str, ...],
    style: str | None,
    pause_s: float | None,
    doubt: float,
    clean: bool,
    fillers: tuple[str, ...],
    pseudonyms: bool,
    out: Path | None,
) -> int:
    """Write transcripts as subtitles, text, Word or JSON: the interviews named, or all."""
    from qualkit.errors import UsageError
    from qualkit.export.transcripts import Wanted, export_transcripts

    if fillers and not clean:
        raise UsageError("--filler goes with --clean.", "Add --clean.")
    wanted = Wanted(tuple(dict.fromkeys(formats)), style or "", pause_s, doubt, clean, fillers, pseudonyms)
    done = export_transcripts(call.project(), interviews, out, wanted)
    if call.json:
        files = [str(path) for path in done.files]
        console.data_json({"files": files, "failed": list(done.faults), "unquotable": list(done.unquotable)})
    else:
        for path in done.files:
            console.data(str(path))
    for fault in done.faults:
        console.fault(fault)
    if done.unquotable:
        console.talk(
            f"No consent to be quoted is recorded for {', '.join(done.unquotable)}: "
            "keep these exports in the project."
        )
    return 1 if done.faults else 0
