"""What the engine proposes as the status of a cell, from how people speak there. A person decides.

Every passage is judged by its words (:mod:`qualkit.themes.polarity`), every voice
by the mean of its passages, the cell by the mean of its voices, so that one
person who says much does not outvote others who say little.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.files.statuses import Status
from qualkit.themes.polarity import polarity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from qualkit.themes.passages import Passage

NEEDY = ("condition", "capacity", "dependency-risk")
"""Aspects under which an asset's state is spoken of: their passages weigh double."""
LIMITS = ((0.2, Status.GOOD), (-0.15, Status.ADEQUATE), (-0.6, Status.POOR))
"""Lowest mean judgement of each status; under the last one it is critical."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A status that the wording suggests, and what it rests on."""

    status: Status
    score: float
    """Mean judgement of the voices, −1 to 1."""
    voices: int
    """People who judge at all."""
    well: int
    ill: int
    """Passages that speak well and ill."""
    words: tuple[str, ...]
    """The commonest judging words; ``!`` marks a negated one."""


def propose(passages: Sequence[Passage], aspects: Mapping[str, Collection[str]]) -> Proposal | None:
    """A status for the passages of a cell; None when nobody judges. ``aspects``: passage id → its aspects."""
    judged: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    well = ill = severe = 0
    words: dict[str, int] = defaultdict(int)
    for passage in passages:
        found = polarity(passage.quote, passage.language)
        if not found.speaks:
            continue
        weight = 2.0 if set(aspects.get(passage.id, ())) & set(NEEDY) else 1.0
        judged[passage.voice].append((found.value, weight))
        well += found.value > 0
        ill += found.value < 0
        severe += found.severe
        if passage.quotable:
            for word in (*found.good, *found.bad):
                words[word] += 1
    if not judged:
        return None
    voices = [sum(v * w for v, w in rows) / sum(w for _, w in rows) for rows in judged.values()]
    score = sum(voices) / len(voices)
    status = next((status for least, status in LIMITS if score >= least), Status.CRITICAL)
    if status is Status.CRITICAL and not severe:
        status = Status.POOR
    common = sorted(words, key=lambda w: (-words[w], w))[:5]
    return Proposal(status, round(score, 3), len(voices), well, ill, tuple(common))
