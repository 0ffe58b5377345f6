"""Taguette projects: a SQLite database with HTML documents, and highlights that count UTF-8 bytes.

The schema is that of Taguette 1.x (tables ``projects``, ``documents``,
``highlights``, ``tags``, ``highlight_tags``, ``commands``). Offsets count the
UTF-8 bytes of a document's text nodes, tags not counted; a highlight's
``snippet`` holds the HTML that stood there, which is what every quote is checked with.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from html.parser import HTMLParser
from itertools import accumulate
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.exchange.incoming import Convention, InCode, InCoding, Incoming, InMemo, InSource, Loss
from qualkit.exchange.sqlite import Tables, moment, number, tables, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NEEDED = frozenset({"projects", "documents", "highlights", "tags", "highlight_tags"})

_BLOCKS = frozenset(
    "p br blockquote pre h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tr caption div hr".split()  # noqa: SIM905  reads best as one line
)
_CELLS = frozenset(("td", "th"))


class _Text(HTMLParser):
    """The text nodes of a document, and the text that a reader sees with where each byte of it went."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.raw: list[str] = []
        self.out: list[str] = []
        self.places: list[int] = []
        """Of each character of the text nodes, its position in the text that is read."""
        self._pre = 0
        self._opened = False
        self._length = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins on a line of its own, a table's cell behind a space."""
        del attrs
        self._opened = tag == "pre"
        self._pre += tag == "pre"
        if tag in _BLOCKS:
            self._break("\n")
        elif tag in _CELLS:
            self._break(" ")

    def handle_endtag(self, tag: str) -> None:
        """What follows a block begins on a line of its own."""
        self._opened = False
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        if tag in _BLOCKS:
            self._break("\n")

    def handle_data(self, data: str) -> None:
        """A text node: line breaks in it are spaces, but in ``pre``."""
        if self._opened and data.startswith("\n"):
            data = data[1:]  # HTML drops the line break right after <pre>
        self._opened = False
        if not data:
            return
        self.places += range(self._length, self._length + len(data))
        self._length += len(data)
        self.raw.append(data)
        self.out.append(data if self._pre else re.sub(r"[\n\r\t\f]", " ", data))

    def _break(self, mark: str) -> None:
        if self.out and self.out[-1] != mark:
            self.out.append(mark)
            self._length += 1


class Document:
    """A document as plain text, and byte offsets of its text nodes as positions in it."""

    def __init__(self, html: str) -> None:
        parser = _Text()
        parser.feed(html.replace("\r\n", "\n").replace("\r", "\n"))
        parser.close()
        self.text = "".join(parser.out)
        raw = "".join(parser.raw)
        self._starts = list(accumulate((len(c.encode("utf-8", "replace")) for c in raw), initial=0))
        self._places = parser.places

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """A range of bytes as one of the text; None when it is empty or not inside."""
        if not 0 <= start < end <= self._starts[-1]:
            return None
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        # An offset inside a character means the place after it, as Taguette reads it.
        return (self._places[first], self._places[last - 1] + 1) if first < last else None


def read_taguette(path: Path, pick: str = "") -> Incoming:
    """What a Taguette database holds. ``pick``: name or id of the project, where there are several.

    Raises :class:`BadFile` for what is none, and when ``pick`` does not name one project.
    """
    with tables(path) as found:
        if not found.names >= NEEDED:
            raise BadFile(path, "this is no Taguette project.", "Export the project as SQLite3 in Taguette.")
        project = _project(found, pick)
        return _Reading(found, project[0], project[1]).result()


def _project(found: Tables, pick: str) -> tuple[int, str]:
    projects = [
        (key, text(row["name"]))
        for row in found.rows("projects", "id", "name")
        if (key := number(row["id"])) is not None
    ]
    chosen = [p for p in projects if pick in ("", p[1], str(p[0]))]
    if len(chosen) != 1:
        listed = ", ".join(f"{key} ({name})" for key, name in projects[:10]) or "none"
        raise BadFile(found.path, f"it holds the projects {listed}.", "Choose one with --pick ID.")
    return chosen[0]


