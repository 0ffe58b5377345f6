"""What the codings say: ``themes``, ``picture``, ``search``, ``report``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb
from qualkit.export import WRITERS

if TYPE_CHECKING:
    from collections.abc import Callable


def selecting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose which passages count."""
    for name, what in (
        ("coder", "by this coder"),
        ("code", "with this code"),
        ("role", "from this role"),
        ("site", "about this site"),
        ("interview", "of this interview"),
    ):
        function = click.option(
            f"--{name}", f"{name}s", multiple=True, help=f"Only passages {what}; repeat for more."
        )(function)
    return click.option(
        "--suggestions",
        is_flag=True,
        help="Count undecided suggestions too; they stay marked as the machine's.",
    )(function)


@verb("themes", "qualkit themes --site kilpisalo --suggestions")
@selecting
@click.option("--language", default="", help="fi, sv or en. Default: the project's first language.")
def themes(call: Call, language: str, **chosen: Any) -> None:
    """Show what is spoken of: passages, interviews, speakers and sites of every code."""
    from qualkit.files.codebook import load_codebook
    from qualkit.themes.passages import Selection, gather
    from qualkit.themes.theme import themes as find_themes

    project = call.project()
    book = load_codebook(project)
    found = find_themes(gather(project, Selection(**chosen)), book)
    if call.json:
        from qualkit.export.json import theme as as_json

        console.data_json([as_json(t) for t in found])
        return
    language = language or project.languages[0]
    console.table(
        [
            (
                t.code.id,
                t.code.name_in(language),
                len(t.passages),
                t.by_person,
                len(t.interviews),
                t.speakers,
                len(t.sites),
                ", ".join(f"{o.code} {o.passages}" for o in t.together[:3] if not o.few) or "–",
            )
            for t in found
        ],
        ("code", "name", "passages", "by person", "interviews", "speakers", "sites", "often with"),
    )
    if not found:
        console.talk(
            "No passage is coded yet. Code in `qualkit review`, or count the machine's with --suggestions."
        )


@verb("picture", "qualkit picture --suggestions")
@selecting
@click.option("--language", default="", help="fi, sv or en. Default: the project's first language.")
def picture(call: Call, language: str, **chosen: Any) -> None:
    """Show the situational picture: sites across, assets and services down, passages/speakers in cells.

    A dot is a gap: nobody spoke of it at that site. A question mark: it was asked and not answered.
    """
    from qualkit.files.codebook import load_codebook
    from qualkit.picture import picture as draw
    from qualkit.themes.passages import Selection, gather

    project = call.project()
    book = load_codebook(project)
    grid = draw(project, gather(project, Selection(**chosen)), book)
    if call.json:
        from qualkit.export.json import cell as as_json

        console.data_json([as_json(c) for c in grid.cells.values()])
        return
    language = language or project.languages[0]
    rows = []
    for code in grid.codes:
        cells = [grid.cell(site.id, code.id) for site in grid.sites]
        shown = [f"{len(c.passages)}/{c.speakers}" if c.passages else "?" if c.asked else "·" for c in cells]
        rows.append((code.name_in(language), *shown))
    console.table(rows, ("", *(site.id for site in grid.sites)))


@verb("search", "qualkit search putki --language fi")
@click.argument("words", nargs=-1, required=True)
@click.option("--language", default="", help="Only passages in this language.")
@click.option("--interview", "interviews", multiple=True, help="Only in this interview; repeat for more.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many hits.")
def search(call: Call, words: tuple[str, ...], language: str, interviews: tuple[str, ...], limit: int) -> int:
    """Find words in any inflection and inside compounds: `putki` finds `höyryputkistossa`."""
    from qualkit import __version__
    from qualkit.files.index import search as find
    from qualkit.files.transcript import load_transcript
    from qualkit.language.lemmas import lemma_keys

    project = call.project()
    hits = find(
        project,
        " ".join(words),
        language=language,
        interviews=interviews or None,
        lemmatise=lemma_keys,
        lemmatiser=f"qualkit {__version__}",
        limit=limit,
    )
    found = []
    for hit in hits:
        turn = load_transcript(project, hit.interview).turns[hit.turn]
        found.append({**asdict(hit), "start_ms": turn.start_ms, "end_ms": turn.end_ms})
    if call.json:
        console.data_json(found)
    else:
        for one in found:
            console.data(
                f"{one['interview']}  {console.clock(one['start_ms'])}  {one['speaker']}: {one['text']}"
            )
        if not found:
            console.talk("Nothing found.")
    return 0 if hits else 1


@verb("report", "qualkit report --lang fi --format html")
@selecting
@click.option(
    "--lang",
    default="",
    type=click.Choice(["", "fi", "sv", "en"]),
    show_choices=False,
    help="Language of the words around the quotes: fi, sv or en. Default: the project's first.",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(tuple(WRITERS)),
    multiple=True,
    help="Repeat for more. Default: all.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Folder to write to. Default: outputs/.")
def report(call: Call, lang: str, formats: tuple[str, ...], output: Path | None, **chosen: Any) -> None:
    """Write the themed report: what is said of each code at which site, with quotes that can be checked.

    Counts what people have decided; --suggestions adds the machine's, marked as such.
    """
    from qualkit.export import write_report
    from qualkit.report import build_report
    from qualkit.themes.passages import Selection

    project = call.project()
    made = console.follow(build_report(project, Selection(**chosen), lang), call.progress)
    written = write_report(made, output or project.outputs, formats or tuple(WRITERS))
    if call.json:
        console.data_json({"files": [str(p) for p in written], "quotes": len(made.quotes)})
        return
    for path in written:
        console.data(str(path))
    if not made.themes:
        console.talk("No passage is coded yet, so the report is empty. --suggestions counts the machine's.")
    for held in made.withheld:
        console.talk(f"Withheld: {held.count} passages ({held.reason}) of {', '.join(held.interviews)}.")
    unasked = [case.id for case in made.cases.values() if not case.consent]
    if unasked:
        console.talk(
            f"No consent is recorded for {', '.join(unasked)}; what they said is quoted. "
            "Write quote or no-quote in the column consent of interviews.csv."
        )
