"""Measures of agreement between two coders. None stands for *undefined*: there is no variance to explain.

A measure of one code takes the 2×2 table of the units that both coders looked at,
those that neither marked included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Sets = tuple[frozenset[str], frozenset[str]]
"""The codes that the first and the second coder gave to one unit."""


@dataclass(frozen=True, slots=True)
class Table:
    """How many units have the code from both coders, one of them, or neither."""

    both: int = 0
    first: int = 0
    """Only the first coder."""
    second: int = 0
    neither: int = 0

    @property
    def units(self) -> int:
        """All units."""
        return self.both + self.first + self.second + self.neither

    @property
    def varies(self) -> bool:
        """Whether somebody gave the code and somebody did not: without that nothing can be agreed on."""
        return 0 < 2 * self.both + self.first + self.second < 2 * self.units

    def __add__(self, other: Table) -> Table:
        """The table of both tables' units."""
        return Table(
            self.both + other.both,
            self.first + other.first,
            self.second + other.second,
            self.neither + other.neither,
        )


def percent(t: Table) -> float | None:
    """Share of the units that both coders judged alike, 0–1."""
    return (t.both + t.neither) / t.units if t.units else None


def cohen_kappa(t: Table) -> float | None:
    """Cohen's κ (Cohen 1960): chance by each coder's own marginals."""
    n = t.units
    if not n:
        return None
    expected = (
        (t.both + t.first) * (t.both + t.second) + (t.second + t.neither) * (t.first + t.neither)
    ) / n**2
    return None if expected == 1 else ((t.both + t.neither) / n - expected) / (1 - expected)


def krippendorff_alpha(t: Table) -> float | None:
    """Krippendorff's α, nominal, two coders without gaps (Krippendorff 2011)."""
    values = 2 * t.units
    ones = 2 * t.both + t.first + t.second
    if not 0 < ones < values:
        return None
    observed = (t.first + t.second) / t.units
    expected = 2 * ones * (values - ones) / (values * (values - 1))
    return 1 - observed / expected


def gwet_ac1(t: Table) -> float | None:
    """Gwet's AC1 (Gwet 2008): chance by the mean prevalence, steady where codes are rare."""
    if not t.varies:
        return None
    prevalence = (2 * t.both + t.first + t.second) / (2 * t.units)
    expected = 2 * prevalence * (1 - prevalence)
    return ((t.both + t.neither) / t.units - expected) / (1 - expected)


def pabak(t: Table) -> float | None:
    """Prevalence-adjusted bias-adjusted κ (Byrt, Bishop & Carlin 1993)."""
    agreed = percent(t)
    return None if agreed is None or not t.varies else 2 * agreed - 1


def prevalence_index(t: Table) -> float | None:
    """How far the code is from standing on half of the units, −1–1 (Byrt et al. 1993)."""
    return (t.both - t.neither) / t.units if t.units else None


def bias_index(t: Table) -> float | None:
    """How much oftener the first coder gives the code than the second, −1–1 (Byrt et al. 1993)."""
    return (t.first - t.second) / t.units if t.units else None


def f1(t: Table) -> float | None:
    """F1: the harmonic mean of both coders' recall of each other. None when nobody gave the code."""
    marked = 2 * t.both + t.first + t.second
    return 2 * t.both / marked if marked else None


def masi(one: frozenset[str], other: frozenset[str]) -> float:
    """MASI distance of two sets of codes (Passonneau 2006): 0 the same, 1 nothing in common."""
    if one == other:
        return 0.0
    shared = len(one & other)
    if not shared:
        return 1.0
    nested = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - shared / len(one | other) * nested


def alpha_of_sets(
    units: Sequence[Sets], distance: Callable[[frozenset[str], frozenset[str]], float] = masi
) -> float | None:
    """Krippendorff's α over whole sets of codes, with the MASI distance by default."""
    counts: dict[frozenset[str], int] = {}
    for pair in units:
        for codes in pair:
            counts[codes] = counts.get(codes, 0) + 1
    if len(counts) < 2:
        return None
    total = 2 * len(units)
    observed = sum(distance(one, other) for one, other in units) / len(units)
    kinds = list(counts.items())
    expected = sum(
        2 * n * m * distance(one, other)
        for index, (one, n) in enumerate(kinds)
        for other, m in kinds[index + 1 :]
    ) / (total * (total - 1))
    return 1 - observed / expected if expected else None


MEASURES: dict[str, Callable[[Table], float | None]] = {
    "percent": percent,
    "kappa": cohen_kappa,
    "alpha": krippendorff_alpha,
    "ac1": gwet_ac1,
    "pabak": pabak,
    "prevalence": prevalence_index,
    "bias": bias_index,
    "f1": f1,
}
"""Name in reports → measure of one code."""
