"""The vectors of texts on disk: computed once per model and text, read back by numpy alone.

One folder a model, ``.qualkit/vectors/NAME@HASH/``:

* ``vectors.f16`` holds one normalised row of float16 after another (cosines
  differ from float32 by less than 0.001),
* ``keys.bin`` the 16-byte key of each row,
* ``meta.json`` the number of dimensions, the model and its prompt.

Rows are written and synced before their keys, so a crash can only leave rows
that nothing points at; they are cut off by the next writer. Nothing here imports
a model library: the review desk reads vectors in its own process.

Format history: 1 — first.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock

from qualkit.errors import BadFile
from qualkit.files.atomic import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

VECTORS_FORMAT = 1
KEY_BYTES = 16
LENGTH_SLACK = 0.02
"""What float16 and an honest model leave of a squared length of one, with room."""
_REMEDY = "Delete the folder: the vectors are computed again."


def text_key(prompt: str, text: str) -> bytes:
    """The key of a text's vector under one prompt: 16 bytes of BLAKE2b."""
    return blake2b(f"{prompt}\0{text}".encode(errors="replace"), digest_size=KEY_BYTES).digest()


@dataclass(frozen=True)
class VectorCache:
    """The vectors of one model, opened for reading; :func:`append` writes."""

    folder: Path
    dimensions: int
    model: str
    """``NAME@HASH``."""
    prompt: str
    """Put before every text."""
    rows: dict[bytes, int] = field(repr=False)
    table: NDArray[np.float16] = field(repr=False)
    made: int = 0
    """How many of the vectors were computed when it was asked for."""

    def missing(self, texts: Iterable[str]) -> list[str]:
        """The texts without a vector, each once, in their order."""
        seen: dict[str, None] = {}
        for text in texts:
            if text not in seen and text_key(self.prompt, text) not in self.rows:
                seen[text] = None
        return list(seen)

    def get(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text, float32, unit length; ``KeyError`` when one was never embedded."""
        rows = [self.rows[text_key(self.prompt, text)] for text in texts]
        if not rows:
            return np.zeros((0, self.dimensions), np.float32)
        return np.asarray(self.table[rows], np.float32)


def open_cache(folder: Path) -> VectorCache | None:
    """The cache in a folder, or None where there is none yet.

    A cache cut short in the middle of a write is read up to its last whole row, and a row that
    is no unit vector counts as missing, so that damage costs time and never a wrong score.

    Raises:
        BadFile: the folder was written by another program or a newer Qualkit.
    """
    meta_file = folder / "meta.json"
    if not meta_file.exists():
        return None
    try:
        meta = json.loads(meta_file.read_text(encoding="utf-8"))
        version, dimensions = int(meta["format"]), int(meta["dimensions"])
        model, prompt = str(meta["model"]), str(meta["prompt"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadFile(meta_file, "does not describe a vector cache.", _REMEDY) from error
    if version != VECTORS_FORMAT or dimensions < 1:
        raise BadFile(meta_file, f"is a vector cache of format {version}; this is {VECTORS_FORMAT}.", _REMEDY)
    keys = _read(folder / "keys.bin")
    count = min(len(keys) // KEY_BYTES, _size(folder / "vectors.f16") // (2 * dimensions))
    table: NDArray[np.float16] = (
        np.memmap(folder / "vectors.f16", np.float16, mode="r", shape=(count, dimensions))
        if count
        else np.zeros((0, dimensions), np.float16)
    )
    rows = {keys[i * KEY_BYTES : (i + 1) * KEY_BYTES]: int(i) for i in np.flatnonzero(_sound(folder, table))}
    return VectorCache(folder, dimensions, model, prompt, rows, table)


def _sound(folder: Path, table: NDArray[np.float16]) -> NDArray[np.bool_]:
    """Which rows are vectors of unit length, as all that were written are.

    Read beside the mapped table, which would else be held in memory as a whole.
    """
    sound = np.zeros(len(table), np.bool_)
    if not len(table):
        return sound
    with (folder / "vectors.f16").open("rb") as file:
        for start in range(0, len(table), 4_096):
            size = min(4_096, len(table) - start) * table.shape[1]
            part = np.fromfile(file, np.float16, size).astype(np.float32).reshape(-1, table.shape[1])
            squares = np.einsum("ij,ij->i", part, part)
            sound[start : start + len(part)] = np.abs(squares - 1) < LENGTH_SLACK
    return sound


def create_cache(folder: Path, dimensions: int, model: str, prompt: str) -> VectorCache:
    """Open a cache for a model, made empty where it is new.

    Raises:
        BadFile: the folder holds vectors of another size, model or prompt.
    """
    cache = open_cache(folder)
    if cache is None:
        folder.mkdir(parents=True, exist_ok=True)
        meta = {"format": VECTORS_FORMAT, "dimensions": dimensions, "model": model, "prompt": prompt}
        write_text(folder / "meta.json", json.dumps(meta) + "\n")
        cache = open_cache(folder)
        assert cache is not None
    if cache.dimensions != dimensions:
        message = f"holds vectors of {cache.dimensions} dimensions; the model {model} gives {dimensions}."
        raise BadFile(folder, message, _REMEDY)
    if (cache.model, cache.prompt) != (model, prompt):
        raise BadFile(folder, f"holds vectors of {cache.model}, not of {model}.", _REMEDY)
    return cache


def append(cache: VectorCache, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Write vectors of new texts to the end of a cache; open it again to read them.

    Safe beside other writers. A text that got there twice is read from its last row.

    Raises:
        BadFile: the vectors have another size than the cache, or hold NaN.
    """
    if vectors.shape != (len(texts), cache.dimensions):
        message = f"holds vectors of {cache.dimensions} dimensions; got {vectors.shape[-1]}."
        raise BadFile(cache.folder, message, _REMEDY)
    if not np.isfinite(vectors).all():
        raise BadFile(cache.folder, f"the model {cache.model} gave vectors that are not numbers.")
    keys = b"".join(text_key(cache.prompt, text) for text in texts)
    with FileLock(str(cache.folder / "lock")):
        key_file, row_file = cache.folder / "keys.bin", cache.folder / "vectors.f16"
        width = 2 * cache.dimensions
        count = min(_size(key_file) // KEY_BYTES, _size(row_file) // width)
        _append_at(row_file, count * width, vectors.astype(np.float16).tobytes())
        _append_at(key_file, count * KEY_BYTES, keys)


def _append_at(path: Path, position: int, content: bytes) -> None:
    """Write at ``position``, drop what a crash left behind it, and sync."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(position)
        file.seek(position)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
