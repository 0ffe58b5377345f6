"""Putting what another tool held into a project: a new folder that appears whole, or not at all."""

from __future__ import annotations

import os
import re
import shutil
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qualkit.errors import Conflict
from qualkit.exchange.codebook_table import slug
from qualkit.exchange.foreign import FILES, KEPT, kept_bytes, members_of
from qualkit.exchange.guids import normal, own_id, short, write_origins
from qualkit.exchange.offsets import says
from qualkit.exchange.rendering import Canonical, Rendered, canonical, outward, rendered
from qualkit.files.anchors import anchor, anchor_fields
from qualkit.files.archive import MAX_MEDIA, opened
from qualkit.files.atomic import make_folder, write_bytes
from qualkit.files.codebook_write import write_codebook
from qualkit.files.interviews import COLUMNS, iso_date, write_interviews
from qualkit.files.journal import JOURNAL_FORMAT, NAME, now
from qualkit.files.lines import chained
from qualkit.files.memos import write_memo
from qualkit.files.names import fault_in_id, require_inside, safe_id
from qualkit.files.project import Project, init_project, load_project, toml_string
from qualkit.files.suggestions import write_suggestions
from qualkit.files.text import nfc, one_line
from qualkit.files.transcript import write_transcript
from qualkit.model import Code, Codebook, Interview, Memo, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from qualkit.exchange.incoming import InCase, InCoding, Incoming, InSource, Loss

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Quote:
    """A coding as it was read: which code on which words, and whether the project has them."""

    code: str
    """The code's name in the other tool."""
    quote: str
    interview: str
    coder: str
    start: int
    """In the interview's canonical text; -1 when nothing of it is there."""
    end: int
    recovered: bool
    """The text is where the writer said, and is what the writer said it is."""


@dataclass(frozen=True, slots=True)
class Landed:
    """What an import made."""

    root: Path
    quotes: tuple[Quote, ...]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """A source in the project: its transcript, and how positions come into it."""

    interview: str
    transcript: Transcript
    foreign: Canonical | None
    """None for a transcript that came whole: its own rendering tells the places."""
    own: Rendered

    def inward(self, start: int, end: int) -> tuple[int, int] | None:
        """A range of the source's text as one of the canonical text."""
        if self.foreign is not None:
            return self.foreign.inward(start, end)
        text = self.own
        places = []
        for position in (start, end - 1):
            turn = max(0, bisect_right(text.lines, position) - 1)
            offset = max(0, position - text.starts[turn])
            places.append(
                self.transcript.turn_starts[turn] + min(offset, len(self.transcript.turns[turn].text))
            )
        found = (places[0], places[1] + 1)
        return found if outward(self.transcript, text, *found) == (start, end) else None


def land(incoming: Incoming, root: Path, languages: tuple[str, ...] = ("fi", "sv", "en")) -> Landed:
    """A new project in ``root`` made of what came in. It is there whole or not at all.

    Raises :class:`Conflict` when ``root`` holds something already.
    """
    root = root.absolute()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Conflict(f"{root}: there is something already.", "Name a new folder with --to.")
    make_folder(root.parent)
    stage = root.with_name(f".{root.name}.{os.urandom(4).hex()}.part")
    try:
        landing = _Landing(incoming, stage, languages)
        quotes = landing.everything()
        shutil.rmtree(stage / ".qualkit", ignore_errors=True)
        if root.exists():
            root.rmdir()
        stage.replace(root)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return Landed(root, tuple(quotes), incoming.losses)


