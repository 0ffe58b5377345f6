"""The units of a project's transcripts, written beside them where they can be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.model import Step
from qualkit.segment.units import MEAN_WORDS, segment_transcript

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from qualkit.files.project import Project
    from qualkit.segment.units import Embed


def segment_project(
    project: Project,
    ids: Sequence[str] | None = None,
    embed: Embed | None = None,
    *,
    rule: str | None = None,
    mean_words: float | None = None,
) -> Generator[Step, None, int]:
    """Cut the transcripts of a project into units and return how many units there are.

    Rule and mean length come from ``[segmentation]`` in ``qualkit.toml`` unless given. Codings
    are never touched: they point at text, not at units. A transcript that cannot
    be read is passed over. Raises UsageError for an unknown interview or rule.
    """
    from qualkit.files.segments import write_segments
    from qualkit.files.transcript import load_transcript, transcript_ids

    known = transcript_ids(project)
    for wanted in ids or ():
        if wanted not in known:
            raise UsageError(f"There is no transcript of interview {wanted!r}.", "See `qualkit status`.")
    rule = rule or project.setting("segmentation", "rule", "meaning")
    mean_words = mean_words or project.setting("segmentation", "mean_words", float(MEAN_WORDS))
    chosen = list(ids) if ids is not None else list(known)
    total = 0
    for done, interview in enumerate(chosen):
        yield Step("segment", interview, done, len(chosen))
        try:
            transcript = load_transcript(project, interview)
        except BadFile:  # `qualkit check` tells of it; the other interviews go on
            continue
        segments = segment_transcript(transcript, rule, mean_words, embed)
        write_segments(project, interview, rule, transcript.revision, segments)
        total += len(segments)
    yield Step("segment", "", len(chosen), len(chosen), note=f"{total} units")
    return total
