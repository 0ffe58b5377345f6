"""Turns written under a convention: text in pieces, each with what is special about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.model import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qualkit.export.transcripts.convention import Convention
    from qualkit.model import Notice, Transcript, Turn, Word

UNCLEAR = (NoticeKind.SPEECH_WITHOUT_TEXT, NoticeKind.QUARANTINED)
_TOGETHER_MS = 100
_NEIGHBOURS = 4
_PUNCTUATION = re.compile(r"^[^\w]+|[^\w]+$")
_TAIL = re.compile(r"[^\w]*$")
_OVERLAP = "((overlap))"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a written turn."""

    text: str
    kind: str = ""
    """``mark`` for signs, ``doubt`` for words recognised with doubt, ``sampled``; empty for what was said."""


@dataclass(frozen=True, slots=True)
class Written:
    """A turn as it is written, or a line between turns (a pause, speech without text)."""

    pieces: tuple[Piece, ...]
    turn: Turn | None = None
    start_ms: int | None = None

    @property
    def text(self) -> str:
        """The pieces together."""
        return "".join(piece.text for piece in self.pieces)


def written(transcript: Transcript, how: Convention, doubt: float) -> Iterator[Written]:
    """The turns of a transcript, with lines for what lies between them."""
    unclear = [n for n in transcript.notices if how.unclear and n.kind in UNCLEAR]
    inside = [_host(transcript.turns, notice) for notice in unclear]
    loose = [n for n, host in zip(unclear, inside, strict=True) if host is None]
    loose.sort(key=lambda n: n.start_ms)
    said_until: int | None = None
    for index, turn in enumerate(transcript.turns):
        while loose and turn.start_ms is not None and loose[0].start_ms <= turn.start_ms:
            notice = loose.pop(0)
            yield Written((Piece(_unclear(how, notice), "mark"),), None, notice.start_ms)
            said_until = max(said_until or 0, notice.end_ms)
        if said_until is not None and turn.start_ms is not None:
            sign = how.pause(turn.start_ms - said_until)
            if sign:
                yield Written((Piece(sign, "mark"),), None, said_until)
        mine = [n for n, host in zip(unclear, inside, strict=True) if host == index]
        pieces = tuple(turn_pieces(turn, how, doubt, others(transcript.turns, index), mine))
        if pieces:
            yield Written(pieces, turn, turn.start_ms)
        if turn.end_ms is not None:
            said_until = max(said_until or 0, turn.end_ms)
    for notice in loose:
        yield Written((Piece(_unclear(how, notice), "mark"),), None, notice.start_ms)


def _host(turns: Sequence[Turn], notice: Notice) -> int | None:
    """The turn with words in whose time a notice lies."""
    for index, turn in enumerate(turns):
        if turn.words and turn.words[0].start_ms < notice.start_ms and notice.end_ms <= turn.words[-1].end_ms:
            return index
    return None


def _unclear(how: Convention, notice: Notice) -> str:
    return how.unclear.format(s=f"{(notice.end_ms - notice.start_ms) / 1000:.1f}")


def others(turns: Sequence[Turn], index: int) -> list[tuple[int, int]]:
    """When somebody else speaks around a turn: by words where there are any, else by turns."""
    found: list[tuple[int, int]] = []
    for turn in turns[max(0, index - _NEIGHBOURS) : index + _NEIGHBOURS + 1]:
        if turn.speaker == turns[index].speaker:
            continue
        if turn.words:
            found += [(word.start_ms, word.end_ms) for word in turn.words]
        elif turn.start_ms is not None and turn.end_ms is not None:
            found.append((turn.start_ms, turn.end_ms))
    return found


