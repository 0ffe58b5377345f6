"""Pieces of speech as a file gives them, and how they become turns."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.files.text import one_line
from qualkit.model import Problem, Speaker, Turn, Word
from qualkit.transcription.assemble import PAUSE_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from qualkit.model import Transcript

LONG_MS, LONGEST_MS = 90_000, 300_000
"""A turn longer than this is cut at the end of a sentence, and longer than that at any piece."""

_INTERVIEWERS = (
    "h", "haastattelija", "haast", "tutkija", "i", "intervjuare", "intervjuaren", "int", "interviewer", "q",
)  # fmt: skip
_LETTER_MS = 65
_OWN_ID = re.compile(r"S\d{1,3}")


@dataclass(frozen=True, slots=True)
class Said:
    """A cue, a segment, a paragraph: what one speaker says in one piece."""

    text: str
    speaker: str | None = None
    """The name as written; None when the file does not tell it here."""
    start_ms: int | None = None
    end_ms: int | None = None
    words: tuple[Word, ...] = ()
    """Positions count in ``text``."""
    line: int = 0
    begins: bool = False
    """A turn begins here even when the speaker is the same."""
    goes_on: bool = False
    """It belongs to the turn before, whatever lies between."""
    language: str = ""
    sampled: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A transcript made of a file from elsewhere, and what a reader of it should know."""

    transcript: Transcript
    notes: tuple[Problem, ...] = ()


class Notes:
    """What was ambiguous in a file, one note a kind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told: dict[tuple[str, str], list[int]] = {}

    def tell(self, message: str, line: int = 0, hint: str = "") -> None:
        """Note something; told again, it is counted."""
        self._told.setdefault((message, hint), []).append(line)

    def problems(self) -> tuple[Problem, ...]:
        """Every note, at the line where it was told first."""
        return tuple(
            Problem(
                self.path, lines[0], f"{message}{f' ({len(lines)} times)' if len(lines) > 1 else ''}.", hint
            )
            for (message, hint), lines in self._told.items()
        )


def plain(text: str) -> str:
    """Text as a turn and a name hold it: one line, single spaces, no control characters."""
    return " ".join(one_line(text).split())


def worded(
    pieces: Iterable[tuple[str, int | None, int | None, float | None]],
) -> tuple[str, tuple[Word, ...]]:
    """Text and words of words with times in ms and confidence; one without a time is text alone.

    A piece that does not begin with a space, where others do, goes on with the word before it.
    """
    listed = list(pieces)
    spaced = any(piece[0][:1].isspace() for piece in listed)
    text = ""
    words: list[Word] = []
    for raw, start, end, confidence in listed:
        said = plain(raw)
        if not said:
            continue
        joined = bool(text) and spaced and not raw[:1].isspace()
        if text and not joined:
            text += " "
        at = len(text)
        text += said
        if start is None or end is None:
            continue
        if joined and words and words[-1].end == at:
            last = words[-1]
            sure = [c for c in (last.confidence, confidence) if c is not None]
            words[-1] = replace(
                last, end=len(text), end_ms=max(end, last.end_ms), confidence=min(sure, default=None)
            )
        else:
            words.append(Word(at, len(text), start, max(start, end), confidence))
    canonical = plain(text)
    return (canonical, tuple(words)) if canonical == text else (canonical, ())


def turns_of(said: Sequence[Said], notes: Notes) -> tuple[tuple[Speaker, ...], tuple[Turn, ...]]:
    """Speakers and turns: pieces of one speaker in a row are joined until a pause, or a sentence's end.

    A piece without a speaker goes on with the one before. Raises nothing; tells ``notes``.
    """
    pieces = _carried(said, notes)
    names = list(dict.fromkeys(piece.speaker or "" for piece in pieces))
    speakers = _speakers(names)
    ids = {name: speaker.id for name, speaker in zip(names, speakers, strict=True)}
    turns: list[Turn] = []
    for piece in pieces:
        turn = Turn(
            ids[piece.speaker or ""], piece.text, piece.start_ms, piece.end_ms, piece.words,
            piece.language, sampled=piece.sampled,
        )  # fmt: skip
        if turns and not piece.begins and (piece.goes_on or _goes_on(turns[-1], turn)):
            turns[-1] = _joined(turns[-1], turn)
        else:
            turns.append(turn)
    if names == [""]:
        notes.tell("no speaker is named in it: everything is given to one", 0, "Name speakers in the desk.")
    if turns and all(turn.start_ms is None for turn in turns):
        notes.tell("there are no times in it: passages cannot be listened to")
    elif untimed := sum(turn.start_ms is None for turn in turns):
        notes.tell(f"{untimed} turns have no time")
    return speakers, tuple(turns)


def _carried(said: Sequence[Said], notes: Notes) -> list[Said]:
    """Every piece with a speaker: one without goes on with the speaker before it."""
    out: list[Said] = []
    named = any(piece.speaker for piece in said)
    last: str | None = None
    for piece in said:
        if piece.speaker is None:
            if named and last is None:
                notes.tell("a passage comes before the first name, and nobody is named there", piece.line)
            elif named and (piece.begins or piece.start_ms is None):
                notes.tell("a passage without a name is given to the speaker before it", piece.line)
            out.append(replace(piece, speaker=last or ""))
            continue
        last = piece.speaker
        out.append(piece)
    return out


def _speakers(names: Sequence[str]) -> tuple[Speaker, ...]:
    """A speaker a name. ``S2`` is an id of Qualkit's or noScribe's own; others get the next free one."""
    taken = {name for name in names if _OWN_ID.fullmatch(name)}
    speakers = []
    number = 0
    for name in names:
        if name in taken:
            speakers.append(Speaker(name))
            continue
        number += 1
        while f"S{number}" in taken:
            number += 1
        role = "interviewer" if name.casefold().rstrip(".") in _INTERVIEWERS else ""
        speakers.append(Speaker(f"S{number}", name, role))
    return tuple(speakers)


def _goes_on(turn: Turn, piece: Turn) -> bool:
    if turn.speaker != piece.speaker or turn.language != piece.language:
        return False
    if turn.start_ms is None or turn.end_ms is None or piece.start_ms is None or piece.end_ms is None:
        return False
    if piece.start_ms - turn.end_ms >= PAUSE_MS or piece.start_ms < turn.start_ms:
        return False
    lasts = piece.end_ms - turn.start_ms
    return lasts <= LONG_MS or (lasts <= LONGEST_MS and turn.text[-1:] not in ".!?…")


def _joined(turn: Turn, piece: Turn) -> Turn:
    shift = len(turn.text) + 1
    words = (*turn.words, *(replace(w, start=w.start + shift, end=w.end + shift) for w in piece.words))
    end = max(turn.end_ms or 0, piece.end_ms or 0)
    sampled = turn.sampled or piece.sampled
    return replace(turn, text=f"{turn.text} {piece.text}", end_ms=end, words=words, sampled=sampled)


def ended(said: Sequence[Said]) -> list[Said]:
    """Pieces of which only the beginning is known, each ending where the next one begins.

    The last one gets the time that its letters take at a usual pace.
    """
    out = list(said)
    coming: int | None = None
    for n in range(len(out) - 1, -1, -1):
        piece = out[n]
        if piece.start_ms is None:
            continue
        if piece.end_ms is None or piece.end_ms < piece.start_ms:
            end = piece.start_ms + len(piece.text) * _LETTER_MS
            if coming is not None:
                end = max(coming, piece.start_ms)
            out[n] = replace(piece, end_ms=end)
        coming = piece.start_ms
    return out
