"""Transcripts as lines of text, from a text file or a Word document.

Known forms, with a time in square or round brackets or bare where one is given::

    Anna: …                     [00:01:02] Anna: …            Anna (00:01:02): …
    Anna Virtanen   0:03        00:01:02 Anna Virtanen        0:0:3.4 --> 0:0:5.9
    …                           …                             Anna Virtanen
                                                              …
    Anna: … #00:01:02-3#        [00:01:02] … without a name goes on with the speaker before
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.transcription.readers.labels import (
    TIME,
    Names,
    in_front,
    is_full_name,
    is_label,
    milliseconds,
)
from qualkit.transcription.readers.said import Said, ended, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qualkit.transcription.readers.said import Notes

_RANGE = rf"(?P<a>{TIME})(?:\s*(?:-->|[-–—])\s*(?P<b>{TIME}))?"
_BRACKETED = re.compile(
    rf"(?:\[\s*{_RANGE}\s*\]|\(\s*{_RANGE.replace('P<a>', 'P<c>').replace('P<b>', 'P<d>')}\s*\))\s*"
)
_BARE = re.compile(rf"{_RANGE}(?=\s|$)\s*")
_AFTER = re.compile(
    rf"(?P<name>[^\W_][^:<>\[\]{{}}()\n]{{0,59}}?(?:\s\([^()]*\))?)"
    rf"(?:\s*[\[(]\s*(?P<a>{TIME})\s*[\])]\s*:?|(?:\s{{2,}}|\t)(?P<b>{TIME})\s*$)\s*"
)
_F4 = re.compile(rf"\s{{0,9}}#(?P<a>{TIME})(?:-(?P<tenth>\d))?#\s*")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with what stands in front of its text."""

    number: int
    text: str
    rest: str
    start: int | None = None
    end: int | None = None
    name: str = ""
    """A candidate in front of the text, with a colon or a time."""
    header: bool = False
    """Nothing is said on the line: it says who and when, the lines after it what."""
    bare: bool = False
    """The time stands without brackets."""
    closes: int | None = None
    """A time at the end of the line: when it was finished."""


def pieces(lines: Sequence[tuple[int, str]], notes: Notes) -> list[Said]:
    """What is said in numbered lines; an empty line ends a passage."""
    read = _headers([_line(number, text.strip()) for number, text in lines])
    passages = sum(bool(line.text) and (n == 0 or not read[n - 1].text) for n, line in enumerate(read))
    timed = [line for line in read if line.start is not None]
    names = Names((line.name for line in read if line.name), max(1, passages, len(timed)))
    bare = sum(line.bare for line in timed)
    clocked = bare == 0 or bare > 0.5 * passages or any(line.header for line in timed)
    refused = [line for line in read if line.name and line.name not in names]
    for line in refused:
        notes.tell("what stands before a colon is no name, and is read as text", line.number)
    return _backwards(ended(_closed(_without_title(_collected(read, names, clocked, notes), notes))), notes)


def _line(number: int, text: str) -> _Line:
    line = _Line(number, text, text)
    if found := _F4.search(text):
        at = milliseconds(found["a"]) + 100 * int(found["tenth"] or 0)
        if found.start() == 0 and found.end() < len(text):
            line = replace(line, rest=text[found.end() :], start=at)
        elif found.end() == len(text):
            line = replace(line, rest=text[: found.start()], closes=at)
    if found := _BRACKETED.match(line.rest):
        start, end = found["a"] or found["c"], found["b"] or found["d"]
        line = replace(line, rest=line.rest[found.end() :].lstrip(": "), start=milliseconds(start))
        line = replace(line, end=milliseconds(end) if end else None)
    elif found := _BARE.match(line.rest):
        rest = line.rest[found.end() :]
        if not rest or in_front(rest) or is_full_name(rest) or is_label(rest):
            end = milliseconds(found["b"]) if found["b"] else None
            line = replace(line, rest=rest, start=milliseconds(found["a"]), end=end, bare=True)
    return _named(line)


def _named(line: _Line) -> _Line:
    if prefix := in_front(line.rest):
        name, rest = prefix
        start = line.start
        if start is None and (stamp := _BRACKETED.match(rest)) and not (stamp["b"] or stamp["d"]):
            start, rest = milliseconds(stamp["a"] or stamp["c"]), rest[stamp.end() :]
        return replace(line, name=name, rest=rest, start=start, header=not rest)
    if line.start is None and (found := _AFTER.match(line.rest)):
        name, rest = found["name"].strip(), line.rest[found.end() :]
        if len(name.split()) <= 6 and (found["b"] or name[:1].isupper()):
            start = milliseconds(found["a"] or found["b"])
            return replace(line, name=name, rest=rest, start=start, header=not rest)
    return line


