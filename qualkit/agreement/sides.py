"""Whose judgements are compared: a person's, a person's at an earlier time, or the machine's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from qualkit.errors import UsageError
from qualkit.files.anchors import reanchor
from qualkit.files.journal import Journal, coders
from qualkit.files.names import locate
from qualkit.files.replay import JournalState, Replay
from qualkit.files.suggestions import read_suggestions
from qualkit.files.transcript import transcript_ids
from qualkit.model import Anchor, Coding

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.model import Transcript

MACHINE = "machine"
"""The name that stands for the newest model's suggestions, those that are shown."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?")


@dataclass(frozen=True)
class Side:
    """One of the two whose judgements are compared."""

    project: Project
    name: str
    until: str = ""
    """As it was then, ISO 8601 in UTC; empty: now."""

    @property
    def label(self) -> str:
        """The name as a table shows it: ``anna``, ``anna@2026-11-24``."""
        return f"{self.name}@{self.until}" if self.until else self.name

    @property
    def is_machine(self) -> bool:
        """Whether these are suggestions of a model, and no person's codings."""
        return self.name == MACHINE and MACHINE not in coders(self.project)

    @cached_property
    def interviews(self) -> frozenset[str]:
        """The interviews that it has judged."""
        found = []
        for interview in transcript_ids(self.project):
            if self.is_machine:
                worked = bool(read_suggestions(self.project, interview))
            else:
                path = locate(self.project.codings / self.name, f"{interview}.jsonl")
                worked = path.is_file() and (not self.until or self._begun(interview))
            if worked:
                found.append(interview)
        return frozenset(found)

    def _begun(self, interview: str) -> bool:
        return any(e.at <= self._last for e in Journal(self.project, self.name, interview).entries)

    @property
    def _last(self) -> str:
        """The last moment that counts, as journals write moments."""
        given = self.until.rstrip("Z")
        return given + "9999-99-99T23:59:59"[len(given) :] + "Z"

    def state(self, interview: str) -> JournalState:
        """What holds in the journal, now or then; an empty one for the machine."""
        if self.is_machine:
            return JournalState()
        journal = Journal(self.project, self.name, interview)
        if not self.until:
            return journal.state
        replay = Replay(self.name, interview)
        for entry in journal.entries:
            if entry.at <= self._last:
                replay.apply({"id": entry.id, "op": entry.op, "at": entry.at, **entry.fields})
        return replay.state()

    def codings(self, transcript: Transcript) -> tuple[Coding, ...]:
        """The codings on a transcript, where they stand in it; what cannot be found again is left out."""
        interview = transcript.interview
        if self.is_machine:
            return tuple(
                Coding(s.id, interview, s.code, s.model, Anchor(s.revision, s.start, s.end, ""), "", s.id)
                for s in read_suggestions(self.project, interview)
                if s.shown and s.revision == transcript.revision
            )
        placed = (
            replace(coding, anchor=place)
            for coding in self.state(interview).codings.values()
            if (place := newest(coding.anchor, transcript)) is not None
        )
        return tuple(placed)


def newest(old: Anchor, transcript: Transcript) -> Anchor | None:
    """Where an anchor stands in the newest transcript."""
    return old if old.revision == transcript.revision else reanchor(old, transcript)


def side(project: Project, name: str, until: str = "") -> Side:
    """One side by name. Raises :class:`UsageError` for an unknown coder or a date that is none."""
    if until and not _DATE.fullmatch(until):
        raise UsageError(f"{until!r} is no date.", "Write 2026-11-24 or 2026-11-24T12:00.")
    known = coders(project)
    if name not in known and name != MACHINE:
        raise UsageError(f"There is no coder {name!r}.", f"Known are {', '.join([*known, MACHINE])}.")
    return Side(project, name, until)
