"""The project itself: ``init``, ``add``, ``status``, ``check``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb
from qualkit.errors import QualkitError


@verb("init", "qualkit init harbour-study --name 'Harbour study' --language fi --language sv")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--name", help="What the study is called. Default: the folder's name.")
@click.option(
    "--language",
    "languages",
    multiple=True,
    default=("fi", "sv", "en"),
    show_default=True,
    help="A language spoken in the interviews; repeat it, the commonest first.",
)
def init(call: Call, folder: Path, name: str | None, languages: tuple[str, ...]) -> None:
    """Make a new project folder with the infrastructure and security codebook in it."""
    from qualkit.files.coded_units import units_beside
    from qualkit.files.project import init_project
    from qualkit.files.sample import CODEBOOK, sample_root

    codebook = (sample_root() / CODEBOOK).read_text(encoding="utf-8")
    units = units_beside(sample_root() / CODEBOOK).read_text(encoding="utf-8")
    project = init_project(folder, name or folder.resolve().name, languages, codebook, units)
    if call.json:
        console.data_json({"project": str(project.root)})
    else:
        console.data(f"{project.root}: ready. Next: qualkit add RECORDING…")


@verb("add", "qualkit add ~/interviews/*.m4a --site kilpisalo --language fi")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--site", default="", help="Site that these interviews are about.")
@click.option("--language", default="", help="Language spoken: fi, sv, en.")
@click.option(
    "--speakers",
    type=click.IntRange(0, 20),
    default=2,
    show_default=True,
    help="How many people speak; 0 to estimate.",
)
@click.option(
    "--encoding", default="", help="Character set of transcripts. Default: found out for each file."
)
def add(call: Call, files: tuple[Path, ...], site: str, language: str, speakers: int, encoding: str) -> int:
    """Copy recordings or finished transcripts into the project, with a row each in interviews.csv.

    Transcripts: WebVTT (Teams, Zoom, noScribe), SRT, TXT, DOCX, and JSON of Whisper, WhisperX, Qualkit.
    """
    from qualkit.files.atomic import refusal
    from qualkit.files.seen import note_files
    from qualkit.language.detect import detect_language
    from qualkit.model import Interview
    from qualkit.transcription.add import add_file

    project = call.working()
    row = Interview(id="", site=site, language=language, speakers=speakers)
    added, failed = [], []

    def language_of(text: str) -> str:
        return detect_language(text, "", project.languages)

    for path in files:
        try:
            added.append(add_file(project, path, row, encoding, language_of))
        except QualkitError as error:
            failed.append({"file": str(path), "error": str(error)})
        except OSError as error:  # the file or its drive went away meanwhile
            failed.append({"file": str(path), "error": str(refusal(path, error))})
    note_files(project)
    if call.json:
        notes = [
            {"interview": t.added.interview.id, "line": n.line, "note": n.message, "hint": n.hint}
            for t in added
            for n in t.notes
        ]
        new = [t.added.interview.id for t in added if t.added.new]
        console.data_json({"added": new, "failed": failed, "notes": notes})
    else:
        for one in added:
            told = "added" if one.added.new else "was here already"
            what = ", a transcript" if one.kind == "transcript" and one.added.new else ""
            console.data(f"{one.added.interview.id}: {told}{what}")
            for note in one.notes:
                console.talk(f"  {note}")
        for fault in failed:
            console.fault(fault["error"])
        if added:
            heard = any(one.kind == "recording" for one in added)
            console.data(f"Next: qualkit {'transcribe' if heard else 'suggest'}")
    return 1 if failed else 0


@verb("status", "qualkit status --json")
@click.argument("interviews", nargs=-1, metavar="[INTERVIEW]…")
def status(call: Call, interviews: tuple[str, ...]) -> int:
    """Show how far each interview has come: recorded, transcribed, suggested, reviewed.

    An interview with a damaged file is left out, and told on stderr.
    """
    from qualkit.files.state import interview_states

    project = call.project()
    damaged: list[str] = []
    states = interview_states(project, interviews, lambda _, error: damaged.append(str(error)))
    for fault in damaged:
        console.fault(fault)
    if call.json:
        console.data_json([{**asdict(s), "reviewed": s.reviewed} for s in states])
        return 1 if damaged else 0
    console.data(f"{project.name} · {len(states)} interviews · coder {project.coder}")
    console.table(
        [
            (
                s.interview.id,
                s.interview.site,
                s.interview.language,
                "yes" if s.recorded else "–",
                f"{s.turns} turns" if s.transcribed else "–",
                s.suggestions or "–",
                f"{s.reviewed:.0%}" if s.segments else "–",
                s.codings or "–",
                " ".join(s.coders) or "–",
            )
            for s in states
        ],
        ("interview", "site", "lang", "recorded", "transcript", "suggested", "reviewed", "codings", "coders"),
    )
    return 1 if damaged else 0


@verb("check", "qualkit check --report outputs/report.json")
@click.option(
    "--report",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A finished report (docx, pdf, html, xlsx, pptx, md, json, tables/quotes.csv): "
    "does every quote still stand, word for word?",
)
def check(call: Call, report: Path | None) -> int:
    """Look for faults in every file of the project: file, line, and what to do."""
    from qualkit.files.check import check_project
    from qualkit.files.project import find_root

    if report is not None:
        from qualkit.report.recheck import recheck

        count, faults = recheck(call.project(), report)
        if not call.json:
            console.talk(f"{count - len(faults)} of {count} quotes stand word for word.")
        return console.problems(faults, call.json)
    found = check_project(find_root(call.where))
    if not found and not call.json:
        console.data("No faults found.")
    return console.problems(found, call.json)
