"""Disagreements found, settled with a reason, counted before and after, and told in three languages."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qualkit.agreement.compare import agreement
from qualkit.agreement.methods import TEXTS, methods
from qualkit.agreement.settling import before_and_after, decide, disagreements
from qualkit.cli.main import main
from qualkit.errors import BadFile, UsageError
from qualkit.exchange.merge import merge
from qualkit.files.check import check_project
from qualkit.files.journal import Journal
from qualkit.files.project import load_project
from qualkit.files.settlements import settle, settlements, withdraw
from qualkit.model import Anchor

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project
    from tests.study import Study

PAIR = ("anna", "bo")


def moved(study: Study) -> Project:
    """The study where bo's passage of steam is a small part of anna's, and each has a memo."""
    whole = study.codings["water-fi"].anchor
    anna, bo = Journal(study.project, "anna", "alpha-01"), Journal(study.project, "bo", "alpha-01")
    anna.add_coding("steam-heat", whole, memo="koko")
    bo.add_coding("steam-heat", replace(whole, end=whole.start + 10, quote=whole.quote[:10]), memo="alku")
    return study.project


def test_all_that_two_coders_judged_otherwise(study: Study) -> None:
    found = disagreements(moved(study), *PAIR)
    assert [(one.code, one.kind, one.first is None, one.second is None) for one in found] == [
        ("condition", "missing", False, True),
        ("steam-heat", "boundary", False, False),
        ("water", "missing", False, True),
    ]
    both = found[1]
    assert both.first is not None
    assert both.second is not None
    assert (both.first.memo, both.second.memo) == ("koko", "alku")
    assert [one.id for one in disagreements(study.project, "bo", "anna")] == [one.id for one in found]
    assert not any(one.settled for one in found)
    for wrong in ("machine", "anna"):
        with pytest.raises(UsageError):
            disagreements(study.project, "anna", wrong)


def test_settling_is_kept_counted_and_leaves_the_journals_alone(study: Study) -> None:
    project = moved(study)
    before = {path: path.read_bytes() for path in project.codings.rglob("*.jsonl")}
    condition, steam, water = disagreements(project, *PAIR)
    decide(project, condition, "second", "ei kuntoa", PAIR)
    decide(project, steam, "first", "", PAIR)
    decide(project, steam, "second", "vain alku", PAIR)
    again = disagreements(project, *PAIR)
    assert [one.settled.verdict if one.settled else "" for one in again] == ["not-given", "given", ""]
    assert again[1].settled is not None
    assert (again[1].settled.reason, again[1].settled.anchor.end) == ("vain alku", steam.second.anchor.end)  # type: ignore[union-attr]
    both = before_and_after(project, *PAIR)
    assert (both.disagreements, both.settled) == (3, 2)
    rows = {(row.kind, row.name): row for row in both.after.rows}
    assert ("code", "condition") not in rows
    assert rows["code", "steam-heat"].measures["u_alpha"] == 1
    assert rows["code", "water"].table.first == 1
    assert both.before.rows == agreement(project, *PAIR).rows
    withdraw(project, project.coder, "alpha-01", again[1].settled.id)
    third = disagreements(project, *PAIR)[1].settled
    assert third is not None
    assert third.reason == ""
    assert {path: path.read_bytes() for path in project.codings.rglob("*.jsonl")} == before
    assert not [p for p in check_project(project.root) if "settlements" in str(p.path)]
    with pytest.raises(UsageError):
        decide(project, water, "both", "", PAIR)


def test_a_changed_or_damaged_line_is_noticed(study: Study) -> None:
    project = moved(study)
    for one in disagreements(project, *PAIR):
        decide(project, one, "first", "syy", PAIR)
    (path,) = (project.root / "agreement" / "settlements").rglob("*.jsonl")
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("syy", "muu", 1), encoding="utf-8")
    assert [p.line for p in check_project(project.root) if p.path == path] == [3]
    path.write_text(good.replace('"verdict":"given"', '"verdict":"maybe"', 1), encoding="utf-8")
    with pytest.raises(BadFile):
        settlements(project)
    path.write_text(good[:-20], encoding="utf-8")
    assert len(settlements(project)) == 2
    settle(project, "bo", "alpha-01", "rail", PAIR, ["x"], "given", Anchor(1, 0, 5, "Miten"))
    assert len(settlements(project)) == 3


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["agree", *arguments])
    told = capsys.readouterr()
    assert stopped.value.code == 0, told.err
    return told.out


def test_from_the_shell(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--project", str(moved(study).root))
    listed = json.loads(run(capsys, "settle", *PAIR, "--json", *where))
    item = listed[1]["id"]
    done = json.loads(run(capsys, "settle", *PAIR, "--item", item, "--keep", "neither", "--json", *where))
    assert (done["verdict"], done["code"]) == ("not-given", "steam-heat")
    told = json.loads(run(capsys, *PAIR, "--settled", "--json", *where))
    assert (told["settled"], told["disagreements"]) == (1, 3)
    assert "After settling 1 of 3" in run(capsys, *PAIR, "--settled", *where)
    assert "QualCoder's" in run(capsys, "anna", "machine", *where)
    assert "1 / 3" not in run(capsys, *PAIR, "--methods", "--lang", "fi", *where)


@pytest.mark.parametrize("language", TEXTS)
def test_the_paragraph_says_what_was_computed(study: Study, language: str) -> None:
    project = moved(study)
    found = agreement(project, *PAIR)
    text = methods(found, language, {"condition": "KUNTO"})
    alpha = next(row for row in found.rows if row.kind == "all").measures["alpha"]
    assert alpha is not None
    shown = f"{alpha:.2f}".replace("-", "−")
    assert (shown if language == "en" else shown.replace(".", ",")) in text
    assert "{" not in text
    assert "KUNTO" in text
    assert not any(word in text for word in ("blind", "sokko", "utan att se"))
    machine = methods(agreement(project, "machine", "anna"), language)
    assert "anna" in machine
    assert set(TEXTS[language]) == set(TEXTS["en"])
    decide(project, disagreements(project, *PAIR)[0], "first", "", PAIR)
    assert len(methods(found, language, settled=before_and_after(project, *PAIR))) > len(text)


def test_settlements_of_another_copy_come_in_by_merging(study: Study, tmp_path: Path) -> None:
    project = moved(study)
    shutil.copytree(project.root, tmp_path / "copy")
    other = load_project(tmp_path / "copy")
    condition, steam, _ = disagreements(project, *PAIR)
    decide(project, condition, "first", "meillä", PAIR)
    settle(
        other,
        "bo",
        "alpha-01",
        steam.code,
        PAIR,
        [c.id for c in steam.codings],
        "given",
        steam.codings[0].anchor,
    )
    assert merge(project, other.root).written
    assert {(one.who, one.code) for one in settlements(project)} == {
        (project.coder, "condition"),
        ("bo", "steam-heat"),
    }
