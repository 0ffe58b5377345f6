"""QualCoder projects: a folder ``NAME.qda`` with the SQLite database ``data.qda`` and the media beside it.

The schema is that of QualCoder's databases v4 to v17. Positions come from a Qt text
field and may count UTF-16 units, so the convention is found out from ``seltext``,
the quote that every coding carries, as it is for REFI-QDA.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.exchange.incoming import InCase, InCode, InCoding, Incoming, InMemo, InSource, Loss
from qualkit.exchange.offsets import Claim, Ruler, detect, plain, span
from qualkit.exchange.sqlite import Tables, moment, number, tables, text

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = frozenset({"source", "code_name", "code_cat", "code_text"})

_STAMP = re.compile(r"[\[{#](?:(\d{1,2})[:.])?(\d{1,2})[:.](\d\d)(?:[.,-](\d{1,3}))?[\]}#]")
"""QualCoder's time stamps in a transcript: ``[00:01:02]``, ``[01.02]``, ``#00:01:02-3#``, ``{00:01:02}``."""


def read_qualcoder(path: Path) -> Incoming:
    """What a QualCoder project holds: its folder, or the database alone. Raises :class:`BadFile`."""
    database = path / "data.qda" if path.is_dir() else path
    with tables(database) as found:
        if not found.names >= NEEDED:
            raise BadFile(path, "this is no QualCoder project.", "Name the project's folder, NAME.qda.")
        return _Reading(path, found).result()


