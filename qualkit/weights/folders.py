"""Where models lie in the user's cache, and how a folder gets there whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError, UsageError
from qualkit.files.atomic import sync_folder
from qualkit.weights.archives import no_space
from qualkit.weights.manifest import Manifest, is_whole, model_files, read_manifest, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator


def models_folder() -> Path:
    """Where models are kept: ``QUALKIT_MODELS``, else ``models`` in the user's cache folder for Qualkit."""
    if chosen := os.environ.get("QUALKIT_MODELS"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("qualkit", appauthor=False) / "models"


def folder_name(name: str) -> str:
    """Name of a model's folder: ``KBLab/kb-whisper`` → ``KBLab--kb-whisper``. Raises UsageError."""
    slug = name.replace("/", "--")
    plain = all(c.isascii() and (c.isalnum() or c in "._-@+") for c in slug)
    if not slug or slug.startswith((".", "-")) or not plain or len(slug) > 200:
        raise UsageError(f"{name!r} is no model's name.", "See `qualkit models list`.")
    return slug


def whole(folder: Path) -> bool:
    """Whether a model is in place and complete, as far as names and sizes tell."""
    try:
        manifest = read_manifest(folder)
    except QualkitError:
        return False
    return manifest is not None and is_whole(folder, manifest)


@contextmanager
def building(name: str, *, keep: bool = True) -> Iterator[Path]:
    """A folder to build a model in, locked against other processes, gone after success.

    After an error it stays with ``keep``, so that the next call need not download again what is there.
    Turns OSError into QualkitError with a remedy.
    """
    from filelock import FileLock

    root = models_folder()
    work = root / ".building" / folder_name(name)
    try:
        work.mkdir(parents=True, exist_ok=True)
        with FileLock(work.with_name(work.name + ".lock")):
            work.mkdir(exist_ok=True)
            try:
                yield work
            except BaseException:
                if not keep:
                    shutil.rmtree(work, ignore_errors=True)
                raise
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space(root) from error
        raise QualkitError(
            f"The model {name} cannot be written to {root}: {error.strerror or error}.",
            "Make the folder writable, or set QUALKIT_MODELS to another one.",
        ) from error


def fresh(folder: Path) -> Path:
    """An empty folder in place of whatever was there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def put_in_place(built: Path, target: Path, manifest: Manifest) -> None:
    """Make a finished folder the model: manifest last, everything synced, then one rename."""
    write_manifest(built, manifest)
    for _, path in model_files(built):
        path.chmod(0o644)  # libraries leave 0600 behind, and caches are shared on lab machines
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    if target.exists():
        old = built.with_name("replaced")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
    built.rename(target)
    sync_folder(target.parent)
