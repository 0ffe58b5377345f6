"""The units that the engine reads: segments with their text, and the question they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qualkit.model import Segment, Transcript


@dataclass(frozen=True, slots=True)
class Unit:
    """One passage to score. Labelled sentences without a transcript are units too."""

    text: str
    language: str = ""
    question: str = ""
    """What the interviewer asked, where the unit needs it for sense."""
    interview: str = ""
    revision: int = 0
    start: int = 0
    end: int = 0
    backchannel: bool = False

    @property
    def context(self) -> str:
        """The unit after its question; the unit alone where it has none."""
        return f"{self.question} {self.text}" if self.question else self.text


def units_of(transcript: Transcript, segments: Iterable[Segment]) -> tuple[Unit, ...]:
    """The units of one interview, in the order of the transcript."""
    text = transcript.text
    return tuple(
        Unit(
            text=text[segment.start : segment.end].replace("\n", " ").strip(),
            language=segment.language or transcript.language,
            question=text[slice(*segment.question)].replace("\n", " ").strip() if segment.question else "",
            interview=segment.interview,
            revision=segment.revision,
            start=segment.start,
            end=segment.end,
            backchannel=segment.backchannel,
        )
        for segment in segments
    )