class _Reading:
    """One project at work."""

    def __init__(self, found: Tables, project: int, name: str) -> None:
        self.found, self.project, self.name = found, project, name
        self.losses: list[Loss] = []

    def _key(self, kind: str, key: object) -> str:
        return f"taguette:{self.name}:{kind}:{key}"

    def result(self) -> Incoming:
        """Everything read, in one value."""
        found, memos = self.found, []
        codes = self._codes()
        documents: dict[int, Document] = {}
        sources: list[InSource] = []
        for row in found.rows(
            "documents", "id", "name", "description", "filename", "created", "project_id", "contents"
        ):
            number_ = number(row["id"])
            if row["project_id"] != self.project or number_ is None:
                continue
            documents[number_] = document = Document(text(row["contents"]))
            key = self._key("document", number_)
            sources.append(InSource(key, text(row["name"]) or text(row["filename"]), document.text))
            if described := text(row["description"]).strip():
                note = self._key("description", number_)
                memos.append(InMemo(note, described, "source", key, "", "", moment(row["created"])))
        self.losses.append(Loss("documents", len(sources), len(sources)))
        for row in found.rows("projects", "id", "description", "created"):
            if row["id"] == self.project and (described := text(row["description"]).strip()):
                note = self._key("description", "project")
                memos.append(InMemo(note, described, "project", "", "", "", moment(row["created"])))
        codings = self._codings(documents, codes)
        self.losses.append(Loss("descriptions", len(memos), len(memos)))
        return Incoming(
            found.path, "Taguette", self.name or found.path.stem, tuple(codes.values()), tuple(sources),
            codings, tuple(memos), (), tuple(self.losses), Convention("utf8"), quoted=True,
        )  # fmt: skip

    def _codes(self) -> dict[str, InCode]:
        """Tag id → code. A point in a tag's path makes a tree, where no space follows it."""
        tags: dict[str, tuple[str, str]] = {}
        for row in self.found.rows("tags", "id", "project_id", "path", "description"):
            if row["project_id"] == self.project and text(row["path"]).strip():
                tags[text(row["path"]).strip()] = (str(row["id"]), text(row["description"]))
        made: dict[str, InCode] = {}
        groups: dict[str, str] = {path: self._key("tag", tag) for path, (tag, _) in tags.items()}
        for path, (tag, described) in tags.items():
            above, name = _above(path)
            parent = self._group(above, groups, made) if above else ""
            made[tag] = InCode(self._key("tag", tag), name, parent, described)
        self.losses.append(Loss("tags", len(tags), len(tags)))
        return made

    def _group(self, path: str, groups: dict[str, str], made: dict[str, InCode]) -> str:
        if path not in groups:
            above, name = _above(path)
            groups[path] = key = self._key("group", path)
            made[f"group {path}"] = InCode(
                key, name, self._group(above, groups, made) if above else "", codable=False
            )
        return groups[path]

    def _codings(
        self, documents: Mapping[int, Document], codes: Mapping[str, InCode]
    ) -> tuple[InCoding, ...]:
        authors = self._authors()
        given: dict[int, list[str]] = {}
        for row in self.found.rows("highlight_tags", "highlight_id", "tag_id"):
            if isinstance(row["highlight_id"], int):
                given.setdefault(row["highlight_id"], []).append(str(row["tag_id"]))
        codings: list[InCoding] = []
        read = bare = outside = 0
        for row in self.found.rows(
            "highlights", "id", "document_id", "start_offset", "end_offset", "snippet"
        ):
            key, where = number(row["id"]), number(row["document_id"])
            if key is None or where is None or where not in documents:
                continue
            tags = [tag for tag in given.get(key, []) if tag in codes]
            read += len(tags)
            bare += not tags
            start, end = number(row["start_offset"]), number(row["end_offset"])
            place = documents[where].span(start, end) if start is not None and end is not None else None
            if place is None:
                outside += len(tags)
                continue
            coder, when = authors.get(key, ("", ""))
            claimed = Document(text(row["snippet"])).text.strip()
            codings += [
                InCoding(
                    self._key("highlight", f"{key}:{tag}"), self._key("document", where), *place,
                    codes[tag].key, coder, when, "", claimed,
                )
                for tag in tags
            ]  # fmt: skip
        note = f"{outside} stand outside their document." if outside else ""
        self.losses.append(Loss("codings", read, read - outside, note=note))
        if bare:
            self.losses.append(Loss("highlights without a tag", bare, 0, note="A coding needs a code."))
        return tuple(codings)

    def _authors(self) -> dict[int, tuple[str, str]]:
        """Highlight id → who made it and when, from the log that Taguette keeps of every change."""
        authors: dict[int, tuple[str, str]] = {}
        for row in self.found.rows("commands", "id", "date", "user_login", "project_id", "payload"):
            if row["project_id"] != self.project:
                continue
            try:
                payload = json.loads(text(row["payload"]))
            except ValueError:
                continue
            if isinstance(payload, dict) and payload.get("type") == "highlight_add":
                key = payload.get("highlight_id")
                if isinstance(key, int):
                    authors.setdefault(key, (text(row["user_login"]), moment(row["date"])))
        return authors


def _above(path: str) -> tuple[str, str]:
    """The path above a tag and its own name: ``water.raw`` is below ``water``, ``e.g. raw`` below none."""
    found = re.fullmatch(r"(.*\S)\.(\S[^.]*)", path, re.DOTALL)
    return (found[1], found[2]) if found else ("", path)
