"""Which character set a text is in, told from its bytes.

charset-normalizer alone takes Finnish and Swedish in Windows-1252 for Mac Roman as
often as not (short texts, few odd letters), so the sets that Nordic offices have used
are tried first: the one under which the odd bytes are letters of these languages, or
quotation marks and dashes, wins.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.files.text import nfc

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1 << 28
"""A transcript of a day of speech has one megabyte; this much is something else."""

CERTAIN = ("utf-8", "utf-8-sig", "utf-16", "utf-32")
"""What a file says of itself; any other is a conclusion."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NORDIC = ("cp1252", "mac_roman", "cp850")
_LETTERS = frozenset("äöåÄÖÅ")
_OTHERS = frozenset("éèüÉÜšžŠŽæøÆØ")
_SIGNS = frozenset("“”‘’„‚–—…«»§°€£·½²³ \u00a0•´")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decoded(path: Path, data: bytes, encoding: str = "") -> tuple[str, str]:
    """The text of a file, NFC with LF, and the character set it is in (Python's name).

    ``encoding`` says what it is in. Raises :class:`BadFile` for what is no text, with
    the line of the first byte that does not fit, and :class:`UsageError` for a
    character set that is not known.
    """
    if len(data) > MAX_BYTES:
        raise BadFile(path, f"it is larger than {MAX_BYTES >> 20} MB.", "Check that it is the right file.")
    if encoding:
        return _asked(path, data, encoding), encoding
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _asked(path, data, name), name
    if wide := _without_mark(data):
        return _asked(path, data, wide), wide
    if len(_CONTROLS.findall(data[:65536])) > len(data[:65536]) // 200:
        raise BadFile(path, "this is no text.", "Check that it is the right file.")
    try:
        return nfc(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    found = _nordic(data) or _guessed(data)
    if not found:
        raise BadFile(path, "its character set is not known.", "Name it with --encoding.", line)
    return nfc(data.decode(found, errors="replace")), found


def _asked(path: Path, data: bytes, encoding: str) -> str:
    try:
        return nfc(data.decode(encoding)).removeprefix("\ufeff")
    except LookupError:
        raise UsageError(f"No character set is called {encoding!r}.", "Known are utf-8, cp1252, …") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(path, f"this is not {encoding} text.", "Save it as UTF-8.", line) from None


def _without_mark(data: bytes) -> str:
    """UTF-16 without a byte-order mark: every second byte of Latin text is zero."""
    head = data[:4096]
    if len(head) < 4:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.7 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.7 and odd < half * 0.1:
        return "utf-16-be"
    return ""


def _nordic(data: bytes) -> str:
    """The Nordic set under which the bytes above ASCII make most sense; empty when none does."""
    odd = bytes(byte for byte in data if byte > 0x7F)
    best, most = "", 0.0
    for name in _NORDIC:
        text = odd.decode(name, errors="replace")
        good = sum(
            1.0 if c in _LETTERS else 0.6 if c in _OTHERS else 0.4 if c in _SIGNS else -1.0 for c in text
        )
        if good / max(1, len(text)) > max(most, 0.2):
            best, most = name, good / max(1, len(text))
    return best


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return best.encoding if best is not None and best.chaos < 0.2 else ""
