"""What ``qualkit add`` takes: recordings, and transcripts made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.recordings import Added, add_recording, add_transcript
from qualkit.transcription.readers import read_foreign, reads

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Interview, Problem


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is in the project now."""

    added: Added
    kind: str
    """``recording`` or ``transcript``."""
    notes: tuple[Problem, ...] = ()
    """What was ambiguous in a transcript, and how it was read."""


def add_file(project: Project, path: Path, row: Interview | None = None, encoding: str = "") -> Taken:
    """Bring a recording or a transcript into the project, whichever the file is.

    Raises :class:`UsageError` for a file that is neither, :class:`BadFile` with the
    line for one that cannot be read, :class:`Conflict` when the id asked for is taken.
    """
    if not reads(path):
        return Taken(add_recording(project, path, row), "recording")
    if path.is_file() and not path.stat().st_size:
        raise BadFile(path, "the file is empty.", "Export it again from where it was made.")
    reading = read_foreign(path, encoding)
    return Taken(add_transcript(project, path, reading.transcript, row), "transcript", reading.notes)
