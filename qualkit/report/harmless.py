"""Text from outside made harmless for the formats that would obey it."""

from __future__ import annotations

import re
from functools import lru_cache

_TURNS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff"
_HIDDEN = re.compile(f"[{_TURNS}{_CONTROL}]")
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n|%]")
_PLAIN_NUMBER = re.compile(r"[+-]?\d[\d\s.,-]*%?")


def visible(text: str) -> str:
    """Text with the marks that turn a line around, and control characters, made visible."""
    return _HIDDEN.sub(lambda m: f"⟨U+{ord(m[0]):04X}⟩", text)


@lru_cache(maxsize=4096)  # most cells of a table say what the row above says
def cell(text: str) -> str:
    """Text for a spreadsheet: what it would run as a formula gets an apostrophe in front."""
    shown = visible(text)
    return f"'{shown}" if _FORMULA.match(shown) and not _PLAIN_NUMBER.fullmatch(shown) else shown
