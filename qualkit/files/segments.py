"""Meaning units of a transcript: ``.qualkit/segments/ID.json``, a cache that knows what it was made from."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from qualkit.files.atomic import write_text
from qualkit.files.names import locate
from qualkit.files.transcript import transcript_path
from qualkit.model import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qualkit.files.project import Project

SEGMENTS_FORMAT = 1
"""Version of ``.qualkit/segments/ID.json``. 1: first."""

CARRIED = "carried"
"""The rule of segments that a correction took along: for reading, until `suggest` makes them anew."""

_FORMAT = f"qualkit-segments/{SEGMENTS_FORMAT}"


def write_segments(
    project: Project, interview: str, rule: str, revision: int, segments: Iterable[Segment]
) -> None:
    """Write the segments of one transcript revision, atomically, with the rule that made them."""
    rows = [
        [s.start, s.end, list(s.question) if s.question else None, s.backchannel, s.language]
        for s in segments
    ]
    head = {
        "format": _FORMAT,
        "interview": interview,
        "rule": rule,
        "revision": revision,
        "transcript": _transcript_hash(project, interview),
    }
    lines = ",\n  ".join(json.dumps(row) for row in rows)
    write_text(
        _path(project, interview), f'{json.dumps(head, indent=1)[:-2]},\n "segments": [\n  {lines}\n ]\n}}\n'
    )


def read_segments(project: Project, interview: str, rule: str | None = None) -> tuple[Segment, ...]:
    """The segments of an interview; none when they are missing, damaged or stale.

    Stale: the transcript is another one than they were made from, or ``rule`` is
    given and another one made them.
    """
    try:
        content = json.loads(_path(project, interview).read_bytes())
        if content["format"] != _FORMAT or content["transcript"] != _transcript_hash(project, interview):
            return ()
        if rule is not None and content["rule"] != rule:
            return ()
        return tuple(_segment(interview, content["revision"], row) for row in content["segments"])
    # A cache: whatever is wrong with it, it is made again.
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


def need_making(project: Project, interview: str) -> bool:
    """Whether an interview's newest transcript has no segments but those a correction took along."""
    return not read_segments(project, interview) or bool(read_segments(project, interview, CARRIED))


def _segment(interview: str, revision: int, row: list[Any]) -> Segment:
    start, end, question, quiet, language = row
    numbers = (revision, start, end, *(question or (0, 0)))
    if len(numbers) != 5 or not all(type(n) is int and n >= 0 for n in numbers) or end < start:
        raise ValueError("no range")
    if type(quiet) is not bool or not isinstance(language, str):
        raise TypeError("no segment")
    return Segment(interview, revision, start, end, tuple(question) if question else None, quiet, language)


def _path(project: Project, interview: str) -> Path:
    return locate(project.work / "segments", f"{interview}.json")


def _transcript_hash(project: Project, interview: str) -> str:
    try:
        return sha256(transcript_path(project, interview).read_bytes()).hexdigest()
    except OSError:
        return ""
