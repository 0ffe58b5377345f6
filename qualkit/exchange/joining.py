"""Putting what another tool held into a project that is there already: all of it, or nothing.

It is landed in a folder of its own first, as any import is, with the ids of what the
project knows: by GUID, codes also by name and texts by what they say. Then what is new
comes in. Nothing that is there is changed: not a code, not a transcript, not a row's cell.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, Conflict
from qualkit.exchange.foreign import FILES, KEPT, kept_bytes, read_kept
from qualkit.exchange.guids import (
    ORIGINS,
    Guids,
    normal,
    origins_bytes,
    own_guid,
    own_id,
    read_origins,
    short,
)
from qualkit.exchange.incoming import Loss
from qualkit.exchange.landing import Landed, Quote, land
from qualkit.exchange.merge_tables import rewritten, with_sites
from qualkit.exchange.merging import files_below
from qualkit.exchange.rendering import canonical, rendered
from qualkit.files.anchors import anchor, anchor_fields, anchor_from, reanchor
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_history import History
from qualkit.files.interviews import read_interviews, write_interviews
from qualkit.files.journal import Journal, check_journal
from qualkit.files.lines import chained, parse
from qualkit.files.memos import read_memos
from qualkit.files.names import safe_id
from qualkit.files.project import CONFIG, load_project
from qualkit.files.seen import Files, note_files
from qualkit.files.staging import Change, apply_changes, digest_of, recover
from qualkit.files.text import nfc, read_bytes, read_text
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qualkit.exchange.incoming import Incoming, Own
    from qualkit.files.project import Project
    from qualkit.model import Anchor, Code, Codebook, Transcript


@dataclass(frozen=True, slots=True)
class Joined:
    """What an import into a project brought."""

    landed: Landed
    took: Mapping[str, int]
    """Kind → how many are new."""


def join(incoming: Incoming, project: Project) -> Joined:
    """Bring what came in into a project. All is written or nothing.

    A coding, memo or interview that is here already is left as it is, and so is one that
    was taken away here. Raises :class:`BadFile` for a file of the project that cannot be
    read, :class:`Conflict` when one changed meanwhile.
    """
    recover(project)
    seeded = _seeded(incoming, project)
    with TemporaryDirectory(prefix="qualkit-") as folder:
        landed = land(seeded, Path(folder) / "landed", project.languages)
        joining = _Joining(project, load_project(landed.root), seeded)
        joining.everything()
        new = bool(joining.changes or joining.new_codes)
        if new:
            for path, data in Files(project).noted().items():
                joining.changes[path] = Change(data, digest_of(project.root / path))
        with _codes_first(project, joining.new_codes, f"import of {incoming.path.name}"):
            apply_changes(project, joining.changes)
        if new:
            note_files(project)
    losses = (*landed.losses, *joining.losses())
    made = replace(landed, root=project.root, quotes=tuple(joining.placed(landed.quotes)), losses=losses)
    return Joined(made, {kind: number for kind, number in joining.took.items() if number})


@contextmanager
def _codes_first(project: Project, codes: tuple[Code, ...], what: str) -> Iterator[None]:
    """The codes are in the codebook before anything is coded with them, and out again when that fails."""
    if not codes:
        yield
        return
    history = History(project)
    history.change(what, lambda book: _with_codes(book, codes))
    try:
        yield
    except BaseException:
        history.undo()
        raise


def _with_codes(book: Codebook, codes: tuple[Code, ...]) -> Codebook:
    new = tuple(code for code in codes if code.id not in book.by_id)
    languages = tuple(dict.fromkeys((*book.languages, *(key for code in new for key in code.name))))
    return replace(book, codes=(*book.codes, *new), languages=languages)


# ── What the project knows already ───────────────────────────────────────────


def _seeded(incoming: Incoming, project: Project) -> Incoming:
    """What came in, with an id for every code, text, coding and memo: one of the project's, or a free one."""
    known = _Known(project, incoming)
    ids = dict(incoming.own.ids)
    recoded = _seed_codes(incoming, load_codebook(project), known, ids)
    renamed: dict[str, str] = {}
    rows = {row.id for row in read_interviews(project)} | set(transcript_ids(project))
    taken = set(rows)
    for source in incoming.sources:
        wanted = ids.get(f"interview:{source.key}", "") or known.made("interview", source.key)
        wanted = wanted or safe_id(source.name.rpartition(".")[0] or source.name, "interview")
        found = known.of("interview", source.key)
        if not found:
            like = re.compile(re.escape(wanted) + r"(-\d+)?")  # a name that another text had was numbered
            found = next((i for i in sorted(rows) if like.fullmatch(i) and known.says(i, source.text)), "")
        name = found or _free(wanted, taken)
        taken.add(name)
        ids[f"interview:{source.key}"] = name
        if name != wanted:
            renamed[wanted] = name
    for kind, things in (("coding", incoming.codings), ("memo", incoming.memos)):
        for thing in things:
            if found := known.of(kind, thing.key):
                ids[f"{kind}:{thing.key}"] = found
            elif not incoming.guids:  # numbers of a database, which every database has
                ids[f"{kind}:{thing.key}"] = short(f"{kind}\0{incoming.origin}\0{incoming.name}\0{thing}")
    return replace(incoming, own=_renamed(replace(incoming.own, ids=ids), renamed, recoded))


