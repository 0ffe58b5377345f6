"""Plain text: ``Name:`` in front of turns, times where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.transcription.readers import own
from qualkit.transcription.readers.lines import pieces

if TYPE_CHECKING:
    from qualkit.transcription.readers.said import Notes, Said


def text_pieces(text: str, notes: Notes) -> list[Said]:
    """What is said in a text file; the head of one that Qualkit wrote is not said by anybody."""
    lines = list(enumerate(text.split("\n"), start=1))
    if own.is_own_text(text):
        return own.text_pieces(lines, notes)
    return pieces(lines, notes)
