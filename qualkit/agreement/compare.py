"""Two sides compared on shared units: every code, every dimension, and all codes together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any
from zlib import crc32

from qualkit.agreement.measures import MEASURES, Sets, Table, alpha_of_sets, masi
from qualkit.agreement.plan import planned, read_plan, spans
from qualkit.agreement.sides import Side, newest, side
from qualkit.agreement.unitizing import Lengths, cu_alpha, lengths, qualcoder_kappa, stretches, u_alpha
from qualkit.errors import UsageError
from qualkit.files.codebook import load_codebook
from qualkit.files.journal import coders
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from qualkit.agreement.plan import Plan
    from qualkit.files.project import Project
    from qualkit.model import Codebook, Coding, Transcript

    Settle = Callable[[Transcript, tuple[tuple[Coding, ...], ...]], tuple[tuple[Coding, ...], ...]]

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
    """Those of MEASURES and ``u_alpha``; of a code ``qualcoder``, of others ``masi`` and ``cu_alpha``."""
    intervals: Mapping[str, tuple[float, float] | None]
    """None where fewer than two interviews, or under half of the samples, define the measure."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two sides on the interviews that both have worked on."""

    first: str
    second: str
    interviews: tuple[str, ...]
    units: int
    rows: tuple[Row, ...]
    plan: str = ""
    """Id of the plan whose drawn passages were compared; empty for all passages."""
    untouched: int = 0
    """Drawn passages that the second coder has neither coded nor decided on."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One interview as both sides see it."""

    pairs: tuple[Sets, ...]
    """The codes of each unit."""
    spans: tuple[Mapping[str, tuple[tuple[int, int], ...]], ...]
    """Of each side: code → passages."""
    pieces: tuple[tuple[int, int], ...]
    """The parts of the text that are compared."""


def agreement(
    project: Project,
    first: str,
    second: str,
    interviews: Sequence[str] = (),
    plan: str = "",
    *,
    then: str = "",
    settle: Settle | None = None,
) -> Agreement:
    """Compare two sides on the interviews that both have judged, or on a plan's drawn passages.

    A side is a coder, or ``machine`` for the newest model's suggestions. ``then``:
    the first as it was on that date, ISO 8601 in UTC. ``settle`` changes both sides'
    codings of a transcript before they are compared. Units are the transcript's
    segments where there are any, else its turns without the interviewers'; a unit has a code when a coding of
    it covers at least half of the unit, or lies inside. Raises :class:`UsageError`
    when they share no interview.
    """
    sides = (side(project, first, then), side(project, second))
    if first == second and not then:
        raise UsageError("One coder agrees with themselves.", "Name two, or a date with --then.")
    if plan:
        return _planned(project, sides, read_plan(project, plan), settle)
    shared = [i for i in transcript_ids(project) if all(i in one.interviews for one in sides)]
    shared = [i for i in shared if not interviews or i in interviews]
    if not shared:
        labels = " and ".join(one.label for one in sides)
        raise UsageError(f"{labels} have no interview in common.", "See `qualkit status`.")
    texts = {i: _text(sides, load_transcript(project, i), None, settle) for i in shared}
    return _compared(project, sides, texts)


def _planned(project: Project, sides: tuple[Side, Side], plan: Plan, settle: Settle | None) -> Agreement:
    """The drawn passages only. An interview where the second coder found nothing to code counts too."""
    second = sides[1]
    if not any(i in second.interviews for i in plan.interviews):
        raise UsageError(
            f"{second.name} has coded nothing of the plan {plan.id} yet.",
            "Merge the bundle that came back first.",
        )
    drawn = planned(project, plan)
    texts = {i: _text(sides, load_transcript(project, i), spans, settle) for i, spans in drawn.items()}
    untouched = sum(_untouched(second, i, spans) for i, spans in drawn.items())
    return _compared(project, sides, texts, plan.id, untouched)


@dataclass(frozen=True, slots=True)
class Pooled:
    """The judgements of every two coders put together."""

    interviews: int
    """That two coders at least have worked on."""
    units: int
    table: Table


