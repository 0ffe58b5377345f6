"""Transcripts made elsewhere: plain text with speakers' names, and subtitles with times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.text import one_line, read_text
from qualkit.model import Speaker, Transcript, Turn

if TYPE_CHECKING:
    from pathlib import Path

TEXT_SUFFIXES = (".txt", ".srt", ".vtt")

_SPEAKER = re.compile(
    r"(?:<v(?:\.\w+)? ([^>]{1,40})>|(?:\[[\d:.,]+\]\s*)?([^\W\d_][^:<>\n]{0,39}):(?=\s|$))\s*"
)
_TIMES = re.compile(r"((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})\s*-->\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})")
_MARKUP = re.compile(r"</?[a-z][^<>]*>|<\d[\d:.]*>|\{\\[^}]*\}")
_INTERVIEWERS = ("h", "haastattelija", "i", "intervjuare", "intervjuaren", "interviewer", "q")


def read_plain(path: Path) -> Transcript:
    """A transcript made of a text file; its interview and language are left for the caller to fill.

    Text: a line or a paragraph is a turn, and ``Name:`` in front of it is the
    speaker. Subtitles (SRT, WebVTT) give times; lines of one speaker in a row
    become one turn. Raises :class:`BadFile` when there is no text.
    """
    text = read_text(path)
    cues = _cues(text) if path.suffix.lower() in (".srt", ".vtt") else _paragraphs(text)
    turns: list[Turn] = []
    speakers: dict[str, Speaker] = {}
    last = ""
    for start, end, line in cues:
        named = _SPEAKER.match(line)
        if named:
            last = one_line(named[1] or named[2]).strip()
        rest = line[named.end() :] if named else line
        said = " ".join(one_line(_MARKUP.sub("", rest) if start is not None else rest).split())
        if not said:
            continue
        speaker = _speaker(speakers, last)
        before = turns[-1] if turns else None
        if before and start is not None and before.speaker == speaker.id and not named:
            turns[-1] = Turn(
                speaker.id, f"{before.text} {said}", before.start_ms, max(end or 0, before.end_ms or 0)
            )
        else:
            turns.append(Turn(speaker.id, said, start, end))
    if not turns:
        raise BadFile(path, "there is no text in it.", "Check that it is the right file.")
    return Transcript(
        interview=path.stem,
        language="",
        speakers=tuple(speakers.values()),
        turns=tuple(turns),
        provenance={"imported": path.suffix.lower().lstrip(".")},
    )


def _speaker(speakers: dict[str, Speaker], name: str) -> Speaker:
    if name not in speakers:
        role = "interviewer" if name.casefold() in _INTERVIEWERS else ""
        speakers[name] = Speaker(f"S{len(speakers) + 1}", name, role)
    return speakers[name]


def _paragraphs(text: str) -> list[tuple[int | None, int | None, str]]:
    """Turns of plain text: every line that names a speaker begins one, and every blank line ends one."""
    turns: list[str] = []
    open_turn = False
    for line in text.split("\n"):
        if not line.strip():
            open_turn = False
        elif open_turn and not _SPEAKER.match(line.strip()):
            turns[-1] += f" {line.strip()}"
        else:
            turns.append(line.strip())
            open_turn = True
    return [(None, None, turn) for turn in turns]


def _cues(text: str) -> list[tuple[int | None, int | None, str]]:
    """Start, end and text of every subtitle."""
    cues: list[tuple[int | None, int | None, str]] = []
    for block in re.split(r"\n\s*\n", text):
        lines = block.split("\n")
        for n, line in enumerate(lines):
            if times := _TIMES.search(line):
                start, end = _ms(times[1]), _ms(times[2])
                cues.append((start, max(start, end), " ".join(part.strip() for part in lines[n + 1 :])))
                break
    return cues


def _ms(stamp: str) -> int:
    clock, _, thousandths = stamp.replace(",", ".").partition(".")
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds * 1000 + int(thousandths)
