"""What tests of merging and exchange ask of a project and its copies."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from qualkit.files.check import check_project
from qualkit.files.codebook import load_codebook
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import journals, read_codings
from qualkit.files.memos import read_memos
from qualkit.files.project import Project, load_project
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from qualkit.model import Problem


def copied(project: Project, name: str) -> Project:
    """A copy of the whole folder beside it."""
    target = project.root.with_name(name)
    shutil.copytree(project.root, target)
    return load_project(target)


def tree(project: Project) -> dict[str, bytes]:
    """Path → bytes of everything but what can be made again."""
    return {
        path.relative_to(project.root).as_posix(): path.read_bytes()
        for path in sorted(project.root.rglob("*"))
        if path.is_file() and ".qualkit" not in path.parts
    }


def faults(project: Project) -> list[Problem]:
    """What `check` finds beside the study's sparse codebook."""
    return [p for p in check_project(project.root) if p.path != project.codebook_path]


def everything(project: Project) -> dict[str, Any]:
    """What a project holds, as it is to come back from an archive."""
    memos = [*read_memos(project), *(m for j in journals(project) for m in j.state.memos)]
    return {
        "codings": sorted(read_codings(project), key=lambda c: c.id),
        "memos": sorted(memos, key=lambda m: m.id),
        "interviews": read_interviews(project),
        "transcripts": [load_transcript(project, name) for name in transcript_ids(project)],
        "codebook": load_codebook(project),
        "sites": project.sites,
        "languages": project.languages,
        "name": project.name,
    }
