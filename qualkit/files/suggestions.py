"""What a model proposes for one interview: ``suggestions/MODEL/ID.jsonl``, made again whenever it is stale.

The first line says what the others have in common: model, interview, revision of
the transcript, hash of the codebook. Then one line a suggestion.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, UsageError
from qualkit.files.atomic import replacing
from qualkit.files.journal import now
from qualkit.files.lines import dump, parse
from qualkit.files.names import fault_in_id, inside, locate
from qualkit.files.shape import check_format
from qualkit.files.text import holds_half_letters, read_bytes
from qualkit.model import Reason, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from qualkit.files.project import Project

SUGGESTIONS_FORMAT = 1
"""Version of ``suggestions/MODEL/ID.jsonl``. 1: first."""

_NAME = "qualkit-suggestions"
_AGAIN = "Run `qualkit suggest` again."


def model_folder(model: str) -> str:
    """The folder name of a model, ``NAME@HASH``: what is not safe in a file name becomes a hyphen."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._@-") else "-" for c in model)[:80].strip(
        "-._"
    )
    if fault := fault_in_id(name):
        raise UsageError(f"The model {model!r} {fault}.")
    return name


def write_suggestions(
    project: Project,
    model: str,
    interview: str,
    suggestions: Iterable[Suggestion],
    revision: int = 0,
    codebook: str = "",
) -> Path:
    """Write all suggestions of one model for one interview, atomically, in the place of former ones.

    ``revision`` and ``codebook`` are taken from the first suggestion when not
    given; name them so that a file without suggestions tells what it was made of.
    Raises :class:`UsageError` for suggestions of another interview, model, revision or codebook.
    """
    if fault := fault_in_id(interview):
        raise UsageError(f"The interview {interview!r} {fault}.")
    path = project.suggestions / model_folder(model) / f"{interview}.jsonl"
    with replacing(path) as part, part.open("wb") as file:
        common: tuple[Any, ...] | None = None
        for suggestion in suggestions:
            s = suggestion
            if common is None:
                common = (interview, model, revision or s.revision, codebook or s.codebook)
                file.write(dump(_header(*common)) + b"\n")
            if (s.interview, s.model, s.revision, s.codebook) != common:
                raise UsageError(f"The suggestion {s.id!r} does not belong to {interview} and {model}.")
            file.write(dump(_line(s)) + b"\n")
        if common is None:
            file.write(dump(_header(interview, model, revision, codebook)) + b"\n")
    return path


def read_suggestions(project: Project, interview: str, model: str | None = None) -> tuple[Suggestion, ...]:
    """The suggestions for one interview in the file's order: of ``model``, else of the newest file.

    None when nobody has made any. Whether they fit the present transcript and
    codebook is told by their ``revision`` and ``codebook``. Raises :class:`BadFile`.
    """
    path = suggestions_path(project, interview, model)
    if path is None:
        return ()
    lines = parse(path, read_bytes(path).split(b"\n"), 1)
    if not lines:
        raise BadFile(path, "its first line is missing.", _AGAIN, 1)
    number, header = lines[0]
    check_format(header.get("format"), path, _NAME, SUGGESTIONS_FORMAT, number)
    found = []
    for number, line in lines[1:]:
        try:
            found.append(_suggestion(header, line))
        except (KeyError, TypeError, ValueError, OverflowError):
            raise BadFile(path, "this line is no suggestion.", _AGAIN, number) from None
    return tuple(found)


def suggestions_header(project: Project, interview: str, model: str | None = None) -> Mapping[str, Any]:
    """What a file of suggestions was made of: ``model``, ``revision``, ``codebook``; empty when none."""
    path = suggestions_path(project, interview, model)
    if path is None:
        return {}
    with path.open("rb") as file:
        try:
            header = json.loads(file.readline())
        except (ValueError, RecursionError):
            header = None
    if not isinstance(header, dict):
        raise BadFile(path, "its first line is damaged.", _AGAIN, 1)
    check_format(header.get("format"), path, _NAME, SUGGESTIONS_FORMAT, 1)
    return header


def suggestions_path(project: Project, interview: str, model: str | None = None) -> Path | None:
    """The file of suggestions: of ``model``, else the newest one; None when there is none."""
    name = f"{interview}.jsonl"
    if model is not None:
        paths = [locate(project.suggestions / model_folder(model), name)]
    elif project.suggestions.is_dir():
        folders = sorted(folder for folder in project.suggestions.iterdir() if folder.is_dir())
        paths = [locate(folder, name) for folder in folders]
    else:
        paths = []
    there = [path for path in paths if path.is_file() and inside(project.root, path)]
    return max(there, key=lambda path: path.stat().st_mtime_ns, default=None)


def _header(interview: str, model: str, revision: int, codebook: str) -> dict[str, Any]:
    return {
        "format": f"{_NAME}/{SUGGESTIONS_FORMAT}",
        "model": model,
        "interview": interview,
        "revision": revision,
        "codebook": codebook,
        "at": now(),
    }


def _line(s: Suggestion) -> dict[str, Any]:
    line: dict[str, Any] = {"id": s.id, "start": s.start, "end": s.end, "code": s.code, "score": s.score}
    if not s.shown:
        line["shown"] = False
    if s.verdict:
        line["verdict"] = s.verdict
    if s.reasons:
        line["reasons"] = [[r.kind, r.text, r.weight] for r in s.reasons]
    return line


def _suggestion(header: Mapping[str, Any], line: Mapping[str, Any]) -> Suggestion:
    made = Suggestion(
        id=line["id"],
        interview=header["interview"],
        revision=header["revision"],
        start=line["start"],
        end=line["end"],
        code=line["code"],
        score=float(line["score"]),
        model=header["model"],
        codebook=header["codebook"],
        shown=line.get("shown", True),
        verdict=line.get("verdict", ""),
        reasons=tuple(Reason(kind, text, float(weight)) for kind, text, weight in line.get("reasons", ())),
    )
    texts = (made.id, made.interview, made.code, made.model, made.codebook, made.verdict)
    if holds_half_letters("".join((*texts, *(part for r in made.reasons for part in (r.kind, r.text))))):
        raise ValueError("no text")
    if type(made.revision) is not int or type(made.start) is not int or type(made.end) is not int:
        raise TypeError("no range")
    if not (made.start >= 0 and made.end >= 0 and 0 <= made.score <= 1 and isinstance(made.shown, bool)):
        raise ValueError("out of range")
    if not all(math.isfinite(reason.weight) for reason in made.reasons):
        raise ValueError("no weight")
    return made
