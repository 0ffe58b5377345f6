"""Writing beside and renaming: a file is there whole, as before or as after, never in between."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_IN_THE_WAY = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR}


def refusal(path: Path, error: OSError) -> QualkitError:
    """What to tell a person whose file could not be written, in one line with the remedy."""
    where = error.filename if isinstance(error.filename, str) and error.filename else str(path)
    if error.errno in _FULL:
        return QualkitError(
            f"{path}: the disk is full; nothing was changed.", "Free some space and run the command again."
        )
    if error.errno in _DENIED:
        return QualkitError(
            f"{where}: no permission to write; nothing was changed.",
            "Change the folder's permissions or copy the project to where you may write.",
        )
    if error.errno in _IN_THE_WAY:
        return QualkitError(
            f"{where}: a file and a folder of the same name are in each other's way.",
            "Move one of them away.",
        )
    return QualkitError(f"{where}: {error.strerror or error}.", "Check the disk and run the command again.")


def make_folder(folder: Path) -> Path:
    """The folder, made with those above it when missing. Raises :class:`QualkitError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refusal(folder, error) from error
    return folder


def sync_folder(folder: Path) -> None:
    """Make a rename or a new file in ``folder`` survive a power cut, where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):  # some network drives refuse; the file's own fsync has been done
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to; on success it is synced and takes the place of ``path``.

    On any error it is removed and ``path`` stays as it was. The name ends with
    ``.part`` and holds the process id, so that two processes never share one.
    Raises :class:`QualkitError` for a full disk, a missing permission and the like.
    """
    make_folder(path.parent)
    part = path.with_name(f"{path.name[:200]}.{os.getpid()}-{os.urandom(3).hex()}.part")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise refusal(path, error) from error
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file, atomically. Raises :class:`QualkitError`."""
    with replacing(path) as part:
        part.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole file as UTF-8 with LF, atomically. Raises :class:`QualkitError`."""
    write_bytes(path, text.encode("utf-8"))
