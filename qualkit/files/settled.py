"""What people have settled while merging: ``exchange/settled.json``, which of two versions holds.

One entry a decision: of which thing (``interview:kilpi-01``), the hash of the version that
was kept and of the one it was kept over. It goes along when copies are merged, so that a
question that was answered in one copy is not asked in the others.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from qualkit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SETTLED_FORMAT = 1
"""Version of ``exchange/settled.json``. 1: first."""
FILE = "exchange/settled.json"

_FORMAT = f"qualkit-settled/{SETTLED_FORMAT}"


@dataclass(frozen=True, slots=True, order=True)
class Settlement:
    """One version kept over another."""

    item: str
    kept: str
    """Hash of the version that holds, 16 digits."""
    dropped: str
    at: str
    coder: str


def read_settled(root: Path) -> frozenset[Settlement]:
    """What has been settled in a copy of a project. Raises :class:`BadFile`."""
    path = root / FILE
    if not path.exists():
        return frozenset()
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        content = json.loads(path.read_bytes())
        if content["format"] == _FORMAT:
            return frozenset(
                Settlement(*(str(entry[key]) for key in Settlement.__dataclass_fields__))
                for entry in content["settled"]
            )
    raise BadFile(path, "this is no list of what was settled.", "Take it from a copy, or delete it.")


def united(*copies: Iterable[Settlement]) -> set[Settlement]:
    """What was settled in any copy; of one decision that was made in several the earliest."""
    every = sorted((entry for settled in copies for entry in settled), reverse=True)
    return set({(entry.item, entry.kept, entry.dropped): entry for entry in every}.values())


def settled_bytes(settled: Iterable[Settlement]) -> bytes:
    """The file's content."""
    content = {"format": _FORMAT, "settled": [asdict(entry) for entry in sorted(settled)]}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def replaced(settled: Iterable[Settlement], item: str, version: str, by: str) -> bool:
    """Whether a version of a thing was settled against in favour of another, directly or over others."""
    ways: dict[str, set[str]] = {}
    for entry in settled:
        if entry.item == item:
            ways.setdefault(entry.dropped, set()).add(entry.kept)
    reached, open_ = {version}, [version]
    while open_:
        fresh = ways.get(open_.pop(), set()) - reached
        reached |= fresh
        open_ += fresh
    return by != version and by in reached


def version_of(value: bytes | str) -> str:
    """The hash of one version, 16 digits; line ends do not matter."""
    data = value if isinstance(value, bytes) else value.encode("utf-8")
    return sha256(data.replace(b"\r\n", b"\n")).hexdigest()[:16]
