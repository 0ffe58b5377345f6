"""Transcripts out: one word-level transcript as VTT, SRT, TXT, DOCX or JSON, in any convention."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import qualkit
from qualkit.errors import BadFile, QualkitError, UsageError
from qualkit.export.transcripts.convention import DOUBT, MARKED, PLAIN, convention
from qualkit.export.transcripts.head import Made
from qualkit.export.transcripts.subtitles import srt, vtt
from qualkit.export.transcripts.text import txt
from qualkit.export.transcripts.views import clean, masked
from qualkit.export.transcripts.word import docx
from qualkit.files.atomic import write_bytes, write_text
from qualkit.files.interviews import read_interviews
from qualkit.files.transcript import load_transcript, transcript_ids, write_transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Interview, Transcript
    from qualkit.report.pseudonyms import Masks

FORMATS = ("vtt", "srt", "txt", "docx", "json")
_TEXTS: dict[str, Callable[[Transcript, Made], str]] = {"vtt": vtt, "srt": srt, "txt": txt}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How transcripts are to be written."""

    formats: tuple[str, ...] = ("docx",)
    style: str = ""
    """A name of ``convention.STYLES``; empty: plain for subtitles and JSON, marked for text and Word."""
    pause_s: float | None = None
    doubt: float = DOUBT
    clean: bool = False
    fillers: tuple[str, ...] = ()
    pseudonyms: bool = False
    language: str = ""
    """Language of new pseudonyms; empty: the project's first."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what was not."""

    files: tuple[Path, ...]
    faults: tuple[str, ...]
    """A line for every transcript or format that could not be written."""
    unquotable: tuple[str, ...]
    """Interviews whose consent to be quoted is not recorded, or refused."""


def export_transcripts(
    project: Project, interviews: Sequence[str], folder: Path | None, wanted: Wanted
) -> Exported:
    """Write transcripts to ``folder`` (``outputs/transcripts``): the interviews named, or all.

    A transcript that cannot be read or written is told and leaves the others
    standing. Raises :class:`UsageError` for an interview without a transcript, a
    style that is not known, and a folder that holds the project's own files.
    """
    target = folder or project.outputs / "transcripts"
    _outside(project, target)
    for name in interviews:
        if name not in transcript_ids(project):
            raise UsageError(f"There is no transcript of {name!r}.", "Run `qualkit status` to see them.")
    chosen = tuple(dict.fromkeys(interviews)) or transcript_ids(project)
    if not chosen:
        raise UsageError("There are no transcripts yet.", "Run `qualkit transcribe`, or `qualkit add FILE`.")
    styles = {name: convention(wanted.style or _usual(name), wanted.pause_s) for name in wanted.formats}
    cases = {case.id: case for case in read_interviews(project)}
    masks = _masks(project, cases.values(), chosen, wanted) if wanted.pseudonyms else None
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    files: list[Path] = []
    faults: list[str] = []
    for name in chosen:
        try:
            transcript = load_transcript(project, name)
        except BadFile as error:
            faults.append(str(error))
            continue
        consent = cases[name].consent if name in cases else ""
        shown = clean(transcript, wanted.fillers) if wanted.clean else transcript
        shown = masked(shown, masks) if masks is not None else shown
        for kind, style in styles.items():
            made = Made(
                style, wanted.doubt, f"qualkit {qualkit.__version__}", now, wanted.clean,
                wanted.fillers if wanted.clean else (), wanted.pseudonyms, consent,
            )  # fmt: skip
            path = target / f"{shown.interview}.{kind}"
            try:
                _write(path, kind, shown, made)
            except QualkitError as error:
                faults.append(str(error))
            else:
                files.append(path)
    unquotable = tuple(n for n in chosen if n not in cases or cases[n].consent != "quote")
    return Exported(tuple(files), tuple(faults), unquotable)


def _usual(kind: str) -> str:
    return (MARKED if kind in ("txt", "docx") else PLAIN).name


def _write(path: Path, kind: str, transcript: Transcript, made: Made) -> None:
    if kind == "json":
        exported = {**transcript.provenance, "exported": made.describe()}
        write_transcript(path, replace(transcript, provenance=exported))
    elif kind == "docx":
        write_bytes(path, docx(transcript, made))
    else:
        write_text(path, _TEXTS[kind](transcript, made))


def _outside(project: Project, folder: Path) -> None:
    """Refuse to write among the project's own files, where a transcript would take another one's place."""
    there = folder.resolve()
    own = (project.transcripts, project.recordings, project.codings, project.memos, project.work)
    for kept in (*own, project.codebook_path.parent, project.suggestions):
        if there == kept.resolve() or kept.resolve() in there.parents:
            raise UsageError(f"{folder}: the project keeps its own files there.", "Name another folder.")
    if there == project.root.resolve():
        raise UsageError(f"{folder}: this is the project's own folder.", "Name a folder in or beside it.")


def _masks(project: Project, cases: Iterable[Interview], chosen: Iterable[str], wanted: Wanted) -> Masks:
    """The pseudonyms, with rows for interviews, sites and speakers that have none yet, written down."""
    from qualkit.export.transcripts.pseudonyms import masks_for

    return masks_for(project, tuple(cases), tuple(chosen), wanted.language or project.languages[0])


__all__ = ["FORMATS", "Exported", "Wanted", "export_transcripts"]
