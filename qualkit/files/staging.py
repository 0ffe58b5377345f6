"""Many files changed as one: all of them, or none.

What is new is written and synced beside the project first, in ``.qualkit/staging``. Then
each former file is moved aside and each new one into its place. A failure on the way puts
everything back; a crash leaves a list of moves, and the next change begins by taking them back.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.errors import Conflict
from qualkit.files.atomic import make_folder, refusal, sync_folder
from qualkit.files.locks import holding
from qualkit.files.names import require_inside
from qualkit.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qualkit.files.project import Project

_LIST = "moves.json"


@dataclass(frozen=True, slots=True)
class Change:
    """What one file is to be, and what it was when that was decided."""

    new: bytes | Path | None
    """The bytes, a file to copy them from, or None: the file goes."""
    former: str = ""
    """SHA-256 of the file as it was read; empty when there was none."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal; empty when there is none."""
    try:
        with path.open("rb") as file:
            found = sha256()
            while block := file.read(1 << 20):
                found.update(block)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise refusal(path, error) from error
    return found.hexdigest()


def apply_changes(project: Project, changes: Mapping[str, Change]) -> None:
    """Make the changes, keyed by path from the project's folder, all or none.

    Raises :class:`Conflict` when a file is no longer what it was, and
    :class:`~qualkit.errors.QualkitError` when the disk refuses: then nothing has changed.
    """
    with ExitStack() as locks:
        locks.enter_context(holding(project.work, "staging"))
        _recover(project)
        if not changes:
            return
        for name in sorted({_lock(path) for path in changes} - {""}):
            locks.enter_context(holding(project.work, name))
        stage = project.work / "staging" / os.urandom(4).hex()
        try:
            _write(project, stage, changes)
            for path, change in changes.items():
                if digest_of(project.root / path) != change.former:
                    raise Conflict(
                        f"{project.root / path}: it was changed meanwhile; nothing was written.",
                        "Run the command again.",
                    )
            _move(project, stage, changes)
        finally:
            if not (stage / _LIST).exists():  # else the former files are in there still
                shutil.rmtree(stage, ignore_errors=True)


def recover(project: Project) -> None:
    """Take back what a crash left half done; before anything is read that a change is planned on.

    Raises :class:`~qualkit.errors.QualkitError` when the disk refuses; what was moved aside stays.
    """
    if (project.work / "staging").is_dir():
        with holding(project.work, "staging"):
            _recover(project)


def check_staging(project: Project) -> Iterator[Problem]:
    """What a crash left half done."""
    for moves in sorted((project.work / "staging").glob(f"*/{_LIST}")):
        told = "a merge or an import was cut short, and its files are half in place."
        yield Problem(moves, 0, told, "Run it again: it begins by taking that back.")


def _recover(project: Project) -> None:
    for stage in sorted((project.work / "staging").glob("*/")):
        moves: list[list[object]] = []
        try:
            if (stage / _LIST).exists():
                with suppress(ValueError):  # no whole list: nothing had been moved yet
                    moves = json.loads((stage / _LIST).read_bytes())
            _back(project, stage, moves)
        except OSError as error:
            raise refusal(project.root, error) from error
        shutil.rmtree(stage, ignore_errors=True)


def _write(project: Project, stage: Path, changes: Mapping[str, Change]) -> None:
    for path, change in changes.items():
        require_inside(project.root, (project.root / path).parent)
        target = stage / "new" / path
        if change.new is None:
            continue
        make_folder(target.parent)
        try:
            if isinstance(change.new, Path):
                shutil.copyfile(change.new, target)
            else:
                target.write_bytes(change.new)
            with target.open("rb+") as file:
                os.fsync(file.fileno())
        except OSError as error:
            raise refusal(project.root / path, error) from error


def _move(project: Project, stage: Path, changes: Mapping[str, Change]) -> None:
    moves = [[path, bool(change.former)] for path, change in changes.items()]
    try:
        make_folder(stage)
        with (stage / _LIST).open("w", encoding="utf-8") as file:
            json.dump(moves, file)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(stage)
        for path, change in changes.items():
            target, old = project.root / path, stage / "old" / path
            make_folder(old.parent)
            if change.former:
                target.replace(old)
            if change.new is not None:
                make_folder(target.parent)
                (stage / "new" / path).replace(target)
        (stage / _LIST).unlink()
        for folder in {(project.root / path).parent for path in changes}:
            sync_folder(folder)
    except BaseException as error:
        with suppress(OSError):  # then the list stays, and the next change takes it back
            _back(project, stage, moves)
        if isinstance(error, OSError):
            raise refusal(project.root, error) from error
        raise


def _back(project: Project, stage: Path, moves: list[list[object]]) -> None:
    for path, former in moves:
        target, old = project.root / str(path), stage / "old" / str(path)
        moved_in = not (stage / "new" / str(path)).exists()
        if former and old.exists():
            old.replace(target)
        elif not former and moved_in:
            target.unlink(missing_ok=True)
    (stage / _LIST).unlink(missing_ok=True)


def _lock(path: str) -> str:
    """The lock that whoever writes this file takes; empty when nobody does."""
    parts = Path(path).parts
    stem = parts[-1].rpartition(".")[0]
    if parts[0] == "codings" and len(parts) == 3:
        return f"codings/{parts[1]}/{stem}"
    if parts[:2] == ("agreement", "settlements") and len(parts) == 4:
        return f"settlements/{parts[2]}/{stem}"
    if parts[0] in ("statuses", "themes") and len(parts) == 2:
        return f"{parts[0]}/{stem}"
    if parts[0] == "transcripts" and len(parts) == 2:
        return f"transcript-{stem}"
    if parts[:2] == (".revisions", "files"):
        return "files"
    return "codebook" if parts[0] == "codebooks" else ""
