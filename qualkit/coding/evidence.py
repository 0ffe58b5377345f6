"""What people decided, as labels of units: the only thing that the learner learns from.

A coding belongs to every unit that it covers by half, or that covers half of
it. Explicit words count in full: an accepted or given code is a yes, a rejected
one a no, *nothing here* a no to every code. A unit that got a code was read by
somebody, so the codes it did not get count as a no at :data:`IMPLICIT` weight.
Coders who disagree are averaged, never outvoted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qualkit.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from qualkit.coding.scores import Scored
    from qualkit.model import Coding, Decision

IMPLICIT = 0.5
"""Weight of a no that was never said: the unit got other codes."""


@dataclass(frozen=True)
class Evidence:
    """Labels of one interview's units."""

    labels: NDArray[np.float64] = field(repr=False)
    """Units × codes: share of coders who say yes."""
    weights: NDArray[np.float64] = field(repr=False)
    """Units × codes: 0 where nobody said anything."""
    quotes: dict[int, str] = field(repr=False)
    """Unit → the words that were decided on, for reasons."""

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Which units anybody said anything about."""
        return np.asarray((self.weights > 0).any(axis=1))

    def only(self, units: NDArray[np.intp]) -> Evidence:
        """That of some units, which are counted anew."""
        quotes = {new: self.quotes[old] for new, old in enumerate(units.tolist()) if old in self.quotes}
        return Evidence(self.labels[units], self.weights[units], quotes)


def evidence_of(
    scored: Scored,
    decisions: Iterable[Decision] = (),
    codings: Iterable[Coding] | None = None,
    coders: frozenset[str] | None = None,
) -> Evidence:
    """The labels that decisions and codings give to the units of one interview.

    A pure function: the order of its arguments does not matter, and leaving a
    decision out restores what was before it. ``coders`` keeps to some people.
    Where the codings are given, an accepted code counts only while its coding
    stands. Codings accepted in bulk are nobody's judgement of that passage and
    teach nothing.
    """
    column = {code: index for index, code in enumerate(scored.codes)}
    yes: dict[tuple[str, int, int], bool] = {}
    explicit: dict[tuple[str, int, int], bool] = {}
    nothing: set[tuple[str, int]] = set()
    read: set[tuple[str, int]] = set()
    quotes: dict[int, str] = {}
    for decision in sorted(decisions, key=lambda d: (d.created, d.id)):
        if coders is not None and decision.coder not in coders:
            continue
        for unit in units_at(scored, decision.anchor.start, decision.anchor.end):
            quotes.setdefault(unit, decision.anchor.quote)
            if decision.verdict is Verdict.NOTHING:
                nothing.add((decision.coder, unit))
                for code in column.values():
                    explicit.pop((decision.coder, unit, code), None)
            elif decision.code in column:
                key = (decision.coder, unit, column[decision.code])
                explicit.pop(key, None)
                if decision.verdict is Verdict.REJECT:
                    explicit[key] = False
                elif codings is None:
                    explicit[key] = True
                    read.add((decision.coder, unit))
    for coding in codings or ():
        if coding.code not in column or coding.bulk or (coders is not None and coding.coder not in coders):
            continue
        for unit in units_at(scored, coding.anchor.start, coding.anchor.end):
            quotes.setdefault(unit, coding.anchor.quote)
            yes[coding.coder, unit, column[coding.code]] = True
            read.add((coding.coder, unit))
    return _labels(scored, explicit | yes, nothing, read, quotes)


def _labels(
    scored: Scored,
    said: dict[tuple[str, int, int], bool],
    nothing: set[tuple[str, int]],
    read: set[tuple[str, int]],
    quotes: dict[int, str],
) -> Evidence:
    shape = (len(scored), len(scored.codes))
    for_it, votes, strongest = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    people = {(coder, unit) for coder, unit, _ in said} | nothing | read
    for coder, unit in people:
        weight = 1.0 if (coder, unit) in nothing else IMPLICIT if (coder, unit) in read else 0.0
        row = np.full(shape[1], weight)
        value = np.zeros(shape[1])
        for code in range(shape[1]):
            answer = said.get((coder, unit, code))
            if answer is not None:
                row[code], value[code] = 1.0, float(answer)
        for_it[unit] += row * value
        votes[unit] += row
        strongest[unit] = np.maximum(strongest[unit], row)
    labels = np.divide(for_it, votes, out=np.zeros(shape), where=votes > 0)
    return Evidence(labels, strongest, quotes)


def units_at(scored: Scored, start: int, end: int) -> list[int]:
    """The units that a passage stands for."""
    if not len(scored) or end <= start:
        return []
    lengths = scored.spans[:, 1] - scored.spans[:, 0]
    shared = np.minimum(scored.spans[:, 1], end) - np.maximum(scored.spans[:, 0], start)
    meant = (shared > 0) & ((2 * shared >= lengths) | (2 * shared >= end - start))
    return [int(unit) for unit in np.flatnonzero(meant)]
