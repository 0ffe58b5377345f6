"""Who decided what, when, and on which suggestion: what the project's journals tell, in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.files.codebook_history import History
from qualkit.files.emergent import theme_lines
from qualkit.files.interviews import row_told, rows_of
from qualkit.files.journal import Journal, journals
from qualkit.files.lines import parse
from qualkit.files.memos import memo_of
from qualkit.files.names import inside, locate
from qualkit.files.seen import GONE, TABLE, Files
from qualkit.files.settled import read_settled
from qualkit.files.settlements import settlement_lines
from qualkit.files.statuses import status_lines
from qualkit.files.text import read_bytes
from qualkit.files.transcript import REVISED, load_transcript, transcript_ids

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.files.replay import Entry
    from qualkit.files.seen import Seen
    from qualkit.model import Interview

SHORT = 80
"""Code points of a quote or a text that an event tells."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did."""

    at: str
    """ISO 8601 in UTC."""
    who: str
    what: str
    """``coded``, ``accepted``, ``rejected``, ``nothing``, ``removed``, ``moved``, ``recoded``,
    ``memo``, ``bookmark``, ``undone``, ``redone``, ``restored``, ``corrected``, ``codebook``,
    ``status``, ``theme`` (accepted or released), ``decided`` (between two coders), ``withdrawn``,
    ``settled`` (between two copies), ``row`` (of ``interviews.csv``), ``deleted``: those two and
    memos in ``memos/`` as they were seen by whoever worked here next."""
    interview: str = ""
    code: str = ""
    coding: str = ""
    quote: str = ""
    suggestion: str = ""
    """Id of the suggestion that it was decided on."""
    model: str = ""
    """``NAME@HASH`` of the model that made the suggestion; empty when nobody can tell any more."""
    codebook: str = ""
    """Hash of the codebook that the suggestion was made with."""
    text: str = ""
    """What was said of it: the memo, the reason, the change's name."""
    entry: str = ""
    """Id of the journal's line."""
    stands: bool = True
    """False for a step that was undone."""


def history(project: Project, target: str = "") -> tuple[Event, ...]:
    """All events, or those about one coding, code or interview, the earliest first.

    Raises :class:`UsageError` when ``target`` is none of these, :class:`BadFile` for a damaged journal.
    """
    events = sorted(_events(project), key=lambda event: event.at)
    if not target:
        return tuple(events)
    codings = {e.coding for e in events if e.coding.startswith(target)} if len(target) >= 4 else set()
    if len(codings) == 1:
        return tuple(e for e in events if e.coding in codings)
    for field in ("interview", "code"):
        if found := tuple(e for e in events if getattr(e, field) == target):
            return found
    if target in transcript_ids(project):
        return ()
    raise UsageError(
        f"Nothing is known of {target!r}.",
        "Name a coding's id, a code or an interview; `qualkit history` lists all.",
    )


def _events(project: Project) -> Iterator[Event]:
    for journal in journals(project):
        yield from _of_journal(project, journal)
    for coder, line in status_lines(project):
        what = f"{line.get('site')}: {line.get('status') or 'taken back'}. {line.get('reason', '')}"
        yield Event(line["at"], coder, "status", code=str(line.get("code", "")), text=what, entry=line["id"])
    for _, said in theme_lines(project):
        what = f"{said.id}: {said.name or 'accepted'}" if said.passages else f"{said.id}: released"
        yield Event(said.at, said.coder, "theme", text=what)
    yield from _of_settlements(project)
    if project.codebook_path.is_file():
        yield from _of_codebook(project)
    for interview in transcript_ids(project):
        yield from _of_transcript(project, interview)
    for settlement in read_settled(project.root):
        yield Event(settlement.at, settlement.coder, "settled", text=settlement.item)
    yield from _of_files(project)


# ── Journals ─────────────────────────────────────────────────────────────────


def _of_journal(project: Project, journal: Journal) -> Iterator[Event]:
    codings: dict[str, tuple[str, str]] = {}
    steps: dict[str, list[Event]] = {}
    standing = journal.standing
    made = _Made(project, journal.interview)
    for entry in journal.entries:
        base = Event(entry.at, journal.coder, "", journal.interview, entry=entry.id)
        if entry.op in ("undo", "redo"):
            word = {"undo": "undone", "redo": "redone"}[entry.op]
            for event in steps.get(str(entry.fields.get("of", "")), ()):
                yield replace(event, at=entry.at, what=word, text=event.what, entry=entry.id, stands=True)
        elif entry.op in ("open", "repaired"):
            continue
        else:
            found = [
                replace(event, stands=entry.id in standing) for event in _steps(entry, replace(base), codings)
            ]
            steps[entry.id] = [made.signed(event, entry) for event in found]
            yield from steps[entry.id]


