"""How long a WAV file says it is: the library goes by the end of the file, so a cut goes unnoticed."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = (0, 0xFFFFFFFF)
"""Sizes that a recorder writes before it knows: RF64, and streams."""


def riff_duration_ms(path: Path) -> int | None:
    """Length that the ``data`` chunk of a RIFF WAVE file claims; None when it claims nothing.

    Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft 1991).
    """
    with path.open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return None
        byte_rate = 0
        while len(chunk := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", chunk)
            if name == b"fmt ":
                body = file.read(size)
                byte_rate = struct.unpack_from("<I", body, 8)[0] if len(body) >= 12 else 0
                file.seek(size & 1, 1)
            elif name == b"data":
                return round(size * 1000 / byte_rate) if byte_rate and size not in UNKNOWN else None
            else:
                file.seek(size + (size & 1), 1)
    return None
