"""REFI-QDA in: ``.qdpx`` archives and ``.qdc`` codebooks as any tool writes them."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.exchange.foreign import KINDS, foreign_parts, name_of, ties
from qualkit.exchange.guids import normal
from qualkit.exchange.incoming import InCase, InCode, InCoding, Incoming, InMemo, InSource, Loss
from qualkit.exchange.offsets import Claim, Ruler, detect, ours, plain, span
from qualkit.exchange.own import read_own
from qualkit.files.archive import MAX_TEXT, MAX_XML, Archive, opened, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from qualkit.exchange.incoming import Convention


SHOWN = 10
"""Selections and codings that the list of losses tells one by one."""
GROUPS = "groups"
"""Column of an interview for the sets that its text is in."""


def read_refi(path: Path) -> Incoming:
    """What a ``.qdpx`` archive holds.

    Raises :class:`BadFile` for what is no archive, has a DTD, leads out of
    itself, unpacks to absurd sizes, or has no or several project files.
    """
    with opened(path) as archive:
        documents = [n for n in archive.names() if "/" not in n and n.lower().endswith(".qde")]
        if len(documents) != 1:
            told = "no project file" if not documents else f"{len(documents)} project files"
            raise BadFile(path, f"it holds {told}.", "Ask for a fresh export from the tool that made it.")
        root = parse_xml(path, archive.read(documents[0], MAX_XML))
        _require(path, root, "Project", "urn:QDA-XML:project")
        reading = _Reading(path, archive, root)
        return reading.result(documents[0])


def read_qdc(path: Path) -> Incoming:
    """What a ``.qdc`` codebook holds. Raises :class:`BadFile`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(path, f"{error.strerror or error}.", "Check the name.") from None
    root = parse_xml(path, data)
    _require(path, root, "CodeBook", "urn:QDA-XML:codebook")
    codes = tuple(_codes(path, root.find("{*}Codes"), "", set()))
    for member in root.iterfind("{*}Sets/{*}Set/{*}MemberCode"):
        member.set("targetGUID", member.attrib.pop("guid", ""))  # as in a whole project
    kept = foreign_parts(root)
    losses = (Loss("codes", len(codes), len(codes)), *_kept(kept))
    return Incoming(
        path, root.get("origin", ""), path.stem, codes, losses=losses, guids=True,
        spelled=_spelled(root), kept=kept,
    )  # fmt: skip


def _kept(parts: tuple[Element, ...]) -> list[Loss]:
    """What is kept for writing back, as the list of losses tells it."""
    counts = Counter(KINDS[name_of(part)] for part in parts)
    return [
        Loss(kind, number, 0, number, "Kept as they came, to be written back.")
        for kind, number in counts.items()
    ]


def _spelled(root: Element) -> dict[str, str]:
    """GUID → as it was written, where that is in capitals or braces."""
    written = (element.get("guid", "").strip() for element in root.iter())
    return {key: guid for guid in written if (key := normal(guid)) and key != guid}


def _require(path: Path, root: Element, name: str, space: str) -> None:
    if name_of(root) != name or not root.tag.startswith("{" + space):
        raise BadFile(path, f"its root is no {name} of REFI-QDA.", "Export it as REFI-QDA.")


def _codes(path: Path, parent: Element | None, above: str, seen: set[str]) -> Iterator[InCode]:
    for element in parent.findall("{*}Code") if parent is not None else ():
        key = normal(element.get("guid", ""))
        if not key or key in seen:
            raise BadFile(path, "a code's GUID is wrong or stands twice.", "Ask for a fresh export.")
        seen.add(key)
        described = element.findtext("{*}Description") or ""
        color = element.get("color", "")
        if len(color) == 4:
            color = "#" + "".join(c * 2 for c in color[1:])
        codable = element.get("isCodable", "true").strip() not in ("false", "0")
        yield InCode(key, element.get("name", ""), above, described, color, codable)
        yield from _codes(path, element, key, seen)


