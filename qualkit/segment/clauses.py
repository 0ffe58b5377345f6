"""A turn cut into the smallest stretches that can stand alone: sentences, or clauses where nobody wrote any.

Whisper leaves whole minutes without a full stop. There a clause ends at a pause
of the recording, before a word that begins one (``ja sitten``, ``men``, ``but``),
or at a comma.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from qualkit.language.tokens import Token, tokens
from qualkit.language.wordlists import word_list
from qualkit.model import LANGUAGES

if TYPE_CHECKING:
    from qualkit.model import Turn

Span = tuple[int, int]

LONG = 22
"""Words from which a sentence without an end in sight is cut into clauses."""
SHORT = 5
"""A clause has at least this many words where the cut is a guess."""
PAUSE_MS = 450
"""A silence between two words that may end a clause."""

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+")


def sentences(text: str, language: str = "") -> list[Span]:
    """Sentences by their punctuation, without the spaces around them; together they hold all words."""
    spans: list[Span] = []
    abbreviations = _abbreviations(language)
    start = 0
    for found in _END.finditer(text):
        before = text[start : found.start()].rsplit(None, 1)
        last = before[-1].lower() if before else ""
        if found.group() == "." and (last in abbreviations or last.isdigit() or len(last) == 1):
            after = text[found.end() :].lstrip()[:1]
            if not (last.isdigit() and after.isupper()):
                continue
        spans += _trimmed(text, start, found.end())
        start = found.end()
    spans += _trimmed(text, start, len(text))
    return spans


def clauses(turn: Turn, language: str) -> list[Span]:
    """The stretches of a turn, in order: sentences, and the parts of those that are too long."""
    found: list[Span] = []
    pauses = _pauses(turn)
    for start, end in sentences(turn.text, language):
        inside = tokens(turn.text[start:end])
        if len(inside) < LONG:
            found.append((start, end))
        else:
            found += _cut(turn.text, start, end, inside, language, pauses)
    return found


def _abbreviations(language: str) -> frozenset[str]:
    languages = (language,) if language in LANGUAGES else LANGUAGES
    return frozenset().union(*(word_list("abbreviations", each) for each in languages))


def _trimmed(text: str, start: int, end: int) -> list[Span]:
    """The span without white space at its ends; nothing when it holds no letter or digit."""
    part = text[start:end]
    if not any(c.isalnum() for c in part):
        return []
    left = len(part) - len(part.lstrip())
    return [(start + left, start + len(part.rstrip()))]


def _pauses(turn: Turn) -> dict[int, int]:
    """Code point at which a word begins → the silence before it in ms."""
    silences = {}
    for before, after in pairwise(turn.words):
        gap = after.start_ms - before.end_ms
        if gap >= PAUSE_MS:
            silences[after.start] = gap
    return silences


def _cut(
    text: str, start: int, end: int, inside: list[Token], language: str, pauses: dict[int, int]
) -> list[Span]:
    """Cuts one long sentence where a clause is likeliest to begin."""
    openers = word_list("conjunctions", language)
    cuts: list[int] = []
    since = 0
    for index, token in enumerate(inside):
        since += 1
        if index == 0 or since <= SHORT or len(inside) - index < SHORT:
            continue
        at = start + token.start
        between = text[start + inside[index - 1].end : at]
        begins = token.word in openers and inside[index - 1].word not in openers
        comma = any(mark in between for mark in ",;:–—-")
        if at in pauses or (begins and (comma or since > 8)) or (comma and since > 10):
            cuts.append(at)
            since = 1
    bounds = [start, *cuts, end]
    return [span for left, right in pairwise(bounds) for span in _trimmed(text, left, right)]
