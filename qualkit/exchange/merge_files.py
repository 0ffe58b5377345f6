"""Merging what was deleted, and what is changed with other programs: told by what each copy has seen.

A copy knows which states of a file it has seen (:mod:`qualkit.files.seen`). The copy whose newest
state the other one has seen is behind, and a deletion is such a state. Where that does not tell,
a person is asked. Of transcripts, journals and recordings the deletion is always asked, all of
an interview's at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.exchange.merge_lines import FORKS
from qualkit.exchange.merging import OURS, THEIRS, Difference, Merging, Question
from qualkit.files.interviews import cells_of, rows_of
from qualkit.files.journal import now
from qualkit.files.names import new_id
from qualkit.files.seen import (
    GONE,
    LIST,
    TABLE,
    THERE,
    Files,
    Seen,
    copy_path,
    extended,
    has_copy,
    mark_of,
    numbered,
    present,
    watched,
)
from qualkit.files.text import read_bytes
from qualkit.files.transcript import read_transcript

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from qualkit.files.project import Project
    from qualkit.model import Interview


@dataclass
class Side:
    """What one copy has seen, and what it holds now."""

    files: Files
    now: dict[str, str]
    changed: dict[str, str]
    """What was not noted yet: path → fact."""
    rows: dict[str, Row] = field(default_factory=dict)

    @cached_property
    def facts(self) -> set[tuple[str, str]]:
        """All states of files that it has seen."""
        return self.files.facts | set(self.changed.items())

    def newest(self, path: str) -> str:
        """The fact of a file now; empty for one that was never here."""
        last = self.files.last.get(path)
        return self.changed.get(path) or (last.fact if last else "")

    def knows(self, path: str, fact: str) -> bool:
        """Whether it has seen that state; a file that was never there is no news."""
        return not fact or (path, fact) in self.facts


@dataclass
class Row:
    """One row of ``interviews.csv`` in all states that a copy has seen."""

    cells: list[dict[str, str]] = field(default_factory=list)
    gone: bool = False
    """It was taken out, perhaps put back later."""

    def had(self, column: str, value: str) -> bool:
        """Whether a cell was seen with this value."""
        return any(cells.get(column, "") == value for cells in self.cells)


def side(project: Project) -> Side:
    """What a copy has seen. Raises :class:`BadFile` for a damaged list."""
    files, there = Files(project), present(project)
    found = Side(files, there, files.changed(there))
    seen = (*files.elsewhere, *files.seen)
    marks = list(dict.fromkeys(s.mark for s in seen if s.path == TABLE and s.mark != GONE))
    tables = [_rows(project, files, mark) for mark in marks]
    if project.interviews.is_file():
        tables.append(rows_of(project.interviews, project.interviews.read_bytes()))
    for table in tables:
        names = {row.id for row in table}
        for row in table:
            kept = found.rows.setdefault(row.id, Row())
            kept.cells.append(cells_of(row))
        for name, kept in found.rows.items():
            kept.gone = kept.gone or name not in names
    return found


def _rows(project: Project, files: Files, mark: str) -> tuple[Interview, ...]:
    try:
        return rows_of(project.interviews, files.copy(TABLE, mark))
    except BadFile:
        return ()  # its copy is missing: less is known


def ahead(ours: Side, theirs: Side, path: str) -> str:
    """Whose state of a file holds: the copy's that has seen the other's; empty when a person must say."""
    mine, other = ours.newest(path), theirs.newest(path)
    known, behind = ours.knows(path, other), theirs.knows(path, mine)
    if known == behind:
        return ""
    return OURS if known else THEIRS


# ── Transcripts, journals and recordings that are gone ───────────────────────


def merge_deleted(merging: Merging, ours: Side, theirs: Side) -> None:
    """Ask about each interview of which a copy has deleted something that the other one still holds.

    What stays away is put into :attr:`Merging.left`, whose word holds into :attr:`Merging.verdicts`.
    """
    apart: dict[str, list[str]] = {}
    for path in sorted({p for p, _ in ours.facts | theirs.facts} | {*ours.now, *theirs.now}):
        if has_copy(path) or (path in ours.now) == (path in theirs.now):
            continue
        lacking, holding = (ours, theirs) if path in theirs.now else (theirs, ours)
        if lacking.newest(path).startswith(GONE) and not holding.knows(path, lacking.newest(path)):
            if verdict := merging.known(f"deleted:{path}", ours.newest(path), theirs.newest(path)):
                _hold(merging, path, verdict, ours, theirs)
            else:
                apart.setdefault(_interview(path), []).append(path)
    for name, paths in apart.items():
        words = [["there" if p in s.now else "deleted" for p in paths] for s in (ours, theirs)]
        shown = tuple(Difference(p, a, b) for p, a, b in zip(paths, *words, strict=True))
        question = Question(f"deleted:{name}", "deleted in one copy, still there in the other", shown)
        choice = merging.chosen(question)
        for path in paths:
            if choice:
                mine, other = ours.newest(path), theirs.newest(path)
                pair = (mine, other) if choice == OURS else (other, mine)
                merging.settle(f"deleted:{path}", *pair)
            _hold(merging, path, choice or OURS, ours, theirs)


def _interview(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _hold(merging: Merging, path: str, verdict: str, ours: Side, theirs: Side) -> None:
    """Have a file be there or not, as one of the copies has it."""
    merging.verdicts[_interview(path)] = verdict
    if path in theirs.now and verdict == OURS:
        merging.left.add(path)
    elif path in ours.now and verdict == THEIRS:
        _delete(merging, path)


def _delete(merging: Merging, path: str) -> None:
    """Take a file out of ours; transcripts and journals stay among the earlier ones."""
    place = merging.ours.root / path
    name = Path(path).stem
    if path.startswith("transcripts/"):
        number = read_transcript(place).revision
        merging.put(f"transcripts/.revisions/{name}.r{number}.json", place.read_bytes())
    elif path.startswith("codings/"):
        data = place.read_bytes()
        fork = f"{name}-{sha256(data).hexdigest()[:12]}.jsonl"
        merging.put(f"{Path(path).parent.as_posix()}/{FORKS}/{fork}", data)
    merging.put(path, None, "deletions")


# ── The list ─────────────────────────────────────────────────────────────────


def merge_seen(merging: Merging, ours: Side, theirs: Side) -> None:
    """Unite what both copies have seen, and add what this merge makes; the last thing of a merge."""
    every = (*theirs.files.seen, *theirs.files.elsewhere)
    brought = [seen for seen in every if (seen.path, seen.fact) not in ours.facts]
    if not brought and not merging.changes:
        return
    stamp = max([now(), *(seen.at for seen in ours.files.seen)])
    lines = [ours.files.line(ours.changed, stamp)] if ours.changed else []
    known = ours.facts | {(seen.path, seen.fact) for seen in brought}
    pending = {path: fact for path, fact in theirs.changed.items() if (path, fact) not in known}
    if TABLE in pending or any(seen.path == TABLE for seen in brought):
        # With what stood there before: only so is a row that was taken out told from one never there.
        before = {seen.fact for seen in ours.files.elsewhere if seen.path == TABLE}
        brought = [
            seen for seen in every if seen in brought or (seen.path == TABLE and seen.fact not in before)
        ]
    brought += [Seen(path, fact, stamp, merging.ours.coder) for path, fact in pending.items()]
    for seen in brought:
        last = lines[-1] if lines else {}
        if (last.get("at"), last.get("by"), last.get("elsewhere")) != (seen.at, seen.by, True) or (
            seen.path in last["files"]
        ):
            told = {"id": new_id(), "op": "seen", "at": seen.at, "by": seen.by}
            lines.append({**told, "elsewhere": True, "files": {}})
        lines[-1]["files"][seen.path] = seen.fact
    whose = {(seen.path, seen.fact): seen.by for seen in every}
    every_fact = known | set(pending.items())
    made: dict[str, dict[str, str]] = {}
    for path in sorted(filter(watched, {p for p, _ in every_fact} | {*merging.changes})):
        if fact := _holding(merging, path, ours, theirs, every_fact):
            made.setdefault(whose.get((path, fact), merging.ours.coder), {})[path] = fact
    for by, facts in made.items():
        lines.append(ours.files.line(facts, stamp, by))
    if not lines:
        return
    for line in lines:
        for path, fact in line["files"].items():
            _keep(merging, path, _mark(fact), theirs.files.project)
    merging.put(LIST, extended(merging.ours_bytes(LIST) or b"", lines))


def _holding(
    merging: Merging, path: str, ours: Side, theirs: Side, known: AbstractSet[tuple[str, str]]
) -> str:
    """What is to be noted of a file of ours; empty when nothing is new.

    A state that came in is the one that it was there. One that holds over another is new: whoever
    knows it is past both.
    """
    mine, other, mark = ours.newest(path), theirs.newest(path), _final(merging, ours, path)
    behind, past = theirs.knows(path, mine), ours.knows(path, other)
    if (mine == other or (past and not behind)) and (
        path not in merging.changes or _mark(mine or GONE) == mark
    ):
        return ""
    if behind and not past and _mark(other) == mark:
        return other
    return numbered(known, path, mark)


def _mark(fact: str) -> str:
    return fact.partition("~")[0]


def _final(merging: Merging, ours: Side, path: str) -> str:
    """The mark of a file of ours once the merge is written."""
    change = merging.changes.get(path)
    if change is None or not watched(path):
        return ours.now.get(path, GONE)
    if change.new is None:
        return GONE
    if not has_copy(path):
        return THERE
    return mark_of(path, change.new if isinstance(change.new, bytes) else read_bytes(change.new))


def _keep(merging: Merging, path: str, mark: str, other: Project) -> None:
    """Have a copy of a table or memo kept, from wherever its bytes are."""
    target = copy_path(path, mark)
    if mark == GONE or not has_copy(path) or target in merging.changes or merging.ours_bytes(target):
        return
    places = [other.root / target, *(project.root / path for project in (merging.ours, other))]
    change = merging.changes.get(path)
    found = [change.new] if change is not None and isinstance(change.new, bytes) else []
    found += [read_bytes(place) for place in places if place.is_file()]
    data = next((data for data in found if mark_of(path, data) == mark), None)
    if data is not None:
        merging.put(target, data)
