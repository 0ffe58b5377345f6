"""Where the lines of a turn break: pure functions over code points, for the Line-API views."""

from __future__ import annotations

import itertools
import re

from qualkit.tui.safe import cells, is_plain, width

_SENTENCE_END = re.compile(r"[.!?…]+[\"”’»)\]]*\s+")


def wrap(text: str, limit: int) -> list[tuple[int, int]]:
    """Half-open ranges of ``text``, one a line of at most ``limit`` cells; at least one line.

    Lines break after spaces; a word longer than a line breaks anywhere. Spaces
    stay at the end of their line, so that the ranges cover the whole text.
    """
    limit = max(2, limit)
    return _wrap_plain(text, limit) if is_plain(text) else _wrap_cells(text, limit)


def _wrap_plain(text: str, limit: int) -> list[tuple[int, int]]:
    ranges, at, size = [], 0, len(text)
    while size - at > limit:
        space = text.rfind(" ", at, at + limit + 1)
        end = space + 1 if space > at else at + limit
        ranges.append((at, end))
        at = end
    if at < size or not ranges:
        ranges.append((at, size))
    return ranges


def _wrap_cells(text: str, limit: int) -> list[tuple[int, int]]:
    ranges, at, used, brk = [], 0, 0, -1
    for index, character in enumerate(text):
        size = cells(character)
        if used + size > limit and character != " " and index > at:
            end = brk if brk > at else index
            ranges.append((at, end))
            at = end
            used = width(text[at:index])
            brk = -1
        used += size
        if character == " ":
            brk = index + 1
    ranges.append((at, len(text)))
    return ranges


def column(text: str, start: int, at: int) -> int:
    """Cells between code points ``start`` and ``at``."""
    return width(text[start:at])


def code_point(text: str, start: int, end: int, x: int) -> int:
    """The code point of ``text[start:end]`` that is drawn at cell ``x``; ``end`` when past it."""
    used = 0
    for index in range(start, end):
        used += cells(text[index])
        if used > x:
            return index
    return end


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open ranges of the sentences, by closing punctuation; the whole text has at least one."""
    edges = [0, *(m.end() for m in _SENTENCE_END.finditer(text) if m.end() < len(text)), len(text)]
    return [(a, b) for a, b in itertools.pairwise(edges) if b > a]
