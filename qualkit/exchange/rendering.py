"""A transcript as a text for other tools, ``Speaker: what was said``, and positions there and back."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.files.text import one_line
from qualkit.model import Speaker, Transcript, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERVIEWERS = ("h", "haastattelija", "i", "intervjuare", "intervjuaren", "interviewer", "q")

_LABEL = re.compile(r"(?:\[[\d:.,]+\]\s*)?([^\W\d_][^:<>\n]{0,39}):(?=\s|$)[^\S\n]*")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A transcript's text with the speakers in front of their turns."""

    text: str
    lines: tuple[int, ...]
    """Where each turn's line begins."""
    starts: tuple[int, ...]
    """Where what was said begins in each line."""


def rendered(transcript: Transcript) -> Rendered:
    """The text of a transcript as other tools get it: a turn a line, ``Speaker: `` in front."""
    parts, lines, starts, at = [], [], [], 0
    for turn in transcript.turns:
        label = _label(transcript.speaker(turn.speaker))
        lines.append(at)
        starts.append(at + len(label) + 2)
        parts.append(f"{label}: {turn.text}")
        at = starts[-1] + len(turn.text) + 1
    return Rendered("\n".join(parts), tuple(lines), tuple(starts))


def outward(transcript: Transcript, text: Rendered, start: int, end: int) -> tuple[int, int]:
    """A range of the canonical text as one of the rendered text."""
    first, last = transcript.turn_at(start), transcript.turn_at(max(start, end - 1))
    return (
        text.starts[first] + start - transcript.turn_starts[first],
        text.starts[last] + end - transcript.turn_starts[last],
    )


def _label(speaker: Speaker) -> str:
    label = " ".join(re.sub(r"[:<>\[\]]", " ", one_line(speaker.label)).split())[:40].rstrip()
    return label if _LABEL.fullmatch(f"{label}:") else f"S {label}"[:40].rstrip()


@dataclass(frozen=True, slots=True)
class Canonical:
    """A foreign text as turns, and where its characters went."""

    turns: tuple[Turn, ...]
    speakers: tuple[Speaker, ...]
    text: str
    spans: tuple[tuple[int, int, int], ...]
    """Of each turn: where it begins and ends in the foreign text, and where in the canonical text."""
    source: str

    def inward(self, start: int, end: int) -> tuple[int, int] | None:
        """A range of the foreign text as one of the canonical text; None when nothing of it is left."""
        first, last = self._place(start, after=True), self._place(end, after=False)
        return (first, last) if first < last else None

    def _place(self, position: int, *, after: bool) -> int:
        """Where a position is; between turns the next turn's start, or the former turn's end."""
        index = bisect_right(self.spans, (position, 1 << 62, 0)) - 1
        if index >= 0:
            begin, end, at = self.spans[index]
            raw = self.source[begin : min(position, end)]
            inside = at + (len(raw) if raw.isascii() else len(one_line(raw)))
            if position < end or not after:
                return inside
        if not after:
            return 0
        return self.spans[index + 1][2] if index + 1 < len(self.spans) else len(self.text)


def canonical(text: str, times: Sequence[tuple[int, int]] = ()) -> Canonical:
    """Turns made of any text: a line a turn, ``Name:`` in front is its speaker where names recur.

    ``times``: positions in the text and when they are said, in ms.
    """
    rows: list[tuple[int, int, int, str]] = []
    at = 0
    for line in text.split("\n"):
        named = _LABEL.match(line)
        begin, end = at + len(line) - len(line.lstrip()), at + len(line.rstrip())
        if one_line(line).strip():
            rows.append((begin, at + named.end() if named else begin, end, named[1].strip() if named else ""))
        at += len(line) + 1
    names = _recurring([row[3] for row in rows])
    speakers: dict[str, Speaker] = {}
    turns: list[Turn] = []
    spans: list[tuple[int, int, int]] = []
    last, place = "", 0
    for line_at, said_at, end, name in rows:
        start = line_at
        if name in names:
            last, start = name, said_at
        said = one_line(text[start:end])
        if not said.strip():
            continue
        begins, ends = _said_when(times, line_at, end)
        turns.append(Turn(_speaker(speakers, last).id, said, begins, ends))
        spans.append((start, end, place))
        place += len(said) + 1
    made = "\n".join(turn.text for turn in turns)
    return Canonical(tuple(turns), tuple(speakers.values()), made, tuple(spans), text)


def _recurring(names: list[str]) -> set[str]:
    """The names that are speakers: said twice, known as an interviewer's, or in front of most lines."""
    given = [name for name in names if name]
    if len(given) * 2 > len(names):
        return set(given)
    return {name for name in given if given.count(name) > 1 or name.casefold() in INTERVIEWERS}


def _speaker(speakers: dict[str, Speaker], name: str) -> Speaker:
    if name not in speakers:
        plain = re.fullmatch(r"S\d{1,2}", name) is not None
        role = "interviewer" if name.casefold() in INTERVIEWERS else ""
        taken = {speaker.id for speaker in speakers.values()}
        number = len(speakers) + 1
        while f"S{number}" in taken:
            number += 1
        speakers[name] = (
            Speaker(name, "", role) if plain and name not in taken else Speaker(f"S{number}", name, role)
        )
    return speakers[name]


def _said_when(times: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int | None, int | None]:
    """When a line was said: by the marks at its start and end, else by those around."""
    if not times:
        return None, None
    before = bisect_right(times, (start, 1 << 62)) - 1
    begins = times[max(before, 0)][1]
    until = bisect_right(times, (end, -1))
    ends = times[min(until, len(times) - 1)][1]
    return begins, max(begins, ends)
