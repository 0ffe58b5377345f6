"""How sites and roles differ: where a code is spoken of more, or less, than its share of the talk."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qualkit.themes.passages import Passage

SURE = 3.84
"""G² over this would come by chance once in twenty (χ², one degree of freedom)."""
FEWEST = 5
"""Expected passages below which no difference is claimed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A site or a role whose talk of a code differs from everybody else's."""

    group: str
    passages: int
    expected: float
    """Passages there would be if the code had the same share of the talk as elsewhere."""
    interviews: int
    """That the passages come from."""
    g2: float
    """Log-likelihood ratio (Dunning 1993). Passages of one interview hang together: a hint."""

    @property
    def more(self) -> bool:
        """Spoken of more than elsewhere."""
        return self.passages > self.expected


def differences(
    passages: Sequence[Passage], everything: Counter[str], by: Callable[[Passage], str]
) -> tuple[Difference, ...]:
    """The groups that differ, the clearest first. ``everything`` counts all coded passages by group."""
    here = Counter(by(p) for p in passages if by(p))
    total, all_ = sum(here.values()), sum(everything.values())
    found = []
    for group, size in everything.items():
        if not group or size == all_:
            continue
        count = here[group]
        expected = total * size / all_
        if expected < FEWEST and count < FEWEST:
            continue
        g2 = _g2(count, total - count, size, all_ - size)
        interviews = len({p.interview for p in passages if by(p) == group})
        if g2 >= SURE and (count < expected or interviews > 1):
            found.append(Difference(group, count, expected, interviews, g2))
    return tuple(sorted(found, key=lambda d: (-d.g2, d.group)))


def _g2(here: int, elsewhere: int, size: int, rest: int) -> float:
    total = size + rest
    expected = (here + elsewhere) * size / total, (here + elsewhere) * rest / total
    return 2 * sum(n * log(n / e) for n, e in zip((here, elsewhere), expected, strict=True) if n and e)
