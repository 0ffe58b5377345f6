"""Emergent themes that people have accepted: ``themes/CODER.jsonl``, append-only.

One line a decision, chained by hash as journals are. An accepted theme is kept with its
passages, so that it stays when passages are grouped anew, and means the same in every copy.

Format history: 1 — first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.files.anchors import anchor_fields, anchor_from, reanchor
from qualkit.files.journal import now
from qualkit.files.lines import Lines, check_lines
from qualkit.files.locks import holding
from qualkit.files.names import fault_in_id, locate, names, new_id, require_inside
from qualkit.files.text import nfc
from qualkit.files.transcript import load_transcript

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qualkit.files.lines import Fields
    from qualkit.files.project import Project
    from qualkit.model import Anchor, Problem, Transcript

EMERGENT_FORMAT = 1
NAME = "qualkit-themes"
FOLDER = "themes"


@dataclass(frozen=True, slots=True)
class Held:
    """One passage of an accepted theme."""

    interview: str
    anchor: Anchor
    nearness: float
    """Cosine to the middle of the group."""
    standing: str
    """``typical``, ``borderline`` or empty."""


@dataclass(frozen=True, slots=True)
class AcceptedTheme:
    """A group of passages that somebody has made a theme."""

    id: str
    name: str
    """What the person calls it; empty leaves it its key phrases."""
    phrases: Mapping[str, tuple[str, ...]]
    """Language → key phrases."""
    stability: float
    passages: tuple[Held, ...]
    coder: str
    at: str = field(compare=False)


def accept_theme(
    project: Project,
    ident: str,
    name: str,
    phrases: Mapping[str, Sequence[str]],
    stability: float,
    passages: Sequence[Held],
    coder: str = "",
) -> None:
    """Write down that a group is a theme; a later word on the same one holds. On the disk when this returns.

    Raises :class:`UsageError` for an id or coder that can be none.
    """
    line = {
        "op": "accept",
        "theme": ident,
        "name": nfc(" ".join(name.split())),
        "phrases": {language: list(words) for language, words in phrases.items()},
        "stability": stability,
        "passages": [
            {
                "interview": held.interview,
                "anchor": anchor_fields(held.anchor),
                "nearness": held.nearness,
                "standing": held.standing,
            }
            for held in passages
        ],
    }
    _append(project, coder or project.coder, ident, line)


def release_theme(project: Project, ident: str, coder: str = "") -> None:
    """Write down that a theme is none any more, whoever had accepted it.

    Raises :class:`UsageError` when there is no such accepted theme.
    """
    held = accepted_themes(project)
    if ident not in held:
        raise UsageError(
            f"No theme {ident!r} is accepted.",
            f"Accepted are: {', '.join(held)}." if held else "`qualkit themes clusters` lists the groups.",
        )
    _append(project, coder or project.coder, ident, {"op": "release", "theme": ident})


def put_back(project: Project, ident: str, theme: AcceptedTheme | None) -> None:
    """Accept a theme anew as it stood; None: it was none, so it is released."""
    if theme is None:
        release_theme(project, ident)
    else:
        accept_theme(project, theme.id, theme.name, theme.phrases, theme.stability, theme.passages)


def accepted_themes(project: Project, until: str = "") -> Mapping[str, AcceptedTheme]:
    """Id → theme, in the order in which they were first accepted. Raises :class:`BadFile`.

    With ``until`` (UTC, as journals write it) those that were accepted then.
    Two copies may have called two things by one id: the later one has its coder's name in its id then.
    """
    lines = sorted(theme_lines(project), key=lambda one: (one[1].at, one[1].coder, one[0]))
    found: dict[str, AcceptedTheme] = {}
    for _, said in lines:
        if until and said.at > until:
            break
        if not said.passages:
            found.pop(said.id, None)
            continue
        former = found.get(said.id, said)
        another = former.coder != said.coder and not _quotes(former) & _quotes(said)
        ident = f"{said.id}-{said.coder}" if another else said.id
        found[ident] = replace(said, id=ident)
    return found


def placed(project: Project, theme: AcceptedTheme) -> Iterator[tuple[Held, Anchor]]:
    """A theme's passages where they stand today; those without a sure place are left out."""
    transcripts: dict[str, Transcript | None] = {}
    for held in theme.passages:
        if held.interview not in transcripts:
            try:
                transcripts[held.interview] = load_transcript(project, held.interview)
            except QualkitError:  # gone or damaged: `qualkit check` tells of it
                transcripts[held.interview] = None
        transcript = transcripts[held.interview]
        if transcript is not None and (place := reanchor(held.anchor, transcript)) is not None:
            yield held, place


def _quotes(theme: AcceptedTheme) -> set[tuple[str, str]]:
    return {(held.interview, held.anchor.quote) for held in theme.passages}


def theme_lines(project: Project) -> Iterator[tuple[int, AcceptedTheme]]:
    """Everything ever accepted, and released (without passages), with its line. Raises :class:`BadFile`."""
    for coder in names(project.root / FOLDER, ".jsonl"):
        lines = _lines(project, coder)
        for number, line in lines.read()[1]:
            if line.get("op") not in ("accept", "release"):
                continue
            try:
                yield number, _theme(line, coder)
            except (KeyError, TypeError, ValueError, AttributeError):
                hint = "Take the line from a copy."
                raise BadFile(lines.path, "this line accepts no theme.", hint, number) from None


def check_themes(project: Project) -> Iterator[Problem]:
    """Damaged and changed lines in all files of accepted themes."""
    for coder in names(project.root / FOLDER, ".jsonl"):
        yield from check_lines(_lines(project, coder).path, NAME, EMERGENT_FORMAT)


def _theme(line: Mapping[str, Any], coder: str) -> AcceptedTheme:
    passages = tuple(
        Held(str(one["interview"]), anchor_from(one["anchor"]), float(one["nearness"]), str(one["standing"]))
        for one in line.get("passages", ())
    )
    if bool(passages) != (line["op"] == "accept") or fault_in_id(line["theme"]):
        raise ValueError
    return AcceptedTheme(
        line["theme"],
        str(line.get("name", "")),
        {str(k): tuple(map(str, words)) for k, words in line.get("phrases", {}).items()},
        float(line.get("stability", 0)),
        passages,
        coder,
        str(line["at"]),
    )


def _append(project: Project, coder: str, ident: str, line: Fields) -> None:
    for what, name in (("coder", coder), ("theme", ident)):
        if fault := fault_in_id(name):
            raise UsageError(f"The {what} {name!r} {fault}.")
    lines = _lines(project, coder)
    with holding(project.work, f"themes/{coder}"):
        lines.read()
        opening = {"id": new_id(), "op": "open", "at": now(), "format": f"{NAME}/{EMERGENT_FORMAT}"}
        lines.append({"id": new_id(), "at": now(), **line}, lambda: {**opening, "coder": coder})


def _lines(project: Project, coder: str) -> Lines:
    path = require_inside(project.root, locate(project.root / FOLDER, f"{coder}.jsonl"))
    return Lines(path, NAME, EMERGENT_FORMAT)
