"""What tests of merging and exchange ask of a project and its copies."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qualkit.files.anchors import anchor
from qualkit.files.atomic import write_text
from qualkit.files.check import check_project
from qualkit.files.codebook import load_codebook
from qualkit.files.dismissed import dismiss
from qualkit.files.emergent import Held, accept_theme
from qualkit.files.interviews import read_interviews, write_interviews
from qualkit.files.journal import Journal, journals, read_codings
from qualkit.files.memos import read_memos, write_memo
from qualkit.files.project import Project, load_project
from qualkit.files.pseudonyms import Pseudonym, write_pseudonyms
from qualkit.files.statuses import Status, set_status
from qualkit.files.transcript import load_transcript, save_transcript, transcript_ids
from qualkit.model import Interview, Memo

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


def work(project: Project, coder: str, name: str) -> None:
    """What one person does in their copy, where nobody else is."""
    transcript = load_transcript(project, "beta-01")
    start = transcript.turn_starts[1]
    Journal(project, coder, "beta-01").add_coding("water", anchor(transcript, start, start + 9))
    Journal(project, coder, "alpha-01").memo(f"muistio {name}")
    set_status(project, "alpha", "water", Status.POOR, f"as {name} said", coder)
    write_memo(project, Memo(f"memo-{name}", "project", coder, "2026-03-01T10:00:00Z", name))
    write_pseudonyms(project, [Pseudonym(f"Person {name}", f"P{name}", "person")])
    rows = [*read_interviews(project), Interview(f"gamma-{name}", f"gamma-{name}", attributes={name: "yes"})]
    write_interviews(project, rows)
    made = replace(transcript, interview=f"gamma-{name}")
    save_transcript(project, made)
    config = project.config.read_text(encoding="utf-8")
    write_text(project.config, f'{config}"gamma-{name}" = "Gamma {name}"\n')
    dismiss(project, f"group-{name}")
    held = Held("beta-01", anchor(transcript, start, start + 12), 0.9, "typical")
    accept_theme(project, f"theme-{name}", f"Theme {name}", {"fi": ("vesi",)}, 0.8, [held], coder)