def _seed_codes(incoming: Incoming, book: Codebook, known: _Known, ids: dict[str, str]) -> dict[str, str]:
    """Put the codes' ids among ``ids``; id in what another Qualkit or a table wrote → id here."""
    by_name: dict[str, set[str]] = defaultdict(set)
    for present in book.codes:
        for name in present.name.values():
            by_name[_plain(name)].add(present.id)
    taken = {code.id for code in book.codes}
    recoded: dict[str, str] = {}
    for code in incoming.codes:
        alike = by_name.get(_plain(code.name), set())
        found = known.of("code", code.key) or (next(iter(alike)) if len(alike) == 1 else "")
        wanted = ids.get(f"code:{code.key}", "")
        if not found and wanted in book.by_id:
            found = wanted  # another Qualkit's code of the same id
        made = ids[f"code:{code.key}"] = found or _free(wanted or safe_id(code.name, "code"), taken)
        taken.add(made)
        if wanted:
            recoded[wanted] = made
    for own in incoming.own.codebook.codes if incoming.own.codebook else ():
        alike = set().union(*(by_name.get(_plain(name), ()) for name in own.name.values()))
        if own.id not in book.by_id and len(alike) == 1 and not alike & set(recoded.values()):
            recoded.setdefault(own.id, *alike)
    return recoded


def _plain(name: str) -> str:
    """A code's name as names are compared."""
    return " ".join(nfc(name).split()).casefold()


class _Known:
    """Ids of the project by the GUIDs that its things have outside."""

    def __init__(self, project: Project, incoming: Incoming) -> None:
        self.project, self.incoming = project, incoming
        guids = Guids(project)
        self._ids: dict[tuple[str, str], str] = {}
        for code in load_codebook(project).codes:
            self._ids["code", own_guid(project.name, "code", code.id)] = code.id
        for name in transcript_ids(project):
            self._ids["interview", own_guid(project.name, "interview", name)] = name
        for memo in read_memos(project):
            self._ids["memo", own_guid(project.name, "memo", memo.id)] = memo.id
        for thing, guid in guids.known.items():
            kind, _, name = thing.partition(":")
            self._ids[kind, normal(guid)] = name

    def of(self, kind: str, key: str) -> str:
        """The id of what has this GUID; empty when the project has nothing of it."""
        return self._ids.get((kind, key)) or own_id(self.project.name, kind, key)

    def made(self, kind: str, key: str) -> str:
        """The id that the Qualkit which wrote the file gave it, where its GUID tells."""
        return own_id(self.incoming.name, kind, key) if self.incoming.origin.startswith("Qualkit") else ""

    def says(self, interview: str, text: str) -> bool:
        """Whether an interview's newest transcript says what a text says."""
        if interview not in transcript_ids(self.project):
            return False
        transcript = load_transcript(self.project, interview)
        return text == rendered(transcript).text or canonical(text).text == transcript.text


