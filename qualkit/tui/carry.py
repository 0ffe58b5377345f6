"""Carrying what was made for an earlier revision over to the newest one, without guessing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError
from qualkit.files.anchors import anchor, reanchor
from qualkit.files.transcript import load_transcript

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qualkit.files.project import Project
    from qualkit.model import Anchor, Suggestion, Transcript


class Carrier:
    """Places of earlier revisions in one transcript; remembers what it has worked out."""

    def __init__(self, project: Project, transcript: Transcript) -> None:
        self.project, self.transcript = project, transcript
        self._former: dict[int, Transcript | None] = {}
        self._placed: dict[Anchor, Anchor | None] = {}

    def place(self, old: Anchor) -> Anchor | None:
        """Where an anchor stands now; None when its place is not certain."""
        if old.revision == self.transcript.revision:
            return old
        if old not in self._placed:
            self._placed[old] = reanchor(old, self.transcript, self._revision(old.revision))
        return self._placed[old]

    def suggestions(self, made: Iterable[Suggestion]) -> tuple[list[Suggestion], int]:
        """Suggestions at their places in this revision, and how many have lost theirs."""
        carried: list[Suggestion] = []
        lost = 0
        for suggestion in made:
            if suggestion.revision == self.transcript.revision:
                carried.append(suggestion)
                continue
            former = self._revision(suggestion.revision)
            try:
                stood = anchor(former, suggestion.start, suggestion.end) if former else None
            except QualkitError:
                stood = None
            stands = self.place(stood) if stood else None
            if stands is None:
                lost += 1
                continue
            carried.append(replace(suggestion, revision=stands.revision, start=stands.start, end=stands.end))
        return carried, lost

    def _revision(self, number: int) -> Transcript | None:
        if number not in self._former:
            try:
                self._former[number] = load_transcript(self.project, self.transcript.interview, number)
            except QualkitError:  # not kept: the anchor's own context has to do
                self._former[number] = None
        return self._former[number]