def _headers(lines: list[_Line]) -> list[_Line]:
    """Lines that hold a name alone, after a time or beside one, with the text on the next line."""
    out = list(lines)
    for n, line in enumerate(lines):
        following = next((later for later in lines[n + 1 : n + 3] if later.text), None)
        if line.name or line.start is None or following is None:
            continue
        if not line.rest and not following.name and following.start is None and _could_be(following.rest):
            m = lines.index(following, n + 1)
            out[m] = replace(
                following, name=following.rest, rest="", header=True, start=line.start, end=line.end
            )
            out[n] = replace(line, rest="", start=None, end=None, text="")
        elif line.rest and _could_be(line.rest) and following.start is None:
            out[n] = replace(line, name=line.rest, rest="", header=True)
    for n, line in enumerate(out[:-1]):
        after = out[n + 1]
        if line.header and line.name and line.start is not None and after.name and after.start is None:
            # who and when are said already: "Hyvin: kiitos" below them is what is said
            out[n + 1] = replace(after, name="", rest=after.text, header=False)
    return out


def _could_be(name: str) -> bool:
    return len(name) <= 60 and (is_full_name(name) or is_label(name))


def _collected(
    lines: Iterable[_Line], names: Names, clocked: bool, notes: Notes
) -> list[tuple[Said, int | None]]:
    """The pieces, each with the time at its end where one stands there."""
    out: list[tuple[Said, int | None]] = []
    broken = True
    for line in lines:
        if not line.text:
            broken = not (out and not out[-1][0].text)  # an empty line between a name and its text
            continue
        known = bool(line.name) and line.name in names
        text = line.rest if known or not line.name else _whole(line)
        timed = clocked or not line.bare or known  # "12:30 the power went" is text, "12:30 Anna: …" is not
        start, end = (line.start, line.end) if timed else (None, None)
        if not timed:
            text = line.text
        said = plain(text)
        if known:
            out.append((Said(said, plain(line.name), start, end, line=line.number, begins=True), line.closes))
        elif broken or start is not None or not out:
            begins = broken and start is None
            out.append((Said(said, None, start, end, line=line.number, begins=begins), line.closes))
        else:
            last, closes = out[-1]
            both = f"{last.text} {said}".strip()
            out[-1] = (replace(last, text=both), line.closes or closes)
        broken = False
    for piece, _ in out:
        if not piece.text:
            notes.tell("a name or a time stands without any text", piece.line)
    return [(piece, closes) for piece, closes in out if piece.text]


def _without_title(said: list[tuple[Said, int | None]], notes: Notes) -> list[tuple[Said, int | None]]:
    """Without a title and a date above the first name, in a file where everything that is said has a time."""
    first = next((n for n, (piece, _) in enumerate(said) if piece.speaker is not None), 0)
    timed = [closes is not None or piece.start_ms is not None for piece, closes in said]
    if not first or any(timed[:first]) or sum(timed[first:]) < 0.8 * len(timed[first:]):
        return said
    for piece, _ in said[:first]:
        notes.tell("what stands above the first name has no time, and is left out", piece.line)
    return said[first:]


def _whole(line: _Line) -> str:
    """The line's text with what looked like a name and is none."""
    if line.start is None:
        return line.text if line.closes is None else _F4.sub("", line.text)
    found = line.text.find(line.name)
    return line.text[found:] if found >= 0 else line.text


def _closed(said: Sequence[tuple[Said, int | None]]) -> list[Said]:
    """Times at the ends of passages: each begins where the one before it was finished."""
    if not any(closes is not None for _, closes in said):
        return [piece for piece, _ in said]
    out, at = [], 0
    for piece, closes in said:
        if piece.start_ms is None and closes is not None:
            piece = replace(piece, start_ms=min(at, closes), end_ms=closes)  # noqa: PLW2901
        at = closes if closes is not None else at
        out.append(piece)
    return out


def _backwards(said: list[Said], notes: Notes) -> list[Said]:
    last = 0
    for piece in said:
        if piece.start_ms is not None:
            if piece.start_ms < last:
                notes.tell("a passage begins before the one above it", piece.line)
            last = max(last, piece.start_ms)
    return said
