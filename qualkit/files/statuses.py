"""The status that a person gives to an asset at a site: ``statuses/CODER.jsonl``, append-only.

One line a judgement, in the manner of the coders' journals: nobody writes in
another's file, nothing is ever deleted, and the latest word on a cell holds.

Format history: 1 — first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.files.journal import now
from qualkit.files.lines import Lines, check_lines
from qualkit.files.locks import holding
from qualkit.files.names import fault_in_id, locate, names, new_id, require_inside
from qualkit.files.text import nfc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from qualkit.files.lines import Fields
    from qualkit.files.project import Project
    from qualkit.model import Problem

STATUSES_FORMAT = 1
NAME = "qualkit-statuses"


class Status(StrEnum):
    """What state an asset or a service is in at a site, as a person judges it."""

    GOOD = "good"
    ADEQUATE = "adequate"
    POOR = "poor"
    CRITICAL = "critical"
    NOT_DISCUSSED = "not-discussed"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's word on one cell of the picture."""

    id: str
    site: str
    code: str
    status: Status
    reason: str
    coder: str
    at: str


def statuses_folder(project: Project) -> Path:
    """``statuses/``, one file a coder."""
    return project.root / "statuses"


def set_status(
    project: Project, site: str, code: str, status: Status | None, reason: str, coder: str = ""
) -> None:
    """Write down a judgement; None takes the cell's judgement back. It is on the disk when this returns.

    Raises :class:`UsageError` without a reason, or for a site or code that cannot be an id.
    """
    coder = coder or project.coder
    for what, name in (("coder", coder), ("site", site), ("code", code)):
        if fault := fault_in_id(name):
            raise UsageError(f"The {what} {name!r} {fault}.")
    reason = nfc(" ".join(reason.split()))
    if not reason:
        raise UsageError("A status needs a reason.", "Say in a sentence what it rests on: --reason '…'.")
    lines = _lines(project, coder)
    with holding(project.work, f"statuses/{coder}"):
        lines.read()
        _append(lines, coder, _judged(site, code, status.value if status else "", reason))


def undo_status(project: Project, coder: str = "") -> tuple[str, str] | None:
    """Take back the coder's last judgement that stands: its cell, site and code; None when there is none.

    One more line, which says what held on the cell before.
    """
    return _turn(project, coder or project.coder, "undoes")


def redo_status(project: Project, coder: str = "") -> tuple[str, str] | None:
    """Judge again what was last undone, as long as nothing was judged since; its cell, else None."""
    return _turn(project, coder or project.coder, "redoes")


def _turn(project: Project, coder: str, which: str) -> tuple[str, str] | None:
    lines = _lines(project, coder)
    with holding(project.work, f"statuses/{coder}"):
        done, undone = _steps(line for _, line in lines.read()[1] if line.get("op") == "status")
        if not (done if which == "undoes" else undone):
            return None
        turned = done.pop() if which == "undoes" else undone.pop()
        place = (turned["site"], turned["code"])
        holds = turned
        if which == "undoes":
            before = (line for line in reversed(done) if (line["site"], line["code"]) == place)
            holds = next(before, {"status": "", "reason": turned["reason"]})
        line = _judged(*place, holds["status"], holds["reason"])
        _append(lines, coder, {**line, which: turned["id"]})
    return str(place[0]), str(place[1])


def _steps(lines: Iterable[Fields]) -> tuple[list[Fields], list[Fields]]:
    """The judgements that stand, and those undone since the last new one, each in the order of time."""
    done: list[Fields] = []
    undone: list[Fields] = []
    for line in lines:
        if "undoes" in line:
            undone += [d for d in done if d["id"] == line["undoes"]]
            done = [d for d in done if d["id"] != line["undoes"]]
        elif "redoes" in line:
            done += [u for u in undone if u["id"] == line["redoes"]]
            undone = [u for u in undone if u["id"] != line["redoes"]]
        else:
            done.append(line)
            undone = []
    return done, undone


def _judged(site: str, code: str, status: str, reason: str) -> Fields:
    return {
        "id": new_id(),
        "op": "status",
        "at": now(),
        "site": site,
        "code": code,
        "status": status,
        "reason": reason,
    }


def _append(lines: Lines, coder: str, line: Fields) -> None:
    lines.append(line, lambda: _opening(coder))


def read_statuses(project: Project) -> Mapping[tuple[str, str], tuple[Judgement, ...]]:
    """(site, code) → each coder's standing judgement, the latest first. Raises :class:`BadFile`."""
    found: dict[tuple[str, str], dict[str, Judgement]] = {}
    for coder in names(statuses_folder(project), ".jsonl"):
        lines = _lines(project, coder)
        for number, line in lines.read()[1]:
            if line.get("op") != "status":
                continue
            judgement = _judgement(lines.path, number, line, coder)
            cell = found.setdefault((str(line["site"]), str(line["code"])), {})
            cell.pop(coder, None)
            if judgement is not None:
                cell[coder] = judgement
    return {
        place: tuple(sorted(cell.values(), key=lambda j: (j.at, j.coder), reverse=True))
        for place, cell in found.items()
        if cell
    }


def status_lines(project: Project) -> Iterator[tuple[str, Fields]]:
    """Every judgement ever made, as written, with its coder. Raises :class:`BadFile`."""
    for coder in names(statuses_folder(project), ".jsonl"):
        for _, line in _lines(project, coder).read()[1]:
            if line.get("op") == "status":
                yield coder, line


def check_statuses(project: Project) -> Iterator[Problem]:
    """Damaged and changed lines in all files of statuses."""
    for coder in names(statuses_folder(project), ".jsonl"):
        yield from check_lines(_lines(project, coder).path, NAME, STATUSES_FORMAT)


def _judgement(path: Path, number: int, line: Fields, coder: str) -> Judgement | None:
    try:
        texts = [str(line[key]) for key in ("id", "site", "code", "reason", "at")]
        status = Status(line["status"]) if line["status"] else None
    except (KeyError, ValueError):
        raise BadFile(path, "this line is no status.", "Take the line from a copy.", number) from None
    if status is None:
        return None
    return Judgement(texts[0], texts[1], texts[2], status, texts[3], coder, texts[4])


def _lines(project: Project, coder: str) -> Lines:
    path = require_inside(project.root, locate(statuses_folder(project), f"{coder}.jsonl"))
    return Lines(path, NAME, STATUSES_FORMAT)


def _opening(coder: str) -> Fields:
    return {
        "id": new_id(),
        "op": "open",
        "at": now(),
        "format": f"{NAME}/{STATUSES_FORMAT}",
        "coder": coder,
    }
