"""Two copies of one append-only journal: which holds the other, or both put together.

Lines are compared without ``prev``: what is said counts, not what stood before it. The
longer one wins when it holds every line of the other in order. Lines that a person has
settled against are kept in ``.forks`` beside the journal, so that nobody is asked twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qualkit.files.lines import chained, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Fields = dict[str, Any]
FORKS = ".forks"
"""Folder beside the journals for what was settled against."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One side's copy of a journal, and what that side has settled against."""

    path: Path
    data: bytes
    forks: tuple[bytes, ...] = ()


def newer(ours: Copy, theirs: Copy) -> str:
    """``same``, ``ours`` or ``theirs``: the copy that holds the other one; empty when neither does.

    Raises :class:`~qualkit.errors.BadFile` for a damaged line.
    """
    if ours.data == theirs.data:
        return "same"
    if _extends(theirs.data, ours.data):
        return "theirs"
    if _extends(ours.data, theirs.data):
        return "ours"
    left, right = _said(ours.path, ours.data), _said(theirs.path, theirs.data)
    if _within(right, left) or set(right) <= set(left).union(*(_said(ours.path, f) for f in ours.forks)):
        return "ours"
    if _within(left, right) or set(left) <= set(right).union(*(_said(theirs.path, f) for f in theirs.forks)):
        return "theirs"
    return ""


def together(ours: Copy, theirs: Copy) -> bytes:
    """Both copies as one journal: what they share, then the lines of each, the earlier ones first.

    The same bytes whichever copy is called ours.
    """
    left, right = _lines(ours.path, ours.data), _lines(theirs.path, theirs.data)
    shared = 0
    while shared < min(len(left), len(right)) and _key(left[shared]) == _key(right[shared]):
        shared += 1
    tails = sorted((left[shared:], right[shared:]), key=lambda tail: [_key(line) for line in tail[:1]])
    tails.sort(key=lambda tail: str(tail[0].get("at", "")) if tail else "")
    seen: set[str] = set()
    kept = []
    for line in (*left[:shared], *tails[0], *tails[1]):
        if (key := _key(line)) in seen or (seen and line.get("op") in ("open", "repaired")):
            continue
        seen.add(key)
        kept.append(line)
    return chained(kept)


def tail(ours: Copy, theirs: Copy) -> tuple[list[Fields], list[Fields]]:
    """The lines that only one of the copies has."""
    left, right = _lines(ours.path, ours.data), _lines(theirs.path, theirs.data)
    known, other = {_key(line) for line in right}, {_key(line) for line in left}
    return (
        [line for line in left if _key(line) not in known],
        [line for line in right if _key(line) not in other],
    )


def _extends(longer: bytes, shorter: bytes) -> bool:
    return longer.startswith(shorter) and (shorter.endswith(b"\n") or longer[len(shorter) :][:1] == b"\n")


def _lines(path: Path, data: bytes) -> list[Fields]:
    return [fields for _, fields in parse(path, data.split(b"\n"), 1)]


def _said(path: Path, data: bytes) -> list[str]:
    return [_key(line) for line in _lines(path, data) if line.get("op") != "repaired"]


def _key(line: Fields) -> str:
    return json.dumps({k: v for k, v in line.items() if k != "prev"}, sort_keys=True, ensure_ascii=False)


def _within(few: Sequence[str], many: Sequence[str]) -> bool:
    """Whether all of ``few`` stand in ``many``, in their order."""
    rest = iter(many)
    return all(line in rest for line in few)
