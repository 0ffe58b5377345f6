"""Subtitles: WebVTT of Teams, Zoom, Stream, noScribe and WhisperX, and SubRip.

webvtt-py parses both. It leaves out what it cannot read without a word, so every
line with an arrow is compared with what it gave, and a line that gave nothing is a
fault of the file.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.transcription.readers import own
from qualkit.transcription.readers.labels import Names, in_front, is_label, milliseconds
from qualkit.transcription.readers.said import Said, plain, worded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from qualkit.model import Word
    from qualkit.transcription.readers.said import Notes

_TIME = r"\d+:\d{1,2}(?::\d{1,2})?[.,]\d{1,3}"
_ARROW = re.compile(rf"\s*({_TIME})\s*-->\s*({_TIME})")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?(?:[ \t]{1,9}([^<>\n]{0,200}))?>")
_VTT_TAG = re.compile(r"</?(?:c|i|b|u|v|ruby|rt|lang)(?:[.\s][^<>]*)?>|<\d[\d:.]*>")
_SRT_TAG = re.compile(r"</?(?:i|b|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}|\{/?[ibus]\}", re.IGNORECASE)
_INSIDE = re.compile(r"<(\d+:\d{1,2}(?::\d{1,2})?[.,]\d{1,3})>")
_LANGUAGE = re.compile(r"language:\s*([a-z]{2,3})\b", re.IGNORECASE)
_ASIDE = ("NOTE", "STYLE", "REGION", "WEBVTT")


@dataclass(frozen=True, slots=True)
class _Cue:
    """A subtitle as written."""

    line: int
    start: int
    end: int
    text: str
    ident: str


def vtt_pieces(path: Path, text: str, notes: Notes) -> tuple[list[Said], str]:
    """What is said in a WebVTT file, and its language when a note tells it. Raises :class:`BadFile`."""
    shift = 0
    if not re.match(r"\ufeff?WEBVTT(?=\s|$)", text):
        text, shift = f"WEBVTT\n\n{text}", 2
        notes.tell("its first line is not WEBVTT", 1)
    parsed = _parsed(text)
    cues = _with_strays(text, _cues(path, text, parsed, shift), shift, notes)
    header = "\n".join(parsed.header_comments)
    language = found[1].lower() if (found := _LANGUAGE.search(header)) else ""
    if own.is_own_note(header):
        own.tell_style(own.PLAIN_STYLE in header, notes)
        return [own.cue_piece(c.text, c.start, c.end, c.ident, c.line) for c in cues], language
    return _pieces([v for cue in cues for v in _voices(cue)], notes), language


def srt_pieces(path: Path, text: str, notes: Notes) -> list[Said]:
    """What is said in a SubRip file. Raises :class:`BadFile` with the line of a time that is none."""
    # SubRip is WebVTT with a comma in its times and without the first line.
    text = "WEBVTT\n\n" + re.sub(r"(?m)^\s*\d+:\d.*-->.*$", lambda found: found[0].replace(",", "."), text)
    cues = _with_strays(text, _cues(path, text, _parsed(text), 2), 2, notes)
    if own.is_own_srt(cue.text for cue in cues):
        return [own.srt_piece(cue.text, cue.start, cue.end, cue.line) for cue in cues]
    return _pieces([(cue, None, _SRT_TAG.sub("", cue.text)) for cue in cues], notes)


def _parsed(text: str) -> Any:
    import webvtt

    return webvtt.from_string(text)


def _cues(path: Path, text: str, parsed: Any, shift: int) -> list[_Cue]:
    lines = text.split("\n")
    arrows = list(_arrows(lines))
    cues = []
    given = iter(parsed)
    following = next(given, None)
    for n in arrows:
        found = _ARROW.match(lines[n])
        if found is None:
            if following is not None and any("-->" in part for part in following.raw_text.split("\n")):
                continue  # somebody said an arrow
            raise _no_time(path, n + 1 - shift)
        start, end = milliseconds(found[1]), milliseconds(found[2])
        if following is None or milliseconds(following.start) != start:
            raise _no_time(path, n + 1 - shift)
        cues.append(
            _Cue(n + 1 - shift, start, max(start, end), following.raw_text, following.identifier or "")
        )
        following = next(given, None)
    return cues


def _no_time(path: Path, line: int) -> BadFile:
    return BadFile(path, "this time cannot be read.", "Write it as 00:01:02.345 --> 00:01:05.678.", line)


def _arrows(lines: Sequence[str]) -> Iterator[int]:
    """The lines with an arrow that stand in no note, style or region."""
    aside = empty = False
    for n, line in enumerate(lines):
        if not line.strip():
            aside, empty = False, True
            continue
        if (n == 0 or empty) and line.startswith(_ASIDE[:3]):
            aside = True
        empty = False
        if "-->" in line and not aside:
            yield n


def _with_strays(text: str, cues: list[_Cue], shift: int, notes: Notes) -> list[_Cue]:
    """Text behind an empty line inside a cue, which players leave out, put back into the cue."""
    strays: list[tuple[int, str]] = []
    at = 1
    for block in re.split(r"(\n[ \t]*(?:\n[ \t]*)+)", text):
        lines = block.strip("\n").split("\n")
        words = "".join(lines).strip()
        if words and "-->" not in block and not lines[0].startswith(_ASIDE) and not words.isdigit():
            strays.append((at - shift, block))
        at += block.count("\n")
    begins = [cue.line for cue in cues]
    for line, block in strays:
        before = bisect_left(begins, line) - 1
        if before >= 0:
            cue = cues[before]
            cues[before] = replace(cue, text=f"{cue.text}\n{block}")
            notes.tell("an empty line stands inside a subtitle; what follows is taken to belong to it", line)
    return cues


def _voices(cue: _Cue) -> Iterator[tuple[_Cue, str | None, str]]:
    """The parts of a cue by voice; times are shared by length."""
    parts = _VOICE.split(cue.text)
    spoken: list[tuple[str | None, str]] = [(None, parts[0])]
    spoken += [(name, said) for name, said in zip(parts[1::2], parts[2::2], strict=True)]
    clean = [
        (None if name is None else plain(html.unescape(name)), html.unescape(_VTT_TAG.sub("", said)))
        for name, said in spoken
    ]
    clean = [(name, said) for name, said in clean if said.strip()]
    yield from _shared(cue, clean)


def _shared(cue: _Cue, parts: Sequence[tuple[str | None, str]]) -> Iterator[tuple[_Cue, str | None, str]]:
    whole = sum(len(said) for _, said in parts)
    done = 0
    for name, said in parts:
        length = cue.end - cue.start
        start = cue.start + length * done // max(1, whole)
        done += len(said)
        end = cue.start + length * done // max(1, whole)
        yield replace(cue, start=start, end=end), name, said


def _pieces(spoken: Sequence[tuple[_Cue, str | None, str]], notes: Notes) -> list[Said]:
    """Pieces with the speaker that a tag names, or else a name and a colon in front."""
    lines = [line.strip() for _, _, text in spoken for line in text.split("\n")]
    names = Names((prefix[0] for line in lines if (prefix := in_front(line))), len(spoken))
    out: list[Said] = []
    for cue, voice, text in spoken:
        for part, name, said in _shared(cue, _by_line(text, names)):
            speaker, words = _one_speaker(voice, name, said)
            if words := plain(words):
                timed = _word_times(cue, words) if "<" in cue.text else ()
                out.append(Said(words, speaker, part.start, part.end, timed, line=cue.line))
            elif not said.strip():
                notes.tell("a subtitle is empty", cue.line)
    if any(piece.speaker is None for piece in out):
        out = [replace(piece, begins=piece.speaker is not None) for piece in out]
    last = 0
    for piece in out:
        if (piece.start_ms or 0) < last:
            notes.tell("a subtitle begins before the one above it", piece.line)
        last = max(last, piece.start_ms or 0)
    return out


def _word_times(cue: _Cue, said: str) -> tuple[Word, ...]:
    """The words of a cue with times inside (``<00:00:01.500>``); none when it has no such times."""
    chunks = _INSIDE.split(cue.text)
    if len(chunks) < 3:
        return ()
    stamps = [cue.start, *(milliseconds(stamp) for stamp in chunks[1::2]), cue.end]
    timed: list[tuple[str, int | None, int | None, float | None]] = []
    for n, chunk in enumerate(chunks[0::2]):
        start, end = stamps[n], max(stamps[n], stamps[n + 1])
        text = plain(html.unescape(_VTT_TAG.sub("", _VOICE.sub("", chunk))))
        at = 0
        for word in text.split():
            length = (end - start) * len(word) // max(1, len(text))
            timed.append((word, start + at, start + at + length, None))
            at += length
    text, words = worded(timed)
    if not text.endswith(said):
        return ()
    before = len(text) - len(said)  # a name and a colon
    return tuple(replace(w, start=w.start - before, end=w.end - before) for w in words if w.start >= before)


def _by_line(text: str, names: Names) -> list[tuple[str | None, str]]:
    """The text of a cue cut where a line begins with a known name."""
    parts: list[tuple[str | None, str]] = []
    for line in text.split("\n"):
        prefix = in_front(line.strip())
        if prefix and prefix[0] in names:
            parts.append(prefix)
        elif parts:
            parts[-1] = (parts[-1][0], f"{parts[-1][1]} {line.strip()}")
        else:
            parts.append((None, line.strip()))
    return parts or [(None, text)]


def _one_speaker(voice: str | None, name: str | None, said: str) -> tuple[str | None, str]:
    """The speaker where both a tag and the text name one: a person goes before a label (noScribe)."""
    if voice is None or name is None:
        return voice if name is None else name, said
    if name == voice or (is_label(voice) and not voice.isalpha()):
        return name, said
    return voice, f"{name}: {said}"