def _steps(entry: Entry, base: Event, codings: dict[str, tuple[str, str]]) -> Iterable[Event]:
    """What one line of a journal did. ``codings``: id → code and quote, as known so far."""
    parts: list[Mapping[str, Any]] = [{"op": entry.op, "id": entry.id, **entry.fields}]
    if entry.op == "group":
        parts = list(entry.fields.get("steps", ()))
    recoded = {part.get("id") for part in parts if "was" in part}
    events = []
    for part in parts:
        if part.get("op") == "remove" and part.get("of") in recoded:
            continue
        events.append(_step(part, base, codings))
    return events


def _step(part: Mapping[str, Any], base: Event, codings: dict[str, tuple[str, str]]) -> Event:
    op = str(part.get("op", ""))
    quote = str((part.get("anchor") or {}).get("quote", ""))[:SHORT]
    code, suggestion = str(part.get("code", "")), str(part.get("suggestion", ""))
    event = replace(
        base, code=code, quote=quote, suggestion=suggestion, text=str(part.get("memo", ""))[:SHORT]
    )
    if op == "add":
        coding = str(part.get("id", ""))
        codings[coding] = (code, quote)
        was = f"was {part['was']}" if "was" in part else event.text
        what = "recoded" if "was" in part else "accepted" if suggestion else "coded"
        return replace(event, what=what, coding=coding, text=was)
    if op == "decide":
        coding = str(part.get("coding", ""))
        if coding:
            codings[coding] = (code, quote)
        what = {"accept": "accepted", "reject": "rejected"}.get(str(part.get("verdict")), "nothing")
        return replace(event, what=what, coding=coding)
    if op in ("remove", "move"):
        coding = str(part.get("of", ""))
        code, former = codings.get(coding, ("", ""))
        what = "removed" if op == "remove" else "moved"
        return replace(event, what=what, coding=coding, code=code, quote=quote or former)
    if op == "memo":
        kind, _, about = str(part.get("about", "")).partition(":")
        coding = about if kind == "coding" else ""
        code = about if kind == "code" else codings.get(coding, ("", ""))[0]
        text = str(part.get("text", ""))[:SHORT] or "taken away"
        return replace(event, what="memo", text=text, code=code, coding=coding)
    if op == "restore":
        return replace(event, what="restored", text=f"as of {part.get('until')}")
    text = f"{'at' if part.get('on', True) else 'taken from'} {part.get('position')}"
    return replace(event, what=op, text=text)


class _Made:
    """Which model made a suggestion: as the journal has it, else as the files of suggestions still tell."""

    def __init__(self, project: Project, interview: str) -> None:
        self.project, self.interview = project, interview
        self._known: dict[str, tuple[str, str, str]] | None = None

    def signed(self, event: Event, entry: Entry) -> Event:
        """The event with model and codebook, where they can be told."""
        if not event.suggestion:
            return event
        origin = entry.fields.get("from")
        if isinstance(origin, Mapping):
            model, codebook = (str(origin.get(key, "")) for key in ("model", "codebook"))
            return replace(event, model=model, codebook=codebook)
        model, codebook, at = self._found().get(event.suggestion, ("", "", ""))
        return replace(event, model=model, codebook=codebook) if at <= event.at else event

    def _found(self) -> dict[str, tuple[str, str, str]]:
        if self._known is None:
            self._known = {}
            folder = self.project.suggestions
            for model in sorted(folder.iterdir()) if folder.is_dir() else ():
                path = locate(model, f"{self.interview}.jsonl")
                if not path.is_file() or not inside(self.project.root, path):
                    continue
                try:
                    lines = parse(path, read_bytes(path).split(b"\n"), 1)
                except QualkitError:  # they can be made again; `check` tells of them
                    continue
                head = lines[0][1] if lines else {}
                origin = tuple(str(head.get(key, "")) for key in ("model", "codebook", "at"))
                for _, line in lines[1:]:
                    self._known[str(line.get("id", ""))] = (origin[0], origin[1], origin[2])
        return self._known