def pooled(project: Project, interviews: Iterable[str]) -> Pooled:
    """Every two coders on the interviews that both have worked on, counted as :func:`agreement` does."""
    table, units = Table(), {}
    people = [side(project, coder) for coder in coders(project)]
    for pair in combinations(people, 2):
        shared = pair[0].interviews & pair[1].interviews & set(interviews)
        texts = {i: _text(pair, load_transcript(project, i), None, None) for i in sorted(shared)}
        codes = frozenset(_used(texts.values()))
        for interview, text in texts.items():
            units[interview] = len(text.pairs)
            table += _table(codes, text.pairs)
    return Pooled(len(units), sum(units.values()), table)


def _compared(
    project: Project, sides: tuple[Side, Side], texts: Mapping[str, _Text], plan: str = "", untouched: int = 0
) -> Agreement:
    rows = tuple(_rows(load_codebook(project), tuple(texts.values())))
    units = sum(len(text.pairs) for text in texts.values())
    return Agreement(sides[0].label, sides[1].label, tuple(texts), units, rows, plan, untouched)


def _untouched(one: Side, interview: str, spans: Sequence[tuple[int, int]]) -> int:
    state, transcript = one.state(interview), load_transcript(one.project, interview)
    said = [newest(a, transcript) for a in (c.anchor for c in state.codings.values())]
    said += [newest(decision.anchor, transcript) for decision in state.decisions]
    return sum(not any(a.start < end and a.end > start for a in said if a) for start, end in spans)


def _text(
    sides: tuple[Side, Side],
    transcript: Transcript,
    drawn: Sequence[tuple[int, int]] | None,
    settle: Settle | None,
) -> _Text:
    found = tuple(one.codings(transcript) for one in sides)
    if settle is not None:
        found = settle(transcript, found)
    units = drawn if drawn is not None else spans(sides[0].project, transcript)
    pairs = zip(*([_given(codings, start, end) for start, end in units] for codings in found), strict=True)
    marked: list[dict[str, tuple[tuple[int, int], ...]]] = []
    for codings in found:
        by_code: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for coding in codings:
            by_code[coding.code].append((coding.anchor.start, coding.anchor.end))
        marked.append({code: tuple(listed) for code, listed in by_code.items()})
    pieces = tuple(units) if drawn is not None else ((0, len(transcript.text)),)
    return _Text(tuple((one, other) for one, other in pairs), tuple(marked), pieces)


def _given(codings: Iterable[Coding], start: int, end: int) -> frozenset[str]:
    given = set()
    for coding in codings:
        shared = min(end, coding.anchor.end) - max(start, coding.anchor.start)
        if shared > 0 and 2 * shared >= min(end - start, coding.anchor.end - coding.anchor.start):
            given.add(coding.code)
    return frozenset(given)


def _rows(book: Codebook, texts: Sequence[_Text]) -> list[Row]:
    used = _used(texts)
    order = [code.id for code in book.codes if code.id in used]
    order += sorted(used - set(order))
    covered = {
        code: [lengths(t.spans[0].get(code, ()), t.spans[1].get(code, ()), t.pieces) for t in texts]
        for code in order
    }
    rows = []
    groups: dict[str, list[str]] = defaultdict(list)
    for code in order:
        groups[book.dimension(code)].append(code)
    for dimension, codes in groups.items():
        rows += [_row(code, "code", [code], texts, covered) for code in codes]
        rows.append(_row(dimension, "dimension", codes, texts, covered))
    rows.append(_row("", "all", order, texts, covered))
    return rows


def _used(texts: Iterable[_Text]) -> set[str]:
    """The codes that either side has given."""
    return {code for text in texts for spans in text.spans for code in spans}


