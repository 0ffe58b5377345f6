"""A blind second coding: what is drawn, what the bundle hides, and what comes back of it."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.agreement.bundle import write_bundle
from qualkit.agreement.compare import agreement
from qualkit.agreement.plan import draw, is_blind, plan_ids, planned, read_plan, shares, write_plan
from qualkit.cli.main import main
from qualkit.errors import BadFile, Conflict, UsageError
from qualkit.exchange.merge import merge
from qualkit.files.anchors import anchor
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import Journal, read_codings
from qualkit.files.memos import write_memo
from qualkit.files.project import Project, load_project
from qualkit.files.revise import with_text
from qualkit.files.statuses import Status, set_status
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Memo, Verdict
from qualkit.tui.desk import Desk, Standing
from qualkit.tui.queue import Order, following

if TYPE_CHECKING:
    from pathlib import Path

    from tests.study import Study


def bundle(study: Study, target: Path, sample: str = "100%", **how: object) -> tuple[str, Project]:
    """A plan's id and its bundle, opened by ``cilla``."""
    plan = draw(study.project, sample, second="cilla", **how)  # type: ignore[arg-type]
    write_plan(study.project, plan)
    write_bundle(study.project, plan, target)
    return plan.id, replace(load_project(target), coder="cilla")


@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 40), min_size=1), st.data())
def test_shares_are_whole_and_fair(sizes: dict[str, int], data: st.DataObject) -> None:
    population = sum(sizes.values())
    if not population:
        return
    total = data.draw(st.integers(1, population))
    taken = shares(sizes, total)
    assert sum(taken.values()) == total
    assert all(0 <= taken[key] <= sizes[key] for key in sizes)
    strata = sum(size > 0 for size in sizes.values())
    if total >= strata:
        assert all(taken[key] for key in sizes if sizes[key])
    if all(size * total >= population for size in sizes.values() if size):
        assert all(abs(taken[key] - total * sizes[key] / population) < 1 for key in sizes)


def test_the_same_seed_draws_the_same_and_every_stratum_is_there(study: Study) -> None:
    one, two, other = (draw(study.project, "50%", "site", seed) for seed in (7, 7, 8))
    assert one.units == two.units != other.units
    assert (one.population, len(one.units)) == (9, 5)
    sites = {row.id: row.site for row in read_interviews(study.project)}
    assert Counter(sites[u.interview] for u in one.units).keys() == {"alpha", "beta"}
    coded = {(c.interview, c.anchor.start) for c in read_codings(study.project)}
    everything = draw(study.project, "100%").units
    assert any((u.interview, u.anchor.start) not in coded for u in everything)
    assert len(draw(study.project, "3").units) == 3


@pytest.mark.parametrize(("sample", "column"), [("0%", ""), ("101%", ""), ("few", ""), ("5", "shoe size")])
def test_what_cannot_be_drawn_is_refused(study: Study, sample: str, column: str) -> None:
    with pytest.raises(UsageError):
        draw(study.project, sample, column)


def test_a_coder_is_not_given_what_they_have_coded(study: Study) -> None:
    with pytest.raises(UsageError, match="anna has coded alpha-01 already"):
        draw(study.project, "100%", second="anna")


def test_the_bundle_hides_what_anybody_made_of_it(study: Study, tmp_path: Path) -> None:
    project = study.project
    coding = study.codings["water-fi"]
    Journal(project, "anna", "alpha-01").memo("salainen", f"coding:{coding.id}")
    write_memo(project, Memo("plan", "project", "anna", "2026-03-01T10:00:00Z", "salainen"))
    set_status(project, "alpha", "water", Status.POOR, "salainen", "anna")
    _, blind = bundle(study, tmp_path / "bundle", "40%")
    files = [p for p in blind.root.rglob("*") if p.is_file()]
    text = b"\n".join(p.read_bytes() for p in files).decode("utf-8")
    assert not [p for p in files if p.suffix == ".jsonl"]
    for hidden in ("salainen", "anna", '"bo"', coding.id, "suggestion", "little@"):
        assert hidden not in text
    assert is_blind(blind)
    assert not is_blind(project)


