"""Whether the quotes of a finished report still stand in the project, word for word."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.text import read_text
from qualkit.model import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Anchor

READABLE = (".json", ".html", ".csv")


@dataclass(frozen=True, slots=True)
class Printed:
    """A quote as a report has it."""

    id: str
    text: str


def printed_quotes(path: Path) -> tuple[Printed, ...]:
    """The quotes of a ``report.json``, ``report.html`` or ``tables/quotes.csv``. Raises :class:`BadFile`."""
    if path.suffix not in READABLE:
        raise BadFile(
            path,
            "quotes cannot be read back from this format.",
            f"Name the report made beside it that ends with {', '.join(READABLE)}.",
        )
    text = read_text(path).removeprefix("\ufeff")
    try:
        if path.suffix == ".json":
            return tuple(Printed(str(q["id"]), str(q["quote"])) for q in json.loads(text)["quotes"])
        if path.suffix == ".csv":
            rows = csv.DictReader(io.StringIO(text), delimiter=max(",;", key=text.split("\n", 1)[0].count))
            return tuple(Printed(row["id"], row["quote"]) for row in rows if row["quote"])
    except (ValueError, KeyError, TypeError):
        raise BadFile(path, "this is no report of Qualkit.", "Name report.json or report.html.") from None
    page = _Page()
    page.feed(text)
    return tuple(Printed(i, t) for i, t in page.found)


class _Page(HTMLParser):
    """Takes the quotes out of a report.html: ``blockquote[data-id]``, and in it ``.said``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._id = ""
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "blockquote":
            self._id = known.get("data-id") or ""
        elif tag == "p" and self._id and known.get("class") == "said":
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "p" and self._text is not None:
            self.found.append((self._id, "".join(self._text)))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def recheck(project: Project, path: Path) -> tuple[int, list[Problem]]:
    """How many quotes were read, and one problem for each that no longer stands word for word."""
    from qualkit.files.pseudonyms import read_pseudonyms
    from qualkit.files.transcript import load_transcript, transcript_ids
    from qualkit.report.pseudonyms import masks

    quotes = printed_quotes(path)
    places = _places(project)
    mask = masks(read_pseudonyms(project), ()).text
    here = set(transcript_ids(project))
    texts: dict[str, str] = {}
    found = []
    for quote in dict.fromkeys(quotes):
        place = places.get(quote.id)
        if place is None:
            message = f"quote #{quote.id}: the coding it came from is no longer in the project."
            found.append(Problem(path, 0, message, "Make the report again."))
            continue
        interview, start, end = place
        if interview in here and interview not in texts:
            texts[interview] = load_transcript(project, interview).text
        said = texts.get(interview, "")[start:end]
        if quote.text not in _ways(said, mask, csv_=path.suffix == ".csv"):
            message = f"quote #{quote.id}: {interview} no longer has these words in this place."
            found.append(Problem(path, 0, message, "Make the report again, or restore the transcript."))
    return len(set(quotes)), found


def _ways(said: str, mask: Callable[[str], str], *, csv_: bool) -> set[str]:
    ways = {said, mask(said)}
    if csv_:
        from qualkit.report.harmless import cell

        ways |= {cell(way) for way in ways}
    # HTML has no carriage return of its own: a parser reads it as a line feed.
    return ways | {way.replace("\r", "\n") for way in ways}


def _places(project: Project) -> Mapping[str, tuple[str, int, int]]:
    """Coding or suggestion → interview and where its words stand in the newest revision."""
    from qualkit.coding.clusters import read_clusters
    from qualkit.files.anchors import reanchor
    from qualkit.files.journal import read_codings
    from qualkit.files.suggestions import read_suggestions
    from qualkit.files.transcript import load_transcript, transcript_ids

    found = {
        f"{cluster.id}-{m.interview}-{m.start}": (m.interview, m.start, m.end)
        for cluster in read_clusters(project)
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
