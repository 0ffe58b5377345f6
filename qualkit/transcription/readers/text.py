"""Plain text: ``Name:`` in front of turns, times where there are any."""

from __future__ import annotations

import re
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
    return pieces(_without_description(lines), notes)


def _without_description(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Without the title and the settings that noScribe writes above a transcript."""
    for n, (_, line) in enumerate(lines[:12]):
        if re.match(r"[^:]{0,60}\bnoScribe vers", line):
            end = next((m for m in range(n, len(lines)) if not lines[m][1].strip()), n)
            return lines[end:]
    return lines
