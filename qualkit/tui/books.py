"""The project's codebook and list of interviews, read once as long as their files stay the same.

500 codes take most of a second to read, and every search asks for all interviews.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from qualkit.files.codebook import load_codebook
from qualkit.files.interviews import read_interviews

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Code, Codebook, Interview

Read = TypeVar("Read")
_Stamp = tuple[int, int]
_books: dict[str, tuple[_Stamp, Codebook]] = {}
_cases: dict[str, tuple[_Stamp, Mapping[str, Interview]]] = {}


def book_of(project: Project) -> Codebook:
    """The codebook as its file is now. Raises :class:`~qualkit.errors.BadFile`."""
    return _read(_books, project.codebook_path, lambda: load_codebook(project))


def cases_of(project: Project) -> Mapping[str, Interview]:
    """Id → interview as the list is now. Raises :class:`~qualkit.errors.BadFile`."""
    return _read(_cases, project.interviews, lambda: {i.id: i for i in read_interviews(project)})


def tree(book: Codebook, above: str = "", depth: int = 0) -> Iterator[tuple[Code, int]]:
    """Codes with their depth, each above those below it."""
    for code in book.children(above):
        yield code, depth
        yield from tree(book, code.id, depth + 1)


def _read(kept: dict[str, tuple[_Stamp, Read]], path: Path, read: Callable[[], Read]) -> Read:
    try:
        facts = path.stat()
    except OSError:
        return read()  # tells what is wrong
    stamp = (facts.st_mtime_ns, facts.st_size)
    held = kept.get(str(path))
    if held is None or held[0] != stamp:
        held = kept[str(path)] = (stamp, read())
    return held[1]
