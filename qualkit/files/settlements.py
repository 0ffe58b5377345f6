"""What people settled where two coders disagreed: ``agreement/settlements/WHO/ID.jsonl``, append-only.

One line a decision, chained by hash as journals are. Nobody's codings are changed
by it: a settlement says what holds, which codings it speaks of, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, UsageError
from qualkit.files.anchors import anchor_fields, anchor_from
from qualkit.files.journal import now
from qualkit.files.lines import Lines
from qualkit.files.locks import holding
from qualkit.files.names import fault_in_id, inside, locate, names, new_id, require_inside
from qualkit.files.text import holds_half_letters, nfc
from qualkit.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Anchor

SETTLEMENTS_FORMAT = 1
"""Version of ``agreement/settlements/WHO/ID.jsonl``. 1: first."""

NAME = "qualkit-settlements"
GIVEN, NOT_GIVEN = "given", "not-given"
VERDICTS = (GIVEN, NOT_GIVEN)


@dataclass(frozen=True, slots=True)
class Settlement:
    """One disagreement decided."""

    id: str
    interview: str
    code: str
    coders: tuple[str, str]
    """Between whom, in alphabetical order."""
    codings: tuple[str, ...]
    """Ids of the codings that it decides on: one where one coder gave the code, two where both did."""
    verdict: str
    """``given``: the code holds on ``anchor``; ``not-given``: it does not hold."""
    anchor: Anchor
    reason: str
    who: str
    at: str


def settlements(project: Project, interviews: Sequence[str] | None = None) -> tuple[Settlement, ...]:
    """The settlements that hold, earliest first; the last word on the same codings counts.

    Raises :class:`BadFile` for a damaged file.
    """
    found: dict[tuple[str, ...], Settlement] = {}
    for path, who, interview in _files(project):
        if interviews is None or interview in interviews:
            for one in _read(path, who, interview):
                key = (one.interview, one.code, *one.coders, *one.codings)
                if key not in found or found[key].at <= one.at:
                    found[key] = one
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.id)))


def settle(
    project: Project,
    who: str,
    interview: str,
    code: str,
    coders: Iterable[str],
    codings: Iterable[str],
    verdict: str,
    anchor: Anchor,
    reason: str = "",
) -> Settlement:
    """Keep a decision; it is on the disk when this returns.

    Raises :class:`UsageError` for a verdict that is none, or names that cannot name a file.
    """
    pair, ids = tuple(sorted(coders)), tuple(sorted(codings))
    if verdict not in VERDICTS or len(pair) != 2 or not ids:
        raise UsageError("A settlement is given or not-given, between two coders, on a coding of theirs.")
    fields = {
        "op": "settle", "code": code, "coders": list(pair), "codings": list(ids), "verdict": verdict,
        "anchor": anchor_fields(anchor), "reason": nfc(reason.strip()),
    }  # fmt: skip
    line = _append(project, who, interview, fields)
    return _settlement(line, who, interview)


def withdraw(project: Project, who: str, interview: str, settlement: str) -> None:
    """Take a settlement of one's own back. Raises :class:`UsageError` when there is none of that id."""
    path = _path(project, who, interview)
    if settlement not in {one.id for one in _read(path, who, interview)}:
        raise UsageError(f"There is no settlement {settlement!r} of {who} (any more).", "Look again.")
    _append(project, who, interview, {"op": "withdraw", "of": settlement})


def settlement_lines(project: Project) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Who, interview and line of everything ever settled or withdrawn. Raises :class:`BadFile`."""
    for path, who, interview in _files(project):
        for _, line in Lines(path, NAME, SETTLEMENTS_FORMAT).read()[1]:
            if line.get("op") in ("settle", "withdraw"):
                yield who, interview, line


def check_settlements(project: Project) -> Iterator[Problem]:
    """Damaged and changed lines in all files of settlements."""
    for path, who, interview in _files(project):
        try:
            tuple(_read(path, who, interview))
        except BadFile as error:
            yield Problem(path, error.line, error.reason, error.hint)
            continue
        for number in Lines(path, NAME, SETTLEMENTS_FORMAT).broken():
            told = "this line or the one before it was changed after it was written."
            yield Problem(path, number, told, "Compare it with a copy.")


def _path(project: Project, who: str, interview: str) -> Path:
    for what, name in (("coder", who), ("interview", interview)):
        if fault := fault_in_id(name):
            raise UsageError(f"The {what} {name!r} {fault}.")
    return require_inside(project.root, locate(_folder(project) / who, f"{interview}.jsonl"))


def _folder(project: Project) -> Path:
    return project.root / "agreement" / "settlements"


def _files(project: Project) -> Iterator[tuple[Path, str, str]]:
    folder = _folder(project)
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        if place.is_dir() and not fault_in_id(place.name) and inside(project.root, place):
            for interview in names(place, ".jsonl"):
                yield require_inside(project.root, locate(place, f"{interview}.jsonl")), place.name, interview


def _read(path: Path, who: str, interview: str) -> Iterator[Settlement]:
    found: dict[str, Settlement] = {}
    for number, line in Lines(path, NAME, SETTLEMENTS_FORMAT).read()[1]:
        try:
            if line["op"] == "settle":
                found[line["id"]] = _settlement(line, who, interview)
            elif line["op"] == "withdraw":
                found.pop(line["of"], None)
            else:
                ("open", "repaired").index(line["op"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            why = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            hint = "Take the line from a copy."
            raise BadFile(path, f"this line cannot be read: {why}.", hint, number) from None
    yield from found.values()


def _settlement(line: dict[str, Any], who: str, interview: str) -> Settlement:
    texts = [line["id"], line["code"], line["at"], line.get("reason", ""), *line["coders"], *line["codings"]]
    if not all(isinstance(text, str) and not holds_half_letters(text) for text in texts):
        raise ValueError("its fields must be text")
    if line["verdict"] not in VERDICTS or len(line["coders"]) != 2 or not line["codings"]:
        raise ValueError("it decides nothing")
    first, second = sorted(line["coders"])
    return Settlement(
        line["id"], interview, line["code"], (first, second), tuple(sorted(line["codings"])), line["verdict"],
        anchor_from(line["anchor"]), line.get("reason", ""), who, line["at"],
    )  # fmt: skip


def _append(project: Project, who: str, interview: str, fields: dict[str, Any]) -> dict[str, Any]:
    path = _path(project, who, interview)
    with holding(project.work, f"settlements/{who}/{interview}"):
        lines = Lines(path, NAME, SETTLEMENTS_FORMAT)
        lines.read()
        opening = {
            "id": new_id(), "op": "open", "at": now(), "format": f"{NAME}/{SETTLEMENTS_FORMAT}",
            "coder": who, "interview": interview,
        }  # fmt: skip
        return lines.append({"id": new_id(), "at": now(), **fields}, lambda: opening)[-1]