class _Landing:
    """One import at work."""

    def __init__(self, incoming: Incoming, stage: Path, languages: tuple[str, ...]) -> None:
        self.incoming = incoming
        self.own = incoming.own
        self.language = (self.own.languages or languages)[0]
        self.project: Project = init_project(stage, incoming.name, self.own.languages or languages)
        self.origins: dict[str, str] = {}
        self.coders: dict[str, str] = {}
        self.lines: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def everything(self) -> list[Quote]:
        """Write all files; the quotes."""
        codes = self._codebook()
        texts = self._sources()
        quotes = self._codings(codes, texts)
        self._memos(codes, texts)
        for (coder, interview), lines in self.lines.items():
            write_journal(self.project, coder, interview, lines)
        for model in sorted({s.model for s in self.own.suggestions}):
            for interview in sorted({s.interview for s in self.own.suggestions if s.model == model}):
                mine = [s for s in self.own.suggestions if (s.model, s.interview) == (model, interview)]
                write_suggestions(self.project, model, interview, mine)
        if self.incoming.guids:
            self._others()
            write_origins(self.project, self.origins)
        self._keep()
        load_project(self.project.root)
        return quotes

    def _id(self, kind: str, key: str) -> str:
        """The id that a Qualkit gave to what has this key; empty when none did."""
        return self.own.ids.get(f"{kind}:{key}") or (
            own_id(self.incoming.name, kind, key) if self.incoming.origin.startswith("Qualkit") else ""
        )

    def _came(self, thing: str, key: str) -> None:
        """Note the GUID that a thing came with, in its own spelling."""
        if normal(key) or not self.incoming.guids:
            self.origins.setdefault(thing, self.incoming.spelled.get(key, key))

    def _others(self) -> None:
        """GUIDs of people and of columns."""
        for thing, key in self.incoming.others.items():
            kind, _, name = thing.partition(":")
            if kind == "coder" and name in self.coders:
                self._came(f"coder:{self.coders[name]}", key)
            elif kind == "variable":
                self._came(thing, key)

    def _keep(self) -> None:
        """Keep what the project has no place for, with its files."""
        if not self.incoming.kept:
            return
        write_bytes(self.project.root / KEPT, kept_bytes(self.incoming.kept))
        if self.incoming.path.suffix.lower() == ".qdc":
            return
        with opened(self.incoming.path) as archive:
            for name in members_of(self.incoming.kept):
                if f"sources/{name}" in archive:
                    target = self.project.root / FILES / name
                    make_folder(target.parent)
                    with target.open("xb") as out:
                        for block in archive.blocks(f"sources/{name}", MAX_MEDIA):
                            out.write(block)

    # ── Codes ────────────────────────────────────────────────────────────────

    def _codebook(self) -> dict[str, str]:
        """Write the codebook; key → code id."""
        ids: dict[str, str] = {}
        taken: set[str] = set()
        for code in self.incoming.codes:
            wanted = self._id("code", code.key) or slug(code.name)
            ids[code.key] = _free(wanted, taken)
            self._came(f"code:{ids[code.key]}", code.key)
        language = self.language
        made = {
            ids[c.key]: Code(
                ids[c.key],
                {language: " ".join(one_line(c.name).split()) or ids[c.key]},
                ids.get(c.parent, ""),
                {language: nfc(c.description).strip()} if c.description.strip() else {},
                color=c.color.lower() if re.fullmatch("#[0-9A-Fa-f]{6}", c.color) else "",
                codable=c.codable,
            )
            for c in self.incoming.codes
        }
        book = self.own.codebook
        if book is not None:
            extra = tuple(code for key, code in made.items() if key not in book.by_id)
            used = {ids[c.code] for c in self.incoming.codings if c.code in ids}
            book = replace(book, codes=book.codes + tuple(c for c in extra if c.id not in used or c.parent))
        elif made:
            book = Codebook({language: self.incoming.name}, tuple(made.values()), languages=(language,))
        if book is not None:
            self.project.codebook_path.unlink()
            write_codebook(self.project.codebook_path, book)
        return ids

    # ── Interviews ───────────────────────────────────────────────────────────

    def _sources(self) -> dict[str, _Text]:
        texts: dict[str, _Text] = {}
        taken: set[str] = set()
        rows: dict[str, Interview] = {row.id: row for row in self.own.interviews}
        cases: dict[str, list[InCase]] = {}
        for case in self.incoming.cases:
            for key in case.sources:
                cases.setdefault(key, []).append(case)
        for source in self.incoming.sources:
            known = self._id("interview", source.key)
            name = _free(known or safe_id(re.sub(r"\.\w{2,4}$", "", source.name), "interview"), taken)
            texts[source.key] = self._text(source, name)
            self._came(f"interview:{name}", source.key)
            for part, key in source.parts.items():
                self._came(f"{part}:{name}", key)
            if len(held := cases.get(source.key, [])) == 1 and len(held[0].sources) == 1:
                self._came(f"case:{name}", held[0].key)
            values: dict[str, str] = {}
            for case in cases.get(source.key, []):
                values |= case.values
                if case.name and case.name != name:
                    values.setdefault("case", case.name)
            values |= source.values
            rows.setdefault(name, _row(name, values))
            if source.recording:
                self._extract(source.recording, name, rows[name])
        empty = [case for case in self.incoming.cases if not case.sources and case.name]
        for case in empty:
            if case.name not in rows and not fault_in_id(case.name):
                rows[case.name] = _row(case.name, case.values)
        write_interviews(self.project, rows.values())
        sites = {site.id: site.name for site in self.own.sites}
        if sites:
            config = self.project.config
            added = "".join(f"{toml_string(key)} = {toml_string(name)}\n" for key, name in sites.items())
            write_bytes(config, config.read_bytes() + added.encode("utf-8"))
        return texts

    def _text(self, source: InSource, name: str) -> _Text:
        mine = self.own.transcripts.get(name)
        if mine is not None and rendered(mine).text == source.text:
            text = _Text(name, mine, None, rendered(mine))
        else:
            made = canonical(source.text, source.times)
            provenance = {"imported": self.incoming.origin or self.incoming.path.suffix.lstrip(".")}
            transcript = Transcript(name, self.language, made.speakers, made.turns, provenance=provenance)
            text = _Text(name, transcript, made, Rendered("", (), ()))
        write_transcript(self.project.transcripts / f"{name}.json", text.transcript)
        return text

    def _extract(self, member: str, name: str, row: Interview) -> None:
        suffix = re.search(r"\.\w{1,5}$", member)
        file = row.recording or f"{name}{suffix[0].lower() if suffix else '.bin'}"
        target = self.project.recordings / file
        if self.incoming.path.is_dir():
            shutil.copyfile(require_inside(self.incoming.path, self.incoming.path / member), target)
            return
        with opened(self.incoming.path) as archive, target.open("xb") as out:
            for block in archive.blocks(member, MAX_MEDIA):
                out.write(block)

    # ── Codings ──────────────────────────────────────────────────────────────

    def _coder(self, name: str) -> str:
        if name not in self.coders:
            wanted = name if name and not fault_in_id(name) else safe_id(name, "imported")
            self.coders[name] = _free(wanted, set(self.coders.values()))
        return self.coders[name]

    def _codings(self, codes: Mapping[str, str], texts: Mapping[str, _Text]) -> list[Quote]:
        names = {code.key: code.name for code in self.incoming.codes}
        sources = {source.key: source for source in self.incoming.sources}
        quotes: list[Quote] = []
        self.placed: dict[str, tuple[str, str, str]] = {}
        memos = {(m.target, m.key): m for m in self.incoming.memos if m.about == "coding"}
        first_memo = {m.target: m for m in reversed(memos.values())}
        self.used: set[str] = set()
        seen: dict[tuple[str, str, str, int, int], str] = {}
        for coding in self.incoming.codings:
            text = texts.get(coding.source)
            if text is None or coding.code not in codes:
                continue
            found = text.inward(coding.start, coding.end)
            words = sources[coding.source].text[coding.start : coding.end]
            said = says(words, coding.claimed) if coding.claimed else True
            kept = found is not None and (said is True if self.incoming.quoted else said is not False)
            start, end = found or (-1, -1)
            coder = coding.coder
            quotes.append(Quote(names[coding.code], words, text.interview, coder, start, end, kept))
            if found is None or coder.startswith("model:"):
                continue
            who = self._coder(coder)
            place = (who, text.interview, codes[coding.code], start, end)
            if place in seen:
                self.placed[coding.key] = (seen[place], who, text.interview)
                self._came(f"selection:{seen[place]}", coding.selection)
                continue
            own = self._id("coding", coding.key)
            coding_id = own or short(f"coding\0{coding.key}")
            seen[place] = coding_id
            self.placed[coding.key] = (coding_id, who, text.interview)
            self._came(f"coding:{coding_id}", coding.key)
            self._came(f"selection:{coding_id}", coding.selection)
            note = first_memo.get(coding.key)
            memo = coding.memo
            if note and own_id(self.incoming.name, "coding-memo", note.key) == coding_id:
                memo = note.text
                self.used.add(note.key)
            self._add(coding, text, (start, end), codes[coding.code], coding_id, memo)
        return quotes

    def _add(
        self, coding: InCoding, text: _Text, found: tuple[int, int], code: str, coding_id: str, memo: str
    ) -> None:
        line: dict[str, Any] = {
            "id": coding_id, "op": "add", "at": _time(coding.created), "code": code,
            "anchor": anchor_fields(anchor(text.transcript, *found)),
            **self.own.codings.get(coding_id, {}),
        }  # fmt: skip
        if memo:
            line["memo"] = nfc(memo)
        self.lines.setdefault((self._coder(coding.coder), text.interview), []).append(line)

    # ── Memos ────────────────────────────────────────────────────────────────

    def _memos(self, codes: Mapping[str, str], texts: Mapping[str, _Text]) -> None:
        for note in self.incoming.memos:
            if note.key in self.used:
                continue
            own = self._id("memo", note.key)
            memo_id = own or short(f"memo\0{note.key}\0{note.target}")
            self._came(f"memo:{memo_id}", note.key)
            place, interview, coder = None, "", self._coder(note.coder) if note.coder else ""
            about = "project"
            if note.about == "code":
                about = f"code:{codes[note.target]}" if note.target in codes else "project"
            elif note.about == "source" and note.target in texts:
                text = texts[note.target]
                interview, about = text.interview, f"interview:{text.interview}"
                found = text.inward(*note.span) if note.span else None
                place = anchor(text.transcript, *found) if found else None
            elif note.about == "coding" and note.target in self.placed:
                coding_id, owner, interview = self.placed[note.target]
                about, coder = f"coding:{coding_id}", coder or owner
            memo = Memo(memo_id, about, coder, _time(note.created), nfc(note.text).strip(), note.title, place)
            self._memo(memo, interview)
        for memo in self.own.memos:
            self._memo(memo, memo.about.partition(":")[2] if memo.about.startswith("interview:") else "")

    def _memo(self, memo: Memo, interview: str) -> None:
        if not interview or not memo.coder or memo.id in self.own.filed:
            write_memo(self.project, memo)
            return
        line: dict[str, Any] = {"id": memo.id, "op": "memo", "at": memo.created, "about": memo.about}
        if memo.title:
            line["title"] = memo.title
        if memo.anchor:
            line["anchor"] = anchor_fields(memo.anchor)
        self.lines.setdefault((memo.coder, interview), []).append({**line, "text": memo.text})


