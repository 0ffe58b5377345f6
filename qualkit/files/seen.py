"""What the project was seen to hold: earlier states of ``interviews.csv`` and memos, and what came and went.

People change these files with other programs, so nobody writes a journal of it. Whoever works
on the project with Qualkit notes what is there: a line in ``.revisions/files/list.jsonl`` for
what is otherwise than it was, and beside it a copy of the table or memo. From it an earlier
state is restored, and merging tells what was deleted from what was never there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, QualkitError
from qualkit.files.atomic import write_bytes
from qualkit.files.interviews import rows_of
from qualkit.files.journal import now
from qualkit.files.lines import Lines, chained, check_lines
from qualkit.files.locks import holding
from qualkit.files.names import fault_in_path, inside, locate, names, new_id
from qualkit.files.settled import version_of
from qualkit.files.text import nfc, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.files.project import Project
    from qualkit.model import Problem

SEEN_FORMAT = 1
"""Version of ``.revisions/files/list.jsonl``. 1: first."""
NAME = "qualkit-files"
FOLDER = ".revisions/files"
LIST = f"{FOLDER}/list.jsonl"
TABLE = "interviews.csv"
GONE, THERE = "-", "there"
"""Marks of a file that is not there any more, and of one that no copy is kept of."""

_WATCHED = {"memos": (2, ".md"), "transcripts": (2, ".json"), "codings": (3, ".jsonl"), "recordings": (2, "")}
_FACT = re.compile(r"(?:[0-9a-f]{16}|there|-)(?:~\d{1,6})?")


@dataclass(frozen=True, slots=True)
class Seen:
    """One file as it was seen at a time."""

    path: str
    fact: str
    """The mark, and ``~2`` behind it when the file is so for the second time."""
    at: str
    by: str
    first: bool = False
    """It stood there when the list was begun: since when, nobody can tell."""
    elsewhere: bool = False
    """It was so in another copy, which was merged: known, but never the state of this one."""

    @property
    def mark(self) -> str:
        """Hash of the table or memo, ``there``, or ``-`` for a file that is gone."""
        return self.fact.partition("~")[0]


def has_copy(path: str) -> bool:
    """Whether a copy of the file is kept: of the table and of memos."""
    return path == TABLE or path.startswith("memos/")


def copy_path(path: str, mark: str) -> str:
    """Where a copy of a file stands, from the project's folder."""
    stem, dot, suffix = path.rpartition(".")
    return f"{FOLDER}/{stem}-{mark}{dot}{suffix}"


def mark_of(path: str, data: bytes) -> str:
    """The mark of a table's or memo's bytes. A table's does not tell of the order of its rows."""
    if path == TABLE:
        with suppress(BadFile):
            rows = [json.dumps(asdict(row), sort_keys=True) for row in rows_of(Path(TABLE), data)]
            return version_of("\n".join(sorted(rows)))
    return version_of(data)


def present(project: Project) -> dict[str, str]:
    """The project's files that are watched, path → mark."""
    found = {}
    if project.interviews.is_file():
        found[TABLE] = mark_of(TABLE, read_bytes(project.interviews))
    for name in names(project.memos, ".md"):
        path = locate(project.memos, f"{name}.md")
        if inside(project.root, path):
            found[f"memos/{name}.md"] = version_of(read_bytes(path))
    for name in names(project.transcripts, ".json"):
        found[f"transcripts/{name}.json"] = THERE
    if project.codings.is_dir():
        for coder in sorted(path for path in project.codings.iterdir() if path.is_dir()):
            for name in names(coder, ".jsonl"):
                found[f"codings/{coder.name}/{name}.jsonl"] = THERE
    if project.recordings.is_dir():
        for file in sorted(project.recordings.iterdir()):
            if file.is_file() and not file.name.startswith(".") and file.suffix != ".part":
                found[f"recordings/{nfc(file.name)}"] = THERE
    return found


