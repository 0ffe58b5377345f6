"""How far coders agree on the interviews that several have coded, in the words of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.files.project import Project


@dataclass(frozen=True, slots=True)
class Agreed:
    """Agreement of all coders on what at least two of them have coded."""

    interviews: int
    units: int
    """Meaning units, or turns where a transcript was not segmented."""
    alpha: float | None
    """Krippendorff's alpha (nominal, code given or not, all codes together); None when nothing varies."""
    share: float
    """Of the codes that either coder gave to a unit, how many both gave."""


def agreed(project: Project, interviews: Sequence[str]) -> Agreed | None:
    """Agreement over the interviews with two coders, as ``qualkit agree`` counts it; None without any."""
    from qualkit.agreement.compare import pooled
    from qualkit.agreement.measures import krippendorff_alpha

    found = pooled(project, interviews)
    if not found.interviews:
        return None
    table = found.table
    either = table.both + table.first + table.second
    return Agreed(
        found.interviews, found.units, krippendorff_alpha(table), table.both / either if either else 0.0
    )