def test_the_desk_shows_what_was_drawn_and_goes_from_one_to_the_next(study: Study, tmp_path: Path) -> None:
    plan, blind = bundle(study, tmp_path / "bundle", "6", seed=3)
    drawn = planned(study.project, read_plan(study.project, plan))
    for interview, spans in drawn.items():
        desk = Desk.open(blind, interview)
        assert [(p.start, p.end) for p in desk.passages if p.codable] == list(spans)
        assert [desk.passages[i].start for i in desk.waiting] == [start for start, _ in spans]
        first = following(desk, Order.TRANSCRIPT, -1, 1)
        assert first is not None
        place = anchor(desk.transcript, *spans[0])
        desk.journal.decide(Verdict.NOTHING, place)
        desk.settle()
        assert desk.standing(first) is Standing.NOTHING
        assert first not in desk.waiting


def test_what_comes_back_is_compared_on_the_sample(study: Study, tmp_path: Path) -> None:
    project = study.project
    plan, blind = bundle(study, tmp_path / "bundle", "5", seed=1)
    units = read_plan(project, plan).units
    for unit in units[:-1]:
        Journal(blind, "cilla", unit.interview).add_coding("water", unit.anchor)
    save_transcript(project, with_text(load_transcript(project, "alpha-01"), 0, "Miten se vesi ja raide?"))
    assert merge(project, blind.root).took == {"journals": len({u.interview for u in units[:-1]})}
    assert not list(project.root.rglob("blind.json"))
    found = agreement(project, "anna", "cilla", plan=plan)
    assert (found.plan, found.units, found.untouched) == (plan, 5, 1)
    water = next(row for row in found.rows if row.name == "water")
    table = water.table
    assert (table.both + table.second, table.units) == (4, 5)
    assert merge(project, blind.root).files == ()
    with pytest.raises(UsageError):
        agreement(project, "anna", "nobody", plan=plan)


def test_a_bundle_of_another_project_is_refused(study: Study, tmp_path: Path) -> None:
    plan, blind = bundle(study, tmp_path / "bundle")
    (study.project.root / "agreement" / "plans" / f"{plan}.json").unlink()
    with pytest.raises(BadFile, match="another project"):
        merge(study.project, blind.root)
    (blind.root / "agreement" / "blind.json").write_text('{"plan": "../../x"}')
    with pytest.raises(BadFile):
        merge(study.project, blind.root)


def test_a_bundle_is_there_whole_or_not_at_all(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = draw(study.project)
    write_plan(study.project, plan)
    (tmp_path / "there").mkdir()
    with pytest.raises(Conflict):
        write_bundle(study.project, plan, tmp_path / "there")

    def failing(*_: object) -> None:
        raise BadFile(tmp_path, "a fault in the middle.")

    monkeypatch.setattr("qualkit.agreement.bundle.write_segments", failing)
    before = sorted(tmp_path.iterdir())
    for name in ("new", "new.zip"):
        with pytest.raises(BadFile):
            write_bundle(study.project, plan, tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("verb", ["suggest", "segment"])
def test_no_machine_has_a_say_in_a_bundle(
    study: Study, tmp_path: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, blind = bundle(study, tmp_path / "bundle", "5")
    before = (blind.work / "segments" / "alpha-01.json").read_bytes()
    with pytest.raises(SystemExit) as end:
        main([verb, "--project", str(blind.root)])
    assert end.value.code == 2
    assert "must stay blind" in capsys.readouterr().err
    assert (blind.work / "segments" / "alpha-01.json").read_bytes() == before
    assert not blind.suggestions.exists()


def test_the_verbs(study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def call(*arguments: object) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        assert isinstance(end.value.code, int)
        return end.value.code, capsys.readouterr().out

    root = study.project.root
    code, out = call("agree", "plan", "--project", root, "--sample", "4", "--coder", "cilla", "--json")
    answer = json.loads(out)
    assert (code, answer["units"], plan_ids(study.project)) == (0, 4, (answer["id"],))
    with zipfile.ZipFile(answer["bundle"]) as file:
        file.extractall(tmp_path / "at-cilla")
    (folder,) = (tmp_path / "at-cilla").iterdir()
    unit = read_plan(study.project, answer["id"]).units[0]
    Journal(load_project(folder), "cilla", unit.interview).add_coding("water", unit.anchor)
    assert call("merge", folder, "--project", root) == (0, "Came in: 1 journals.\n")
    code, out = call("agree", "anna", "cilla", "--plan", answer["id"], "--project", root)
    assert code == 0
    assert re.match(r"anna and cilla: 4 units", out)
    assert call("agree", "compare", "anna", "bo", "--project", root)[0] == 0
    assert call("agree", "anna", "bo", "--plan", "none", "--project", root)[0] == 2