# ── Settlements, codebook and transcripts ────────────────────────────────────


def _of_settlements(project: Project) -> Iterator[Event]:
    """What was decided where two coders disagree: one event for each coding that it speaks of."""
    made: dict[str, list[Event]] = {}
    for who, interview, line in settlement_lines(project):
        at, entry = str(line.get("at", "")), str(line.get("id", ""))
        if line["op"] == "withdraw":
            for event in made.get(str(line.get("of", "")), ()):
                yield replace(event, at=at, what="withdrawn", entry=entry)
            continue
        text = f"{line.get('verdict')}: {line.get('reason', '')}"[:SHORT].rstrip(": ")
        quote = str((line.get("anchor") or {}).get("quote", ""))[:SHORT]
        base = Event(
            at, who, "decided", interview, str(line.get("code", "")), quote=quote, text=text, entry=entry
        )
        made[entry] = [replace(base, coding=str(coding)) for coding in line.get("codings", ())]
        yield from made[entry]


def _of_codebook(project: Project) -> Iterator[Event]:
    names: dict[str, str] = {}
    for line in History(project).events():
        if line.get("op") == "change":
            names[line["id"]] = str(line.get("what", ""))
            text, who = names[line["id"]], str(line.get("coder", ""))
        elif line.get("op") in ("undo", "redo"):
            word = {"undo": "undone", "redo": "redone"}[line["op"]]
            text, who = f"{word}: {names.get(str(line.get('of')), '')}", str(line.get("coder", ""))
        else:
            continue
        yield Event(str(line["at"]), who, "codebook", text=text, entry=str(line["id"]))


def revisions(project: Project, interview: str) -> tuple[tuple[int, str, str], ...]:
    """Number, time and coder of each revision there is; time and coder are empty when not known."""
    found = []
    for number in range(1, load_transcript(project, interview).revision + 1):
        try:
            made = load_transcript(project, interview, number).provenance.get(REVISED)
        except UsageError:  # numbers can be left out
            continue
        signed = made if isinstance(made, Mapping) else {}
        found.append((number, str(signed.get("at", "")), str(signed.get("by", ""))))
    return tuple(found)


def _of_transcript(project: Project, interview: str) -> Iterator[Event]:
    for number, at, who in revisions(project, interview):
        if at:
            yield Event(at, who, "corrected", interview, text=f"revision {number}")


# ── Memos, interviews.csv, and what came and went ────────────────────────────


def _of_files(project: Project) -> Iterator[Event]:
    files = Files(project)
    rows: dict[str, Interview] = {}
    known: set[str] = set()
    for seen in files.seen:
        again = seen.path in known
        known.add(seen.path)
        base = Event(seen.at, seen.by, "")
        if seen.path == TABLE and seen.mark != GONE:
            found = {row.id: row for row in _rows(files, seen.mark)}
            for name in sorted({*rows, *found}) if again or not seen.first else ():
                if told := row_told(rows.get(name), found.get(name)):
                    yield replace(base, what="row", interview=name, text=told[:SHORT])
            rows = found
        elif seen.path.startswith("memos/"):
            if not seen.first or again:
                yield _of_memo(files, seen, again, base)
        elif seen.mark == GONE:
            name = seen.path.rpartition("/")[2].rpartition(".")[0]
            yield replace(base, what="deleted", interview=name, text=seen.path)


def _of_memo(files: Files, seen: Seen, again: bool, base: Event) -> Event:
    name = seen.path.removeprefix("memos/")
    if seen.mark == GONE:
        return replace(base, what="deleted", text=seen.path)
    try:
        memo = memo_of(files.project.memos / name, files.copy(seen.path, seen.mark))
    except BadFile:  # `check` tells of it
        return replace(base, what="memo", text=name)
    kind, _, about = memo.about.partition(":")
    interview, code, coding = (about if kind == word else "" for word in ("interview", "code", "coding"))
    text = f"{name} {'changed' if again else 'new'}: {memo.text}"[:SHORT]
    return replace(base, what="memo", interview=interview, code=code, coding=coding, text=text)


def _rows(files: Files, mark: str) -> tuple[Interview, ...]:
    try:
        return rows_of(files.project.interviews, files.copy(TABLE, mark))
    except BadFile:
        return ()
