"""The passage of a quote in its context: the turns around it, so that a reader can judge the quote."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from qualkit.files.project import Project
    from qualkit.model import Transcript
    from qualkit.themes.passages import Heard, Passage

AROUND = 2
"""Turns shown before and after."""
LEFT_OUT = "[…]"


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of a scene. The quoted part is ``text[start:end]``; nothing is quoted when they are equal."""

    speaker: str
    interviewer: bool
    start_ms: int | None
    language: str
    text: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """What was said around one passage."""

    passage: str
    """Its id."""
    interview: str
    lines: tuple[Line, ...]


def scenes(
    project: Project,
    passages: Iterable[tuple[Passage, str]],
    heard: Mapping[str, Heard],
    mask: Callable[[str], str],
    *,
    public: bool,
) -> tuple[Scene, ...]:
    """The scene of every passage; each comes with its interview's id in the project.

    ``mask`` is put on every text; for the public, turns that hold restricted words are left out.
    """
    from qualkit.files.transcript import load_transcript

    by_interview: dict[str, list[Passage]] = defaultdict(list)
    for passage, interview in passages:
        by_interview[interview].append(passage)
    found: dict[str, Scene] = {}
    for interview, wanted in by_interview.items():
        transcript = load_transcript(project, interview)
        for passage in wanted:
            closed = heard[passage.interview].restricted if public else ()
            found[passage.id] = _scene(transcript, passage, closed, mask)
    return tuple(found.values())


def _scene(
    transcript: Transcript, passage: Passage, closed: tuple[tuple[int, int], ...], mask: Callable[[str], str]
) -> Scene:
    inside = transcript.turns_in(passage.start, passage.end)
    lines = []
    for index in range(max(0, inside.start - AROUND), min(len(transcript.turns), inside.stop + AROUND)):
        turn, at = transcript.turns[index], transcript.turn_starts[index]
        start = min(len(turn.text), max(0, passage.start - at))
        end = max(start, min(len(turn.text), passage.end - at))
        # Each part is masked on its own, so that the marked one is the quote as it is printed.
        parts = [mask(turn.text[a:b]) for a, b in ((0, start), (start, end), (end, len(turn.text)))]
        if any(at < b and at + len(turn.text) > a for a, b in closed):
            parts = [LEFT_OUT, "", ""]
        speaker = transcript.speaker(turn.speaker)
        lines.append(
            Line(
                speaker.id,
                speaker.role == "interviewer",
                turn.start_ms,
                turn.language or transcript.language,
                "".join(parts),
                len(parts[0]),
                len(parts[0]) + len(parts[1]),
            )
        )
    return Scene(passage.id, passage.interview, tuple(lines))
