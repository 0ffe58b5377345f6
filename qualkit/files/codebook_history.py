"""Changes to the codebook that can be taken back: a journal and snapshots in ``.revisions`` beside the file.

A snapshot is the file as it was, byte for byte, comments included. A change that
also gives passages another code (merging, splitting) remembers the step that it
wrote into each of the coder's own journals, and takes those back with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from qualkit.errors import Conflict
from qualkit.files.anchors import anchor_fields
from qualkit.files.atomic import write_bytes
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_write import write_codebook
from qualkit.files.journal import Journal, now
from qualkit.files.lines import Lines, check_lines
from qualkit.files.locks import holding
from qualkit.files.names import new_id, require_inside
from qualkit.files.text import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.codebook_edits import Change
    from qualkit.files.project import Project
    from qualkit.model import Codebook, Coding, Problem

FORMAT = 1
NAME = "qualkit-codebook-history"
Moves = Mapping[str, Sequence[tuple["Coding", str]]]
"""Interview → the coder's codings there that get another code, and which."""


@dataclass(frozen=True, slots=True)
class Made:
    """A change that stands: what it was called, and the file before and after."""

    id: str
    what: str
    before: str
    after: str
    recoded: tuple[tuple[str, str], ...] = ()
    """Interview and journal step."""


class History:
    """The changes of one project's codebook. Several processes may make them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.path = require_inside(project.root, project.codebook_path)
        self.folder = self.path.parent / ".revisions"
        self.done: list[Made] = []
        self.undone: list[Made] = []
        self._lines = Lines(self.folder / f"{self.path.stem}.jsonl", NAME, FORMAT)
        self._read()

    def change(self, what: str, make: Change, moves: Moves | None = None) -> Codebook:
        """Make a change to the file and to the coder's own codings; one undo takes back both.

        Raises :class:`UsageError` when the change makes no sense any more, :class:`BadFile`
        when the file cannot be read, :class:`Conflict` when another process keeps it.
        """
        with self._holding():
            before = self._keep()
            write_codebook(self.path, make(load_codebook(self.project)))
            after = self._keep()
            if before == after and not moves:
                return load_codebook(self.project)
            recoded = [
                (interview, self._recode(interview, codings)) for interview, codings in (moves or {}).items()
            ]
            made = Made(new_id(), what, before, after, tuple(recoded))
            self._write(
                {
                    "op": "change",
                    "id": made.id,
                    "what": what,
                    "before": before,
                    "after": after,
                    "recoded": recoded,
                    "coder": self.project.coder,
                }
            )
        return load_codebook(self.project)

    def put(self, what: str, snapshot: str) -> None:
        """Make a snapshot the codebook again, as a change that can be undone. Raises :class:`BadFile`."""
        with self._holding():
            before = self._keep()
            data = read_bytes(self.folder / f"{snapshot}.yaml")
            if before == snapshot:
                return
            write_bytes(self.path, data)
            fields = {"what": what, "before": before, "after": snapshot, "recoded": []}
            self._write({"op": "change", "id": new_id(), **fields, "coder": self.project.coder})

    def undo(self) -> Made | None:
        """Take the last change back; None when there is none. Conflict: the file was changed since."""
        return self._turn("undo")

    def redo(self) -> Made | None:
        """Make the change again that was undone last; None when there is none."""
        return self._turn("redo")

    def current(self) -> str:
        """The name that a snapshot of the file as it is now has."""
        return snapshot(self.path.stem, read_bytes(self.path))

    def events(self) -> tuple[Mapping[str, Any], ...]:
        """All changes, undoing and redoing in order, as the file has them."""
        return tuple(line for _, line in Lines(self._lines.path, NAME, FORMAT).read()[1])

    def _turn(self, op: str) -> Made | None:
        with self._holding():
            stack = self.done if op == "undo" else self.undone
            if not stack:
                return None
            made = stack[-1]
            now_, then = (made.after, made.before) if op == "undo" else (made.before, made.after)
            if self._keep() != now_:
                raise Conflict(
                    "The codebook was changed outside the desk since.", "Change it back by hand, or go on."
                )
            write_bytes(self.path, (self.folder / f"{then}.yaml").read_bytes())
            for interview, step in made.recoded:
                journal = Journal(self.project, self.project.coder, interview)
                last = journal.undoable if op == "undo" else journal.redoable
                if last is not None and last.id == step:
                    journal.undo() if op == "undo" else journal.redo()
                else:  # other work came between: it stays, and the codes go back all the same
                    self._back(journal, step, op)
            self._write({"op": op, "id": new_id(), "of": made.id, "coder": self.project.coder})
            return made

    def _recode(self, interview: str, codings: Sequence[tuple[Coding, str]]) -> str:
        steps: list[dict[str, Any]] = []
        for coding, code in codings:
            steps += _given(coding, code)
        return Journal(self.project, self.project.coder, interview).append("group", steps=steps).id

    @staticmethod
    def _back(journal: Journal, step: str, op: str) -> None:
        """Give the codings of a step their former (or again their new) code, where they still stand."""
        entry = next((e for e in journal.entries if e.id == step), None)
        steps: list[dict[str, Any]] = []
        for part in entry.fields["steps"] if entry else ():
            coding = journal.state.codings.get(part.get("id", ""))
            if part["op"] == "add" and coding is not None:
                steps += _given(coding, part["was"] if op == "undo" else part["code"])
        if steps:
            journal.append("group", steps=steps)

    def _keep(self) -> str:
        """A snapshot of the file as it is now; its name."""
        data = self.path.read_bytes()
        name = snapshot(self.path.stem, data)
        target = self.folder / f"{name}.yaml"
        if not target.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_bytes(target, data)
        return name

    def _holding(self) -> Any:
        return holding(self.project.work, "codebook")

    def _write(self, fields: dict[str, Any]) -> None:
        self._read()
        for line in self._lines.append({"at": now(), **fields}, self._opening):
            self._take(line)

    def _opening(self) -> dict[str, Any]:
        return {"id": new_id(), "op": "open", "at": now(), "format": f"{NAME}/{FORMAT}"}

    def _read(self) -> None:
        anew, lines = self._lines.read()
        if anew:
            self.done, self.undone = [], []
        for _number, line in lines:
            self._take(line)

    def _take(self, line: Mapping[str, Any]) -> None:
        op = line.get("op")
        if op == "change":
            recoded = tuple((str(a), str(b)) for a, b in line.get("recoded", ()))
            self.done.append(Made(line["id"], line["what"], line["before"], line["after"], recoded))
            self.undone.clear()
        elif op in ("undo", "redo"):
            source, target = (self.done, self.undone) if op == "undo" else (self.undone, self.done)
            if source and source[-1].id == line.get("of"):
                target.append(source.pop())


def snapshot(stem: str, data: bytes) -> str:
    """The name of a snapshot of a codebook's bytes, without ``.yaml``."""
    return f"{stem}-{sha256(data).hexdigest()[:16]}"


def check_history(path: Path) -> list[Problem]:
    """Damaged and changed lines in the list of a codebook's changes."""
    place = path.parent / ".revisions" / f"{path.stem}.jsonl"
    return check_lines(place, NAME, FORMAT) if place.is_file() else []


def _given(coding: Coding, code: str) -> list[dict[str, Any]]:
    """The same coding under another code: its id stays, so that memos stay on it."""
    fields = {
        "op": "add",
        "id": coding.id,
        "code": code,
        "was": coding.code,
        "anchor": anchor_fields(coding.anchor),
        "suggestion": coding.suggestion,
        "memo": coding.memo,
        "bulk": coding.bulk,
    }
    return [{"op": "remove", "of": coding.id}, {k: v for k, v in fields.items() if v not in ("", None)}]


def moves_of(project: Project, codings: Sequence[tuple[Coding, str]]) -> dict[str, list[tuple[Coding, str]]]:
    """Codings of the project's coder, with their new codes, by interview."""
    grouped: dict[str, list[tuple[Coding, str]]] = {}
    for coding, code in codings:
        if coding.coder == project.coder:
            grouped.setdefault(coding.interview, []).append((coding, code))
    return grouped
