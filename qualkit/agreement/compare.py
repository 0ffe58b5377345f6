"""Two coders compared on shared units: every code, every dimension, and all codes together."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.agreement.measures import MEASURES, Sets, Table, alpha_of_sets
from qualkit.agreement.plan import planned, read_plan
from qualkit.errors import UsageError
from qualkit.files.anchors import reanchor
from qualkit.files.codebook import load_codebook
from qualkit.files.journal import Journal, coders
from qualkit.files.names import locate
from qualkit.files.segments import read_segments
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qualkit.agreement.plan import Plan
    from qualkit.files.project import Project
    from qualkit.model import Anchor, Codebook, Coding, Transcript

DRAWS = 1000
"""Bootstrap samples."""


@dataclass(frozen=True, slots=True)
class Row:
    """One code, dimension or everything: table, measures, and their 95 % intervals over interviews."""

    name: str
    kind: str
    """``code``, ``dimension`` or ``all``."""
    table: Table
    measures: Mapping[str, float | None]
    """Also ``masi`` for whole sets of codes, in dimensions and in all."""
    intervals: Mapping[str, tuple[float, float] | None]
    """None where fewer than two interviews, or under half of the samples, define the measure."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two coders on the interviews that both have worked on."""

    first: str
    second: str
    interviews: tuple[str, ...]
    units: int
    rows: tuple[Row, ...]
    plan: str = ""
    """Id of the plan whose drawn passages were compared; empty for all passages."""
    untouched: int = 0
    """Drawn passages that the second coder has neither coded nor decided on."""


def agreement(
    project: Project, first: str, second: str, interviews: Sequence[str] = (), plan: str = ""
) -> Agreement:
    """Compare two coders on the interviews that both have a journal of, or on a plan's drawn passages.

    Units are the transcript's segments where there are any, else its turns; a unit
    has a code when a coding of it covers at least half of the unit, or lies inside.
    Raises :class:`UsageError` when they share no interview.
    """
    for name in (first, second):
        if name not in coders(project):
            raise UsageError(
                f"There is no coder {name!r}.", f"Known are {', '.join(coders(project)) or 'none'}."
            )
    if plan:
        return _planned(project, first, second, read_plan(project, plan))
    shared = [i for i in transcript_ids(project) if all(_worked(project, c, i) for c in (first, second))]
    shared = [i for i in shared if not interviews or i in interviews]
    if not shared:
        raise UsageError(f"{first} and {second} have no interview in common.", "See `qualkit status`.")
    units = {i: _units(project, i, first, second) for i in shared}
    book = load_codebook(project)
    return Agreement(first, second, tuple(shared), sum(map(len, units.values())), tuple(_rows(book, units)))


def _planned(project: Project, first: str, second: str, plan: Plan) -> Agreement:
    """The drawn passages only. An interview where the second coder found nothing to code counts too."""
    if not any(_worked(project, second, i) for i in plan.interviews):
        raise UsageError(
            f"{second} has coded nothing of the plan {plan.id} yet.", "Merge the bundle that came back first."
        )
    drawn = planned(project, plan)
    units = {i: _units(project, i, first, second, spans) for i, spans in drawn.items()}
    untouched = sum(_untouched(project, second, i, spans) for i, spans in drawn.items())
    rows = tuple(_rows(load_codebook(project), units))
    return Agreement(first, second, tuple(units), sum(map(len, units.values())), rows, plan.id, untouched)


def _untouched(project: Project, coder: str, interview: str, spans: Sequence[tuple[int, int]]) -> int:
    state, transcript = Journal(project, coder, interview).state, load_transcript(project, interview)
    said = [_place(a, transcript) for a in (c.anchor for c in state.codings.values())]
    said += [_place(decision.anchor, transcript) for decision in state.decisions]
    return sum(not any(a.start < end and a.end > start for a in said if a) for start, end in spans)


def _place(old: Anchor, transcript: Transcript) -> Anchor | None:
    """Where an anchor stands in the newest transcript."""
    return old if old.revision == transcript.revision else reanchor(old, transcript)


def _worked(project: Project, coder: str, interview: str) -> bool:
    return locate(project.codings / coder, f"{interview}.jsonl").is_file()


def _units(
    project: Project, interview: str, first: str, second: str, drawn: Sequence[tuple[int, int]] = ()
) -> list[Sets]:
    transcript = load_transcript(project, interview)
    segments = [s for s in read_segments(project, interview) if not s.backchannel]
    spans = (
        list(drawn)
        or [(s.start, s.end) for s in segments]
        or [
            (at, at + len(turn.text))
            for at, turn in zip(transcript.turn_starts, transcript.turns, strict=True)
        ]
    )
    found = []
    for coder in (first, second):
        placed = (
            replace(coding, anchor=place)
            for coding in Journal(project, coder, interview).state.codings.values()
            if (place := _place(coding.anchor, transcript)) is not None
        )
        codings = tuple(placed)
        found.append([_given(codings, start, end) for start, end in spans])
    return list(zip(*found, strict=True))


def _given(codings: Iterable[Coding], start: int, end: int) -> frozenset[str]:
    given = set()
    for coding in codings:
        shared = min(end, coding.anchor.end) - max(start, coding.anchor.start)
        if shared > 0 and 2 * shared >= min(end - start, coding.anchor.end - coding.anchor.start):
            given.add(coding.code)
    return frozenset(given)


def _rows(book: Codebook, units: Mapping[str, list[Sets]]) -> list[Row]:
    used = {code for pairs in units.values() for pair in pairs for codes in pair for code in codes}
    order = [code.id for code in book.codes if code.id in used]
    order += sorted(used - set(order))
    rows = []
    groups: dict[str, list[str]] = defaultdict(list)
    for code in order:
        groups[book.dimension(code)].append(code)
    for dimension, codes in groups.items():
        rows += [_row(code, "code", [code], units) for code in codes]
        rows.append(_row(dimension, "dimension", codes, units))
    rows.append(_row("", "all", order, units))
    return rows


def _row(name: str, kind: str, codes: Sequence[str], units: Mapping[str, list[Sets]]) -> Row:
    wanted = frozenset(codes)
    tables = [_table(wanted, pairs) for pairs in units.values()]
    sets = [[(one & wanted, other & wanted) for one, other in pairs] for pairs in units.values()]
    total = sum(tables, Table())
    values: dict[str, float | None] = {key: measure(total) for key, measure in MEASURES.items()}
    if kind != "code":
        values["masi"] = alpha_of_sets([pair for pairs in sets for pair in pairs])
    drawn: dict[str, list[float]] = defaultdict(list)
    chance = random.Random(f"{name}\0{kind}")  # noqa: S311  the same project gives the same intervals
    for _ in range(DRAWS if len(tables) > 1 else 0):
        sample = sum(chance.choices(tables, k=len(tables)), Table())
        for key, measure in MEASURES.items():
            if (value := measure(sample)) is not None:
                drawn[key].append(value)
    return Row(name, kind, total, values, {key: _interval(drawn[key]) for key in MEASURES})


def _table(codes: frozenset[str], pairs: Sequence[Sets]) -> Table:
    """Every unit × code is one judgement; one code is the plain 2×2 table of its units."""
    both = first = second = 0
    for one, other in pairs:
        both += len(one & other & codes)
        first += len((one - other) & codes)
        second += len((other - one) & codes)
    return Table(both, first, second, len(pairs) * len(codes) - both - first - second)


def _interval(values: list[float]) -> tuple[float, float] | None:
    if len(values) * 2 < DRAWS:
        return None
    values.sort()
    return values[int(0.025 * len(values))], values[int(0.975 * len(values)) - 1]
