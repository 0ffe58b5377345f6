"""Recordings: which file belongs to which interview, and bringing new ones into the project."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from time import time
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, Conflict, UsageError
from qualkit.files.atomic import refusal, replacing
from qualkit.files.interviews import read_interviews, require_writable, write_interviews
from qualkit.files.locks import holding
from qualkit.files.names import fault_in_id, inside, locate, require_inside, safe_id
from qualkit.files.text import nfc
from qualkit.files.transcript import (
    load_transcript,
    transcript_ids,
    transcript_path,
    write_transcript,
)
from qualkit.model import Interview, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Transcript, Turn

SUFFIXES = (
    ".wav", ".flac", ".w64", ".aif", ".aiff", ".m4a", ".mp4", ".mov", ".mkv", ".webm", ".ogg", ".opus",
    ".oga", ".mp3", ".mp2", ".aac", ".amr", ".awb", ".3gp", ".3ga", ".wma", ".wmv", ".asf", ".avi", ".mpg",
    ".mpeg", ".m4v", ".mts", ".m2ts", ".ts", ".caf", ".au", ".ds2", ".dss",
)  # fmt: skip
"""Suffixes of audio and video, the least lossy first. Whether one can be decoded is for ``audio`` to say."""

_BLOCK = 1 << 20
_OLD = 3600


@dataclass(frozen=True, slots=True)
class Recording:
    """An audio or video file of an interview."""

    interview: str
    path: Path


@dataclass(frozen=True, slots=True)
class Added:
    """What :func:`add_recording` brought into the project."""

    interview: Interview
    path: Path
    new: bool
    """False: the very same file was there already."""


def find_recordings(project: Project) -> tuple[Recording, ...]:
    """The recordings of the project's interviews, in the order of ``interviews.csv``.

    The file that the column ``recording`` names, else ``ID.*`` in
    ``recordings/``. Interviews without one are left out, and so are links that
    lead out of the project; :func:`check_recordings` tells of both.
    """
    files = _files(project)
    found = []
    for interview in read_interviews(project):
        path = _recording(project, interview, files)
        if path is not None and inside(project.root, path):
            found.append(Recording(interview.id, path))
    return tuple(found)


def recording(project: Project, interview_id: str) -> Recording | None:
    """The recording of one interview; None when there is none."""
    return next((r for r in find_recordings(project) if r.interview == interview_id), None)


def check_recordings(project: Project) -> list[Problem]:
    """Recordings that are named and not there, that belong to no row, several for one id, links out."""
    problems = []
    files = _files(project)
    used: set[Path] = set()
    for interview in read_interviews(project):
        path = _recording(project, interview, files)
        same = [file for file in files if file.stem.casefold() == interview.id.casefold()]
        used.update(same if path is None else (path, *same))
        if interview.recording and path is None:
            message = f"{interview.id}: there is no recording {interview.recording!r}."
            problems.append(Problem(project.interviews, 0, message, "Correct the column recording."))
        elif path is not None and not inside(project.root, path):
            problems.append(Problem(path, 0, "this link leads out of the project.", "Copy the file here."))
        elif len(same) > 1 and not interview.recording:
            others = ", ".join(file.name for file in same if file != path)
            message = f"{path.name if path else ''} is taken for {interview.id}, and {others} is there too."
            problems.append(Problem(project.recordings, 0, message, "Name one in the column recording."))
    for file in files:
        if file not in used:
            message = "this recording belongs to no row of interviews.csv."
            problems.append(Problem(file, 0, message, "Add a row, or name it in the column recording."))
    return problems


def add_recording(project: Project, path: Path, interview: Interview | None = None) -> Added:
    """Copy a recording into the project with a row in ``interviews.csv``.

    The id is made of the file's name; ``interview`` gives the row's other cells,
    and its id when that is not empty. Nothing is ever overwritten: a name that is
    taken gets a number, and a file that is there already, byte for byte, is not
    copied again.

    Raises :class:`UsageError` for a file that is no recording, :class:`BadFile` for one
    that cannot be read, :class:`Conflict` when the id asked for is taken.
    """
    suffix = path.suffix.lower()
    try:
        size = path.stat().st_size if path.is_file() else -1
    except OSError as error:  # a name that no disk can hold, a drive that has gone
        raise BadFile(path, f"{error.strerror or error}.", "Check the name.") from None
    if size < 0:
        raise BadFile(path, "there is no such file.", "Check the name.")
    if suffix not in SUFFIXES:
        raise UsageError(
            f"{path}: {suffix or 'a file without suffix'} is neither a recording nor a readable transcript.",
            "Convert it to wav, mp3 or m4a; save text as .txt.",
        )
    if not size:
        raise BadFile(path, "the file is empty.", "Copy it again from where it was recorded.")
    row = _row(interview)
    with holding(project.work, "interviews"):
        _sweep(project)
        return _add_audio(project, path, row, list(read_interviews(project)))


def add_transcript(
    project: Project, path: Path, transcript: Transcript, interview: Interview | None = None
) -> Added:
    """Bring a transcript that was read from ``path`` into the project, with a row in ``interviews.csv``.

    The id is made of the file's name as by :func:`add_recording`, and a row or a
    recording that waits for its transcript gets it. The language is the one of
    ``interview``, else of the row that is there, of the transcript, of the project.
    The same turns, or the same file, are not added twice.

    Raises :class:`Conflict` when the id asked for has a transcript already.
    """
    row = _row(interview)
    with holding(project.work, "interviews"):
        return _add_text(project, path, transcript, row, list(read_interviews(project)))


def _row(interview: Interview | None) -> Interview:
    row = interview or Interview(id="")
    if row.id and (fault := fault_in_id(row.id)):
        raise UsageError(f"The id {row.id!r} {fault}.")
    require_writable(replace(row, id=row.id or "x"))
    return row


def _sweep(project: Project) -> None:
    """Take away what an ``add`` that was killed had copied so far. Hold the lock: no other one is copying.

    Only what nobody has written to for an hour, because ``demo`` copies without the lock.
    """
    if not inside(project.root, project.recordings):
        return
    for part in project.recordings.glob("*.part"):
        with suppress(OSError):
            if re.search(r"\.\d+-[0-9a-f]{6}\.part$", part.name) and part.stat().st_mtime < time() - _OLD:
                part.unlink()


def _add_audio(project: Project, path: Path, row: Interview, rows: list[Interview]) -> Added:
    require_inside(project.root, project.recordings)
    files = _files(project)
    owners = {found.path: found.interview for found in find_recordings(project)}
    for file in files:
        if _same(path, file) and (owner := owners.get(file)) and row.id in ("", owner):
            return Added(next(r for r in rows if r.id == owner), file, new=False)
    row_id = _free(
        row, path, {file.stem.casefold() for file in files} | {o.casefold() for o in owners.values()}
    )
    target = project.recordings / f"{row_id}{path.suffix.lower()}"
    _copy(path, target)
    return Added(_add_row(project, rows, replace(row, id=row_id, recording="")), target, new=True)


def _add_text(
    project: Project, path: Path, transcript: Transcript, row: Interview, rows: list[Interview]
) -> Added:
    there = transcript_ids(project)
    own = row.id or safe_id(path.stem, "interview")
    for name in there:
        if name == own or (not row.id and re.fullmatch(rf"{re.escape(own)}-\d+", name)):
            try:
                former = load_transcript(project, name)
            except BadFile:  # told by `check`
                continue
            if _bare(former) == _bare(transcript) or _same_file(former, transcript):
                added = _add_row(project, rows, replace(row, id=name))
                return Added(added, transcript_path(project, name), new=False)
    row_id = _free(row, path, {name.casefold() for name in there})
    waiting = next((r.language for r in rows if r.id.casefold() == row_id.casefold()), "")
    language = row.language or waiting or transcript.language or project.languages[0]
    turns = tuple(replace(t, language="") if t.language == language else t for t in transcript.turns)
    target = require_inside(project.root, transcript_path(project, row_id))
    made = replace(transcript, interview=row_id, language=language, turns=turns, revision=1)
    write_transcript(target, made)
    return Added(_add_row(project, rows, replace(row, id=row_id, language=language)), target, new=True)


def _same_file(one: Transcript, other: Transcript) -> bool:
    """Whether both were read from the same bytes; one may have been corrected since."""
    file = one.provenance.get("sha256")
    return bool(file) and file == other.provenance.get("sha256")


def _bare(transcript: Transcript) -> list[Turn]:
    """The turns without their languages, which are told for an interview as a whole."""
    return [replace(turn, language="") for turn in transcript.turns]


def _free(row: Interview, path: Path, taken: set[str]) -> str:
    """The id for a new file: the one asked for when it is free, else the first free one of the file's name.

    A row that is there and has no such file yet is what the file was awaited for.
    """
    if row.id:
        if row.id.casefold() in taken:
            raise Conflict(f"There is a file for {row.id} already.", "Choose another id.")
        return row.id
    stem = safe_id(path.stem, "interview")
    number, row_id = 1, stem
    while row_id in taken:
        number += 1
        row_id = f"{stem[:76]}-{number}"
    return row_id


def _add_row(project: Project, rows: list[Interview], added: Interview) -> Interview:
    """The row with that id: the one that is there, else a new one at the end."""
    for row in rows:
        if row.id.casefold() == added.id.casefold():
            return row
    write_interviews(project, [*rows, added])
    return added


def _files(project: Project) -> list[Path]:
    """The audio and video files directly in ``recordings/``, the least lossy suffix first."""
    if not project.recordings.is_dir():
        return []
    files = [f for f in project.recordings.iterdir() if f.suffix.lower() in SUFFIXES and f.name[:1] != "."]
    return sorted((f for f in files if f.is_file()), key=lambda f: (SUFFIXES.index(f.suffix.lower()), f.name))


def _recording(project: Project, interview: Interview, files: list[Path]) -> Path | None:
    if interview.recording:
        folder, _, name = interview.recording.rpartition("/")
        path = locate(project.recordings / folder, name)
        return path if path.is_file() else None
    return next((file for file in files if nfc(file.stem) == interview.id), None)


def _same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and file_hash(one) == file_hash(other)


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes in hexadecimal, read in blocks. Raises :class:`BadFile`."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise BadFile(path, f"{error.strerror or error}.", "Check the file and its permissions.") from None
    return digest.hexdigest()


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        raise refusal(target, FileExistsError(17, "exists", str(target)))
    with replacing(target) as part:
        shutil.copyfile(source, part)
