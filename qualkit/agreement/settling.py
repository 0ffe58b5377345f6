"""Where two coders disagree, one by one, and what agreement comes to once it is settled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from qualkit.agreement.compare import agreement
from qualkit.agreement.plan import planned, read_plan
from qualkit.agreement.sides import Side, newest, side
from qualkit.errors import UsageError
from qualkit.files import settlements as kept
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qualkit.agreement.compare import Agreement
    from qualkit.files.project import Project
    from qualkit.files.settlements import Settlement
    from qualkit.model import Coding, Transcript

    Both = tuple[tuple[Coding, ...], ...]

MISSING, BOUNDARY = "missing", "boundary"
FIRST, SECOND, NEITHER = "first", "second", "neither"
CHOICES = (FIRST, SECOND, NEITHER)
"""Whose judgement holds; ``neither``: the code is not given here."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One code on one passage that two coders judged otherwise."""

    id: str
    """The same for the same codings, so that it can be named in a shell."""
    interview: str
    code: str
    kind: str
    """``missing``: one coder did not give the code; ``boundary``: the passages share less than half."""
    first: Coding | None
    second: Coding | None
    settled: Settlement | None = None

    @property
    def codings(self) -> tuple[Coding, ...]:
        """The codings that it is about, in the newest transcript."""
        return tuple(c for c in (self.first, self.second) if c is not None)

    @property
    def span(self) -> tuple[int, int]:
        """The passage of both, in code points of the newest transcript."""
        return (
            min(c.anchor.start for c in self.codings),
            max(c.anchor.end for c in self.codings),
        )


def disagreements(
    project: Project, first: str, second: str, interviews: Sequence[str] = (), plan: str = ""
) -> tuple[Disagreement, ...]:
    """All disagreements of two coders in the order of the texts, settled ones included.

    Codings of one code that share at least half of the shorter are the same
    judgement; they disagree on its boundaries when they share less than half of
    what either marked. Raises :class:`UsageError` for the machine, which cannot be settled with.
    """
    sides = _people(project, first, second)
    drawn = planned(project, read_plan(project, plan)) if plan else None
    shared = [i for i in transcript_ids(project) if all(i in one.interviews for one in sides)]
    wanted = [i for i in (drawn or shared) if not interviews or i in interviews]
    done = {
        (s.interview, s.code, s.codings): s
        for s in kept.settlements(project, wanted)
        if s.coders == tuple(sorted((first, second)))
    }
    found: list[Disagreement] = []
    for interview in wanted:
        transcript = load_transcript(project, interview)
        here = [
            one
            for one in _unlike(sides[0].codings(transcript), sides[1].codings(transcript))
            if drawn is None
            or any(one.span[0] < end and one.span[1] > start for start, end in drawn[interview])
        ]
        found += [
            replace(one, settled=done.get((interview, one.code, tuple(sorted(c.id for c in one.codings)))))
            for one in sorted(here, key=lambda d: (d.span, d.code))
        ]
    return tuple(found)


def _people(project: Project, first: str, second: str) -> tuple[Side, Side]:
    sides = (side(project, first), side(project, second))
    if any(one.is_machine for one in sides) or first == second:
        raise UsageError("Settling is between two coders.", "Review the machine's suggestions instead.")
    return sides


def _unlike(mine: Sequence[Coding], theirs: Sequence[Coding]) -> list[Disagreement]:
    found: list[Disagreement] = []
    for code in sorted({c.code for c in (*mine, *theirs)}):
        one = [c for c in mine if c.code == code]
        other = [c for c in theirs if c.code == code]
        met: set[str] = set()
        for coding in one:
            partners = [c for c in other if _same(coding, c)]
            met.update(c.id for c in partners)
            if not partners:
                found.append(_disagreement(coding, None))
            else:
                best = max(partners, key=lambda c: _shared(coding, c))
                if 2 * _shared(coding, best) < _length(coding) + _length(best) - _shared(coding, best):
                    found.append(_disagreement(coding, best))
        found += [_disagreement(None, c) for c in other if c.id not in met]
    return found


def _disagreement(first: Coding | None, second: Coding | None) -> Disagreement:
    known = first or second
    assert known is not None
    ids = "\0".join(sorted(c.id for c in (first, second) if c))
    key = sha256(f"{known.interview}\0{known.code}\0{ids}".encode()).hexdigest()[:8]
    return Disagreement(
        key, known.interview, known.code, BOUNDARY if first and second else MISSING, first, second
    )


def _length(coding: Coding) -> int:
    return coding.anchor.end - coding.anchor.start


def _shared(one: Coding, other: Coding) -> int:
    return max(0, min(one.anchor.end, other.anchor.end) - max(one.anchor.start, other.anchor.start))


def _same(one: Coding, other: Coding) -> bool:
    shared = _shared(one, other)
    return shared > 0 and 2 * shared >= min(_length(one), _length(other))


# ── Deciding ─────────────────────────────────────────────────────────────────


def decide(
    project: Project, what: Disagreement, choice: str, reason: str, coders: tuple[str, str]
) -> Settlement:
    """Settle one disagreement, by the project's coder.

    ``first`` and ``second`` keep that coder's judgement: their passage when they gave
    the code, no code when they did not. Raises :class:`UsageError` for another choice.
    """
    if choice not in CHOICES:
        raise UsageError(f"{choice!r} settles nothing.", f"Choose {', '.join(CHOICES)}.")
    chosen = {FIRST: what.first, SECOND: what.second}.get(choice)
    anchor = (chosen or what.codings[0]).anchor
    return kept.settle(
        project, project.coder, what.interview, what.code, coders, [c.id for c in what.codings],
        kept.GIVEN if chosen else kept.NOT_GIVEN, anchor, reason,
    )  # fmt: skip


def settled(project: Project, first: str, second: str) -> Callable[[Transcript, Both], Both]:
    """A change of both coders' codings to what was settled between them, for :func:`agreement`."""
    pair = tuple(sorted((first, second)))
    by_interview: dict[str, list[Settlement]] = {}
    for one in kept.settlements(project):
        if one.coders == pair:
            by_interview.setdefault(one.interview, []).append(one)

    def change(transcript: Transcript, both: Both) -> Both:
        done = by_interview.get(transcript.interview, [])
        gone = {coding for one in done for coding in one.codings}
        by_id = {coding.id: coding for codings in both for coding in codings}
        holds = []
        for one in done:
            place = newest(one.anchor, transcript)
            known = next((by_id[c] for c in one.codings if c in by_id), None)
            if one.verdict == kept.GIVEN and place is not None and known is not None:
                holds.append(replace(known, id=one.id, anchor=place))
        return tuple((*(c for c in codings if c.id not in gone), *holds) for codings in both)

    return change


@dataclass(frozen=True, slots=True)
class Settled:
    """Agreement before and after settling."""

    before: Agreement
    after: Agreement
    disagreements: int
    settled: int


def before_and_after(
    project: Project, first: str, second: str, interviews: Sequence[str] = (), plan: str = ""
) -> Settled:
    """Compare two coders as they coded, and with what was settled. Raises :class:`UsageError`."""
    found = disagreements(project, first, second, interviews, plan)
    done = sum(one.settled is not None for one in found)
    before = agreement(project, first, second, interviews, plan)
    if not done:
        return Settled(before, before, len(found), 0)
    after = agreement(project, first, second, interviews, plan, settle=settled(project, first, second))
    return Settled(before, after, len(found), done)
