"""What holds where two coders disagreed and it was settled: in place of both their codings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.files.settlements import GIVEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qualkit.files.settlements import Settlement
    from qualkit.model import Anchor, Coding, Transcript


@dataclass(frozen=True, slots=True)
class Settled:
    """Of one interview's codings, those that were settled."""

    holds: frozenset[str] = frozenset()
    """Ids of codings that stand for what was settled."""
    gone: frozenset[str] = frozenset()
    """Ids of codings that were settled against."""
    refused: tuple[tuple[str, Anchor], ...] = ()
    """Code, and place in the newest revision, where it was settled that the code is not given."""


def settled_of(
    settlements: Iterable[Settlement], codings: Iterable[Coding], transcript: Transcript
) -> Settled:
    """What settlements of one interview, earliest first, make of its codings.

    On a coding of which two speak the later one has the last word. What was settled as given is
    counted once, as the coding that was chosen: the one that shares most with its place.
    """
    from qualkit.files.anchors import reanchor

    last = {ident: one for one in settlements for ident in one.codings}
    if not last:
        return Settled()
    known = {coding.id: coding.anchor for coding in codings if coding.id in last}
    holds: set[str] = set()
    refused: dict[str, tuple[str, Anchor]] = {}
    for one in last.values():
        place = reanchor(one.anchor, transcript)
        mine = [ident for ident in one.codings if last[ident] is one and ident in known]
        if one.verdict != GIVEN:
            if place is not None:
                refused[one.id] = (one.code, place)
        elif mine:
            near = {ident: _shared(reanchor(known[ident], transcript), place) for ident in mine}
            holds.add(max(mine, key=lambda ident: (near[ident], ident)))
    return Settled(frozenset(holds), frozenset(last) - holds, tuple(refused.values()))


def _shared(one: Anchor | None, other: Anchor | None) -> float:
    """Jaccard index of two places of one revision."""
    if one is None or other is None:
        return 0.0
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared / (max(one.end, other.end) - min(one.start, other.start)) if shared > 0 else 0.0