class Files:
    """What one copy of a project was seen to hold."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._lines = Lines(project.root / LIST, NAME, SEEN_FORMAT)
        self.seen: list[Seen] = []
        """What was so here, in order of time."""
        self.elsewhere: list[Seen] = []
        """What was so in copies that were merged."""
        self.read()

    def read(self) -> None:
        """Read what the list says now. Raises :class:`BadFile` for a damaged line."""
        anew, lines = self._lines.read()
        if anew:
            self.seen, self.elsewhere = [], []
        for _, line in lines:
            (self.elsewhere if line.get("elsewhere") else self.seen).extend(seen_in(line))
        self.seen.sort(key=lambda seen: seen.at)
        self.facts = {(seen.path, seen.fact) for seen in (*self.seen, *self.elsewhere)}
        self.last = {seen.path: seen for seen in self.seen}

    def changed(self, now_: Mapping[str, str]) -> dict[str, str]:
        """What is otherwise than it was seen last: path → fact."""
        found = {}
        # A copy without any recording was made without them: nobody deleted them all.
        mute = not any(path.startswith("recordings/") for path in now_)
        for path in sorted({*now_, *self.last}):
            mark = now_.get(path, GONE)
            last = self.last.get(path)
            if mark == (last.mark if last else GONE) or (mute and path.startswith("recordings/")):
                continue
            found[path] = numbered(self.facts, path, mark)
        return found

    def note(self) -> None:
        """Write down what is otherwise now, with copies of table and memos."""
        with holding(self.project.work, "files"):
            self.read()
            there = present(self.project)
            changed = self.changed(there)
            if not changed:
                return
            for path, data in self._copies(changed).items():
                write_bytes(self.project.root / path, data)
            self._lines.append(self.line(changed), _opening)
            self.read()

    def noted(self) -> dict[str, bytes]:
        """What :meth:`note` would write, for who writes it together with other files: path → bytes."""
        changed = self.changed(present(self.project))
        if not changed:
            return {}
        place = self.project.root / LIST
        former = read_bytes(place) if place.exists() else b""
        return {**self._copies(changed), LIST: extended(former, [self.line(changed)])}

    def _copies(self, changed: Mapping[str, str]) -> dict[str, bytes]:
        """Copies of tables and memos that are not there yet: path → bytes."""
        made = {}
        for path, fact in changed.items():
            target = copy_path(path, fact.partition("~")[0])
            if fact[0] != GONE and has_copy(path) and not (self.project.root / target).exists():
                folder, _, name = path.rpartition("/")
                made[target] = read_bytes(locate(self.project.root / folder, name))
        return made

    def line(self, facts: Mapping[str, str], at: str = "", by: str = "") -> dict[str, Any]:
        """A line of the list that says these facts of this copy."""
        latest = max((seen.at for seen in self.seen), default="")
        first = {} if self.seen or by else {"first": True}
        return {
            "id": new_id(),
            "op": "seen",
            "at": at or max(now(), latest),
            "by": by or self.project.coder,
            **first,
            "files": dict(facts),
        }

    def at(self, time: str) -> dict[str, str]:
        """Path → mark at a time (UTC), of every file that was ever seen; what nobody can tell is left out."""
        marks: dict[str, str] = {}
        for seen in self.seen:
            if seen.at <= time or (seen.first and seen.path not in marks):
                marks[seen.path] = seen.mark
        return marks | {path: GONE for path in self.last if path not in marks}

    def copy(self, path: str, mark: str) -> bytes:
        """A table or memo as it was. Raises :class:`BadFile` when its copy is not there."""
        return read_bytes(self.project.root / copy_path(path, mark))


def numbered(facts: AbstractSet[tuple[str, str]], path: str, mark: str) -> str:
    """The fact that a file is so, told from those when it was so before."""
    times, fact = 1, mark
    while (path, fact) in facts:
        times += 1
        fact = f"{mark}~{times}"
    return fact


def watched(path: str) -> bool:
    """Whether the list tells of a file."""
    parts = path.split("/")
    folder, hidden = parts[0], any(part.startswith(".") for part in parts)
    depth, suffix = _WATCHED.get(folder, (0, ""))
    return path == TABLE or (len(parts) == depth and path.endswith(suffix) and not hidden)


def seen_in(line: Mapping[str, Any]) -> Iterator[Seen]:
    """The files that a line of the list tells of; what is no such file is passed over."""
    files = line.get("files")
    signed = str(line.get("at")), str(line.get("by")), bool(line.get("first")), bool(line.get("elsewhere"))
    for path, fact in files.items() if isinstance(files, Mapping) else ():
        if watched(str(path)) and not fault_in_path(str(path)) and _FACT.fullmatch(str(fact)):
            yield Seen(str(path), str(fact), *signed)


def extended(former: bytes, lines: list[dict[str, Any]]) -> bytes:
    """The list with more lines at its end."""
    gap = b"" if not former or former.endswith(b"\n") else b"\n"
    body = lines if former.strip() else [_opening(), *lines]
    return former + gap + chained(body, former.rstrip(b"\n").rpartition(b"\n")[2])


def _opening() -> dict[str, Any]:
    """The first line of the list."""
    return {"id": new_id(), "op": "open", "at": now(), "format": f"{NAME}/{SEEN_FORMAT}"}


def note_files(project: Project) -> None:
    """Note what the project holds now. A disk that takes nothing is no reason not to work."""
    with suppress(QualkitError):
        Files(project).note()


def check_seen(project: Project) -> list[Problem]:
    """Damaged and changed lines of the list."""
    path = project.root / LIST
    return check_lines(path, NAME, SEEN_FORMAT) if path.is_file() else []
