"""The measures against worked examples and independent implementations, and two coders of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import krippendorff
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.agreement.compare import agreement, pooled
from qualkit.agreement.measures import (
    MEASURES,
    Table,
    alpha_of_sets,
    bias_index,
    cohen_kappa,
    f1,
    gwet_ac1,
    krippendorff_alpha,
    masi,
    pabak,
    prevalence_index,
)
from qualkit.agreement.methods import _decimal
from qualkit.cli.trust import _figure
from qualkit.errors import UsageError
from qualkit.files.codebook import load_codebook
from qualkit.files.journal import Journal
from qualkit.files.revise import with_text
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.report.agreement import agreed

if TYPE_CHECKING:
    from tests.study import Study

COUNT = st.integers(1, 60)


@given(COUNT, COUNT, COUNT, COUNT)
def test_kappa_alpha_and_f1_are_what_others_compute(a: int, b: int, c: int, d: int) -> None:
    from sklearn.metrics import cohen_kappa_score, f1_score

    first = [1] * (a + b) + [0] * (c + d)
    second = [1] * a + [0] * b + [1] * c + [0] * d
    table = Table(a, b, c, d)
    assert cohen_kappa(table) == pytest.approx(cohen_kappa_score(first, second))
    assert f1(table) == pytest.approx(f1_score(first, second))
    theirs = krippendorff.alpha([first, second], level_of_measurement="nominal")
    assert krippendorff_alpha(table) == pytest.approx(theirs)
    units = [(frozenset("x" * x), frozenset("x" * y)) for x, y in zip(first, second, strict=True)]
    assert alpha_of_sets(units) == pytest.approx(theirs)


def test_worked_examples() -> None:
    # Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example A: α = 0.095.
    assert krippendorff_alpha(Table(1, 3, 1, 5)) == pytest.approx(0.095, abs=5e-4)
    # The same, example B, five values by two observers: α = 0.692. Sets of one code are such values.
    ben, gerry = "aabbdcccedda", "babbbccceddd"
    pairs = [(frozenset(one), frozenset(other)) for one, other in zip(ben, gerry, strict=True)]
    assert alpha_of_sets(pairs) == pytest.approx(0.692, abs=5e-4)
    # Gwet, Computing inter-rater reliability in the presence of high agreement (2008), table 1 of 125.
    gwet = Table(118, 5, 2, 0)
    assert cohen_kappa(gwet) == pytest.approx(-0.0234, abs=5e-5)
    assert gwet_ac1(gwet) == pytest.approx(0.9408, abs=5e-5)
    # Cohen's κ by hand: 70 % alike, 50 % by chance.
    assert cohen_kappa(Table(20, 5, 10, 15)) == pytest.approx(0.4)
    # Byrt, Bishop & Carlin's indices by their definitions.
    table = Table(40, 9, 6, 45)
    assert pabak(table) == pytest.approx(0.70)
    assert prevalence_index(table) == pytest.approx(-0.05)
    assert bias_index(table) == pytest.approx(0.03)
    # The κ paradox (Feinstein & Cicchetti 1990): 85 % agreement, κ = 0.32; AC1 stays high.
    paradox = Table(80, 10, 5, 5)
    assert cohen_kappa(paradox) == pytest.approx(0.32, abs=5e-3)
    assert gwet_ac1(paradox) == pytest.approx(0.81, abs=5e-3)
    assert masi(frozenset("ab"), frozenset("a")) == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert masi(frozenset("ab"), frozenset("bc")) == pytest.approx(1 - 1 / 3 * 1 / 3)


def test_undefined_is_neither_nought_nor_one() -> None:
    assert cohen_kappa(Table(neither=9)) is None
    assert krippendorff_alpha(Table(both=9)) is None
    assert f1(Table(neither=9)) is None
    assert alpha_of_sets([(frozenset(), frozenset())] * 3) is None
    assert all(measure(Table()) is None for measure in MEASURES.values())


def test_two_coders_of_a_study(study: Study) -> None:
    found = agreement(study.project, "anna", "bo")
    assert (found.interviews, found.units) == (("alpha-01",), 3)  # the interviewer's turn is no unit
    rows = {(row.kind, row.name): row for row in found.rows}
    assert rows["code", "water"].table == Table(1, 1, 0, 1)
    assert rows["code", "condition"].table == Table(0, 1, 0, 2)
    assert rows["all", ""].table == Table(1, 2, 0, 3)
    assert rows["code", "water"].measures["percent"] == pytest.approx(2 / 3)
    assert rows["code", "water"].intervals["percent"] is None
    with pytest.raises(UsageError):
        agreement(study.project, "anna", "nobody")


def test_the_report_counts_what_agree_counts(study: Study) -> None:
    everything = study.project, ["alpha-01", "alpha-02", "beta-01", "beta-02"]
    transcript = load_transcript(study.project, "alpha-01")
    save_transcript(study.project, with_text(transcript, 0, "Miten vesi täällä ja miten raide?"))
    (whole,) = (row for row in agreement(study.project, "anna", "bo").rows if row.kind == "all")
    found = agreed(*everything, load_codebook(study.project), "en")
    assert found is not None
    assert (found.interviews, found.units) == (1, 3)
    assert found.share == pytest.approx(1 / 3)
    assert found.alpha == whole.measures["alpha"]
    assert agreed(study.project, ["alpha-02"], load_codebook(study.project), "en") is None
    Journal(study.project, "cilla", "alpha-01").add_coding("water", study.codings["water-fi"].anchor)
    pairs = [agreement(study.project, *pair) for pair in (("anna", "bo"), ("anna", "cilla"), ("bo", "cilla"))]
    tables = [row.table for one in pairs for row in one.rows if row.kind == "all"]
    assert (pooled(*everything).units, pooled(*everything).table) == (3, sum(tables, Table()))


def test_no_figure_is_less_than_nothing() -> None:
    assert _decimal(-0.001, "fi") == "0,00"
    assert _decimal(-0.25, "fi") == "−0,25"
    assert _figure(-0.001) == "0.00"
    assert _figure(None) == "undefined"
