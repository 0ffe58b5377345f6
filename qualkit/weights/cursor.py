"""Reading little-endian fields one after another, as both kinds of weight files hold them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import mmap

    from numpy.typing import NDArray


class Cursor:
    """A place in a buffer that moves on with what is read. Raises struct.error or ValueError at its end."""

    def __init__(self, buffer: bytes | mmap.mmap) -> None:
        self.buffer = buffer
        self.at = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        """The fields of a :mod:`struct` layout."""
        values = struct.unpack_from("<" + layout, self.buffer, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        """So many numbers, seen in place."""
        import numpy as np

        values = np.frombuffer(self.buffer, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        """So many bytes."""
        if self.at + count > len(self.buffer):
            raise ValueError("the buffer ends too early")
        self.at += count
        return self.buffer[self.at - count : self.at]

    def text(self) -> str:
        """A string of UTF-8 behind its 16-bit length, with or without a closing zero."""
        (length,) = self.take("H")
        return self.bytes(length).rstrip(b"\0").decode()
