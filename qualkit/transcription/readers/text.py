"""Plain text: ``Name:`` in front of turns, times where there are any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.transcription.readers import own
from qualkit.transcription.readers.lines import pieces
from qualkit.transcription.readers.said import Said, plain

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.transcription.readers.said import Notes


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


def tsv_pieces(path: Path, text: str) -> list[Said]:
    """What is said in Whisper's table of starts, ends and texts. Raises :class:`BadFile` with the line."""
    said = []
    for number, line in enumerate(text.split("\n"), start=1):
        cells = line.split("\t", 2)
        if not line.strip() or (number == 1 and cells[0].strip().lower() == "start"):
            continue
        if len(cells) < 3 or not all(re.fullmatch(r"\d{1,12}", cell.strip()) for cell in cells[:2]):
            raise BadFile(path, "this is no row of start, end and text.", "Export it again.", number)
        start, end = int(cells[0]), int(cells[1])
        if words := plain(cells[2]):
            said.append(Said(words, None, start, max(start, end), line=number))
    return said