def _row(
    name: str,
    kind: str,
    codes: Sequence[str],
    texts: Sequence[_Text],
    covered: Mapping[str, Sequence[Lengths]],
) -> Row:
    wanted = frozenset(codes)
    tables = [_table(wanted, text.pairs) for text in texts]
    sets = [[(one & wanted, other & wanted) for one, other in text.pairs] for text in texts]
    total = sum(tables, Table())
    values: dict[str, float | None] = {key: measure(total) for key, measure in MEASURES.items()}
    whole = [sum(covered[code], Lengths()) for code in codes]
    values["u_alpha"] = u_alpha(whole)
    if kind == "code":
        values["qualcoder"] = qualcoder_kappa(whole[0])
    else:
        values["masi"] = alpha_of_sets([pair for pairs in sets for pair in pairs])
        values["cu_alpha"] = cu_alpha(
            [
                (
                    stretches({c: s for c, s in text.spans[0].items() if c in wanted}, text.pieces),
                    stretches({c: s for c, s in text.spans[1].items() if c in wanted}, text.pieces),
                )
                for text in texts
            ]
        )
    return Row(name, kind, total, values, _intervals(f"{name}/{kind}", tables, sets, covered, codes))


def _table(codes: frozenset[str], pairs: Sequence[Sets]) -> Table:
    """Every unit × code is one judgement; one code is the plain 2×2 table of its units."""
    both = first = second = 0
    for one, other in pairs:
        both += len(one & other & codes)
        first += len((one - other) & codes)
        second += len((other - one) & codes)
    return Table(both, first, second, len(pairs) * len(codes) - both - first - second)


# ── Intervals ────────────────────────────────────────────────────────────────


def _intervals(
    name: str,
    tables: Sequence[Table],
    sets: Sequence[Sequence[Sets]],
    covered: Mapping[str, Sequence[Lengths]],
    codes: Sequence[str],
) -> dict[str, tuple[float, float] | None]:
    """95 % intervals of the measures that add up over interviews, by drawing whole interviews."""
    import numpy as np

    single = len(codes) == 1 and name.endswith("/code")
    keys = [*MEASURES, "u_alpha", "qualcoder" if single else "masi"]
    if len(tables) < 2:
        return dict.fromkeys(keys)
    chance = np.random.default_rng(crc32(name.encode()))  # the same project gives the same intervals
    drawn = chance.multinomial(len(tables), [1 / len(tables)] * len(tables), size=DRAWS)
    found: dict[str, list[float | None]] = {}
    cells = np.array([(t.both, t.first, t.second, t.neither) for t in tables], np.int64)
    sampled = [Table(*map(int, row)) for row in drawn @ cells]
    for key, measure in MEASURES.items():
        found[key] = [measure(table) for table in sampled]
    parts = {
        code: drawn @ np.array([(x.both, x.one, x.text, x.squares, x.first) for x in covered[code]], np.int64)
        for code in codes
    }
    boundaries = [[Lengths(*map(int, parts[code][at])) for code in codes] for at in range(DRAWS)]
    found["u_alpha"] = [u_alpha(one) for one in boundaries]
    if single:
        found["qualcoder"] = [qualcoder_kappa(one[0]) for one in boundaries]
    else:
        found["masi"] = _masi_draws(sets, drawn)
    return {key: _interval([v for v in values if v is not None]) for key, values in found.items()}


def _masi_draws(sets: Sequence[Sequence[Sets]], drawn: Any) -> list[float | None]:
    """Krippendorff's α of sets in each sample: how often each set of codes occurs is all that it needs."""
    import numpy as np

    kinds: dict[frozenset[str], int] = {}
    for pairs in sets:
        for pair in pairs:
            for one in pair:
                kinds.setdefault(one, len(kinds))
    counts = np.zeros((len(sets), len(kinds)))
    apart = np.zeros(len(sets))
    for at, pairs in enumerate(sets):
        for one, other in pairs:
            counts[at, kinds[one]] += 1
            counts[at, kinds[other]] += 1
            apart[at] += masi(one, other)
    distances = np.array([[masi(one, other) for other in kinds] for one in kinds])
    sampled = drawn @ counts
    total = sampled.sum(1)
    expected = ((sampled @ distances) * sampled).sum(1) / np.maximum(total * (total - 1), 1)
    observed = 2 * (drawn @ apart) / np.maximum(total, 1)
    return [1 - float(o / e) if e > 0 else None for o, e in zip(observed, expected, strict=True)]


def _interval(values: list[float]) -> tuple[float, float] | None:
    if len(values) * 2 < DRAWS:
        return None
    values.sort()
    return values[int(0.025 * len(values))], values[int(0.975 * len(values)) - 1]
