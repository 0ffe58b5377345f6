"""How far coders agree on the interviews that several have coded, in the words of the report."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from qualkit.agreement.settling import Settled
    from qualkit.files.project import Project
    from qualkit.model import Codebook


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
    paragraphs: tuple[str, ...] = ()
    """For the methods section, one on every two coders, before and after settling."""


def agreed(
    project: Project,
    interviews: Sequence[str],
    book: Codebook,
    language: str,
    coder: Callable[[str], str] = str,
) -> Agreed | None:
    """Agreement over the interviews with two coders, as ``qualkit agree`` counts it; None without any.

    ``book`` holds the codes that may be named, ``coder`` gives the name that a coder has in the report.
    """
    from qualkit.agreement.compare import pooled
    from qualkit.agreement.measures import krippendorff_alpha

    found = pooled(project, interviews)
    if not found.interviews:
        return None
    table = found.table
    either = table.both + table.first + table.second
    return Agreed(
        found.interviews,
        found.units,
        krippendorff_alpha(table),
        table.both / either if either else 0.0,
        tuple(_paragraphs(project, interviews, book, language, coder)),
    )


def _paragraphs(
    project: Project, interviews: Sequence[str], book: Codebook, language: str, coder: Callable[[str], str]
) -> Iterator[str]:
    from qualkit.agreement.methods import methods
    from qualkit.files.journal import coders

    names = {code.id: code.name_in(language) for code in book.codes}
    for pair in combinations(coders(project), 2):
        done = _compared(project, interviews, *pair)
        if done is None:
            continue
        before, after = (
            replace(
                found,
                first=coder(found.first),
                second=coder(found.second),
                rows=tuple(row for row in found.rows if row.kind != "code" or row.name in names),
            )
            for found in (done.before, done.after)
        )
        yield methods(before, language, names, replace(done, before=before, after=after))


def _compared(project: Project, interviews: Sequence[str], one: str, other: str) -> Settled | None:
    """Two coders compared: on the passages of the newest blind plan between them, else on what both coded."""
    from qualkit.agreement.plan import plan_ids, read_plan
    from qualkit.agreement.settling import before_and_after
    from qualkit.errors import UsageError

    plans = sorted((read_plan(project, name) for name in plan_ids(project)), key=lambda p: p.at, reverse=True)
    ways = [
        (plan.by, plan.second, plan.id)
        for plan in plans
        if {plan.by, plan.second} == {one, other} and set(plan.interviews) <= set(interviews)
    ]
    for first, second, plan_id in (*ways, (one, other, "")):
        with suppress(UsageError):  # nothing of the plan was coded, or they share no interview
            return before_and_after(project, first, second, interviews, plan_id)
    return None