def turn_pieces(
    turn: Turn,
    how: Convention,
    doubt: float,
    elsewhere: Sequence[tuple[int, int]] = (),
    unclear: Sequence[Notice] = (),
) -> Iterator[Piece]:
    """A turn's text with its marks. ``elsewhere`` is when somebody else speaks."""
    said = list(_marked(turn, how, doubt, elsewhere, unclear))
    if not any(piece.text.strip() for piece in said):
        return
    sampled = turn.sampled and bool(how.sampled[0])
    if sampled:
        yield Piece(how.sampled[0], "mark")
    if how.overlap[0] and turn.overlap and not any(_together(word, elsewhere) for word in turn.words):
        yield Piece(f"{_OVERLAP} ", "mark")
    for piece in said:
        yield Piece(piece.text, "sampled") if sampled and not piece.kind else piece
    if sampled:
        yield Piece(how.sampled[1], "mark")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word on its way to the page."""

    gap: str
    """What stands between the word before and this one."""
    signs: tuple[str, ...]
    """Pauses, and speech that was not understood, before it."""
    text: str
    tail: str
    """Punctuation behind it."""
    overlap: bool
    doubt: bool


def _tokens(
    turn: Turn, how: Convention, doubt: float, elsewhere: Sequence[tuple[int, int]], unclear: Sequence[Notice]
) -> Iterator[_Token]:
    at, last_end = 0, turn.words[0].start_ms
    waiting = sorted(unclear, key=lambda n: n.start_ms)
    for word in turn.words:
        signs = []
        while waiting and waiting[0].start_ms < word.start_ms:
            notice = waiting.pop(0)
            signs.append(_unclear(how, notice))
            last_end = max(last_end, notice.end_ms)
        if pause := how.pause(word.start_ms - last_end):
            signs.append(pause)
        gap, spoken = turn.text[at : word.start], turn.text[word.start : word.end]
        if how.bare:
            gap, spoken = _bare_gap(gap), _bare(spoken)
        tail = found[0] if (found := _TAIL.search(spoken)) else ""
        doubtful = bool(how.doubt[0]) and word.confidence is not None and word.confidence < doubt
        overlap = bool(how.overlap[0]) and _together(word, elsewhere)
        body = spoken[: len(spoken) - len(tail)]
        yield _Token(gap, tuple(signs), body, tail, overlap, doubtful and bool(body))
        at, last_end = word.end, max(last_end, word.end_ms)


def _marked(
    turn: Turn, how: Convention, doubt: float, elsewhere: Sequence[tuple[int, int]], unclear: Sequence[Notice]
) -> Iterator[Piece]:
    if how.plain or not turn.words:
        yield Piece(_bare(turn.text) if how.bare else turn.text)
        return
    before: _Token | None = None
    for token in _tokens(turn, how, doubt, elsewhere, unclear):
        goes_on = before is not None and not token.signs and token.overlap == before.overlap
        yield from _closing(before, token if goes_on else None, how)
        if token.signs:
            lead = token.gap.rstrip() if token.gap.strip() else ""
            space = " " if before is not None or lead else ""
            yield Piece(f"{lead}{space}{' '.join(token.signs)} ", "mark")
        else:
            yield Piece(token.gap)
        if token.overlap and not (goes_on and before is not None and before.overlap):
            yield Piece(how.overlap[0], "mark")
        if token.doubt and not (goes_on and before is not None and before.doubt):
            yield Piece(how.doubt[0], "mark")
        yield Piece(token.text, "doubt" if token.doubt else "")
        before = token
    yield from _closing(before, None, how)
    rest = turn.text[turn.words[-1].end :]
    yield Piece(_bare(rest) if how.bare else rest)


def _closing(token: _Token | None, following: _Token | None, how: Convention) -> Iterator[Piece]:
    """What stands behind a word: the ends of marks that do not go on, and its punctuation."""
    if token is None:
        return
    if token.doubt and not (following and following.doubt):
        yield Piece(how.doubt[1], "mark")
    yield Piece(token.tail)
    if token.overlap and following is None:
        yield Piece(how.overlap[1], "mark")


def _together(word: Word, elsewhere: Sequence[tuple[int, int]]) -> bool:
    return any(min(word.end_ms, end) - max(word.start_ms, start) >= _TOGETHER_MS for start, end in elsewhere)


def _bare(text: str) -> str:
    """Small letters without punctuation around the words."""
    return " ".join(bare for word in text.split() if (bare := _PUNCTUATION.sub("", word).lower()))


def _bare_gap(text: str) -> str:
    return " " if text and not text.strip(" ") else f" {_bare(text)} ".replace("  ", " ") if text else ""
