"""The order of work: which passage `J` goes to next."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from qualkit.agreement.plan import is_blind
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import read_codings
from qualkit.files.suggestions import suggestions_path
from qualkit.files.transcript import transcript_ids
from qualkit.tui.desk import Standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from qualkit.files.project import Project
    from qualkit.tui.desk import Desk


class Order(StrEnum):
    """How open passages are put in order."""

    TRANSCRIPT = "transcript"
    USEFUL = "useful"
    """Uncertain ones first, the same code not twice in a row while others wait."""
    CODE = "code"
    """All passages where the machine sees one code, then the next code."""
    DISAGREEMENT = "disagreement"
    """Passages to which another coder gave other codes, those that differ most first."""


class Onward(StrEnum):
    """Where `J` goes when an interview has no open passage left."""

    LIST = "list"
    SITE = "site"
    """The next interview of the same site; then the other sites."""


def next_interview(project: Project, here: str, onward: Onward) -> str | None:
    """The interview after this one that has suggestions, or drawn passages; None after the last."""
    there = set(transcript_ids(project))
    cases = [i for i in read_interviews(project) if i.id in there]
    at = next((n for n, case in enumerate(cases) if case.id == here), -1)
    ahead = cases[at + 1 :] + cases[: max(at, 0)]
    if onward is Onward.SITE and at >= 0:
        ahead = [c for c in ahead if c.site == cases[at].site] + [
            c for c in ahead if c.site != cases[at].site
        ]
    blind = is_blind(project)
    return next((c.id for c in ahead if blind or suggestions_path(project, c.id) is not None), None)


def others_codes(desk: Desk) -> dict[int, dict[str, set[str]]]:
    """Passage → each other coder who has coded in this interview, and the codes they gave it."""
    found: dict[int, dict[str, set[str]]] = {}
    for coding in read_codings(desk.project, interviews=[desk.interview.id]):
        stands = desk.place(coding.anchor) if coding.coder != desk.coder else None
        for index in desk.passages_in(stands.start, stands.end) if stands else ():
            found.setdefault(index, {}).setdefault(coding.coder, set()).add(coding.code)
    return found


def disagreeing(desk: Desk, others: dict[int, dict[str, set[str]]]) -> list[int]:
    """Passages where this coder and another one differ, most codes apart first.

    A passage that one of them has not touched counts only when the other gave it a code.
    """
    coders = {coder for given in others.values() for coder in given}
    apart: dict[int, int] = {}
    for index in range(len(desk.passages)):
        mine = {c.code for c in desk.codings_at(index)}
        given = others.get(index, {})
        if mine or given:
            apart[index] = max((len(mine ^ given.get(coder, set())) for coder in coders), default=0)
    return sorted((i for i, n in apart.items() if n), key=lambda i: (-apart[i], i))


def waiting(desk: Desk, order: Order) -> list[int]:
    """Indices of the passages with an open suggestion, in the order of work."""
    open_ = list(desk.waiting)
    if order is Order.TRANSCRIPT:
        return open_
    first = {i: _first_open(desk, i) for i in open_}
    if order is Order.CODE:
        rank = {code.id: n for n, code in enumerate(desk.codebook.codes)}
        return sorted(open_, key=lambda i: (rank.get(first[i][0], len(rank)), -first[i][1], i))
    return _spread(sorted(open_, key=lambda i: abs(first[i][1] - 0.5)), lambda i: first[i][0])


def _first_open(desk: Desk, index: int) -> tuple[str, float]:
    """Code and score of the most uncertain open suggestion of a passage."""
    scored = [
        (offer.suggestion.code, offer.suggestion.score)
        for offer in desk.offers(index)
        if offer.standing is Standing.OPEN and offer.suggestion.shown
    ]
    return min(scored, key=lambda pair: abs(pair[1] - 0.5), default=("", 0.0))


def _spread(indices: list[int], code: Callable[[int], str]) -> list[int]:
    """The most uncertain passage of every code, then the second of every code, and so on."""
    seen: Counter[str] = Counter()
    rounds = []
    for place, index in enumerate(indices):
        rounds.append((seen[code(index)], place, index))
        seen[code(index)] += 1
    return [index for _, _, index in sorted(rounds)]


def following(desk: Desk, order: Order, cursor: int, step: int) -> int | None:
    """The open passage after (or before) the cursor, going round at the end; None when none is open."""
    if order is Order.TRANSCRIPT:
        at = bisect_right(desk.waiting, cursor) if step > 0 else bisect_left(desk.waiting, cursor) - 1
        if not desk.waiting or desk.waiting == [cursor]:
            return None
        return desk.waiting[at % len(desk.waiting)]
    queue = [i for i in waiting(desk, order) if i != cursor]
    if not queue:
        return None
    return queue[0 if step > 0 else -1]
