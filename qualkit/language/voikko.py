"""Voikko, where its C library and dictionary are installed; never needed.

It only reads words that the built-in tables leave open, so that the same
project gives nearly the same keys with and without it.
"""

from __future__ import annotations

import ctypes.util
import os
from functools import cache
from typing import Any


@cache
def _handle() -> Any:
    if os.environ.get("QUALKIT_VOIKKO", "") == "off" or not ctypes.util.find_library("voikko"):
        return None
    try:
        from libvoikko import Voikko, VoikkoException
    except (ImportError, OSError):
        return None
    try:
        return Voikko("fi")
    except (VoikkoException, OSError):
        return None


def available() -> bool:
    """Whether Voikko with Finnish is installed and not switched off by ``QUALKIT_VOIKKO=off``."""
    return _handle() is not None


def analyse(word: str) -> tuple[str, ...] | None:
    """The base forms that Voikko reads a word as; None when it does not know it or is not there."""
    handle = _handle()
    if handle is None:
        return None
    found = tuple(dict.fromkeys(str(a["BASEFORM"]).lower() for a in handle.analyze(word) if "BASEFORM" in a))
    return found or None