class _Reading:
    """One document at work."""

    def __init__(self, path: Path, archive: Archive, root: Element) -> None:
        self.path, self.archive, self.root = path, archive, root
        self.origin = root.get("origin", "")
        self.read: Counter[str] = Counter()
        self.mapped: Counter[str] = Counter()
        self.users = {normal(u.get("guid", "")): u.get("name", "") for u in root.iterfind("{*}Users/{*}User")}
        self.notes = self._read_notes()
        self.told: set[str] = set()
        """Notes that something which was read speaks of."""
        self.kept = foreign_parts(root)
        self.tied = ties(self.kept)
        self.raw: dict[str, str] = {}
        self.codes = tuple(_codes(path, root.find("{*}CodeBook/{*}Codes"), "", set()))
        self.known = {code.key for code in self.codes}
        self.codings: list[InCoding] = []
        self.memos: list[InMemo] = []
        self.missing: list[str] = []
        self.why: dict[str, list[str]] = defaultdict(list)

    def result(self, document: str) -> Incoming:
        """Everything read, in one value."""
        sources = self._sources()
        self.read["codes"] = self.mapped["codes"] = len(self.codes)
        self._ref_memos(self.root, "project", "")
        for element in self.root.iterfind("{*}CodeBook/{*}Codes//{*}Code"):
            self._ref_memos(element, "code", normal(element.get("guid", "")))
        variables = {
            normal(v.get("guid", "")): v.get("name", "")
            for v in self.root.iterfind("{*}Variables/{*}Variable")
        }
        cases = tuple(self._cases(variables))
        self._described(self.root, "project", "")
        self._other_notes()
        losses = [
            Loss(kind, number, self.mapped[kind], note=self._note(kind))
            for kind, number in self.read.items()
            if number
        ]
        losses += _kept(self.kept)
        losses += [
            Loss("source file", 1, 0, note=f"{name} is missing in the archive.") for name in self.missing
        ]
        if document.lower() != "project.qde":
            losses.append(Loss("document", 1, 1, note=f"It is called {document}, not project.qde."))
        return Incoming(
            self.path, self.origin, self.root.get("name", "") or self.path.stem, self.codes, tuple(sources),
            tuple(self.codings), tuple(self.memos), cases, tuple(losses), self.convention,
            read_own(self.archive, MAX_TEXT), guids=True, spelled=_spelled(self.root), kept=self.kept,
            others={
                **{f"coder:{name}": guid for guid, name in reversed(self.users.items()) if guid and name},
                **{f"variable:{name}": guid for guid, name in reversed(variables.items()) if guid and name},
            },
        )  # fmt: skip

    def _read_notes(self) -> dict[str, Element]:
        return {normal(n.get("guid", "")): n for n in self.root.iterfind("{*}Notes/{*}Note")}

    def _text(self, element: Element) -> str | None:
        """The raw text of a source; None when it is missing."""
        inline = element.find("{*}PlainTextContent")
        if inline is not None:
            return inline.text or ""
        where = element.get("plainTextPath", "")
        kind, _, name = where.partition("://")
        member = f"sources/{name}"
        if kind != "internal" or "/" in name or ".." in name or member not in self.archive:
            self.missing.append(where[:120] or "a text")
            return None
        data = self.archive.read(member)
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            return data.decode("cp1252", "replace")

    # ── Sources ──────────────────────────────────────────────────────────────

    def _sources(self) -> list[InSource]:
        texts = list(self.root.iterfind("{*}Sources/{*}TextSource"))
        spoken = [
            (audio, transcript)
            for kind in ("AudioSource", "VideoSource")
            for audio in self.root.iterfind(f"{{*}}Sources/{{*}}{kind}")
            for transcript in audio.iterfind("{*}Transcript")
        ]
        elements: dict[str, Element] = {}
        for element in (*texts, *(transcript for _, transcript in spoken)):
            key, raw = normal(element.get("guid", "")), self._text(element)
            if key and raw is not None:
                self.raw[key], elements[key] = raw, element
        claims = [c for key, e in elements.items() for c in self._claims(key, e)]
        marks = [
            (key, position)
            for key, element in elements.items()
            for point in element.iterfind("{*}SyncPoint")
            if (position := _number(point.get("position"))) is not None
        ]
        self.convention: Convention = (
            ours(self.raw)
            if self.origin.startswith("Qualkit")
            else detect(self.raw, claims, self.origin, marks)
        )
        rulers = {key: Ruler(raw, self.convention) for key, raw in self.raw.items()}
        groups = self._groups()
        made: dict[str, InSource] = {}
        for element in texts:
            key = normal(element.get("guid", ""))
            self.read["texts"] += 1
            if key in rulers:
                self.mapped["texts"] += 1
                values = {**groups.get(key, {}), **self._values(element)}
                made[key] = InSource(key, element.get("name", ""), rulers[key].text, values)
                self._ref_memos(element, "source", key)
                self._described(element, "source", key)
                self._selections(element, key, rulers[key])
        by_text = {source.text: key for key, source in reversed(made.items())}
        for audio, element in spoken:
            key = normal(element.get("guid", ""))
            if key in rulers:
                self._spoken(audio, element, key, rulers[key], made, by_text)
        return list(made.values())

    def _groups(self) -> dict[str, dict[str, str]]:
        """Source → the column that tells which sets of sources it is in (ATLAS.ti's document groups)."""
        found: dict[str, list[str]] = {}
        for group in self.root.iterfind("{*}Sets/{*}Set"):
            for member in group.iterfind("{*}MemberSource"):
                found.setdefault(normal(member.get("targetGUID", "")), []).append(group.get("name", ""))
        return {key: {GROUPS: "; ".join(dict.fromkeys(filter(None, names)))} for key, names in found.items()}

    def _claims(self, key: str, element: Element) -> Iterator[Claim]:
        for s in element.iterfind("{*}PlainTextSelection"):
            start, end = _number(s.get("startPosition")), _number(s.get("endPosition"))
            if start is not None and end is not None:
                yield Claim(key, start, end, s.get("name", ""))

    def _selections(self, element: Element, key: str, ruler: Ruler) -> None:
        for s in element.iterfind("{*}PlainTextSelection"):
            self.read["selections"] += 1
            start, end = _number(s.get("startPosition")), _number(s.get("endPosition"))
            found = (
                span(ruler, self.convention, start, end) if start is not None and end is not None else None
            )
            if found is None or found[0] == found[1]:
                name = element.get("name", "")[:40]
                place = f"{s.get('startPosition', '')[:12]}–{s.get('endPosition', '')[:12]}"
                self._lost(s, f"{name} {place} is no passage of the text")
                continue
            self.mapped["selections"] += 1
            self._coded(s, key, found)
        for coding in element.iterfind("{*}Coding"):
            self._coding(coding, element, key, (0, len(ruler.text)), "", "")

    def _coded(self, selection: Element, key: str, found: tuple[int, int]) -> None:
        described = (selection.findtext("{*}Description") or "").strip()
        codings = selection.findall("{*}Coding")
        if not codings:
            refs = self._ref_memos(selection, "source", key, found)
            if described and not refs:
                guid = normal(selection.get("guid", ""))
                coder = self._user(selection.get("creatingUser", ""))
                when = selection.get("creationDateTime", "")
                self.memos.append(InMemo(guid, described, "source", key, "", coder, when, found))
                self.read["comments"] += 1
                self.mapped["comments"] += 1
            return
        told = {n for ref in selection.iter("{*}NoteRef") if (n := self._note_text(ref))}
        memo = "" if self.origin.startswith("Qualkit") or any(t in described for t in told) else described
        for coding in codings:
            self._coding(coding, selection, key, found, memo, selection.get("name", ""))

    def _coding(
        self, coding: Element, around: Element, key: str, found: tuple[int, int], memo: str, name: str
    ) -> None:
        self.read["codings"] += 1
        ref = coding.find("{*}CodeRef")
        code = normal(ref.get("targetGUID", "")) if ref is not None else ""
        guid = normal(coding.get("guid", ""))
        if code not in self.known or not guid:
            told = coding.get("guid", "")[:36] or "without GUID"
            why = "its GUID is wrong" if not guid else f"no code {code[:8] or 'is named'}"
            self.why["codings"].append(f"{told}: {why}")
            return
        self.mapped["codings"] += 1
        coder = self._user(coding.get("creatingUser", "") or around.get("creatingUser", ""))
        when = coding.get("creationDateTime", "") or around.get("creationDateTime", "")
        tied = around.get("guid", "").strip()
        tied = tied if normal(tied) in self.tied else ""
        self.codings.append(InCoding(guid, key, found[0], found[1], code, coder, when, memo, name, tied))
        self._ref_memos(coding, "coding", guid)

    def _spoken(
        self,
        audio: Element,
        element: Element,
        key: str,
        ruler: Ruler,
        made: dict[str, InSource],
        by_text: dict[str, str],
    ) -> None:
        """A recording's transcript: times for the text source of the same text, or a source."""
        self.read["recordings' transcripts"] += 1
        self.mapped["recordings' transcripts"] += 1
        points: dict[str, tuple[int, int]] = {}
        for point in element.iterfind("{*}SyncPoint"):
            position, ms = _number(point.get("position")), _number(point.get("timeStamp"))
            place = ruler.place(position) if position is not None else None
            if place is not None and ms is not None and ms >= 0:
                points[normal(point.get("guid", ""))] = (place, ms)
        times = tuple(sorted(points.values()))
        owner = by_text.get(ruler.text, key)
        base = made.get(owner) or InSource(key, audio.get("name", "") or element.get("name", ""), ruler.text)
        where = audio.get("path", "")
        member = f"sources/{where.removeprefix('internal://')}" if where.startswith("internal://") else ""
        if member and ("/" in member[8:] or member not in self.archive):
            self.missing.append(where[:120])
            member = ""
        parts = {"audio": normal(audio.get("guid", "")), "transcript": key}
        made[owner] = InSource(base.key, base.name, base.text, base.values, times, member, parts)
        for s in element.iterfind("{*}TranscriptSelection"):
            first = points.get(normal(s.get("fromSyncPoint", "")))
            last = points.get(normal(s.get("toSyncPoint", "")))
            self._timed(s, owner, first and first[0], last and last[0])
        for s in audio.iterfind("{*}AudioSelection"):
            begin, end = _number(s.get("begin")), _number(s.get("end"))
            first_at = next((p for p, ms in reversed(times) if begin is not None and ms <= begin), None)
            last_at = next((p for p, ms in times if end is not None and ms >= end), None)
            self._timed(s, owner, first_at, last_at)

    def _timed(self, selection: Element, key: str, start: int | None, end: int | None) -> None:
        self.read["selections"] += 1
        if start is None or end is None or start >= end:
            self._lost(selection, f"{selection.get('guid', '')[:36]} has no place in the transcript")
            return
        self.mapped["selections"] += 1
        self._coded(selection, key, (start, end))

    def _lost(self, selection: Element, why: str) -> None:
        """Count a selection without a place, and the codings on it."""
        self.why["selections"].append(why)
        codings = len(selection.findall("{*}Coding"))
        self.read["codings"] += codings
        self.why["codings"] += [why] * codings

    def _note(self, kind: str) -> str:
        """What became of those of a kind that were lost, the first of them one by one."""
        why = self.why[kind]
        more = [f"and {len(why) - SHOWN} more"] if len(why) > SHOWN else []
        return "; ".join([*why[:SHOWN], *more])

    # ── The rest ─────────────────────────────────────────────────────────────

    def _user(self, guid: str) -> str:
        return self.users.get(normal(guid), "")

    def _note_text(self, ref: Element) -> str:
        note = self.notes.get(normal(ref.get("targetGUID", "")))
        return (self._text(note) or "").strip() if note is not None else ""

    def _ref_memos(
        self, element: Element, about: str, target: str, found: tuple[int, int] | None = None
    ) -> int:
        refs = element.findall("{*}NoteRef")
        for ref in refs:
            self.read["notes"] += 1
            guid = normal(ref.get("targetGUID", ""))
            text = plain(self._note_text(ref))
            if not text:
                continue
            note = self.notes[guid]
            self.told.add(guid)
            self.mapped["notes"] += 1
            coder = self._user(note.get("creatingUser", ""))
            when, title = note.get("creationDateTime", ""), note.get("name", "")
            self.memos.append(InMemo(guid, text, about, target, title, coder, when, found))
        return len(refs)

    def _described(self, element: Element, about: str, target: str) -> None:
        """The description of a text, a case or the project: a memo on it."""
        text = plain((element.findtext("{*}Description") or "").strip())
        if text:
            self.read["descriptions"] += 1
            self.mapped["descriptions"] += 1
            guid = normal(element.get("guid", ""))
            self.memos.append(InMemo(f"description of {guid}", text, about, target))

    def _other_notes(self) -> None:
        """Notes that nothing which was read speaks of are memos on the project."""
        for guid, note in self.notes.items():
            text = plain((self._text(note) or "").strip()) if guid and guid not in self.told else ""
            if text:
                self.read["notes"] += 1
                self.mapped["notes"] += 1
                who, when = self._user(note.get("creatingUser", "")), note.get("creationDateTime", "")
                self.memos.append(InMemo(guid, text, "project", "", note.get("name", ""), who, when))

    def _values(self, element: Element, names: Mapping[str, str] | None = None) -> dict[str, str]:
        if names is None:
            names = {
                normal(v.get("guid", "")): v.get("name", "")
                for v in self.root.iterfind("{*}Variables/{*}Variable")
            }
        values = {}
        for value in element.iterfind("{*}VariableValue"):
            ref = value.find("{*}VariableRef")
            name = names.get(normal(ref.get("targetGUID", "")), "") if ref is not None else ""
            text = next((e.text or "" for e in value if name_of(e) != "VariableRef"), "")
            if name:
                values[name] = text
        return values

    def _cases(self, names: Mapping[str, str]) -> Iterator[InCase]:
        for case in self.root.iterfind("{*}Cases/{*}Case"):
            self.read["cases"] += 1
            self.mapped["cases"] += 1
            refs = tuple(normal(r.get("targetGUID", "")) for r in case.iterfind("{*}SourceRef"))
            values = dict.fromkeys(names.values(), "") | self._values(case, names)
            if len(refs) == 1:
                self._described(case, "source", refs[0])
            for kind, name in (("cases' passages", "SelectionRef"), ("cases' codes", "CodeRef")):
                self.read[kind] += len(case.findall(f"{{*}}{name}"))
            yield InCase(normal(case.get("guid", "")), case.get("name", ""), values, refs)


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None
