"""Which recording belongs to which interview."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError, UsageError
from qualkit.files.atomic import write_text
from qualkit.files.interviews import read_interviews
from qualkit.files.names import fault_in_id, safe_id
from qualkit.files.recordings import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.files.project import Project
    from qualkit.model import Interview


@dataclass(frozen=True, slots=True)
class Recording:
    """A file in ``recordings/`` and the interview it belongs to."""

    interview: str
    path: Path
    case: Interview | None = None
    """The interview's row; None when ``interviews.csv`` has none."""

    @property
    def file(self) -> str:
        """The name inside ``recordings/``."""
        return self.path.name


def recordings(project: Project) -> tuple[Recording, ...]:
    """Every recording of a project with its interview, in the order of ``interviews.csv``, then by name.

    A file is an interview's when the row names it in ``recording``, or its name
    without suffix is the interview's id. Any other recording gets an id made of
    its name.
    """
    files = {p.name: p for p in sorted(_files(project.recordings))}
    out: list[Recording] = []
    for case in read_interviews(project):
        name = _find(case, files)
        if name:
            out.append(Recording(case.id, files.pop(name), case))
    taken = {r.interview for r in out}
    for name, path in files.items():
        interview = _free(_id(path.stem), taken)
        taken.add(interview)
        out.append(Recording(interview, path))
        del name
    return tuple(out)


def _id(stem: str) -> str:
    stem = unicodedata.normalize("NFC", stem)
    return safe_id(stem, "recording") if fault_in_id(stem) else stem


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _files(folder: Path) -> list[Path]:
    try:
        entries = list(folder.iterdir())
    except FileNotFoundError:
        return []
    return [
        p for p in entries if not p.name.startswith(".") and p.suffix.lower() in SUFFIXES and not p.is_dir()
    ]


def _find(case: Interview, files: dict[str, Path]) -> str:
    if case.recording:
        wanted = unicodedata.normalize("NFC", Path(case.recording).name)
        return next((n for n in files if unicodedata.normalize("NFC", n) == wanted), "")
    wanted = unicodedata.normalize("NFC", case.id).casefold()
    return next(
        (n for n, p in files.items() if unicodedata.normalize("NFC", p.stem).casefold() == wanted), ""
    )


def chosen(project: Project, ids: Sequence[str] | None) -> tuple[Recording, ...]:
    """The recordings of these interviews; all when ``ids`` is empty.

    :raises UsageError: an id that has no recording.
    """
    every = recordings(project)
    if not ids:
        return every
    by_id = {r.interview: r for r in every}
    for name in ids:
        if name not in by_id:
            known = ", ".join(list(by_id)[:8]) or "none"
            raise UsageError(
                f"There is no recording of {name!r}.", f"Put it in recordings/. There are: {known}."
            )
    return tuple(by_id[name] for name in dict.fromkeys(ids))


class Hashes:
    """SHA-256 of recordings, remembered by size and time of change so that gigabytes are read once."""

    def __init__(self, project: Project) -> None:
        self._path = project.work / "transcribe" / "hashes.json"
        self._known: dict[str, str] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            self._known = {str(k): str(v) for k, v in raw.items()}

    def sha256(self, path: Path) -> str:
        """SHA-256 of a file's bytes.

        :raises OSError: it cannot be read.
        """
        stat = path.stat()
        key = f"{path.name}|{stat.st_size}|{stat.st_mtime_ns}"
        if key not in self._known or not os.access(path, os.R_OK):
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
            self._known[key] = digest.hexdigest()
            with suppress(QualkitError, OSError):  # only a memory: without it the next call reads again
                write_text(self._path, json.dumps(self._known, indent=0))
        return self._known[key]