class _Reading:
    """One project at work."""

    def __init__(self, path: Path, found: Tables) -> None:
        self.path, self.found = path, found
        folder = path if path.is_dir() else path.parent
        self.name = re.sub(r"\.qda$", "", folder.name if folder.suffix == ".qda" else path.name)
        self.losses: list[Loss] = []
        self.memos: list[InMemo] = []

    def _key(self, kind: str, key: object) -> str:
        return f"qualcoder:{self.name}:{kind}:{key}"

    def result(self) -> Incoming:
        """Everything read, in one value."""
        codes = self._codes()
        raw = self._texts()
        marks = self.found.rows(
            "code_text", "ctid", "cid", "fid", "seltext", "pos0", "pos1", "owner", "date", "memo", "important"
        )
        claims = [
            Claim(str(row["fid"]), row["pos0"], row["pos1"], text(row["seltext"]))
            for row in marks
            if number(row["pos0"]) is not None and number(row["pos1"]) is not None
        ]
        self.convention = detect(raw, claims, "QualCoder")
        self.rulers = {key: Ruler(one, self.convention) for key, one in raw.items()}
        sources = self._sources()
        codings = self._codings(marks, {code.key for code in codes})
        self._notes()
        for table, what in (("code_image", "codings of images"), ("code_av", "codings of sound and video")):
            if rows := len(self.found.rows(table, "cid")):
                self.losses.append(Loss(what, rows, 0, note="A project has no place for it."))
        cases = self._cases()
        self.losses.append(Loss("memos", len(self.memos), len(self.memos)))
        return Incoming(
            self.path, "QualCoder", self.name, codes, sources, codings, tuple(self.memos), cases,
            tuple(self.losses), self.convention, quoted=True,
        )  # fmt: skip

    def _codes(self) -> tuple[InCode, ...]:
        """Categories group; codes stand below a category or, in newer versions, below a code."""
        groups = self.found.rows("code_cat", "catid", "name", "memo", "supercatid")
        names = self.found.rows("code_name", "cid", "name", "memo", "catid", "color", "supercid")
        made = [
            InCode(
                self._key("cat", row["catid"]), text(row["name"]), self._parent(row["supercatid"], None),
                text(row["memo"]), codable=False,
            )
            for row in groups
        ] + [
            InCode(
                self._key("code", row["cid"]), text(row["name"]),
                self._parent(row["catid"], row["supercid"]), text(row["memo"]), text(row["color"]),
            )
            for row in names
        ]  # fmt: skip
        self.losses += [Loss("codes", len(names), len(names)), Loss("categories", len(groups), len(groups))]
        return tuple(made)

    def _parent(self, category: Any, code: Any) -> str:
        if code is not None:
            return self._key("code", code)
        return self._key("cat", category) if category is not None else ""

    # ── Texts ────────────────────────────────────────────────────────────────

    def _texts(self) -> dict[str, str]:
        self.rows = self.found.rows(
            "source", "id", "name", "fulltext", "mediapath", "memo", "owner", "date", "av_text_id"
        )
        spoken = {row["av_text_id"] for row in self.rows if row["av_text_id"] is not None}
        self.spoken = spoken
        return {str(row["id"]): text(row["fulltext"]) for row in self.rows if text(row["fulltext"]).strip()}

    def _sources(self) -> tuple[InSource, ...]:
        values = self._attributes("file")
        sound = {row["av_text_id"]: text(row["mediapath"]) for row in self.rows if row["av_text_id"]}
        made = []
        other = missing = 0
        for row in self.rows:
            key = str(row["id"])
            if key not in self.rulers:
                # A recording comes along with its transcript; pictures and empty files do not.
                other += not (row["av_text_id"] and str(row["av_text_id"]) in self.rulers)
                continue
            words = self.rulers[key].text
            media = sound.get(row["id"], "")
            recording = self._media(media)
            missing += bool(media) and not recording
            times = _stamps(words) if row["id"] in sound else ()
            source = self._key("source", key)
            made.append(InSource(source, text(row["name"]), words, values.get(key, {}), times, recording))
            self._memo("source", key, row["memo"], "source", source, row)
        self.losses.append(Loss("texts", len(made), len(made)))
        if other:
            self.losses.append(Loss("files without text", other, 0, note="A project has no place for them."))
        if missing:
            note = "The recordings are not in the folder: add them with qualkit add."
            self.losses.append(Loss("recordings", missing, 0, note=note))
        return tuple(made)

    def _media(self, where: str) -> str:
        """A recording's path inside the project's folder; empty when it is elsewhere or missing."""
        member = where.lstrip("/")
        parts = member.split("/")
        if not (self.path.is_dir() and where.startswith("/") and len(parts) == 2 and ".." not in parts):
            return ""
        return member if (self.path / member).is_file() and not (self.path / member).is_symlink() else ""

    def _codings(self, marks: list[dict[str, Any]], known: set[str]) -> tuple[InCoding, ...]:
        made: list[InCoding] = []
        important = 0
        for row in marks:
            key, code = str(row["fid"]), self._key("code", row["cid"])
            start, end = number(row["pos0"]), number(row["pos1"])
            ruler = self.rulers.get(key)
            if ruler is None or start is None or end is None or code not in known:
                continue
            place = span(ruler, self.convention, start, end)
            if place is None or place[0] == place[1]:
                continue
            important += bool(row["important"])
            made.append(
                InCoding(
                    self._key("coding", row["ctid"]), self._key("source", key), *place, code,
                    text(row["owner"]), moment(row["date"]), text(row["memo"]).strip(),
                    plain(text(row["seltext"])),
                )
            )  # fmt: skip
        note = "The others stand outside their text, or their code or text is missing."
        self.losses.append(
            Loss("codings", len(marks), len(made), note=note if len(made) < len(marks) else "")
        )
        if important:
            self.losses.append(Loss("marks 'important'", important, 0, note="A coding has no such mark."))
        return tuple(made)

    # ── Memos, cases ─────────────────────────────────────────────────────────

    def _notes(self) -> None:
        for row in self.found.rows("annotation", "anid", "fid", "pos0", "pos1", "memo", "owner", "date"):
            ruler = self.rulers.get(str(row["fid"]))
            start, end = number(row["pos0"]), number(row["pos1"])
            if ruler is not None and start is not None and end is not None:
                place = span(ruler, self.convention, start, end)
                source = self._key("source", row["fid"])
                self._memo("annotation", row["anid"], row["memo"], "source", source, row, place=place)
        for row in self.found.rows("journal", "jid", "name", "jentry", "date", "owner"):
            self._memo("journal", row["jid"], row["jentry"], "project", "", row, title=text(row["name"]))
        for row in self.found.rows("project", "memo", "date"):
            self._memo("project", "", row["memo"], "project", "", row)

    def _memo(
        self,
        kind: str,
        key: object,
        body: Any,
        about: str,
        target: str,
        row: dict[str, Any],
        title: str = "",
        place: tuple[int, int] | None = None,
    ) -> None:
        if words := plain(text(body)).strip():
            coder, when = text(row.get("owner")), moment(row["date"])
            self.memos.append(InMemo(self._key(kind, key), words, about, target, title, coder, when, place))

    def _attributes(self, kind: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for row in self.found.rows("attribute", "name", "attr_type", "value", "id"):
            if row["attr_type"] == kind and text(row["name"]):
                found.setdefault(str(row["id"]), {})[text(row["name"])] = text(row["value"])
        return found

    def _cases(self) -> tuple[InCase, ...]:
        values = self._attributes("case")
        holds: dict[str, list[str]] = {}
        for row in self.found.rows("case_text", "caseid", "fid"):
            mine = holds.setdefault(str(row["caseid"]), [])
            if (source := self._key("source", row["fid"])) not in mine and str(row["fid"]) in self.rulers:
                mine.append(source)
        cases = []
        for row in self.found.rows("cases", "caseid", "name", "memo", "owner", "date"):
            key = str(row["caseid"])
            cases.append(
                InCase(
                    key, text(row["name"]), values.get(key, {}), tuple(holds.get(key, ())), text(row["memo"])
                )
            )
            self._memo("case", key, row["memo"], "project", "", row, title=text(row["name"]))
        self.losses.append(Loss("cases", len(cases), len(cases)))
        return tuple(cases)


def _stamps(words: str) -> tuple[tuple[int, int], ...]:
    """Positions of the time stamps in a transcript and their times in ms, in order."""
    times: list[tuple[int, int]] = []
    for found in _STAMP.finditer(words):
        hours, minutes, seconds, rest = found.groups()
        part = int((rest or "0").ljust(3, "0")[:3])
        ms = ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + part
        if int(seconds) < 60 and (not times or ms >= times[-1][1]):
            times.append((found.start(), ms))
    return tuple(times)
