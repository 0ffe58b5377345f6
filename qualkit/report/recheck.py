"""Whether the quotes of a finished report still stand in the project, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.model import Problem
from qualkit.report.printed import Printed, printed_quotes, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Anchor

IN_A_CELL = 32_767
"""Characters an Excel cell holds; a longer quote ends there with an ellipsis."""


def recheck(project: Project, path: Path) -> tuple[int, list[Problem]]:
    """How many quotes were read, and one problem for each that does not stand word for word.

    Raises :class:`BadFile` for a file that is no report.
    """
    from qualkit.files.pseudonyms import read_pseudonyms
    from qualkit.files.transcript import load_transcript, transcript_ids
    from qualkit.report.pseudonyms import masks

    quotes = tuple(dict.fromkeys(printed_quotes(path)))
    places = _places(project)
    mask = masks(read_pseudonyms(project), ()).text
    here = set(transcript_ids(project))
    texts: dict[str, str] = {}
    found = []
    for quote in quotes:
        place = places.get(quote.id)
        if place and place[0] in here and place[0] not in texts:
            texts[place[0]] = load_transcript(project, place[0]).text
        said = texts.get(place[0], "")[place[1] : place[2]] if place else None
        if fault := _fault(quote, place[0] if place else "", said, mask):
            found.append(Problem(path, 0, *fault))
    return len(quotes), found


def _fault(
    quote: Printed, interview: str, said: str | None, mask: Callable[[str], str]
) -> tuple[str, str] | None:
    """What is wrong with a printed quote, and the remedy; None when it stands word for word."""
    if not quote.id:
        start = " ".join(quote.text.split())[:60]
        return f"the quote {start!r} has no coding id under it.", "Put back the line that names its source."
    if said is None:
        return (
            f"quote #{quote.id}: the coding it came from is no longer in the project.",
            "Make the report again.",
        )
    if same(quote.text) not in _ways(said, mask):
        return (
            f"quote #{quote.id}: these are not the words of {interview} in that place.",
            "Make the report again, or undo what was changed in it or in the transcript.",
        )
    if not quote.visible:
        return f"quote #{quote.id}: the page does not show these words.", "Make the report again."
    return None


def _ways(said: str, mask: Callable[[str], str]) -> set[str]:
    """The ways in which formats show the same words: as they are, made harmless, names replaced."""
    from qualkit.report.harmless import cell, visible

    ways = {said, mask(said)}
    ways |= {visible(way) for way in ways}
    ways |= {cell(way) for way in ways}
    ways |= {f"{way[: IN_A_CELL - 1]}…" for way in ways if len(way) > IN_A_CELL}
    return {same(way) for way in ways}


def _places(project: Project) -> Mapping[str, tuple[str, int, int]]:
    """Coding or suggestion → interview and where its words stand in the newest revision."""
    from qualkit.coding.clusters import read_clusters
    from qualkit.files.anchors import reanchor
    from qualkit.files.journal import read_codings
    from qualkit.files.suggestions import read_suggestions
    from qualkit.files.transcript import load_transcript, transcript_ids
    from qualkit.report.clusters import all_clusters, member_id

    found = {
        member_id(cluster, m): (m.interview, m.start, m.end)
        for cluster in (*all_clusters(project), *read_clusters(project))
        for m in cluster.members
    }
    for interview in transcript_ids(project):
        transcript = load_transcript(project, interview)
        for suggestion in read_suggestions(project, interview):
            if suggestion.revision == transcript.revision:
                found[suggestion.id] = (interview, suggestion.start, suggestion.end)
        for coding in read_codings(project, interviews=[interview]):
            anchor: Anchor | None = reanchor(coding.anchor, transcript)
            if anchor is not None:
                found[coding.id] = (interview, anchor.start, anchor.end)
    return found
