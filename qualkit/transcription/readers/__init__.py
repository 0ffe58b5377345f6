"""Transcripts made elsewhere: Teams, Zoom, Whisper, WhisperX, noScribe, a typist's Word file."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import qualkit
from qualkit.errors import BadFile, UsageError
from qualkit.files.text import read_bytes
from qualkit.files.transcript import read_transcript
from qualkit.model import Transcript
from qualkit.transcription.readers.charset import CERTAIN, MAX_BYTES, decoded
from qualkit.transcription.readers.said import Notes, Reading, turns_of

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.transcription.readers.said import Said

TEXT_SUFFIXES = (".vtt", ".srt", ".txt", ".text", ".md", ".docx", ".json", ".tsv", ".html", ".htm")
"""What :func:`read_foreign` takes."""

_OTHER = {
    ".doc": "Open it in Word and save it as .docx.",
    ".odt": "Save it as .docx.",
    ".rtf": "Save it as .docx.",
    ".pdf": "Ask for the text it was made from, or save that as .docx.",
}


def reads(path: Path) -> bool:
    """Whether the file's name says that it is a transcript, readable or not."""
    return path.suffix.lower() in (*TEXT_SUFFIXES, *_OTHER)


def read_foreign(path: Path, encoding: str = "") -> Reading:
    """A transcript made elsewhere, and what was ambiguous in it.

    Its interview is the file's stem and its language what the file tells of it, both
    for the caller to fill. ``encoding`` names the character set where it is not to be
    found out. Raises :class:`BadFile` with the line for what cannot be read, and
    :class:`UsageError` for a suffix that is not known.
    """
    suffix = path.suffix.lower()
    if suffix in _OTHER or suffix not in TEXT_SUFFIXES:
        raise UsageError(f"{path}: {suffix or 'a file without suffix'} is no transcript that can be read.",
                         _OTHER.get(suffix, f"Known are {' '.join(TEXT_SUFFIXES)}."))  # fmt: skip
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise BadFile(path, f"it is larger than {MAX_BYTES >> 20} MB.", "Check that it is the right file.")
    data = read_bytes(path)
    notes = Notes(path)
    made = {"imported": suffix.lstrip("."), "tool": f"qualkit {qualkit.__version__}"}
    language = charset = ""
    if suffix == ".docx":
        from qualkit.transcription.readers.word import word_pieces

        said = word_pieces(path, data, notes)
    else:
        text, charset = decoded(path, data, encoding)
        if charset not in (*CERTAIN, encoding):
            notes.tell(
                f"it is not UTF-8 and was read as {charset}", 0, "Is that wrong? Name it with --encoding."
            )
        if suffix == ".json" and _is_own(text):
            return Reading(read_transcript(path))
        said, language, flavour = _pieces(path, suffix, text, notes)
        made |= {"imported": flavour, "encoding": charset}
    if not said:
        raise BadFile(path, "there is no text in it.", "Check that it is the right file.")
    speakers, turns = turns_of(said, notes)
    transcript = Transcript(
        interview=path.stem,
        language=language,
        speakers=speakers,
        turns=turns,
        provenance={**made, "file": _harmless(path.name), "sha256": sha256(data).hexdigest()},
    )
    return Reading(transcript, notes.problems())


def _pieces(path: Path, suffix: str, text: str, notes: Notes) -> tuple[list[Said], str, str]:
    """The pieces, the language where it is told, and what kind of file it is."""
    if suffix == ".vtt":
        from qualkit.transcription.readers.cues import vtt_pieces

        said, language = vtt_pieces(path, text, notes)
        return said, language, "vtt"
    if suffix == ".srt":
        from qualkit.transcription.readers.cues import srt_pieces

        return srt_pieces(path, text, notes), "", "srt"
    if suffix == ".json":
        from qualkit.transcription.readers.json_words import json_pieces

        return json_pieces(path, text, notes)
    if suffix == ".tsv":
        from qualkit.transcription.readers.text import tsv_pieces

        return tsv_pieces(path, text), "", "whisper"
    if suffix in (".html", ".htm"):
        from qualkit.transcription.readers.noscribe import html_pieces

        return html_pieces(path, text, notes), "", "noscribe"
    from qualkit.transcription.readers.text import text_pieces

    return text_pieces(text, notes), "", suffix.lstrip(".")


def _is_own(text: str) -> bool:
    return '"qualkit-transcript/' in text[:200]


def _harmless(name: str) -> str:
    from qualkit.files.text import one_line

    return one_line(name.encode("utf-8", "replace").decode("utf-8"))
