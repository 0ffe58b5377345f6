"""Text as files hold it: UTF-8, NFC, LF, and what may not stand in it."""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, QualkitError

if TYPE_CHECKING:
    from pathlib import Path

_BREAKS = re.compile("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
# Control characters could drive a terminal and cannot stand in XML; lone surrogates have no UTF-8.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

_HALF = re.compile("[\ud800-\udfff]")


def nfc(text: str) -> str:
    """The text in Unicode normal form C with LF line breaks, as every file of a project holds it."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def is_nfc(text: str) -> bool:
    """Whether the text is in Unicode normal form C."""
    return unicodedata.is_normalized("NFC", text)


def one_line(text: str) -> str:
    """The text as a turn may hold it: NFC, line breaks made spaces, control characters dropped."""
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", _BREAKS.sub(" ", text)))


def fault_in_line(text: str) -> str:
    """Why ``text`` cannot be a line of canonical text; empty when it can."""
    if text.isascii() and text.isprintable():
        return ""
    if _BREAKS.search(text):
        return "holds a line break"
    return fault_in_text(text)


def holds_half_letters(text: str) -> bool:
    """Whether lone surrogates stand in it (``"\\ud800"`` in JSON): no UTF-8 holds them."""
    return not text.isascii() and _HALF.search(text) is not None


def fault_in_text(text: str) -> str:
    """Why ``text`` cannot stand in a file of a project; empty when it can. Line breaks and tabs can."""
    if found := _FORBIDDEN.search(text):
        return f"holds the character U+{ord(found[0]):04X}, which is no text"
    if not is_nfc(text):
        return "is not in Unicode normal form C"
    return ""


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises :class:`BadFile` when it cannot be read."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            return file.read()
    except FileNotFoundError:
        raise BadFile(path, "there is no such file.", "Check the name.") from None
    except IsADirectoryError:
        raise BadFile(path, "this is a folder, not a file.", "Move the folder away.") from None
    except PermissionError:
        raise BadFile(path, "no permission to read it.", "Change its permissions.") from None
    except OSError as error:
        raise QualkitError(f"{path}: {error.strerror or error}.", "Check the disk and try again.") from None


def _without_waiting(name: str, flags: int) -> int:
    """Open a file; a pipe or a device, which could go on for ever, is refused."""
    descriptor = os.open(name, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    raise OSError(errno.EINVAL, "This is no ordinary file", name)


def decode(path: Path, data: bytes) -> str:
    """UTF-8 bytes of ``path`` as NFC text with LF. Raises :class:`BadFile` with the line of a wrong byte."""
    try:
        return nfc(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadFile(
            path, "this is not UTF-8 text.", "Save it as UTF-8.", data.count(b"\n", 0, error.start) + 1
        ) from None


def read_text(path: Path) -> str:
    """A file as NFC text with LF, a byte-order mark dropped. Raises :class:`BadFile`."""
    return decode(path, read_bytes(path))
