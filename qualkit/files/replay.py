"""What a journal's lines come to: each line changes the state, undo takes the last step back.

A *step* is what one keypress did: one line, also when it holds several changes
(``group``, or a decision that adds a coding). Every step keeps what it replaced,
so undo costs the same however long the journal is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from qualkit.files.anchors import anchor_from
from qualkit.files.text import holds_half_letters
from qualkit.model import Coding, Decision, Memo, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Fields = dict[str, Any]

STEPS = ("add", "remove", "move", "decide", "memo", "bookmark", "group", "restore")
"""Operations that undo takes back."""
OPERATIONS = ("open", "repaired", "undo", "redo", *STEPS)

_ABSENT: Any = object()
_Change = tuple[dict[Any, Any], Any, Any]
"""A table of the state, a key in it, and the value to put there (or _ABSENT)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal."""

    id: str
    op: str
    at: str
    """When it was written; ISO 8601 in UTC."""
    fields: Mapping[str, Any]
    """What the operation needs, as the line has it."""


@dataclass(frozen=True, slots=True)
class JournalState:
    """What holds after all lines of a journal: a value that later lines do not change."""

    codings: Mapping[str, Coding] = field(default_factory=dict)
    """By id, in the order they were added."""
    decisions: tuple[Decision, ...] = ()
    memos: tuple[Memo, ...] = ()
    bookmarks: tuple[int, ...] = ()
    """Code points, in order."""


class Replay:
    """The state of one journal while its lines go by."""

    def __init__(self, coder: str, interview: str) -> None:
        self.coder = coder
        self.interview = interview
        self.codings: dict[str, Coding] = {}
        self.decisions: dict[str, Decision] = {}
        self.memos: dict[str, Memo] = {}
        self.bookmarks: dict[int, bool] = {}
        self.done: list[tuple[Fields, tuple[_Change, ...]]] = []
        self.undone: list[Fields] = []
        self._lines: list[Fields] = []
        self.faults: list[tuple[int, str]] = []
        """Lines that change nothing because what they speak of is not there."""

    def state(self) -> JournalState:
        """The state as a value."""
        return JournalState(
            MappingProxyType(dict(self.codings)),
            tuple(self.decisions.values()),
            tuple(self.memos.values()),
            tuple(sorted(self.bookmarks)),
        )

    def apply(self, line: Fields, number: int = 0) -> None:
        """Let one line take effect. Raises :class:`ValueError` for a line that is none of a journal's."""
        op = line.get("op")
        for key in ("id", "op", "at"):
            if not isinstance(line.get(key), str):
                raise ValueError(f"{key} is missing")  # noqa: TRY004  one kind for every bad line
        if op in ("open", "repaired"):
            return
        if op == "undo":
            self._undo(line.get("of", ""), number)
        elif op == "redo":
            self._redo(line.get("of", ""), number)
        else:
            self._do(line, number)
            self.undone.clear()
        self._lines.append(line)

    def _do(self, line: Fields, number: int) -> None:
        before: list[_Change] = []
        parts = line.get("steps", ()) if line["op"] == "group" else (line,)
        try:
            for part in parts:
                for table, key, value in self._changes(part, line, number):
                    before.append((table, key, table.get(key, _ABSENT)))
                    _put(table, key, value)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            _back(before)
            why = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            raise ValueError(why) from None
        self.done.append((line, tuple(before)))

    def _changes(self, part: Fields, line: Fields, number: int) -> Iterable[_Change]:
        """What a line wants to put where."""
        op, at = part["op"], line["at"]
        if op == "add":
            return ((self.codings, part["id"], self._coding(part["id"], part, at)),)
        if op == "decide":
            return self._decision(part, at)
        if op in ("remove", "move"):
            coding = self.codings.get(part["of"])
            if coding is None:
                self.faults.append((number, f"there is no coding {part['of']} to {op}"))
                return ()
            moved = replace(coding, anchor=anchor_from(part["anchor"])) if op == "move" else _ABSENT
            return ((self.codings, coding.id, moved),)
        if op == "memo":
            return self._memo(part, at)
        return self._other(op, part)

    def _other(self, op: str, part: Fields) -> Iterable[_Change]:
        if op == "bookmark":
            position = part["position"]
            if type(position) is not int or position < 0:
                raise ValueError("position must be a whole number")
            return ((self.bookmarks, position, True if part.get("on", True) else _ABSENT),)
        if op == "restore":
            return self._restored(part["until"])
        raise ValueError(f"the operation {str(op)[:40]!r} is not known")

    def _restored(self, until: str) -> Iterable[_Change]:
        """What leads to the state that the lines up to a time of day made."""
        if not isinstance(until, str):
            raise ValueError("until must be a time")  # noqa: TRY004  one kind for every bad line
        then = Replay(self.coder, self.interview)
        for line in self._lines:
            if line["at"] <= until:
                then.apply(line)
        changes: list[_Change] = []
        for now, wanted in zip(self._tables(), then._tables(), strict=True):
            changes += [(now, key, _ABSENT) for key in now if key not in wanted]
            changes += [(now, key, value) for key, value in wanted.items() if now.get(key) != value]
        return changes

    def _tables(self) -> tuple[dict[Any, Any], ...]:
        return self.codings, self.decisions, self.memos, self.bookmarks

    def _coding(self, coding_id: str, part: Fields, at: str) -> Coding:
        code = part["code"]
        if not (code and isinstance(code, str)) or holds_half_letters(code):
            raise ValueError("code must be the id of a code")
        return Coding(
            coding_id,
            self.interview,
            code,
            self.coder,
            anchor_from(part["anchor"]),
            at,
            _text(part, "suggestion"),
            _text(part, "memo"),
            _text(part, "bulk"),
        )

    def _decision(self, part: Fields, at: str) -> Iterable[_Change]:
        decision = Decision(
            id=part["id"],
            interview=self.interview,
            coder=self.coder,
            anchor=anchor_from(part["anchor"]),
            verdict=Verdict(part["verdict"]),
            code=_text(part, "code"),
            suggestion=_text(part, "suggestion"),
            created=at,
        )
        yield self.decisions, decision.id, decision
        if coding_id := part.get("coding", ""):
            yield self.codings, coding_id, self._coding(coding_id, part, at)

    def _memo(self, part: Fields, at: str) -> Iterable[_Change]:
        memo_id, text, about = part.get("of") or part["id"], part["text"], part["about"]
        if not (isinstance(text, str) and isinstance(about, str)) or holds_half_letters(text + about):
            raise ValueError("text and about must be text")
        if not text:
            return ((self.memos, memo_id, _ABSENT),)
        created = self.memos[memo_id].created if memo_id in self.memos else at
        place = anchor_from(part["anchor"]) if part.get("anchor") else None
        memo = Memo(memo_id, about, self.coder, created, text, _text(part, "title"), place)
        kind, _, coding_id = about.partition(":")
        changes: list[_Change] = [(self.memos, memo_id, memo)]
        if kind == "coding" and coding_id in self.codings:
            changes.append((self.codings, coding_id, replace(self.codings[coding_id], memo=text)))
        return changes

    def _undo(self, target: str, number: int) -> None:
        if self.done and self.done[-1][0]["id"] == target:
            line, before = self.done.pop()
            _back(before)
            self.undone.append(line)
            return
        # Not the last step: journals were put together or edited by hand. Play the others again.
        lines = [line for line, _ in self.done]
        left = [line for line in lines if line["id"] != target]
        if len(left) == len(lines):
            self.faults.append((number, f"there is no step {target} to undo"))
            return
        for _, before in reversed(self.done):
            _back(before)
        self.done.clear()
        for line in left:
            self._do(line, number)
        self.undone.append(next(line for line in lines if line["id"] == target))

    def _redo(self, target: str, number: int) -> None:
        for index in range(len(self.undone) - 1, -1, -1):
            if self.undone[index]["id"] == target:
                self._do(self.undone.pop(index), number)
                return
        self.faults.append((number, f"there is no step {target} to redo"))


def _text(part: Fields, key: str) -> str:
    """A field that may be left out. Raises :class:`ValueError` when it holds no text."""
    value = part.get(key, "")
    if not isinstance(value, str) or (value and holds_half_letters(value)):
        raise ValueError(f"{key} must be text")
    return value


def _put(table: dict[Any, Any], key: Any, value: Any) -> None:
    if value is _ABSENT:
        table.pop(key, None)
    else:
        table[key] = value


def _back(before: Iterable[_Change]) -> None:
    """Take changes back, the last one first."""
    for table, key, value in reversed(tuple(before)):
        _put(table, key, value)
