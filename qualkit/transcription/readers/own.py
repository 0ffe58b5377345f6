"""What Qualkit's own exports look like, so that they come back as they went out."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from qualkit.transcription.readers.labels import TIME, milliseconds
from qualkit.transcription.readers.said import Said, ended, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qualkit.transcription.readers.said import Notes

SIGNATURE = "Qualkit transcript"
"""How the head of a text file, the note of a WebVTT file and the subject of a Word file begin."""
RULE = "-" * 72
"""The line between a text file's head and its turns."""
TURN_STYLE = "Qualkit Turn"
"""Paragraph style of a turn in a Word file; nothing else there was said."""
PLAIN_STYLE = "Style: plain"

_GUARD = "\u2060"
_TURN = re.compile(rf"(?:\[({TIME})\] )?([^:\n]{{1,80}}): (.*)")
_SRT_NAME = re.compile(rf"([^:\n{_GUARD}]{{1,80}}){_GUARD}: ")
_PLACE = re.compile(r"\d+-(\d+)")


def is_own_text(text: str) -> bool:
    """Whether a text file is an export of Qualkit's."""
    return text.startswith(SIGNATURE) and f"\n{RULE}\n" in text


def is_own_note(notes: str) -> bool:
    """Whether the notes at a WebVTT file's beginning are Qualkit's."""
    return notes.startswith(SIGNATURE)


def text_pieces(lines: Sequence[tuple[int, str]], notes: Notes) -> list[Said]:
    """The turns of a text file that Qualkit wrote: one a line, behind the rule."""
    at = next(n for n, (_, line) in enumerate(lines) if line == RULE)
    tell_style(any(line.startswith(PLAIN_STYLE) for _, line in lines[:at]), notes)
    return ended([said for number, line in lines[at + 1 :] if (said := turn_piece(line, number))])


def tell_style(plainly: bool, notes: Notes) -> None:
    """Note that marks for pauses and doubt are in the text now."""
    if not plainly:
        notes.tell(
            "it was exported with marks for pauses and doubtful words, which are read as text",
            0,
            "Bring back the JSON, or export it with --style plain.",
        )


def turn_piece(line: str, number: int) -> Said | None:
    """A turn of a text or Word file that Qualkit wrote."""
    found = _TURN.fullmatch(line)
    if found is None:  # a pause between turns, an empty line
        return None
    start = milliseconds(found[1]) if found[1] else None
    words = plain(found[3])
    return Said(words, found[2], start, line=number, begins=True) if words else None


def cue_piece(text: str, start: int, end: int, ident: str, line: int) -> Said:
    """A piece of a turn of a WebVTT file that Qualkit wrote; ids are ``turn-piece``."""
    voice = re.match(r"<v ([^>]*)>(.*)\Z", text, re.DOTALL)
    speaker = html.unescape(voice[1]) if voice else None
    said = plain(html.unescape(voice[2] if voice else text))
    place = _PLACE.fullmatch(ident)
    further = place is not None and place[1] != "0"
    return Said(said, speaker, start, end, line=line, begins=not further, goes_on=further)


def srt_name(name: str) -> str:
    """A speaker's name in front of a turn in SubRip, with a word joiner that tells it from other colons."""
    return f"{name}{_GUARD}: "


def is_own_srt(texts: Iterable[str]) -> bool:
    """Whether the subtitles are Qualkit's: the first one has a name that is told for certain."""
    return _SRT_NAME.match(next(iter(texts), "")) is not None


def srt_piece(text: str, start: int, end: int, line: int) -> Said:
    """A piece of a turn of a SubRip file that Qualkit wrote: a name begins a turn."""
    found = _SRT_NAME.match(text)
    said = plain(srt_unescaped(text[found.end() :] if found else text))
    return Said(
        said, found[1] if found else None, start, end, line=line, begins=bool(found), goes_on=not found
    )


def srt_escaped(text: str) -> str:
    """Text for SubRip, which knows no escapes: what a player would take for markup gets a word joiner."""
    return re.sub(r"([<{])(?=[/\\a-zA-Z\u2060])", rf"\1{_GUARD}", text).replace("-->", f"--{_GUARD}>")


def srt_unescaped(text: str) -> str:
    """The text that :func:`srt_escaped` was given."""
    return text.replace(f"--{_GUARD}>", "-->").replace(f"<{_GUARD}", "<").replace(f"{{{_GUARD}", "{")
