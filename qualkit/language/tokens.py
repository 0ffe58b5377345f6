"""Words of a text with their places.

Positions are code points of the text as given; only the words themselves are
normalised (NFC, lower case), so a span always slices back to what was written.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Soft hyphen, zero-width spaces and joiners, byte-order mark: inside a word they mean nothing."""
_LETTERS = rf"[^\W_]+(?:[\u0300-\u036f{_INVISIBLE}][^\W_]*)*"
_WORD = re.compile(rf"{_LETTERS}(?:[-'’:]{_LETTERS})*")
"""Letters and digits with their combining marks, joined by hyphen, apostrophe or colon (``ABB:n``)."""

_PLAIN = {ord("’"): "'", **dict.fromkeys(map(ord, _INVISIBLE))}
_LONGEST = 64
"""Longest word that is analysed; anything longer is noise such as a pasted URL."""


class Token(NamedTuple):
    """A word of a text: ``text[start:end]``."""

    start: int
    end: int
    word: str
    """Normalised: NFC, lower case, straight apostrophe, at most 64 code points."""


def normal(word: str) -> str:
    """A word as every table keys it: NFC, lower case, straight apostrophe, no stray combining dot."""
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFC", word.lower().translate(_PLAIN)).replace("i\u0307", "i")


def tokens(text: str) -> list[Token]:
    """The words of ``text`` in order; punctuation, symbols and spaces are left out."""
    return [Token(found.start(), found.end(), as_keyed(found.group())) for found in as_written(text)]


def words(text: str) -> list[str]:
    """The normalised words of ``text``, without places."""
    return [as_keyed(found) for found in forms(text)]


def forms(text: str) -> list[str]:
    """The words of ``text`` as they are written, without places."""
    return _WORD.findall(text)


def as_written(text: str) -> Iterator[re.Match[str]]:
    """The words of ``text`` as they are written, with their places."""
    return _WORD.finditer(text)


def as_keyed(form: str) -> str:
    """A written word as :class:`Token` has it."""
    return normal(form)[:_LONGEST]
