"""The pseudonyms that exported transcripts need: those of the reports, and one for every named speaker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.errors import BadFile
from qualkit.files.pseudonyms import read_pseudonyms, write_pseudonyms
from qualkit.files.transcript import load_transcript
from qualkit.report.pseudonyms import complete, masks
from qualkit.themes.passages import Gathered
from qualkit.transcription.readers.labels import is_label

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.model import Interview
    from qualkit.report.pseudonyms import Masks


def masks_for(
    project: Project, cases: tuple[Interview, ...], interviews: tuple[str, ...], language: str
) -> Masks:
    """Masks for these transcripts. Rows that were missing are written to ``pseudonyms.csv``.

    A speaker whose name is a role or a label (``Haastattelija``, ``S2``) keeps it.
    """
    rows = read_pseudonyms(project)
    full = complete(project, Gathered((), (), cases), rows, language, _speakers(project, interviews))
    if full != rows:
        write_pseudonyms(project, full)
    return masks(full, dict.fromkeys(case.site for case in cases))


def _speakers(project: Project, interviews: tuple[str, ...]) -> list[str]:
    names: dict[str, None] = {}
    for interview in interviews:
        try:
            transcript = load_transcript(project, interview)
        except BadFile:
            continue
        for speaker in transcript.speakers:
            if not is_label(speaker.name):
                names[speaker.name] = None
    return list(names)
