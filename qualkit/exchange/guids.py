"""GUIDs: stable ones for our own things, and those that other tools wrote, in any spelling."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from qualkit.errors import BadFile
from qualkit.files.atomic import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qualkit.files.project import Project

ORIGINS_FORMAT = 1
"""Version of ``exchange/guids.json``. 1: first."""
ORIGINS = "exchange/guids.json"

_SPACE = UUID("6f0c9b1e-52b4-5b0e-9d53-0d6a6f3b7c11")
_FORMAT = f"qualkit-guids/{ORIGINS_FORMAT}"
_SPELLED = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
_SHORT = re.compile("[0-9a-f]{12}")


def own_guid(project: str, kind: str, name: str) -> str:
    """The GUID of one thing of a project: the same at every export.

    An id of 12 hexadecimal digits, as codings have, stands at its end, so that it
    can be read back.
    """
    if _SHORT.fullmatch(name):
        return f"{_stem(project, kind)}{name}"
    return str(uuid5(_SPACE, f"{project}\0{kind}\0{name}"))


def own_id(project: str, kind: str, guid: str) -> str:
    """The id at the end of a GUID that :func:`own_guid` made; empty when another made it."""
    return guid[24:] if guid[:24] == _stem(project, kind) else ""


def normal(text: str) -> str:
    """A GUID in lower case without braces; empty for what is none."""
    found = _SPELLED.fullmatch(text.strip())
    return found[1].lower() if found else ""


def short(text: str) -> str:
    """An id of 12 hexadecimal digits made of any text, the same every time."""
    return uuid5(_SPACE, text).hex[-12:]


def _stem(project: str, kind: str) -> str:
    return str(uuid5(_SPACE, f"{project}\0{kind}"))[:24]


class Guids:
    """The GUID of each thing of a project: the one it came with, else our own."""

    def __init__(self, project: Project) -> None:
        self.name = project.name
        self.known = read_origins(project)

    def of(self, kind: str, name: str) -> str:
        """The GUID, spelled as whoever made it spelled it."""
        return self.known.get(f"{kind}:{name}") or own_guid(self.name, kind, name)


def origins_path(project: Project) -> Path:
    """Where the GUIDs that came from outside are kept."""
    return project.root / ORIGINS


def read_origins(project: Project) -> Mapping[str, str]:
    """``kind:id`` → GUID as it was written outside; empty when nothing came from there."""
    path = origins_path(project)
    if not path.exists():
        return {}
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        content = json.loads(path.read_bytes())
        if content["format"] == _FORMAT:
            return {str(key): str(guid) for key, guid in content["guids"].items() if normal(str(guid))}
    raise BadFile(path, "this is no list of GUIDs.", "Take it from a copy, or delete it to get new GUIDs.")


def write_origins(project: Project, guids: Mapping[str, str]) -> None:
    """Keep the GUIDs that came from outside, atomically."""
    write_bytes(origins_path(project), origins_bytes(guids))


def origins_bytes(guids: Mapping[str, str]) -> bytes:
    """The file's content."""
    content = {"format": _FORMAT, "guids": dict(sorted(guids.items()))}
    return (json.dumps(content, ensure_ascii=False, indent=0) + "\n").encode("utf-8")
