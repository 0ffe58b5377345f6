"""Polarity, contrasts, key phrases, candidates, saturation, figures, pseudonyms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.errors import BadFile, UsageError
from qualkit.files.codebook import load_codebook
from qualkit.files.pseudonyms import Pseudonym
from qualkit.files.statuses import Status, read_statuses, set_status
from qualkit.picture import picture
from qualkit.picture.candidates import Weights, candidates, weights
from qualkit.picture.figures import join, read_figures
from qualkit.report.pseudonyms import masks
from qualkit.report.saturation import pair_saturation, saturation
from qualkit.themes.contrast import opposites
from qualkit.themes.passages import Passage, Selection, gather
from qualkit.themes.phrases import key_phrases
from qualkit.themes.polarity import polarity

if TYPE_CHECKING:
    from tests.study import Study


def said(number: int, quote: str, language: str = "fi", voice: str = "S2") -> Passage:
    return Passage(
        str(number), f"i{number}", "s", "r", language, "water", 1, 0, len(quote), 0, 1, quote, voice, voice,
        "anna", True, None, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language", "sign"),
    [
        ("Ihan hyvässä kunnossa se on.", "fi", 1),
        ("Se vesijohto on vanha eikä se toimi.", "fi", -1),
        ("Vesi ei riitä.", "fi", -1),
        ("Putket on huonossa kunnossa.", "fi", -1),
        ("Silta on kriittisessä kunnossa.", "fi", -1),
        ("Se on hyvin vanha.", "fi", -1),
        ("Hinta varmaan nousee, ja se kestää kaksi vuotta.", "fi", 0),
        ("Kriittisiä raaka-aineita ja vaarallisia aineita kuljetetaan.", "fi", 0),
        ("Rören är väl gamla.", "sv", -1),
        ("Farliga ämnen står på brandstationen.", "sv", 0),
        ("Well, we ordered a spare, a critical part, by accident.", "en", 0),
        ("Vattnet räcker nog till.", "sv", 1),
        ("Rören läcker och är rostiga.", "sv", -1),
        ("It works fine.", "en", 1),
        ("It doesn't work.", "en", -1),
        ("We have a meeting on Monday.", "en", 0),
        ("No. It is good.", "en", 1),
    ],
)
def test_polarity_follows_the_words_and_their_negations(text: str, language: str, sign: int) -> None:
    value = polarity(text, language).value
    assert (value > 0) - (value < 0) == sign


def test_opposites_are_two_voices_and_verbatim() -> None:
    well, ill = said(1, "Vesijohto on hyvässä kunnossa."), said(2, "Vesijohto on vanha ja vuotaa.")
    (pair,) = opposites([well, ill])
    assert (pair.well, pair.ill) == (well, ill)
    assert opposites([well, replace(ill, interview="i1")]) == ()
    assert opposites([well, replace(ill, quotable=False)]) == ()


def test_opposites_judge_the_same_thing_and_not_only_under_the_same_code() -> None:
    spare = said(1, "Juomavesi on hyvää. Kahviosta en tiedä.")
    quay = said(2, "Laituri on vanha ja vuotaa. Juomavesi tulee muualta.")
    assert opposites([spare, quay]) == ()
    (pair,) = opposites([spare, said(3, "Meillä on juomavesi. Se on huonoa ja putki vuotaa.")])
    assert pair.ill.id == "3"


def test_opposites_over_languages_name_the_theme_in_both() -> None:
    well, ill = said(1, "Vattnet räcker nog till.", "sv"), said(2, "Vesijohto on vanha ja vuotaa.")
    assert opposites([well, ill]) == ()
    (pair,) = opposites([well, ill], terms={"fi": ("vesi",), "sv": ("vatten",)})
    assert (pair.well, pair.ill) == (well, ill)


def test_key_phrases_are_dictionary_forms_that_set_a_code_apart() -> None:
    found = key_phrases(
        {
            "water": [said(1, "Putkisilloilla kulkee vesi."), said(2, "Se putkisilta ja vedet.")],
            "rail": [said(3, "Raiteella seisoo juna."), said(4, "Juna tulee raidetta pitkin.")],
        }
    )
    assert "putkisilta" in found["water"]["fi"]
    assert "juna" in found["rail"]["fi"]


def test_statuses_only_grow_and_the_latest_holds(study: Study) -> None:
    set_status(study.project, "alpha", "water", Status.POOR, "old pumps", "anna")
    set_status(study.project, "alpha", "water", Status.GOOD, "renewed", "anna")
    path = study.project.root / "statuses" / "anna.jsonl"
    assert path.read_text(encoding="utf-8").count("\n") == 3
    (held,) = read_statuses(study.project)["alpha", "water"]
    assert (held.status, held.reason) == (Status.GOOD, "renewed")
    grid = picture(study.project, gather(study.project, Selection()), load_codebook(study.project))
    assert grid.cell("alpha", "water").decided
    assert grid.cell("alpha", "water").status is Status.GOOD
    assert grid.cell("beta", "rail").status is Status.NOT_DISCUSSED
    set_status(study.project, "alpha", "water", None, "taken back", "anna")
    assert read_statuses(study.project) == {}
    with pytest.raises(UsageError, match="needs a reason"):
        set_status(study.project, "alpha", "water", Status.GOOD, "  ")


def test_candidates_follow_their_formula(study: Study) -> None:
    set_status(study.project, "alpha", "water", Status.CRITICAL, "x", "anna")
    book = load_codebook(study.project)
    grid = picture(study.project, gather(study.project, Selection()), book)
    (water,) = candidates(grid, book, Weights(2, 1, 1, 0), "infrastructure")
    assert water.code.id == "water"
    assert water.score == pytest.approx((2 * water.need + water.breadth + water.will) / 4)
    assert water.breadth == 1.0
    assert (water.best, water.worst, water.in_top) == (1, 1, 1.0)
    with pytest.raises(BadFile, match="negative"):
        weights(replace(study.project, settings={"picture": {"need": -1.0}}))


def test_saturation_counts_new_codes_and_pairs() -> None:
    order = [f"i{n}" for n in range(8)]
    codes = {i: {"a", "b"} if n < 4 else {"a"} for n, i in enumerate(order)}
    codes["i1"] = {"a", "b", "c"}
    found = saturation(codes, order)
    assert (found.new, found.base, found.shares, found.reached) == (
        (2, 1, 0, 0, 0, 0, 0, 0), 3, (0.0, 0.0, 0.0), 6,
    )  # fmt: skip
    assert pair_saturation(codes, order).new[:2] == (1, 2)
    assert saturation(codes, order[:3]).reached == 0


def test_figures_join_by_site_and_code_and_disagree(study: Study) -> None:
    path = study.project.root / "figures.csv"
    path.write_text(
        "site;code;figure;value;unit;good;critical\nalpha;water;age;62;a;10;60\nbeta;rail;x;1,5;;;\n",
        encoding="utf-8",
    )
    set_status(study.project, "alpha", "water", Status.GOOD, "fine", "anna")
    grid = picture(study.project, gather(study.project, Selection()), load_codebook(study.project))
    first, second = join(grid, read_figures(path))
    assert (first.figure.status, first.status, first.disagree) == (Status.CRITICAL, Status.GOOD, True)
    assert (second.figure.number, second.figure.status, second.disagree) == (1.5, None, False)
    path.write_text("site,code,value\na,b,1\n", encoding="utf-8")
    with pytest.raises(BadFile, match="column figure is missing"):
        read_figures(path)
    path.write_text("site,code,figure,value,good,critical\nalpha,water,leaks,3,0-1,5\n", encoding="utf-8")
    with pytest.raises(BadFile, match="good is '0-1', which is no number"):
        read_figures(path)


NAMES = masks(
    [
        Pseudonym("Matti Virtanen", "Henkilö 1", "person"),
        Pseudonym("Borealis", "Yritys 1", "organisation"),
        Pseudonym("Kilpisalo", "Alue 1", "site"),
        Pseudonym("Heikki Koski", "Henkilö 2", "person"),
    ],
    ["kilpisalo"],
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Matti Virtasen mukaan", "[Henkilö 1] mukaan"),
        ("Matin ja Virtaselle", "[Henkilö 1] ja [Henkilö 1]"),
        ("Borealiksen tontilla", "[Yritys 1] tontilla"),
        ("Kilpisalossa, Kilpisaloon", "[Alue 1], [Alue 1]"),
        ("Heikin kanssa Koskella", "[Henkilö 2] kanssa [Henkilö 2]"),
        ("tuossa kosken yli", "tuossa kosken yli"),
        ("matto on matala", "matto on matala"),
    ],
)
def test_names_are_found_however_they_are_inflected(text: str, masked: str) -> None:
    assert NAMES.text(text) == masked


@given(st.text(max_size=80))
def test_masking_never_fails_and_twice_is_once(text: str) -> None:
    assert NAMES.text(NAMES.text(text)) == NAMES.text(text)
