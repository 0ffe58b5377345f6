"""Whether more interviews would still bring anything new: thematic saturation after Guest and others.

Guest, Namey & Chen 2020, *A simple method to assess and report thematic
saturation in qualitative research*, PLoS ONE 15(5): e0232076. The codes of the
first :data:`BASE` interviews are the base; every run of :data:`RUN` further
interviews is measured by the new codes it brings, as a share of the base.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BASE, RUN = 4, 2
THRESHOLD = 0.05
"""A run that brings no more than this share of the base is saturated."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """New things an interview brings, in the order the interviews were held."""

    interviews: tuple[str, ...]
    new: tuple[int, ...]
    """Codes, or pairs of codes, that no earlier interview had."""
    base: int
    """How many the first four had; 0 when there are fewer interviews."""
    shares: tuple[float, ...]
    """For the run that ends at interview 6, 7, …: its new ones as a share of the base."""
    reached: int
    """Interviews held when a run first stayed at or under the threshold; 0 when none did."""

    @property
    def total(self) -> tuple[int, ...]:
        """How many different ones there were after each interview."""
        sums, at = [], 0
        for count in self.new:
            at += count
            sums.append(at)
        return tuple(sums)


def saturation(codes: Mapping[str, set[str]], order: Sequence[str]) -> Saturation:
    """Saturation of codes. ``codes``: interview → its codes; ``order``: the interviews as they were held."""
    return _saturation({i: set(found) for i, found in codes.items()}, order)


def pair_saturation(codes: Mapping[str, set[str]], order: Sequence[str]) -> Saturation:
    """Saturation of pairs of codes that stand in one interview together: what is said in connection."""
    return _saturation({i: set(combinations(sorted(found), 2)) for i, found in codes.items()}, order)


def _saturation(
    things: Mapping[str, set[str]] | Mapping[str, set[tuple[str, str]]], order: Sequence[str]
) -> Saturation:
    seen: set[object] = set()
    new = []
    for interview in order:
        here: set[object] = set(things.get(interview, ()))
        new.append(len(here - seen))
        seen |= here
    base = sum(new[:BASE]) if len(new) >= BASE else 0
    shares, reached = [], 0
    for end in range(BASE + RUN, len(new) + 1):
        share = sum(new[end - RUN : end]) / base if base else 1.0
        shares.append(share)
        if not reached and share <= THRESHOLD:
            reached = end
    return Saturation(tuple(order), tuple(new), base, tuple(shares), reached)
