"""The project's codebook, read once as long as its file stays the same: 500 codes take most of a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.files.codebook import load_codebook

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.model import Codebook

_kept: dict[str, tuple[tuple[int, int], Codebook]] = {}


def book_of(project: Project) -> Codebook:
    """The codebook as its file is now. Raises :class:`~qualkit.errors.BadFile`."""
    path = project.codebook_path
    try:
        facts = path.stat()
    except OSError:
        return load_codebook(project)  # tells what is wrong
    stamp = (facts.st_mtime_ns, facts.st_size)
    held = _kept.get(str(path))
    if held is None or held[0] != stamp:
        held = _kept[str(path)] = (stamp, load_codebook(project))
    return held[1]
