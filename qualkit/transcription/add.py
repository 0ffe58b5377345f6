"""What ``qualkit add`` takes: recordings, and transcripts made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.recordings import Added, add_recording, add_transcript
from qualkit.transcription.readers import read_foreign, reads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Interview, Problem, Transcript

ENOUGH = 5
"""Words from which a turn may be told to be in another language than the rest."""
_SAMPLE = 400
"""Words that tell the language of a whole transcript."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is in the project now."""

    added: Added
    kind: str
    """``recording`` or ``transcript``."""
    notes: tuple[Problem, ...] = ()
    """What was ambiguous in a transcript, and how it was read."""


def add_file(
    project: Project,
    path: Path,
    row: Interview | None = None,
    encoding: str = "",
    language_of: Callable[[str], str] | None = None,
) -> Taken:
    """Bring a recording or a transcript into the project, whichever the file is.

    ``language_of`` tells the language of a text, or nothing: it is asked for
    transcripts that do not tell theirs, and for turns in another language.

    Raises :class:`UsageError` for a file that is neither, :class:`BadFile` with the
    line for one that cannot be read, :class:`Conflict` when the id asked for is taken.
    """
    if not reads(path):
        return Taken(add_recording(project, path, row), "recording")
    if path.is_file() and not path.stat().st_size:
        raise BadFile(path, "the file is empty.", "Export it again from where it was made.")
    reading = read_foreign(path, encoding)
    transcript = reading.transcript
    if language_of is not None and "imported" in transcript.provenance:
        transcript = _in_languages(transcript, language_of)
    return Taken(add_transcript(project, path, transcript, row), "transcript", reading.notes)


def _in_languages(transcript: Transcript, language_of: Callable[[str], str]) -> Transcript:
    """The transcript with its language, and with that of every turn that is long enough to tell."""
    words = transcript.text.split()
    main = transcript.language or language_of(" ".join(words[:_SAMPLE]))
    turns = tuple(
        replace(turn, language=language_of(turn.text))
        if not turn.language and len(turn.text.split()) >= ENOUGH
        else turn
        for turn in transcript.turns
    )
    return replace(transcript, language=main, turns=turns)
