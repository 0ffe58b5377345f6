"""A merge at work: two copies of a project, what is to change in ours, and what a person must settle."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.files.journal import now
from qualkit.files.names import require_inside
from qualkit.files.settled import Settlement, replaced, version_of
from qualkit.files.staging import Change, digest_of
from qualkit.files.text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Problem

OURS, THEIRS, BOTH = "ours", "theirs", "both"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two versions differ."""

    place: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Question:
    """What cannot unite: both versions, and what can be chosen."""

    item: str
    """``transcript:kilpi-01``: what ``--settle`` names it by."""
    why: str
    differences: tuple[Difference, ...]
    choices: tuple[str, ...] = (OURS, THEIRS)


@dataclass
class Merging:
    """What a merge has found so far."""

    ours: Project
    theirs: Project
    choices: Mapping[str, str]
    """Item → ``ours``, ``theirs`` or ``both``, as the person settled it."""
    base: Mapping[str, str]
    """Path → hash of the file as the other copy got it, when that is known (a plan's bundle)."""
    settled: set[Settlement]
    changes: dict[str, Change] = field(default_factory=dict)
    took: Counter[str] = field(default_factory=Counter)
    questions: list[Question] = field(default_factory=list)
    faults: list[Problem] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    """Files of theirs that do not come in: they were deleted here."""
    verdicts: dict[str, str] = field(default_factory=dict)
    """Interview → whose word holds on what was deleted of it."""

    def decide(self, question: Question, ours: str, theirs: str) -> str:
        """Which version holds; empty while nobody has said. ``ours`` and ``theirs`` are their hashes."""
        item = question.item
        if not self.choices.get(item) and (verdict := self.known(item, ours, theirs)):
            return verdict
        choice = self.chosen(question)
        if choice in (OURS, THEIRS):
            self.settle(item, *((ours, theirs) if choice == OURS else (theirs, ours)))
        return choice

    def known(self, item: str, ours: str, theirs: str) -> str:
        """Which of two versions holds as it was settled in some copy; empty when it was not."""
        mine, other = (replaced(self.settled, item, *pair) for pair in ((theirs, ours), (ours, theirs)))
        return "" if mine == other else OURS if mine else THEIRS

    def chosen(self, question: Question) -> str:
        """What the person says now; empty while nobody has, and then the question is open."""
        choice = self.choices.get(question.item, "")
        if not choice:
            self.questions.append(question)
        elif choice not in question.choices:
            raise UsageError(
                f"{question.item} cannot be settled as {choice!r}.",
                f"Known are {', '.join(question.choices)}.",
            )
        else:
            self.answered.add(question.item)
        return choice

    def settle(self, item: str, kept: str, dropped: str) -> None:
        """Remember what was decided, unless it is known already."""
        if not any((s.item, s.kept, s.dropped) == (item, kept, dropped) for s in self.settled):
            self.settled.add(Settlement(item, kept, dropped, now(), self.ours.coder))

    def put(self, path: str, new: bytes | Path | None, kind: str = "") -> None:
        """Have a file of ours changed; ``kind`` counts it as something that came in."""
        former = digest_of(self.ours.root / path)
        self.changes[path] = Change(new, former)
        if kind:
            self.took[kind] += 1

    def ours_bytes(self, path: str) -> bytes | None:
        """A file of ours; None when there is none."""
        return self._bytes(self.ours, path)

    def theirs_bytes(self, path: str) -> bytes | None:
        """A file of theirs; None when there is none. Raises :class:`BadFile` for a link out of it."""
        return self._bytes(self.theirs, path)

    def untouched(self, path: str, data: bytes | Path) -> bool:
        """Whether a version of a file, its bytes or where they are, is the one that the other side got."""
        if path not in self.base:
            return False
        return self.base[path] == version_of(data if isinstance(data, bytes) else read_bytes(data))

    @staticmethod
    def _bytes(project: Project, path: str) -> bytes | None:
        place = project.root / path
        if not place.is_file():
            return None
        return read_bytes(require_inside(project.root, place))


def files_below(project: Project, folder: str, hidden: tuple[str, ...] = ()) -> Iterator[str]:
    """The files in a folder of a project, as paths from its root with ``/``, in order.

    Hidden files and folders are left out but for ``hidden``, and so is what was being written.
    """
    top = project.root / folder
    if not top.is_dir():
        return
    for path in sorted(top.iterdir()):
        if path.name.startswith(".") and path.name not in hidden:
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(project.root.resolve()):
            raise BadFile(path, "this link leads out of the project.", "Put the file itself in its place.")
        if path.is_dir():
            yield from files_below(project, f"{folder}/{path.name}", hidden)
        elif not path.name.endswith(".part"):
            yield f"{folder}/{path.name}"