def write_journal(project: Project, coder: str, interview: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """A new journal with these steps, chained by hash, in one write. Raises :class:`Conflict`."""
    path = project.codings / coder / f"{interview}.jsonl"
    if path.exists():
        raise Conflict(f"{path}: there is a journal already.", "Import into a new folder.")
    opening = {
        "id": short(f"open\0{coder}\0{interview}"), "op": "open", "at": now(),
        "format": f"{NAME}/{JOURNAL_FORMAT}", "coder": coder, "interview": interview,
    }  # fmt: skip
    write_bytes(path, chained((opening, *lines)))


def _row(name: str, values: Mapping[str, str]) -> Interview:
    """A row of interviews.csv; what does not fit a known column's rules becomes an attribute."""
    known: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    for key, raw in values.items():
        value = " ".join(one_line(raw).split())
        column = key.lower()
        fits = {
            "id": False,
            "date": iso_date(value) is not None,
            "language": re.fullmatch("(?:[a-z]{2,3})?", value) is not None,
            "consent": value in ("", "quote", "no-quote"),
            "speakers": re.fullmatch("(?:1?[0-9]|20)?", value) is not None,
            "recording": not value or (not fault_in_id(value)),
        }.get(column, column in COLUMNS)
        if not fits:
            attributes[f"{key} (imported)" if column in COLUMNS else " ".join(one_line(key).split())] = value
        elif value:
            known[column] = (
                int(value) if column == "speakers" else iso_date(value) if column == "date" else value
            )
    return Interview(name, **known, attributes=attributes)


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 1
    while name.casefold() in {t.casefold() for t in taken}:
        number += 1
        name = f"{wanted[:76]}-{number}"
    taken.add(name)
    return name


def _time(text: str) -> str:
    return text if _TIME.match(text) else now()
