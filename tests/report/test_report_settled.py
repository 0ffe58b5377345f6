"""What two coders settled counts in place of what each of them had coded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qualkit.agreement.settling import decide, disagreements
from qualkit.export import render
from qualkit.export.kit import Kit
from qualkit.export.sections import method_rows
from qualkit.export.words import words
from qualkit.files.anchors import anchor
from qualkit.files.journal import Journal
from qualkit.files.settlements import settle
from qualkit.files.transcript import save_transcript
from qualkit.report import Report, build_report
from qualkit.themes.passages import Passage, Selection, gather
from tests.steps import ended

if TYPE_CHECKING:
    from pathlib import Path

    from tests.study import Study

PAIR = ("anna", "bo")


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path / "none"))


@pytest.fixture
def parted(study: Study) -> Study:
    """Of steam anna marked the whole second turn of alpha-01, bo ten letters of it."""
    whole = study.codings["water-fi"].anchor
    Journal(study.project, "anna", "alpha-01").add_coding("steam-heat", whole)
    part = anchor(study.transcript("alpha-01"), whole.start, whole.start + 10)
    Journal(study.project, "bo", "alpha-01").add_coding("steam-heat", part)
    return study


def passages(study: Study, code: str, **chosen: object) -> list[Passage]:
    found = gather(study.project, Selection(interviews=("alpha-01",), **chosen)).passages  # type: ignore[arg-type]
    return [p for p in found if p.code == code]


def settled(study: Study, code: str, choice: str) -> None:
    (one,) = (d for d in disagreements(study.project, *PAIR) if d.code == code)
    decide(study.project, one, choice, "", PAIR)


def report_of(study: Study) -> Report:
    return ended(build_report(study.project, language="en"))


@pytest.mark.parametrize(("choice", "coder", "length"), [("first", "anna", 0), ("second", "bo", 10)])
def test_the_chosen_passage_counts_and_the_other_does_not(
    parted: Study, choice: str, coder: str, length: int
) -> None:
    settled(parted, "steam-heat", choice)
    (one,) = passages(parted, "steam-heat")
    whole = parted.codings["water-fi"].anchor
    assert (one.coder, one.decision, one.by_person) == (coder, "settled", True)
    assert one.end - one.start == (length or whole.end - whole.start)
    assert one.quote == parted.transcript("alpha-01").text[one.start : one.end]


def test_a_code_settled_as_not_given_counts_nowhere_not_as_a_suggestion_either(study: Study) -> None:
    assert passages(study, "condition")
    settled(study, "condition", "neither")
    assert not passages(study, "condition")
    # "Water" stands on the hostile turn by anna alone; on the turn before both gave it.
    settled(study, "water", "second")
    assert [p.decision for p in passages(study, "water")] == ["coded"]


def test_a_suggestion_is_not_counted_where_the_code_was_settled_as_not_given(study: Study) -> None:
    transcript = study.transcript("alpha-01")
    start = transcript.turn_starts[3]
    whole = anchor(transcript, start, start + len(transcript.turns[3].text))
    assert passages(study, "steam-heat", suggestions=True)
    coding = Journal(study.project, "anna", "alpha-01").add_coding("steam-heat", whole)
    settle(study.project, "cia", "alpha-01", "steam-heat", PAIR, [coding.id], "not-given", whole)
    assert not passages(study, "steam-heat", suggestions=True)


def test_the_last_word_on_a_coding_counts_whoever_it_was_settled_between(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    coding = study.codings["old-fi"]
    for day, pair, verdict in ((1, PAIR, "not-given"), (2, ("anna", "cia"), "given")):
        monkeypatch.setattr("qualkit.files.settlements.now", lambda day=day: f"2026-03-0{day}T10:00:00Z")
        settle(study.project, "anna", "alpha-01", "condition", pair, [coding.id], verdict, coding.anchor)
    assert [p.id for p in passages(study, "condition")] == [coding.id]


def test_the_choice_holds_when_the_transcript_is_corrected_before_the_settling(parted: Study) -> None:
    old = parted.transcript("alpha-01")
    turns = (replace(old.turns[0], text="Mitenkäs se vesi ja raide?"), *old.turns[1:])
    save_transcript(parted.project, replace(old, turns=turns, revision=2))
    settled(parted, "steam-heat", "second")
    (one,) = passages(parted, "steam-heat")
    assert (one.coder, one.end - one.start, one.revision) == ("bo", 10, 2)


def test_the_report_says_how_many_were_settled_and_every_format_takes_them(parted: Study) -> None:
    assert not any(name == "Disagreements settled" for name, _ in method_rows(report_of(parted), words("en")))
    settled(parted, "steam-heat", "first")
    settled(parted, "condition", "neither")
    report = report_of(parted)
    told = dict(method_rows(report, words("en")))["Disagreements settled"]
    assert told.startswith("given 1, not given 1")
    assert "condition" not in {theme.code.id for theme in report.themes}
    page = render(Kit(report, drawn={}), "html")["report.html"].decode()
    assert "settled between coders who disagreed" in page
    assert '"decision": "settled"' in render(Kit(report), "json")["report.json"].decode()
