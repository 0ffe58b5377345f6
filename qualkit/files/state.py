"""How far each interview has come: what the Project screen and ``qualkit status`` show."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError
from qualkit.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qualkit.files.project import Project
    from qualkit.model import Interview


@dataclass(frozen=True, slots=True)
class InterviewState:
    """Where one interview stands in the river."""

    interview: Interview
    recorded: bool
    transcribed: bool
    turns: int
    segments: int
    suggestions: int
    """Suggestions at or over their threshold."""
    decided: int
    """Passages that a person has decided on or coded."""
    codings: int
    coders: tuple[str, ...]
    stale: bool = False
    """The suggestions are for an earlier transcript or another codebook: make them anew."""

    @property
    def reviewed(self) -> float:
        """Share of the units that hold at least one decision, 0–1."""
        return min(1.0, self.decided / self.segments) if self.segments else 0.0


def interview_states(
    project: Project,
    ids: Sequence[str] = (),
    damaged: Callable[[Interview, QualkitError], None] | None = None,
    codebook: str = "",
) -> tuple[InterviewState, ...]:
    """The state of each interview (of ``ids``, or all), in the order of interviews.csv.

    ``codebook`` is the active one's hash, read when it is not given.
    An interview with a file that cannot be read is handed to ``damaged`` and left out;
    without it :class:`qualkit.errors.BadFile` is raised. Raises
    :class:`qualkit.errors.UsageError` for an id that is not there.
    """
    from qualkit.files.codebook import load_codebook
    from qualkit.files.interviews import interview as find_interview
    from qualkit.files.interviews import read_interviews
    from qualkit.files.recordings import find_recordings
    from qualkit.files.transcript import transcript_ids

    for wanted in ids:
        find_interview(project, wanted)
    recorded = {r.interview for r in find_recordings(project)}
    transcribed = set(transcript_ids(project))
    found = []
    with suppress(QualkitError):  # `qualkit check` tells about it
        codebook = codebook or load_codebook(project).hash
    for interview in read_interviews(project):
        if ids and interview.id not in ids:
            continue
        try:
            state = _state(
                project, interview, interview.id in recorded, interview.id in transcribed, codebook
            )
        except QualkitError as error:
            if damaged is None:
                raise
            damaged(interview, error)
        else:
            found.append(state)
    return tuple(found)


def _state(
    project: Project, interview: Interview, recorded: bool, transcribed: bool, codebook: str
) -> InterviewState:
    from qualkit.files.journal import read_codings, read_decisions
    from qualkit.files.segments import read_segments
    from qualkit.files.suggestions import read_suggestions
    from qualkit.files.transcript import load_transcript

    segments = [s for s in read_segments(project, interview.id) if not s.backchannel] if transcribed else []
    codings = read_codings(project, interviews=[interview.id])
    decisions = read_decisions(project, interviews=[interview.id])
    spans = [(c.anchor.start, c.anchor.end) for c in codings]
    text = load_transcript(project, interview.id) if transcribed else None
    suggestions = read_suggestions(project, interview.id) if transcribed else ()
    spans += [(d.anchor.start, d.anchor.end) for d in decisions if d.verdict in Verdict]
    return InterviewState(
        interview=interview,
        recorded=recorded,
        transcribed=transcribed,
        turns=len(text.turns) if text else 0,
        segments=len(segments),
        suggestions=sum(s.shown for s in suggestions),
        decided=sum(any(start < s.end and end > s.start for start, end in spans) for s in segments),
        codings=len(codings),
        coders=tuple(sorted({c.coder for c in codings} | {d.coder for d in decisions})),
        stale=any(text and s.revision != text.revision for s in suggestions)
        or any(codebook and s.codebook != codebook for s in suggestions),
    )
