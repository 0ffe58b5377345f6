"""What was really said, written down by a person: the text that a transcript is measured against.

Words are compared in lower case, without punctuation; letters such as ``ä``, ``ö`` and ``å`` stay
what they are. A number in figures is another word than the number in letters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.files.plaintext import read_plain
from qualkit.files.text import read_text
from qualkit.files.transcript import read_transcript

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.model import Transcript

NAME_WORDS = 3
"""A longer phrase before a colon is something that was said."""
_CLOCK = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_TIME = rf"[\[(]?({_CLOCK})(?:\s*(?:[-–]|-->)\s*{_CLOCK})?[\])]?"
_NAME = r"([^\W\d_][^:<>\n\[\]]{0,39}?)"
_LEADING = re.compile(rf"{_TIME}(?:\s+|$)")
_NAMED = re.compile(rf"{_NAME}\s*(?:{_TIME})?\s*:(?=\s|$)\s*")
_HEADER = re.compile(rf"{_NAME}\s+{_TIME}$")
_REMARK = re.compile(r"\[[^\]\n]*\]")
_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?<=\w)['’ʼ](?=\w)|\u00ad")


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch of a reference that one person says."""

    speaker: str
    """Empty when the reference names nobody."""
    words: tuple[str, ...]
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A whole reference."""

    turns: tuple[Said, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All words in order, as :func:`plain_words` gives them."""
        return tuple(word for turn in self.turns for word in turn.words)

    @property
    def speakers(self) -> tuple[str, ...]:
        """Who speaks, in order of appearance; empty when nobody is named."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns if turn.speaker))

    def until(self, end_ms: int) -> Reference:
        """The turns that begin before a time; turns without a time go with the one before."""
        at, kept = 0, []
        for turn in self.turns:
            at = turn.start_ms if turn.start_ms is not None else at
            if at < end_ms:
                kept.append(turn)
        return Reference(tuple(kept))


def plain_words(text: str) -> list[str]:
    """The words of a text as they are compared: lower case, no punctuation, ``don't`` one word."""
    text = unicodedata.normalize("NFC", text).lower()
    return _WORD.findall(_JOINED.sub("", text))


def read_reference(path: Path) -> Reference:
    """A reference in a file: text, SRT, VTT, or a transcript of Qualkit (``.json``).

    In text, a time may stand before a line or beside a name. A text whose first line names a speaker
    (``Name: …``, or ``Name 0:12`` alone on a line; a capital and at most three words) is read as turns;
    in any other text a colon is a colon. Remarks in square brackets and lines that begin with ``#`` are
    no words. A file without words is a recording in which nobody speaks. Raises :class:`BadFile`.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        return of_transcript(read_transcript(path))
    if suffix in (".srt", ".vtt"):
        return of_transcript(read_plain(path))
    return parse_reference(read_text(path))


def of_transcript(transcript: Transcript) -> Reference:
    """A transcript as a reference."""
    several = len(transcript.speakers) > 1
    return Reference(
        tuple(
            Said(turn.speaker if several else "", tuple(plain_words(turn.text)), turn.start_ms)
            for turn in transcript.turns
        )
    )


def parse_reference(text: str) -> Reference:
    """A reference from text; see :func:`read_reference`."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    turns: list[Said] = []
    named = bool(lines) and _speaker(_untimed(lines[0])[1]) is not None
    speaker, pending = "", None
    for line in lines:
        time, rest = _untimed(line)
        found = _speaker(rest) if named else None
        if found is not None:
            speaker, beside, rest = found
            time = beside if beside is not None else time
        pending = time if time is not None else pending
        words = tuple(plain_words(_REMARK.sub(" ", rest)))
        if words:
            turns.append(Said(speaker, words, pending))
            pending = None
    return Reference(tuple(turns))


def _untimed(line: str) -> tuple[int | None, str]:
    """The time in front of a line, and the rest of it."""
    found = _LEADING.match(line)
    return (milliseconds(found[1]), line[found.end() :]) if found else (None, line)


def _speaker(line: str) -> tuple[str, int | None, str] | None:
    """Who speaks, when, and the rest of the line; None when it names nobody."""
    found = _NAMED.match(line)
    header = found or _HEADER.fullmatch(line)
    if header is None:
        return None
    rest = line[found.end() :] if found else ""
    name = header[1].strip()
    if len(name.split()) > NAME_WORDS or name[0].islower():
        return None
    return name, milliseconds(header[2]) if header[2] else None, rest


def milliseconds(clock: str) -> int:
    """``1:02:03.5`` or ``2:03`` in milliseconds."""
    seconds = 0.0
    for part in clock.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds * 1000)