def _renamed(own: Own, names: Mapping[str, str], codes: Mapping[str, str]) -> Own:
    """What a Qualkit put beside the standard's elements, with some interviews and codes under other ids."""

    def about(text: str) -> str:
        kind, colon, name = text.partition(":")
        ids = {"interview": names, "code": codes}.get(kind, {})
        return f"{kind}:{ids.get(name, name)}" if colon else text

    book = own.codebook
    if book is not None:
        moved = {
            codes.get(code.id, code.id): replace(
                code, id=codes.get(code.id, code.id), parent=codes.get(code.parent, code.parent)
            )
            for code in reversed(book.codes)
        }
        book = replace(book, codes=tuple(reversed(moved.values())))
    return replace(
        own,
        codebook=book,
        interviews=tuple(replace(row, id=names.get(row.id, row.id)) for row in own.interviews),
        transcripts={
            names.get(key, key): replace(t, interview=names.get(key, key))
            for key, t in own.transcripts.items()
        },
        memos=tuple(replace(memo, about=about(memo.about)) for memo in own.memos),
        suggestions=tuple(
            replace(s, interview=names.get(s.interview, s.interview), code=codes.get(s.code, s.code))
            for s in own.suggestions
        ),
    )


def _free(wanted: str, taken: Iterable[str]) -> str:
    folded = {name.casefold() for name in taken}
    name, number = wanted, 1
    while name.casefold() in folded:
        number += 1
        name = f"{wanted[:76]}-{number}"
    return name


# ── What is new ──────────────────────────────────────────────────────────────


