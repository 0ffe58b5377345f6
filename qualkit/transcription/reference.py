"""What was really said, written down by a person: the text that a transcript is measured against.

Words are compared in lower case, without punctuation; letters such as ``ä``, ``ö`` and ``å`` stay
what they are. A number in figures is another word than the number in letters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.files.text import read_bytes
from qualkit.transcription.readers import TEXT_SUFFIXES, read_foreign
from qualkit.transcription.readers.charset import decoded
from qualkit.transcription.readers.said import Notes, turns_of
from qualkit.transcription.readers.text import text_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qualkit.model import Turn

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
    """A reference in a file: text, or any transcript that ``qualkit add`` reads.

    In text, a time may stand before a line or beside a name, and ``Name:`` before what somebody says;
    lines that begin with ``#`` are remarks, as is what stands in square brackets. A text file without
    words is a recording in which nobody speaks. Raises :class:`BadFile`.
    """
    suffix = path.suffix.lower()
    if suffix in (".txt", ".text", ".md", "") or suffix not in TEXT_SUFFIXES:
        return parse_reference(decoded(path, read_bytes(path))[0], path)
    transcript = read_foreign(path).transcript
    return Reference(_said(transcript.turns, named=len(transcript.speakers) > 1))


def parse_reference(text: str, path: Path) -> Reference:
    """A reference from text; ``path`` is where it stands. See :func:`read_reference`."""
    lines = ("" if line.lstrip().startswith("#") else line for line in text.splitlines())
    speakers, turns = turns_of(text_pieces("\n".join(lines), Notes(path)), Notes(path))
    return Reference(_said(turns, named=len(speakers) > 1))


def _said(turns: Sequence[Turn], *, named: bool) -> tuple[Said, ...]:
    found = (
        Said(turn.speaker if named else "", tuple(plain_words(_REMARK.sub(" ", turn.text))), turn.start_ms)
        for turn in turns
    )
    return tuple(turn for turn in found if turn.words)
