"""Tables of coded segments, as MAXQDA and Taguette write them: document, code and the words themselves.

Such a table holds no texts. With a folder of texts each segment is looked for in
its document; without one a document is made of its segments, in the order of the
paragraphs that the table tells, and the loss report says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.exchange.codebook_table import split_name
from qualkit.exchange.grid import Grid, columns
from qualkit.exchange.incoming import Convention, InCode, InCoding, Incoming, InSource, Loss
from qualkit.exchange.offsets import plain
from qualkit.exchange.sqlite import moment
from qualkit.files.text import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FIELDS: dict[str, tuple[str, ...]] = {
    field: tuple(words.split("|"))
    for field, words in {
        "document": "document name|dokumentname|dokument|asiakirja|source|file|tiedosto|transcript|interview"
        "|haastattelu|intervju",
        "group": "document group|dokumentgruppe|document set",
        "code": "codes|tag|tags|koodi|kod",
        "segment": "coded segments|coded segment|segmente|content|text|quote|quotation|coding|selected text"
        "|highlight|koodattu teksti|lainaus|citat",
        "begin": "beginning|anfang|start|position|paragraph|from|alku|början",
        "end": "ende|stop|to|loppu|slut",
        "coder": "created by|author|autor|erstellt von|user|owner|koodaaja|kodare",
        "date": "created|creation date|erstellt am|erstellt|päivä|datum",
        "memo": "comment|kommentar|kommentti|note|remark",
        "color": "colour|farbe|väri|färg",
        "weight": "weight score|gewicht|paino|vikt",
    }.items()
}
"""Field → what its column may be called, in lower case."""


def has_segments(grid: Grid, given: Mapping[str, str]) -> bool:
    """Whether a table looks like coded segments."""
    if any(field not in FIELDS for field in given):
        return False
    return {"document", "code", "segment"} <= columns(grid, FIELDS, given).keys()


def read_segments_table(grid: Grid, given: Mapping[str, str], texts: Path | None = None) -> Incoming:
    """The codings in a table of segments. ``texts``: folder with each document as ``NAME.txt``.

    Raises :class:`BadFile` for a table without rows that hold a document, a code
    and a segment; :class:`UsageError` when ``texts`` is no folder.
    """
    if texts is not None and not texts.is_dir():
        raise UsageError(f"{texts}: there is no such folder.", "Name the folder with the documents' texts.")
    return _Reading(grid, columns(grid, FIELDS, given), texts).result()


class _Reading:
    """One table at work."""

    def __init__(self, grid: Grid, found: Mapping[str, int], texts: Path | None) -> None:
        self.grid, self.texts = grid, texts
        self.rows = [
            {field: row[at] for field, at in found.items()} | {"row": str(line)} for line, row in grid.rows
        ]
        self.whole = [row for row in self.rows if row["document"] and row["code"] and row["segment"]]
        if not self.whole:
            raise BadFile(
                grid.path,
                "no row holds a document, a code and a segment.",
                "Say which columns do with --map.",
            )
        self.losses: list[Loss] = []

    def result(self) -> Incoming:
        """Everything read, in one value."""
        codes = self._codes()
        documents: dict[str, list[dict[str, str]]] = {}
        for row in self.whole:
            documents.setdefault(row["document"], []).append(row)
        files = _files(self.texts) if self.texts else {}
        sources: list[InSource] = []
        codings: list[InCoding] = []
        missing = self.lost = 0
        for name, rows in documents.items():
            path = files.get(_bare(name))
            missing += path is None
            text = plain(read_text(path)) if path else "\n".join(_apart(rows))
            group = {"group": rows[0]["group"]} if rows[0].get("group") else {}
            sources.append(InSource(f"document:{name}", name, text, group))
            codings += self._codings(text, rows, codes)
        self._tell(len(documents), missing)
        return Incoming(
            self.grid.path, "MAXQDA" if "begin" in self.whole[0] else "table", self.grid.path.stem,
            tuple(codes.values()), tuple(sources), tuple(codings), losses=tuple(self.losses),
            convention=Convention("quote", score=1 - self.lost / len(self.whole)), quoted=True,
        )  # fmt: skip

    def _tell(self, documents: int, missing: int) -> None:
        incomplete = len(self.rows) - len(self.whole)
        note = f"{self.lost} are not in their document." if self.lost else ""
        if incomplete:
            note += f" {incomplete} rows have no document, code or segment."
        taken = len(self.whole) - self.lost
        self.losses.append(Loss("codings", len(self.rows), taken, note=note.strip()))
        bare = (
            "Only what was coded: the table holds no texts. Give them with --texts FOLDER." if missing else ""
        )
        self.losses.append(Loss("whole texts", documents, documents - missing, note=bare))
        weights = sum(bool(row.get("weight", "").strip("0 ")) for row in self.whole)
        if weights:
            self.losses.append(Loss("weights", weights, 0, note="A coding has no weight."))

    def _codes(self) -> dict[str, InCode]:
        """Full name → code, with those above it."""
        codes: dict[str, InCode] = {}
        for row in self.whole:
            parent, path = "", ""
            levels = split_name(row["code"])
            for at, level in enumerate(levels):
                last = at == len(levels) - 1
                path = row["code"] if last else f"{path}\\{level}".lstrip("\\")
                color = row.get("color", "") if last else ""
                if path not in codes:
                    codes[path] = InCode(f"code:{path}", level, parent, "", color, codable=last)
                parent = codes[path].key
        self.losses.append(Loss("codes", len(codes), len(codes)))
        return codes

    def _codings(
        self, text: str, rows: Iterable[dict[str, str]], codes: Mapping[str, InCode]
    ) -> Iterable[InCoding]:
        starts = _paragraphs(text)
        for row in rows:
            place = _find(text, row["segment"], starts, _whole(row.get("begin", "")))
            if place is None:
                self.lost += 1
                continue
            yield InCoding(
                f"{self.grid.path.stem}:row:{row['row']}", f"document:{row['document']}", *place,
                codes[row["code"]].key, row.get("coder", ""), moment(row.get("date", "")),
                row.get("memo", ""), row["segment"],
            )  # fmt: skip


def _files(folder: Path) -> dict[str, Path]:
    return {_bare(path.stem): path for path in sorted(folder.glob("*.txt")) if path.is_file()}


def _bare(name: str) -> str:
    return " ".join(re.sub(r"\.\w{2,4}$", "", name).casefold().split())


def _whole(text: str) -> int | None:
    """A paragraph's number: ``12``, ``12.0``, and ``3: 12`` of a page's."""
    found = re.fullmatch(r"(?:\d+\s*[:|]\s*)?(\d+)(?:\.0)?", text.strip())
    return int(found[1]) if found else None


def _apart(rows: list[dict[str, str]]) -> list[str]:
    """The segments of a document as its paragraphs: in order, each once, none that another holds."""
    order = {
        row["segment"]: (_whole(row.get("begin", "")) or 0, at) for at, row in reversed([*enumerate(rows)])
    }
    kept = sorted(order, key=lambda segment: order[segment])
    spaced = {segment: " ".join(segment.split()) for segment in kept}
    return [
        segment
        for segment in kept
        if not any(
            spaced[segment] in spaced[other] for other in kept if len(spaced[other]) > len(spaced[segment])
        )
    ]


def _paragraphs(text: str) -> list[int]:
    """Where each paragraph begins; empty lines count, as MAXQDA counts them."""
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _find(text: str, segment: str, starts: list[int], paragraph: int | None) -> tuple[int, int] | None:
    """Where a segment stands, white space apart: at its paragraph, else where it stands alone.

    None where it stands nowhere, or several times and no paragraph tells which.
    """
    words = segment.split()
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    found = [match.span() for match in pattern.finditer(text)]
    if len(found) < 2 or paragraph is None:
        return found[0] if len(found) == 1 else None
    number = {span: sum(start <= span[0] for start in starts) for span in found}
    closest = min(abs(at - paragraph) for at in number.values())
    nearest = [span for span in found if abs(number[span] - paragraph) == closest]
    return nearest[0] if len(nearest) == 1 else None