class _Joining:
    """A landed project on its way into another one."""

    def __init__(self, project: Project, landed: Project, incoming: Incoming) -> None:
        self.ours, self.theirs, self.incoming = project, landed, incoming
        self.changes: dict[str, Change] = {}
        self.took: Counter[str] = Counter()
        self.lost = 0
        self.here = 0
        self.new_codes: tuple[Code, ...] = ()
        self._texts: dict[str, tuple[Transcript, Transcript]] = {}
        self._unplaced: set[tuple[str, int, int, str]] = set()

    def everything(self) -> None:
        """Find what is to be written."""
        self._codebook()
        self._interviews()
        for name in transcript_ids(self.theirs):
            path = f"transcripts/{name}.json"
            if (self.ours.root / path).exists():
                self._texts[name] = load_transcript(self.theirs, name), load_transcript(self.ours, name)
            else:
                self._put(path, self.theirs.root / path, "transcripts")
        for path in files_below(self.theirs, "codings"):
            self._journal(path)
        for path in files_below(self.theirs, "memos"):
            self._new(path, "memos")
        self._kept()
        for folder in ("recordings", "suggestions", FILES):
            for path in files_below(self.theirs, folder):
                self._new(path, Path(folder).name)
        self._origins()

    def _put(self, path: str, new: bytes | Path, kind: str = "") -> None:
        data = new.read_bytes() if isinstance(new, Path) and kind != "recordings" else new
        self.changes[path] = Change(data, digest_of(self.ours.root / path))
        if kind:
            self.took[kind] += 1

    def _new(self, path: str, kind: str) -> None:
        if not (self.ours.root / path).exists():
            self._put(path, self.theirs.root / path, kind)

    def _codebook(self) -> None:
        if not (self.incoming.codes or self.incoming.own.codebook):
            return
        mine, other = load_codebook(self.ours), load_codebook(self.theirs)
        self.new_codes = tuple(code for code in other.codes if code.id not in mine.by_id)
        self.took["codes"] += len(self.new_codes)

    def _interviews(self) -> None:
        rows = {row.id: row for row in read_interviews(self.ours)}
        new = [row for row in read_interviews(self.theirs) if row.id not in rows]
        if new:
            all_ = [*rows.values(), *new]
            made = rewritten(self.ours, "interviews.csv", lambda p: write_interviews(p, all_))
            self._put("interviews.csv", made)
            self.took["interviews"] += len(new)
        known = {site.id for site in self.ours.sites}
        sites = {site.id: site.name for site in self.theirs.sites if site.id not in known}
        if sites:
            self._put(CONFIG, with_sites(read_text(self.ours.config), sites).encode("utf-8"))
            self.took["sites"] += len(sites)

    def _kept(self) -> None:
        """What is kept for writing back, but for the dimensions that ATLAS.ti got as sets from here."""
        made = {own_guid(self.ours.name, "set", code.id) for code in load_codebook(self.ours).codes}
        mine = read_kept(self.ours)
        here = made | {normal(part.get("guid", "")) for part in mine}
        new = [part for part in read_kept(self.theirs) if normal(part.get("guid", "")) not in here]
        if new:
            self._put(KEPT, kept_bytes([*mine, *new]))
            self.took["links, sets and the like"] += len(new)

    def _origins(self) -> None:
        mine, other = read_origins(self.ours), read_origins(self.theirs)
        guids = Guids(self.ours)
        new = {
            key: guid
            for key, guid in other.items()
            if key not in mine and normal(guids.of(*key.split(":", 1))) != normal(guid)
        }
        if new:
            self._put(ORIGINS, origins_bytes({**mine, **new}))

    # ── Codings and memos of coders ──────────────────────────────────────────

    def _journal(self, path: str) -> None:
        coder, interview = Path(path).parent.name, Path(path).stem
        lines = [line for _, line in parse(self.theirs.root / path, self._data(path).split(b"\n"), 1)]
        ours = self.ours.root / path
        if ours.exists() and (faults := check_journal(ours)):
            raise BadFile(ours, faults[0].message, faults[0].hint, faults[0].line)
        journal = Journal(self.ours, coder, interview)
        seen = {part.get(key) for entry in journal.entries for part in _parts(entry.id, entry.fields)
                for key in ("id", "coding", "of")}  # fmt: skip
        state = journal.state
        places = {(c.code, c.anchor.start, c.anchor.end) for c in state.codings.values()}
        new = []
        for line in lines:
            if line["op"] == "open":
                continue
            if line["id"] in seen:
                self.here += 1
                continue
            placed = self._placed(line, interview, coder)
            if placed is None:
                self.lost += 1
                continue
            stands = placed.get("anchor", {})
            if line["op"] == "add" and (line["code"], stands["start"], stands["end"]) in places:
                self.here += 1
                continue
            new.append(placed)
            self.took["codings" if line["op"] == "add" else "memos"] += 1
        if new:
            opening = [] if ours.exists() else [line for line in lines if line["op"] == "open"]
            self._put(path, _continued(ours, [*opening, *new]))

    def _data(self, path: str) -> bytes:
        return read_bytes(self.theirs.root / path)

    def _placed(self, line: dict[str, Any], interview: str, coder: str) -> dict[str, Any] | None:
        """A line with its anchor in our newest transcript; None where its place is not certain."""
        if "anchor" not in line or interview not in self._texts:
            return line
        stands = self._place(anchor_from(line["anchor"]), *self._texts[interview])
        if stands is None:
            self._unplaced.add((interview, line["anchor"]["start"], line["anchor"]["end"], coder))
            return None
        return {**line, "anchor": anchor_fields(stands)}

    @staticmethod
    def _place(old: Anchor, former: Transcript, now: Transcript) -> Anchor | None:
        if former.text == now.text:
            return anchor(now, old.start, old.end)
        numbered = (replace(old, revision=1), replace(now, revision=2), replace(former, revision=1))
        found = reanchor(*numbered)  # the numbers of the two projects have nothing to do with each other
        return found and anchor(now, found.start, found.end)

    def placed(self, quotes: Iterable[Quote]) -> Iterable[Quote]:
        """The quotes, those without a certain place here marked as not recovered."""
        for quote in quotes:
            coders = (quote.coder, safe_id(quote.coder, "imported"))
            place = (quote.interview, quote.start, quote.end)
            lost = any((*place, coder) in self._unplaced for coder in coders)
            yield replace(quote, recovered=False) if lost else quote

    def losses(self) -> list[Loss]:
        """What was here already, and what has no certain place."""
        found = []
        if self.here:
            found.append(Loss("codings and memos", self.here, self.here, note="They were here already."))
        if self.lost:
            note = "Their place in the transcript as corrected here is not certain."
            found.append(Loss("codings and memos", self.lost, 0, note=note))
        return found


def _parts(entry_id: str, fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    steps = list(fields.get("steps", ()))
    return [{"id": entry_id, "coding": fields.get("coding")}, *steps]


def _continued(path: Path, lines: Iterable[Mapping[str, Any]]) -> bytes:
    """A journal with lines after those it has. Raises :class:`Conflict` for one that a crash cut short."""
    data = read_bytes(path) if path.exists() else b""
    if data and not data.endswith(b"\n"):
        raise Conflict(
            f"{path}: its last line was cut short by a crash.",
            "Set a bookmark there in the desk, then import.",
        )
    return data + chained(lines, data.rstrip(b"\n").rpartition(b"\n")[2])
