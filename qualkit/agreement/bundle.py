"""The bundle of a plan: a project with the drawn passages, and without anything that was made of them."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from qualkit.agreement.plan import BLIND, BLIND_FORMAT, Plan, plan_path, planned
from qualkit.errors import Conflict
from qualkit.files.atomic import make_folder, replacing, write_bytes, write_text
from qualkit.files.interviews import read_interviews, write_interviews
from qualkit.files.project import CONFIG
from qualkit.files.recordings import find_recordings
from qualkit.files.segments import write_segments
from qualkit.files.settled import version_of
from qualkit.files.text import read_bytes
from qualkit.files.transcript import load_transcript, transcript_path
from qualkit.model import Segment

if TYPE_CHECKING:
    from qualkit.files.project import Project

RULE = "drawn"
"""What the units of a bundle say they were made by."""


def write_bundle(project: Project, plan: Plan, target: Path, *, audio: bool = False) -> Path:
    """Write the bundle of a plan that is kept in the project: a folder, or one ``.zip``.

    It is there whole or not at all. Raises :class:`Conflict` when ``target`` is there already.
    """
    if target.exists():
        raise Conflict(f"{target}: there is something already.", "Name a new folder or .zip with --to.")
    make_folder(target.absolute().parent)
    if target.suffix.lower() == ".zip":
        with TemporaryDirectory(prefix="qualkit-") as folder:
            root = Path(folder) / target.stem
            _fill(project, plan, root, audio)
            with replacing(target) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file:
                for path in sorted(root.rglob("*")):
                    if path.is_file():
                        file.write(path, f"{target.stem}/{path.relative_to(root).as_posix()}")
        return target
    stage = target.absolute().with_name(f".{target.name}.{os.urandom(4).hex()}.part")
    try:
        _fill(project, plan, stage, audio)
        stage.replace(target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return target


def _fill(project: Project, plan: Plan, root: Path, audio: bool) -> None:
    given = [CONFIG, project.codebook_path.relative_to(project.root).as_posix()]
    given += [transcript_path(project, i).relative_to(project.root).as_posix() for i in plan.interviews]
    for path in given:
        write_bytes(root / path, read_bytes(project.root / path))
    blind = replace(project, root=root, codebook_path=root / given[1])
    rows = [row for row in read_interviews(project) if row.id in plan.interviews]
    write_interviews(blind, rows)
    for folder in (blind.codings, blind.memos, blind.recordings, blind.outputs):
        make_folder(folder)
    drawn = planned(project, plan)
    for interview in plan.interviews:
        revision = load_transcript(project, interview).revision
        units = [Segment(interview, revision, *span) for span in drawn.get(interview, ())]
        write_segments(blind, interview, RULE, revision, units)
    if audio:
        for recording in find_recordings(project):
            if recording.interview in plan.interviews:
                path = recording.path.relative_to(project.root).as_posix()
                shutil.copyfile(recording.path, root / path)
                given.append(path)
    content = {
        "format": f"qualkit-blind/{BLIND_FORMAT}",
        "plan": plan.id,
        "mark": version_of(read_bytes(plan_path(project, plan.id))),
        "second": plan.second,
        "files": {path: version_of(read_bytes(root / path)) for path in (*given, "interviews.csv")},
    }
    write_text(root / BLIND, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    write_text(
        root / "READ-ME.txt", _README.format(name=plan.second or "your-name", n=len(plan.units), plan=plan.id)
    )


_README = """{n} passages are to be coded here, without knowing what anybody else made of them.

    QUALKIT_CODER={name} qualkit          (on Windows: set QUALKIT_CODER={name}, then qualkit)

J goes from one passage to the next; what stands between them is there to be read. Code what
you see, and say "nothing" where the codebook asks about nothing. Then send this folder back:

    qualkit merge THIS-FOLDER             (whoever drew the passages)
    qualkit agree FIRST {name} --plan {plan}
"""
