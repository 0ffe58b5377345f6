"""Whether an Ogg file is whole: its headers do not say how long it is, but its last page is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_PAGE = 27 + 255 + 255 * 255
END_OF_STREAM = 0x04


def ogg_is_cut_off(path: Path) -> bool:
    """Whether an Ogg file stops inside a page, or after one that is not marked as the last of its stream.

    False for files of other kinds. Source: RFC 3533, section 6.

    :raises OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        size = file.seek(0, 2)
        file.seek(max(0, size - 2 * LARGEST_PAGE))
        tail = file.read()
    at = tail.rfind(b"OggS\0")
    while at >= 0:
        ends = _ends(tail, at)
        if ends is not None:
            return not ends
        at = tail.rfind(b"OggS\0", 0, at)
    return True


def _ends(tail: bytes, at: int) -> bool | None:
    """Whether the page at ``at`` is whole and the last; None when no page begins there."""
    if len(tail) < at + 27:
        return False
    flags, count = tail[at + 5], tail[at + 26]
    if flags > 7:
        return None
    table = tail[at + 27 : at + 27 + count]
    whole = len(table) == count and len(tail) >= at + 27 + count + sum(table)
    return whole and bool(flags & END_OF_STREAM)
