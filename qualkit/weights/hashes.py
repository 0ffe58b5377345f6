"""Short names for weights: what a transcript or a suggestion says it was made with."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from qualkit.weights.folders import models_folder
from qualkit.weights.manifest import Manifest, file_sha256, is_whole, model_files, read_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def model_hash(path: Path) -> str:
    """Twelve hex digits that name the weights: SHA-256 over the names and sums of a folder's files.

    The manifest's sums are used where sizes agree; other folders are read once and remembered.
    """
    manifest = read_manifest(path)
    if manifest is not None and is_whole(path, manifest):
        return manifest_hash(manifest)
    return _digest(_sums(path))


def manifest_hash(manifest: Manifest) -> str:
    """The hash of a model by its manifest, without a look at the files."""
    return _digest({name: facts.sha256 for name, facts in manifest.files.items()})


def _digest(sums: Mapping[str, str]) -> str:
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
