"""Moving one edge of a selection by words or sentences: pure functions over the canonical text."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from qualkit.tui.wrap import sentence_spans

if TYPE_CHECKING:
    from qualkit.model import Transcript


class Unit(Enum):
    """How far one step goes."""

    WORD = "word"
    SENTENCE = "sentence"


def first_word(text: str, start: int, end: int) -> tuple[int, int]:
    """The first word of ``text[start:end]``; all of it when it holds none."""
    begin = _skip_space(text, start)
    if begin >= end:
        return start, end
    return begin, min(end, _word_end(text, begin))


def moved(
    transcript: Transcript, span: tuple[int, int], end_moves: bool, unit: Unit, step: int
) -> tuple[int, int]:
    """``span`` with its end (or start) one step on or back; never empty, never past the text."""
    start, end = span
    if end_moves:
        at = _end_edge(transcript, end, unit, step)
        return (start, at) if at > start else span
    at = _start_edge(transcript, start, unit, step)
    return (at, end) if at < end else span


def _end_edge(transcript: Transcript, at: int, unit: Unit, step: int) -> int:
    text = transcript.text
    if unit is Unit.SENTENCE:
        return _nearest([e for _, e in _sentences(transcript, at)], at, step)
    if step > 0:
        begin = _skip_space(text, at)
        return _word_end(text, begin) if begin < len(text) else at
    begin = _word_start(text, at)
    return len(text[:begin].rstrip())


def _start_edge(transcript: Transcript, at: int, unit: Unit, step: int) -> int:
    text = transcript.text
    if unit is Unit.SENTENCE:
        return _nearest([s for s, _ in _sentences(transcript, at)], at, step)
    if step > 0:
        begin = _skip_space(text, _word_end(text, at))
        return begin if begin < len(text) else at
    return _word_start(text, len(text[:at].rstrip()))


def _nearest(edges: list[int], at: int, step: int) -> int:
    return (
        min((e for e in edges if e > at), default=at)
        if step > 0
        else max((e for e in edges if e < at), default=at)
    )


def _sentences(transcript: Transcript, at: int) -> list[tuple[int, int]]:
    """Sentences of the turn at a code point and of its neighbours, without the spaces after them."""
    here = transcript.turn_at(at)
    found = []
    for index in range(max(0, here - 1), min(len(transcript.turns), here + 2)):
        begin, text = transcript.turn_starts[index], transcript.turns[index].text
        found += [(begin + a, begin + a + len(text[a:b].rstrip())) for a, b in sentence_spans(text)]
    return found


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _word_end(text: str, at: int) -> int:
    while at < len(text) and not text[at].isspace():
        at += 1
    return at


def _word_start(text: str, at: int) -> int:
    while at > 0 and not text[at - 1].isspace():
        at -= 1
    return at
