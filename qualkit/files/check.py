"""Everything that is wrong in a project's files, gathered and told together."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, QualkitError
from qualkit.files.codebook import check_codebook, load_codebook
from qualkit.files.codebook_history import check_history
from qualkit.files.emergent import check_themes
from qualkit.files.interviews import check_interviews, read_interviews
from qualkit.files.journal import check_journal, coders, journals
from qualkit.files.memos import check_memo
from qualkit.files.names import fault_in_id, inside, locate, names
from qualkit.files.project import CONFIG, Project, load_project
from qualkit.files.recordings import check_recordings
from qualkit.files.seen import check_seen
from qualkit.files.settled import read_settled
from qualkit.files.settlements import check_settlements
from qualkit.files.staging import check_staging
from qualkit.files.statuses import check_statuses
from qualkit.files.suggestions import read_suggestions
from qualkit.files.transcript import (
    check_transcript,
    load_transcript,
    read_transcript,
    transcript_ids,
    transcript_path,
)
from qualkit.model import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qualkit.model import Anchor, Coding, Transcript


def check_project(root: Path) -> list[Problem]:
    """All faults in the files of a project, those between files included; an empty list when there are none.

    Nothing is changed. Raises :class:`qualkit.errors.NoProject` when ``root`` is none.
    """
    try:
        project = load_project(root)
    except BadFile as error:
        return [_problem(error, root / CONFIG)]
    problems = [*_links(project), *_interviews(project), *_transcripts(project)]
    problems += check_codebook(project.codebook_path)
    problems += _memos(project)
    problems += _journals(project)
    problems += check_settlements(project)
    problems += check_statuses(project)
    problems += check_themes(project)
    problems += check_history(project.codebook_path)
    problems += check_seen(project)
    problems += _suggestions(project)
    problems += check_staging(project)
    problems += _settled(project)
    return list(dict.fromkeys(problems))


def _problem(error: QualkitError, path: Path) -> Problem:
    if isinstance(error, BadFile):
        return Problem(error.path, error.line, error.reason, error.hint)
    return Problem(path, 0, error.message, error.hint)


def _links(project: Project) -> Iterator[Problem]:
    for folder in (
        project.recordings,
        project.transcripts,
        project.codings,
        project.memos,
        project.suggestions,
    ):
        if folder.exists() and not inside(project.root, folder):
            yield Problem(
                folder, 0, "this link leads out of the project.", "Put the folder itself in its place."
            )


def _interviews(project: Project) -> Iterator[Problem]:
    if not project.interviews.exists():
        yield Problem(project.interviews, 0, "there is no such file.", "Run `qualkit add` or write it.")
        return
    problems = check_interviews(project.interviews)
    yield from problems
    if problems:
        return
    sites = {site.id for site in project.sites}
    for row in read_interviews(project):
        if row.site and sites and row.site not in sites:
            message = f"{row.id}: the site {row.site!r} is not in {CONFIG}."
            yield Problem(project.interviews, 0, message, "Add it under [sites] or correct the cell.")
        if row.language and row.language not in project.languages:
            message = f"{row.id}: the language {row.language} is not among languages in {CONFIG}."
            yield Problem(project.interviews, 0, message, "Add it there or correct the cell.")
    yield from check_recordings(project)


def _transcripts(project: Project) -> Iterator[Problem]:
    try:
        rows = {row.id for row in read_interviews(project)}
    except BadFile:
        rows = None  # told already
    for interview in transcript_ids(project):
        path = transcript_path(project, interview)
        if not inside(project.root, path):
            yield Problem(path, 0, "this link leads out of the project.", "Put the file itself in its place.")
            continue
        yield from check_transcript(path)
        if rows is not None and interview not in rows:
            yield Problem(path, 0, "it has no row in interviews.csv.", f"Add a row with the id {interview}.")
    if project.transcripts.is_dir():
        for path in sorted(project.transcripts.glob("*.json")):
            if fault := fault_in_id(path.stem):
                yield Problem(path, 0, f"its name {fault}.", "Rename the file.")


def _memos(project: Project) -> Iterator[Problem]:
    for name in names(project.memos, ".md"):
        yield from check_memo(locate(project.memos, f"{name}.md"))


def _journals(project: Project) -> Iterator[Problem]:
    try:
        codes = set(load_codebook(project).by_id)
    except QualkitError:
        codes = None  # told already
    for coder in coders(project):
        folder = locate(project.codings, coder)
        for interview in names(folder, ".jsonl"):
            path = locate(folder, f"{interview}.jsonl")
            problems = check_journal(path)
            yield from problems
            if problems:
                continue
            (journal,) = journals(project, [interview], [coder])
            codings = journal.state.codings.values()
            for code in sorted({coding.code for coding in codings} - codes) if codes is not None else ():
                count = sum(coding.code == code for coding in codings)
                message = f"{count} coding(s) have the code {code!r}, which the codebook does not hold."
                yield Problem(
                    path, 0, message, "Add it to the codebook; set retired: true if nobody should use it."
                )
            yield from _anchors(project, path, interview, list(codings))


def _anchors(project: Project, path: Path, interview: str, codings: list[Coding]) -> Iterator[Problem]:
    """Codings whose quote does not stand where their anchor says in its revision."""
    transcripts: dict[int, Transcript | None] = {}
    for coding in codings:
        place = coding.anchor
        if place.revision not in transcripts:
            try:
                transcripts[place.revision] = load_transcript(project, interview, place.revision)
            except BadFile:
                transcripts[place.revision] = None  # told already
            except QualkitError:
                transcripts[place.revision] = None
                message = f"revision {place.revision} of {interview} is not there, and codings stand on it."
                yield Problem(path, 0, message, "Take transcripts/ from a copy.")
        transcript = transcripts[place.revision]
        if (
            transcript is not None
            and transcript.text[place.start : place.end] != place.quote
            and not any(
                t.text[place.start : place.end] == place.quote for t in _forks(project, interview, place)
            )
        ):
            message = f"the coding {coding.id} does not stand where it says in revision {place.revision}."
            yield Problem(
                path, 0, message, "The transcript was changed without a new revision; take it from a copy."
            )


def _forks(project: Project, interview: str, place: Anchor) -> Iterator[Transcript]:
    """Texts of the anchor's revision that were settled against when copies were merged."""
    for path in sorted((project.transcripts / ".revisions").glob(f"{interview}.r{place.revision}-*.json")):
        with suppress(BadFile):
            yield read_transcript(path)


def _settled(project: Project) -> Iterator[Problem]:
    try:
        read_settled(project.root)
    except BadFile as error:
        yield _problem(error, project.root)


def _suggestions(project: Project) -> Iterator[Problem]:
    for interview in transcript_ids(project):
        try:
            read_suggestions(project, interview)
        except QualkitError as error:
            yield _problem(error, project.suggestions)
