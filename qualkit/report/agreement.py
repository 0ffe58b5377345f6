"""How far two coders agree on the interviews that both have coded: Krippendorff's alpha over units."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.files.project import Project
    from qualkit.model import Coding


@dataclass(frozen=True, slots=True)
class Agreed:
    """Agreement of all coders on what at least two of them have coded."""

    interviews: int
    units: int
    """Meaning units compared."""
    alpha: float | None
    """Krippendorff's alpha (nominal, code given or not, all codes together); None when nothing varies."""
    share: float
    """Of the codes that either coder gave to a unit, how many both gave."""


def agreed(project: Project, interviews: Sequence[str]) -> Agreed | None:
    """Agreement over the interviews with two coders; None when there is none."""
    from qualkit.files.journal import read_codings

    by_interview: dict[str, list[Coding]] = defaultdict(list)
    for coding in read_codings(project, interviews=interviews):
        by_interview[coding.interview].append(coding)
    shared = {i: found for i, found in by_interview.items() if len({c.coder for c in found}) > 1}
    if not shared:
        return None
    codes = sorted({c.code for found in shared.values() for c in found})
    units = 0
    both = either = ones = pairs = differ = values = 0
    for interview, codings in shared.items():
        coders = sorted({c.coder for c in codings})
        for start, end in _units(project, interview, codings):
            units += 1
            given = [
                {c.code for c in codings if c.coder == coder and _covers(c, start, end)} for coder in coders
            ]
            for one, other in combinations(given, 2):
                both += len(one & other)
                either += len(one | other)
                differ += len(one ^ other)
                pairs += len(codes)
            ones += sum(map(len, given))
            values += len(codes) * len(coders)
    share = both / either if either else 0.0
    expected = 2 * ones * (values - ones) / (values * (values - 1)) if values > 1 else 0.0
    alpha = 1 - (differ / pairs) / expected if expected and pairs else None
    return Agreed(len(shared), units, alpha, share)


def _covers(coding: Coding, start: int, end: int) -> bool:
    shared = min(coding.anchor.end, end) - max(coding.anchor.start, start)
    return shared * 2 > min(end - start, coding.anchor.end - coding.anchor.start)


def _units(project: Project, interview: str, codings: Sequence[Coding]) -> list[tuple[int, int]]:
    """The interview's meaning units up to the last that any coder has coded; else the coded passages."""
    from qualkit.files.segments import read_segments

    spans = [(s.start, s.end) for s in read_segments(project, interview) if not s.backchannel]
    if spans:
        # A coder who stopped half-way did not judge the rest.
        last = min(
            max(c.anchor.end for c in codings if c.coder == coder) for coder in {c.coder for c in codings}
        )
        return [span for span in spans if span[0] < last]
    merged: list[tuple[int, int]] = []
    for start, end in sorted({(c.anchor.start, c.anchor.end) for c in codings}):
        if not merged or start >= merged[-1][1]:
            merged.append((start, end))
    return merged
