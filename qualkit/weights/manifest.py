"""What a model folder says about itself: ``qualkit-model.json``, with a SHA-256 for every file.

Format history of ``qualkit-model/1``: first version. Keys: ``format``, ``name``, ``kind``,
``licence``, ``source``, ``revision``, ``files`` (path with ``/`` → ``{"sha256", "size"}``).
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MANIFEST = "qualkit-model.json"
MANIFEST_FORMAT = "qualkit-model/1"


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Size and sum of one file of a model."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """Where a model folder came from and what it must hold."""

    name: str
    kind: str
    licence: str
    source: str
    revision: str
    files: Mapping[str, FileFacts]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(facts.size for facts in self.files.values())


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def model_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a model folder as ``(path with /, path)``, sorted; the manifest and caches left out."""
    found = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [f for f in folders if f not in {".cache", ".git", "__pycache__"}]
        for name in names:
            path = Path(parent, name)
            inside = path.relative_to(folder).as_posix()
            if inside != MANIFEST:
                found.append((inside, path))
    yield from sorted(found)


def describe(folder: Path, *, name: str, kind: str, licence: str, source: str, revision: str) -> Manifest:
    """The manifest of a finished folder: reads and sums every file."""
    files = {
        inside: FileFacts(file_sha256(path), path.stat().st_size) for inside, path in model_files(folder)
    }
    return Manifest(name, kind, licence, source, revision, files)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``qualkit-model.json`` into a folder that is being built."""
    raw = {
        "format": MANIFEST_FORMAT,
        "name": manifest.name,
        "kind": manifest.kind,
        "licence": manifest.licence,
        "source": manifest.source,
        "revision": manifest.revision,
        "files": {
            name: {"sha256": facts.sha256, "size": facts.size}
            for name, facts in sorted(manifest.files.items())
        },
    }
    with (folder / MANIFEST).open("w", encoding="utf-8") as stream:
        json.dump(raw, stream, ensure_ascii=False, indent=2)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a model folder; None when it has none. Raises BadFile for one that is no manifest."""
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return None
    except (OSError, ValueError) as error:
        raise BadFile(path, f"cannot be read as a model's manifest ({error}).", _REPAIR) from error
    try:
        if raw["format"] != MANIFEST_FORMAT:
            raise BadFile(path, f"has the format {raw['format']!r}, not {MANIFEST_FORMAT!r}.", _REPAIR)
        files = {str(n): FileFacts(str(f["sha256"]), int(f["size"])) for n, f in raw["files"].items()}
        texts = {key: str(raw[key]) for key in ("name", "kind", "licence", "source", "revision")}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFile(path, f"is not a model's manifest: {error!r}.", _REPAIR) from error
    return Manifest(**texts, files=files)


_REPAIR = "Delete the model's folder and fetch or import it again."


def is_whole(folder: Path, manifest: Manifest) -> bool:
    """Whether every file is there in its size: a quick look without reading the weights."""
    for name, facts in manifest.files.items():
        try:
            if (folder / name).stat().st_size != facts.size:
                return False
        except OSError:
            return False
    return True


def check_files(folder: Path, manifest: Manifest) -> list[Problem]:
    """Read every file again and compare it with the manifest; what differs, as problems."""
    remedy = f"Delete {folder} and run `qualkit models fetch {manifest.name}`, or import it again."
    problems = []
    for name, facts in manifest.files.items():
        path = folder / name
        try:
            same = file_sha256(path) == facts.sha256
        except FileNotFoundError:
            problems.append(Problem(path, 0, "is missing from the model.", remedy))
            continue
        except OSError as error:
            problems.append(Problem(path, 0, f"cannot be read ({error.strerror}).", remedy))
            continue
        if not same:
            problems.append(
                Problem(path, 0, "is not the file that was fetched: its SHA-256 differs.", remedy)
            )
    known = set(manifest.files)
    problems.extend(
        Problem(path, 0, "does not belong to the model.", "Delete it.")
        for name, path in model_files(folder)
        if name not in known
    )
    return problems
