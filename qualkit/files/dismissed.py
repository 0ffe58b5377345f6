"""Groups of passages that somebody does not want to see again: ``.qualkit/clusters-dismissed.json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from qualkit.files.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qualkit.files.project import Project

FILE = "clusters-dismissed.json"


def dismissed(project: Project) -> frozenset[str]:
    """Ids of groups that somebody has dismissed; a file that cannot be read dismisses nothing."""
    try:
        return frozenset(map(str, json.loads(dismissed_path(project).read_bytes())))
    except (OSError, ValueError, TypeError):
        return frozenset()


def dismiss(project: Project, cluster: str) -> None:
    """Remember that a group is not wanted; a group keeps its id when it is found again."""
    write_bytes(dismissed_path(project), dismissed_bytes(dismissed(project) | {cluster}))


def show_again(project: Project, cluster: str) -> None:
    """Forget that a group is not wanted."""
    write_bytes(dismissed_path(project), dismissed_bytes(dismissed(project) - {cluster}))


def dismissed_path(project: Project) -> Path:
    """Where they are kept."""
    return project.work / FILE


def dismissed_bytes(clusters: Iterable[str]) -> bytes:
    """The file's content."""
    return (json.dumps(sorted(clusters)) + "\n").encode("utf-8")
