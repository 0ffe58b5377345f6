"""What the codings say: ``picture``, ``search``, ``report``."""

from __future__ import annotations

import functools
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, over, verb
from qualkit.export import WRITERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from qualkit.files.project import Project
    from qualkit.model import Codebook
    from qualkit.picture import Cell, Picture
    from qualkit.report import Report, Wanted


def _day(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """An ISO date from either way of writing one."""
    import datetime as dt

    del context, parameter
    for shape in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return dt.datetime.strptime(value, shape).date().isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    if value:
        raise click.BadParameter(f"{value!r} is no date; write 2026-11-24 or 24.11.2026.")
    return ""


def selecting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose which passages count."""

    @functools.wraps(function)
    def telling(call: Call, **options: Any) -> int:
        function(call, **options)
        return call.tell_damaged()

    return _selecting(telling)


def _selecting(function: Callable[..., Any]) -> Callable[..., Any]:
    for name, what in (
        ("coder", "by this coder"),
        ("code", "with this code"),
        ("language", "of interviews in this language (fi, sv, en; --lang is another thing)"),
        ("role", "from this role"),
        ("site", "about this site"),
        ("interview", "of this interview"),
    ):
        function = click.option(
            f"--{name}", f"{name}s", multiple=True, help=f"Only passages {what}; repeat for more."
        )(function)
    function = click.option(
        "--confidence",
        type=click.FloatRange(0, 1),
        default=0.0,
        help="With --suggestions: only those with at least this score.",
    )(function)
    for name, what in (("until", "last"), ("since", "first")):
        function = click.option(
            f"--{name}",
            default="",
            callback=_day,
            metavar="DATE",
            help=f"Date of the {what} interviews that count, 2026-11-24 or 24.11.2026.",
        )(function)
    return click.option(
        "--suggestions",
        is_flag=True,
        help="Count undecided suggestions too; they stay marked as the machine's.",
    )(function)


@verb("picture", "qualkit picture --suggestions --with figures.csv")
@selecting
@click.option("--lang", default="", help="Language of names: fi, sv or en. Default: the project's first.")
@click.option(
    "--with",
    "figures",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Figures about the same assets (columns site, code, figure, value): shown beside the talk.",
)
@click.option("--candidates", "ranked", is_flag=True, help="Rank what would gain from joint development.")
def _picture(call: Call, lang: str, figures: Path | None, ranked: bool, **chosen: Any) -> None:
    """Show the situational picture: sites across, assets and services down.

    A cell shows passages/speakers and the status; ◇ marks a status that only the wording proposes.
    A dot is a gap: nobody spoke of it at that site. A question mark: it was asked and not answered.
    """
    from qualkit.files.codebook import load_codebook
    from qualkit.picture import picture as draw
    from qualkit.themes.passages import Selection, gather

    project = call.project()
    book = load_codebook(project)
    grid = draw(project, gather(project, Selection(**chosen)), book)
    language = lang or project.languages[0]
    if figures is not None:
        _show_figures(call, grid, figures)
    elif ranked:
        _show_candidates(call, grid, book, language)
    elif call.json:
        from qualkit.export.json import cell as as_json

        console.data_json([as_json(c) for c in grid.cells.values()])
    else:
        rows = []
        for code in grid.codes:
            cells = [grid.cell(site.id, code.id) for site in grid.sites]
            rows.append((code.name_in(language), *map(_cell, cells)))
        console.table(rows, ("", *(site.id for site in grid.sites)))


def _cell(cell: Cell) -> str:
    count = f"{len(cell.passages)}/{cell.speakers}" if cell.passages else "?" if cell.asked else "·"
    if not cell.status or (not cell.passages and not cell.decided):
        return count
    return f"{count} {cell.status}{'' if cell.decided else ' ◇'}"


def _show_figures(call: Call, grid: Picture, path: Path) -> None:
    from qualkit.picture.figures import join, read_figures

    joined = join(grid, read_figures(path))
    rows = [
        (
            j.figure.site,
            j.figure.code,
            f"{j.figure.figure}: {j.figure.value} {j.figure.unit}".rstrip(),
            j.figure.status or "–",
            f"{j.status or '–'}{'' if j.decided or not j.status else ' ◇'}",
            f"{j.passages}/{j.speakers}" if j.known else "not in the picture",
            "DISAGREE" if j.disagree else "",
        )
        for j in joined
    ]
    if call.json:
        names = ("site", "code", "figure", "figure_status", "talk_status", "talk", "disagree")
        console.data_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    console.table(rows, ("site", "code", "figure", "says", "talk says", "passages/speakers", ""))
    odd = sum(j.disagree for j in joined)
    console.talk(f"{odd} of {len(joined)} figures and the talk about the same asset disagree.")


def _show_candidates(call: Call, grid: Picture, book: Codebook, language: str) -> None:
    from qualkit.export.json import candidate as as_json
    from qualkit.picture.candidates import PARTS, candidates, weights

    project = call.project()
    weighting = weights(project)
    targets = project.setting("picture", "targets", "infrastructure")
    found = candidates(grid, book, weighting, targets)
    if call.json:
        console.data_json([as_json(c) for c in found])
        return
    console.table(
        [
            (
                n,
                c.code.name_in(language),
                *(f"{value:.2f}" for value in (c.score, c.need, c.breadth, c.will, c.dependency)),
                c.voices,
                f"{c.best}–{c.worst}",
                f"{c.in_top:.0%}",
            )
            for n, c in enumerate(found, 1)
        ],
        ("", "target", "score", *PARTS, "voices", "place 90 %", "in top 3"),
    )
    parts = " + ".join(f"{share:.2f} {part}" for share, part in zip(weighting.shares(), PARTS, strict=True))
    console.talk(f"score = {parts}. Weights: [picture] in qualkit.toml.")


picture = over(_picture)
"""``qualkit picture`` shows; ``qualkit picture set`` judges."""


@verb("set", "qualkit picture set kilpisalo water poor --reason 'Pumps of 1985, no spare'")
@click.argument("site")
@click.argument("code")
@click.argument(
    "status", type=click.Choice(("good", "adequate", "poor", "critical", "not-discussed", "none"))
)
@click.option("--reason", required=True, help="What it rests on, in a sentence; it is printed.")
def _set(call: Call, site: str, code: str, status: str, reason: str) -> None:
    """Set the status of an asset or service at a site; `none` takes your judgement back.

    The latest judgement holds, and every one is kept in statuses/CODER.jsonl.
    """
    from qualkit.errors import UsageError
    from qualkit.files.codebook import load_codebook
    from qualkit.files.interviews import read_interviews
    from qualkit.files.statuses import Status, set_status

    project = call.project()
    sites = {s.id for s in project.sites} | {i.site for i in read_interviews(project) if i.site}
    if site not in sites:
        raise UsageError(f"There is no site {site!r}.", f"There are: {', '.join(sorted(sites))}.")
    if code not in {c.id for c in load_codebook(project).codes}:
        raise UsageError(f"There is no code {code!r}.", "`qualkit codebook show` lists them.")
    set_status(project, site, code, None if status == "none" else Status(status), reason)
    if call.json:
        console.data_json({"site": site, "code": code, "status": status, "coder": project.coder})
    else:
        console.data(f"{site}, {code}: {status} ({project.coder})")


picture.add_command(_set)


@verb("search", "qualkit search putki --language fi")
@click.argument("words", nargs=-1, required=True)
@click.option("--language", default="", help="Only passages in this language.")
@click.option("--interview", "interviews", multiple=True, help="Only in this interview; repeat for more.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many hits.")
def search(call: Call, words: tuple[str, ...], language: str, interviews: tuple[str, ...], limit: int) -> int:
    """Find words in any inflection and inside compounds: `putki` finds `höyryputkistossa`.

    The exit code is 1 when nothing is found, as grep's is.
    """
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


@verb("report", "qualkit report --lang fi --format docx --audience public --pseudonyms")
@selecting
@click.option(
    "--lang",
    default="",
    type=click.Choice(["", "fi", "sv", "en"]),
    show_choices=False,
    metavar="TEXT",
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
@click.option(
    "--template",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Your own Word file whose styles, header and footer the DOCX takes.",
)
@click.option(
    "--audience",
    type=click.Choice(["project", "public"]),
    default="project",
    show_default=True,
    help="For the public nothing leaves that is marked restricted.",
)
@click.option(
    "--pseudonyms", is_flag=True, help="Replace names of people, firms and sites by those of pseudonyms.csv."
)
@click.option(
    "--audio",
    is_flag=True,
    help="Put the sound of every quote into report.html, about 0.3 MB a minute. Not for the public.",
)
def report(
    call: Call,
    lang: str,
    formats: tuple[str, ...],
    output: Path | None,
    template: Path | None,
    audience: str,
    pseudonyms: bool,
    audio: bool,
    **chosen: Any,
) -> None:
    """Write the report: the state of each site, what is worst, what to do together, and every quote.

    Counts what people have decided; --suggestions adds the machine's, marked as such.
    """
    from qualkit.export import write_report
    from qualkit.export.sections import sound_lines
    from qualkit.export.words import words
    from qualkit.report import Wanted, build_report
    from qualkit.themes.passages import Selection

    project = call.project()
    wanted = Wanted(lang, audience, pseudonyms)
    if audio:
        _require_sound(wanted, formats)
    made = console.follow(build_report(project, Selection(**chosen), wanted=wanted), call.progress)
    if audio:
        made = _with_sound(call, project, made)
    written = write_report(made, output or project.outputs, formats or tuple(WRITERS), template=template)
    if call.json:
        held = [{"reason": w.reason, "passages": w.count} for w in made.withheld]
        mute = [{"reason": w.reason, "quotes": w.count} for w in made.mute]
        sound = {"sounds": len(made.sounds), "mute": mute} if audio else {}
        console.data_json(
            {"files": [str(p) for p in written], "quotes": len(made.quotes), "withheld": held, **sound}
        )
        return
    for path in written:
        console.data(str(path))
    if not made.themes:
        console.talk("No passage is coded yet, so the report is empty. --suggestions counts the machine's.")
    for withheld in made.withheld:
        where = ", ".join(withheld.interviews)
        console.talk(f"Withheld: {withheld.count} passages ({withheld.reason}) of {where}.")
    unasked = [case.id for case in made.cases.values() if not case.consent]
    if unasked:
        console.talk(
            f"No consent is recorded for {', '.join(unasked)}; what they said is quoted. "
            "Write quote or no-quote in the column consent of interviews.csv."
        )
    if made.unkept:
        console.talk(f"Quotes were chosen without new vectors: {made.unkept}")
    if made.unmasked:
        console.talk(
            f"{made.unmasked} words in the printed quotes still look like names of people or firms. "
            "Read the quotes, add the names to pseudonyms.csv, and make the report again."
        )
    for line in sound_lines(made, words("en"))[1:]:
        console.talk(line)


def _require_sound(wanted: Wanted, formats: tuple[str, ...]) -> None:
    from qualkit.errors import UsageError
    from qualkit.report.sound import require_voices

    require_voices(wanted)
    if formats and "html" not in formats:
        raise UsageError("Only the HTML report plays sound.", "Add --format html, or leave out --audio.")


def _with_sound(call: Call, project: Project, made: Report) -> Report:
    """The report with sound; how much that is, is told before."""
    from qualkit.report.sound import hearing, with_sound

    heard = hearing(project, made)
    console.talk(
        f"Sound of {len(heard.cuts)} quotes, {console.clock(heard.duration_ms)}: "
        f"report.html grows by about {heard.size / 1e6:.1f} MB."
    )
    return console.follow(with_sound(made, heard), call.progress)
