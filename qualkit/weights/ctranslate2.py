"""Reading CTranslate2's ``model.bin``: every variable by name, as arrays over the mapped file.

Layout (binary version 6, https://github.com/OpenNMT/CTranslate2): version, spec name, spec
revision, count; then for each variable its name, shape, type, size and data; then aliases.
Integers are little-endian, strings have a 16-bit length and end with NUL.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.errors import BadFile
from qualkit.weights.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_OLDEST, _NEWEST = 4, 6


@dataclass(frozen=True, slots=True)
class Variables:
    """The content of one ``model.bin``."""

    spec: str
    """``WhisperSpec`` for a Whisper model."""
    arrays: Mapping[str, NDArray[Any]]

    def weight(self, name: str) -> NDArray[np.float32]:
        """A variable as float32; one quantised to int8 or int16 is multiplied out by its ``_scale``."""
        values = self.arrays[name].astype(np.float32)
        scale = self.arrays.get(f"{name}_scale")
        if scale is not None:
            values /= np.asarray(scale, np.float32).reshape(-1, *(1,) * (values.ndim - 1))
        return values

    def number(self, name: str, default: int) -> int:
        """A setting stored as a variable."""
        return int(self.arrays[name].item()) if name in self.arrays else default


def spec_of(path: Path) -> str:
    """The spec name at the head of a ``model.bin``; empty when the file is no CTranslate2 model."""
    try:
        with path.open("rb") as stream:
            version, length = struct.unpack("<IH", stream.read(6))
            return stream.read(length).rstrip(b"\0").decode() if version <= _NEWEST and length < 64 else ""
    except (OSError, struct.error, UnicodeDecodeError):
        return ""


def read_variables(path: Path) -> Variables:
    """Read a ``model.bin``. Raises BadFile for anything else, or one that is cut short."""
    if not spec_of(path):
        raise BadFile(path, "is not a CTranslate2 model.", "Fetch or import the model again.")
    with path.open("rb") as stream:
        buffer = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    cursor = Cursor(buffer)
    try:
        (version,) = cursor.take("I")
        spec = cursor.text()
        if version < _OLDEST:
            raise BadFile(path, f"has the old binary version {version}.", "Convert the model again.")
        (_revision, count) = cursor.take("II")
        arrays: dict[str, NDArray[Any]] = {}
        for _ in range(count):
            name = cursor.text()
            (rank,) = cursor.take("B")
            shape = cursor.take(f"{rank}I")
            kind, size = cursor.take("BI")
            if kind not in _TYPES:
                raise BadFile(
                    path,
                    f"holds {name} in a type that is not read here (number {kind}).",
                    "Convert it with --quantization float16.",
                )
            dtype = np.dtype(_TYPES[kind])
            arrays[name] = np.frombuffer(buffer, dtype, size // dtype.itemsize, cursor.at).reshape(shape)
            cursor.at += size
        (aliases,) = cursor.take("I")
        for _ in range(aliases):
            alias, name = cursor.text(), cursor.text()
            arrays[alias] = arrays[name]
    except (struct.error, ValueError, KeyError) as error:
        raise BadFile(path, "is cut short or damaged.", "Fetch or import the model again.") from error
    return Variables(spec, arrays)
