"""Bringing a model without a network: a folder or a tar archive, as on a memory stick."""

from __future__ import annotations

import shutil
import tarfile
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, QualkitError
from qualkit.weights.manifest import MANIFEST, model_files, read_manifest

if TYPE_CHECKING:
    from pathlib import Path


def unpack(source: Path, out: Path) -> Path:
    """Copy a folder or unpack a tar into ``out``; the folder that holds the model's files.

    Raises BadFile for an archive with links, devices or names that lead out of it.
    """
    if source.is_dir():
        _copy(source, out)
    elif source.is_file() and tarfile.is_tarfile(source):
        _untar(source, out)
    else:
        raise BadFile(
            source, "is neither a folder nor a tar archive.", "Name the model's folder or its .tar file."
        )
    return innermost(out)


def innermost(folder: Path) -> Path:
    """The folder that holds a model's files: the only one inside, or a hub cache's only snapshot."""
    if (folder / "snapshots").is_dir():
        folder = folder / "snapshots"
    inside = [p for p in folder.iterdir() if p.name != "__MACOSX" and not p.name.startswith(".")]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _untar(source: Path, out: Path) -> None:
    if not hasattr(tarfile, "data_filter"):
        raise QualkitError(
            "This Python cannot unpack tar archives safely.", "Update to Python 3.11.4 or newer."
        )
    try:
        with tarfile.open(source) as archive:
            members = archive.getmembers()
            for member in members:
                if not (member.isfile() or member.isdir()):
                    raise BadFile(
                        source,
                        f"holds {member.name!r}, which is a link or a device.",
                        "Pack the folder again with `tar --dereference`.",
                    )
            size, free = sum(m.size for m in members), shutil.disk_usage(out).free
            if size > free:
                raise QualkitError(
                    f"{source} unpacks to {size / 1e6:.0f} MB, and the disk that holds {out} has"
                    f" {free / 1e6:.0f} MB free.",
                    "Free some space, or set QUALKIT_MODELS to a folder on another disk.",
                )
            archive.extractall(out, members, filter="data")
    except tarfile.FilterError as error:
        raise BadFile(
            source, f"leads out of its folder: {error}.", "Get the archive from a source you trust."
        ) from error
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BadFile(source, f"is cut short or damaged ({error}).", "Copy it again.") from error


def _copy(source: Path, out: Path) -> None:
    """Copy a folder's files. Links may lead inside it, or to the blobs of the hub's cache it is in."""
    root = source.resolve()
    homes = [root]
    if root.parent.name == "snapshots":  # a hub's cache keeps files as links to ../../blobs
        homes.append(root.parent.parent / "blobs")
    for name, path in model_files(source):
        actual = path.resolve()
        if not any(actual.is_relative_to(home) for home in homes):
            raise BadFile(path, f"is a link out of the folder, to {actual}.", "Copy the file itself there.")
        if not actual.is_file():
            raise BadFile(path, "is not an ordinary file.", "Remove it, or copy the file itself there.")
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(actual, target)
    if (source / MANIFEST).is_file():
        shutil.copyfile(source / MANIFEST, out / MANIFEST)


def check_against_own_manifest(folder: Path, source: Path) -> None:
    """A model that came with a manifest must match it. Raises BadFile naming the first file that does not."""
    from qualkit.weights.manifest import check_files

    manifest = read_manifest(folder)
    if manifest is None:
        return
    for problem in check_files(folder, manifest):
        name = problem.path.relative_to(folder).as_posix()
        raise BadFile(source, f"{name} {problem.message}", "Copy the model again from where it came from.")
