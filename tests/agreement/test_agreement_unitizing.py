"""Boundaries: Krippendorff's unitizing family against its definition spelled out, and QualCoder's number."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.agreement.compare import agreement
from qualkit.agreement.measures import Table, gwet_ac1, pabak
from qualkit.agreement.sides import side
from qualkit.agreement.unitizing import (
    Lengths,
    cu_alpha,
    lengths,
    merged,
    qualcoder_kappa,
    stretches,
    u_alpha,
)
from qualkit.errors import UsageError
from qualkit.files.journal import Journal

if TYPE_CHECKING:
    from tests.study import Study

TEXT = 30
GAP = ""
Partition = list[tuple[int, int, str]]


def partition(spans: list[tuple[int, int, str]]) -> Partition:
    """A coder's whole text as units, gaps in between."""
    found, at = [], 0
    for start, end, value in [*sorted(spans), (TEXT, TEXT, "end")]:
        if start > at:
            found.append((at, start, GAP))
        if end > start:
            found.append((start, end, value))
        at = end
    return found


def by_definition(one: Partition, other: Partition) -> float | None:
    """Krippendorff et al. 2016, eq. for ᵤα nominal, written down as it stands, for two coders."""
    values = sorted({value for units in (one, other) for *_, value in units})
    observed = dict.fromkeys(product(values, values), 0.0)
    for mine, theirs in ((one, other), (other, one)):
        for (a, b, c), (d, e, k) in product(mine, theirs):
            observed[c, k] += max(0, min(b, e) - max(a, d))
    total = sum(observed.values())
    row = {c: sum(observed[c, k] for k in values) for c in values}
    own = dict.fromkeys(values, 0)
    for a, b, c in (*one, *other):
        own[c] += (b - a) if c == GAP else (b - a) ** 2
    scale = total / (total**2 - sum(own.values()))
    expected = {(c, k): scale * (row[c] * row[k] - (own[c] if c == k else 0)) for c, k in observed}
    apart = sum(n for (c, k), n in observed.items() if c != k)
    chance = sum(n for (c, k), n in expected.items() if c != k)
    return 1 - apart / chance if chance else None


SPANS = st.lists(st.tuples(st.integers(0, TEXT - 1), st.integers(1, 8)), max_size=4).map(
    lambda found: merged((start, min(TEXT, start + long)) for start, long in found)
)


@given(SPANS, SPANS)
def test_one_code_is_as_the_definition_says(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    mine = u_alpha([lengths(first, second, [(0, TEXT)])])
    theirs = by_definition(
        partition([(a, b, "x") for a, b in first]), partition([(a, b, "x") for a, b in second])
    )
    assert mine == (None if theirs is None else pytest.approx(theirs))


def test_a_worked_example() -> None:
    # 10 characters, a passage each, moved by one. Marked 8, gaps 12, own lengths 16 + 16 + 12:
    # D_o = 2 + 2 and D_e = 2 · 8 · 12 / (20 − 44/20), hence ᵤα = 1 − 4 · 17.8 / 192.
    found = lengths([(2, 6)], [(3, 7)], [(0, 10)])
    assert found == Lengths(3, 2, 10, 32, 4)
    assert u_alpha([found]) == pytest.approx(1 - 4 * 17.8 / 192)
    assert u_alpha([lengths([(2, 6)], [(2, 6)], [(0, 10)])]) == 1
    assert u_alpha([lengths([(0, 10)], [(0, 10)], [(0, 10)])]) is None
    assert u_alpha([lengths([], [], [(0, 10)])]) is None


def test_only_what_was_drawn_counts() -> None:
    assert lengths([(0, 8)], [(4, 12)], [(2, 6), (10, 14)]) == Lengths(2, 4, 8, 16 + 4 + 4, 4)


def test_codes_given_both_marked() -> None:
    pieces = [(0, 20)]
    one = stretches({"a": [(0, 5)], "b": [(10, 15)]}, pieces)
    same = stretches({"a": [(1, 5)], "b": [(10, 14)]}, pieces)
    swapped = stretches({"b": [(1, 5)], "a": [(10, 14)]}, pieces)
    assert cu_alpha([(one, same)]) == 1
    value = cu_alpha([(one, swapped)])
    assert value is not None
    assert value < 0
    assert cu_alpha([(one, stretches({"a": [(16, 20)]}, pieces))]) is None
    assert stretches({"a": [(0, 4)], "b": [(2, 6)]}, pieces) == [
        (0, 2, frozenset("a")),
        (2, 4, frozenset("ab")),
        (4, 6, frozenset("b")),
    ]


def test_qualcoders_number_is_its_own() -> None:
    # 60 and 50 characters marked, 40 of them by both: 70 by either. Po = 40/70,
    # "Pe" = 60/70 · 50/70 · 10/70 · 20/70, as report_compare_coder_file.py has it.
    found = Lengths(both=40, one=30, text=200, squares=1, first=60)
    chance = 60 / 70 * 50 / 70 * 10 / 70 * 20 / 70
    assert qualcoder_kappa(found) == pytest.approx((40 / 70 - chance) / (1 - chance))
    assert qualcoder_kappa(Lengths(text=9)) is None


@pytest.mark.parametrize("table", [Table(neither=9), Table(both=9)])
def test_without_variance_nothing_is_agreed(table: Table) -> None:
    assert gwet_ac1(table) is None
    assert pabak(table) is None


def test_a_person_against_the_machine(study: Study) -> None:
    found = agreement(study.project, "anna", "machine")
    assert found.interviews == ("alpha-01", "beta-01")
    rows = {(row.kind, row.name): row for row in found.rows}
    assert rows["code", "water"].table == Table(both=1, first=1, second=1, neither=2)
    assert ("code", "rail") not in rows  # proposed under the threshold, so not shown
    row = rows["all", ""]
    assert row.intervals["masi"] is not None
    assert row.intervals["u_alpha"] is not None
    low, high = row.intervals["alpha"] or (9, 9)
    alpha = row.measures["alpha"]
    assert alpha is not None
    assert low <= alpha <= high


def test_a_coder_against_their_earlier_self(study: Study) -> None:
    project = study.project
    journal = Journal(project, "anna", "alpha-01")
    day = journal.entries[0].at[:10]
    same = agreement(project, "anna", "anna", then=day)
    assert same.first == f"anna@{day}"
    assert all(row.table.first == row.table.second == 0 for row in same.rows)
    path = journal.path
    # What is added on a later day is not there at the end of this one.
    journal.add_coding("rail", study.codings["hostile"].anchor)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[-1] = lines[-1].replace(f'"at":"{day}', '"at":"2999-01-01')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    later = agreement(project, "anna", "anna", then=day)
    rows = {(row.kind, row.name): row for row in later.rows}
    assert (rows["code", "rail"].table.first, rows["code", "rail"].table.second) == (0, 1)
    with pytest.raises(UsageError):
        agreement(project, "anna", "anna")
    with pytest.raises(UsageError):
        agreement(project, "anna", "anna", then="yesterday")
    with pytest.raises(UsageError):
        agreement(project, "anna", "anna", then="1999-01-01")
    assert side(project, "anna", "2999-01-01").state("alpha-01").codings


def test_sets_by_masi_are_what_nltk_computes_of_the_same_distance() -> None:
    from qualkit.agreement.measures import masi

    # nltk.metrics.masi_distance({1, 2}, {1, 2, 3, 4}) == 0.665 with its m = 0.67 for 2/3; exact here.
    assert masi(frozenset("ab"), frozenset("abcd")) == pytest.approx(1 - 0.5 * 2 / 3)
