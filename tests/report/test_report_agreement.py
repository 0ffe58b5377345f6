"""The methods section says how far coders agree, in the words of `qualkit agree --methods`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qualkit.agreement.methods import methods
from qualkit.agreement.plan import draw, write_plan
from qualkit.agreement.settling import before_and_after, decide, disagreements
from qualkit.export import story
from qualkit.export.words import words
from qualkit.files.codebook import load_codebook
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import Journal
from qualkit.files.pseudonyms import Pseudonym, write_pseudonyms
from qualkit.report import Report, Wanted, build_report
from qualkit.report.agreement import agreed
from tests.steps import ended

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project
    from tests.study import Study


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Quotes are chosen by voice and order: what is told of agreement does not hang on weights."""
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path / "none"))


def built(project: Project, language: str = "en", wanted: Wanted | None = None) -> Report:
    return ended(build_report(project, language=language, wanted=wanted))


@pytest.mark.parametrize(
    ("language", "alpha"), [("fi", "Krippendorffin α"), ("sv", "Krippendorffs α"), ("en", "α =")]
)
def test_the_report_holds_the_paragraph_before_and_after_settling(
    study: Study, language: str, alpha: str
) -> None:
    project = study.project
    first = disagreements(project, "anna", "bo")[0]
    decide(project, first, "first", "sama putki", ("anna", "bo"))
    (text,) = built(project, language).agreement.paragraphs  # type: ignore[union-attr]
    done = before_and_after(project, "anna", "bo")
    names = {c.id: c.name_in(language) for c in load_codebook(project).codes}
    assert text == methods(done.before, language, names, done)
    assert alpha in text
    report = built(project, language)
    assert text in [block.text for block in story.story(report, words(language)) if hasattr(block, "text")]


def test_nothing_is_said_without_two_coders(study: Study) -> None:
    for path in (study.project.codings / "bo").iterdir():
        path.unlink()
    assert built(study.project).agreement is None


def test_names_are_those_of_the_report_and_restricted_codes_are_not_named(study: Study) -> None:
    project = study.project
    write_pseudonyms(project, [Pseudonym("anna", "Coder A", "coder"), Pseudonym("bo", "Coder B", "coder")])
    (text,) = built(project, wanted=Wanted(pseudonyms=True)).agreement.paragraphs  # type: ignore[union-attr]
    assert text.startswith("Coder A and Coder B both coded")
    book = load_codebook(project)
    ids = [row.id for row in read_interviews(project)]
    every = agreed(project, ids, book, "en")
    few = agreed(project, ids, replace(book, codes=book.codes[:1]), "en")
    assert every is not None
    assert few is not None
    assert every.paragraphs != few.paragraphs
    assert not any(code.name_in("en") in few.paragraphs[0] for code in book.codes[1:])


def test_a_blind_plan_is_what_is_reported(study: Study) -> None:
    project = replace(study.project, coder="anna")
    plan = draw(project, "100%", second="dora")
    write_plan(project, plan)
    for name in plan.interviews:
        Journal(project, "dora", name).memo("luettu")
    report = built(project)
    assert report.agreement is not None
    (text,) = [text for text in report.agreement.paragraphs if text.startswith("dora coded")]
    assert f"plan {plan.id}" in text
    assert "blind to the codes of anna" in text
