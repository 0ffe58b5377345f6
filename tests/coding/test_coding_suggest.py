"""Suggest and learn on a whole small project: files, undo, speed of light imports."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.coding import nearby
from qualkit.coding.learn import Learner
from qualkit.coding.scores import scored_interviews
from qualkit.coding.suggest import SuggestSummary, suggest_project
from qualkit.errors import BadFile, QualkitError
from qualkit.files.anchors import anchor
from qualkit.files.journal import Journal
from qualkit.files.suggestions import read_suggestions
from qualkit.files.transcript import load_transcript, transcript_ids
from qualkit.model import Anchor, Suggestion, Verdict
from tests.coding.conftest import FAKE, FakeEncoder
from tests.steps import ended

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from tests.study import Study


def place(project: Project, suggestion: Suggestion) -> Anchor:
    return anchor(load_transcript(project, suggestion.interview), suggestion.start, suggestion.end)


@pytest.fixture
def project(study: Study, encoder: FakeEncoder) -> Project:
    ended(suggest_project(study.project))
    return study.project


def test_one_broken_transcript_leaves_the_others_their_suggestions(
    study: Study, encoder: FakeEncoder
) -> None:
    (study.project.transcripts / "beta-02.json").write_text("{", encoding="utf-8")
    summary: SuggestSummary = ended(suggest_project(study.project))
    assert summary.interviews == 3
    assert read_suggestions(study.project, "alpha-01", FAKE.id)
    for name in ("alpha-01", "alpha-02", "beta-01"):
        (study.project.transcripts / f"{name}.json").write_text("{", encoding="utf-8")
    assert ended(suggest_project(study.project)).units == 0


def test_damaged_vectors_are_computed_again(project: Project, encoder: FakeEncoder) -> None:
    before = read_suggestions(project, "alpha-01", FAKE.id)
    (table,) = project.work.glob("vectors/*/vectors.f16")
    table.write_bytes(np.random.default_rng(1).bytes(table.stat().st_size))
    ended(suggest_project(project))
    after = read_suggestions(project, "alpha-01", FAKE.id)
    assert [(s.id, s.score, s.shown) for s in after] == [(s.id, s.score, s.shown) for s in before]


def test_suggest_writes_what_it_says(study: Study, encoder: FakeEncoder) -> None:
    summary: SuggestSummary = ended(suggest_project(study.project))
    assert summary.interviews == 4
    assert summary.embedded == len(set(encoder.seen)) == len(encoder.seen)
    found = [
        s
        for i in ("alpha-01", "alpha-02", "beta-01", "beta-02")
        for s in read_suggestions(study.project, i, FAKE.id)
    ]
    assert sum(s.shown for s in found) == summary.suggestions
    assert {s.model for s in found} == {FAKE.id}
    for s in found:
        text = load_transcript(study.project, s.interview).text
        assert 0 <= s.start < s.end <= len(text)
        chance = 1 / (1 + np.exp(-sum(r.weight for r in s.reasons)))
        assert chance == pytest.approx(s.score, abs=0.002)
    said = {(s.code, r.text) for s in found for r in s.reasons if r.kind == "term"}
    assert {("water", "water"), ("steam-heat", "Höyryä (höyry)")} <= said
    asked = len(encoder.seen)
    assert ended(suggest_project(study.project)).embedded == 0
    assert len(encoder.seen) == asked


def test_an_empty_codebook_is_refused(study: Study, encoder: FakeEncoder) -> None:
    study.project.codebook_path.write_text(
        "format: qualkit-codebook/1\nname: {en: E}\nlanguages: [en]\n"
        "codes:\n  - {id: top, codable: false, name: {en: Top}}\n",
        encoding="utf-8",
    )
    with pytest.raises(BadFile, match="no code that a passage could get"):
        ended(suggest_project(study.project))


def test_nothing_scored_yet(study: Study) -> None:
    with pytest.raises(QualkitError, match="Run `qualkit suggest`"):
        Learner.load(study.project)


def test_without_decisions_nothing_changes(project: Project) -> None:
    learner = Learner.load(project, coders=())
    for interview in ("alpha-01", "beta-01"):
        before = {s.id: s for s in read_suggestions(project, interview, FAKE.id)}
        after = {s.id: s for s in learner.suggestions(interview)}
        assert {i: (s.score, s.shown, s.reasons) for i, s in before.items()} == {
            i: (s.score, s.shown, s.reasons) for i, s in after.items()
        }


def test_decisions_move_scores_and_undo_restores_them(project: Project) -> None:
    learner = Learner.load(project, coders=["carl"])
    start = learner.suggestions("beta-01")
    first = next(s for s in start if s.code == "water" and s.shown)
    journal = Journal(project, "carl", "beta-01")
    journal.decide(Verdict.REJECT, place(project, first), first.code, first.id)
    rejected = learner.rescore("beta-01", journal.state.decisions, journal.state.codings.values())
    again = next(s for s in rejected if s.id == first.id)
    assert again.score < first.score
    assert any(r.kind == "decided" and r.weight < 0 for r in again.reasons)
    total = sum(r.weight for r in again.reasons)
    assert 1 / (1 + np.exp(-total)) == pytest.approx(again.score, abs=0.002)
    journal.undo()
    assert learner.rescore("beta-01", journal.state.decisions, journal.state.codings.values()) == start
    journal.decide(Verdict.ACCEPT, place(project, first), first.code, first.id)
    accepted = learner.rescore("beta-01", journal.state.decisions, journal.state.codings.values())
    assert next(s for s in accepted if s.id == first.id).score > first.score
    assert Learner.load(project, coders=["carl"]).suggestions("beta-01") == accepted
    coding = next(iter(journal.state.codings.values()))
    journal.remove_coding(coding.id)
    assert learner.rescore("beta-01", journal.state.decisions, journal.state.codings.values()) == start


def test_nothing_here_lowers_every_code(project: Project) -> None:
    learner = Learner.load(project, coders=["carl"])
    start = {s.id: s.score for s in learner.suggestions("beta-01")}
    one = learner.suggestions("beta-01")[0]
    journal = Journal(project, "carl", "beta-01")
    journal.decide(Verdict.NOTHING, place(project, one))
    after = learner.rescore("beta-01", journal.state.decisions, [])
    there = [s for s in after if (s.start, s.end) == (one.start, one.end)]
    assert all(s.score < start[s.id] for s in there if s.id in start)


def test_coders_can_be_kept_apart(project: Project) -> None:
    everybody, nobody, anna = (Learner.load(project, c) for c in (None, (), ["anna"]))
    assert len(nobody.decided_units) == 0
    assert 0 < len(anna.decided_units) < len(everybody.decided_units)


def test_a_large_project_is_learned_from_by_its_decided_units_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for interview in scored_interviews(project, FAKE.id):
        journal = Journal(project, "carl", interview)
        first = read_suggestions(project, interview, FAKE.id)[0]
        journal.decide(Verdict.ACCEPT, place(project, first), first.code, first.id)
    whole = Learner.load(project)
    monkeypatch.setattr(nearby, "ALL", 0)
    near = nearby.learner_near(project, "beta-01")
    assert near.suggestions("beta-01") == whole.suggestions("beta-01")
    assert len(near.decided_units) == len(whole.decided_units)
    assert len(near.scored["beta-01"]) == len(whole.scored["beta-01"])
    assert sum(map(len, near.scored.values())) < sum(map(len, whole.scored.values()))


def test_the_order_of_decisions_does_not_matter(project: Project) -> None:
    learner = Learner.load(project, coders=["carl"])
    journal = Journal(project, "carl", "alpha-02")
    for s in learner.suggestions("alpha-02")[:4]:
        journal.decide(Verdict.ACCEPT if s.shown else Verdict.REJECT, place(project, s), s.code, s.id)
    decisions, codings = list(journal.state.decisions), list(journal.state.codings.values())
    assert learner.rescore("alpha-02", decisions, codings) == learner.rescore(
        "alpha-02", decisions[::-1], codings[::-1]
    )


def test_a_damaged_score_file_is_left_out(project: Project) -> None:
    path = project.work / "scores" / FAKE.id / "beta-01.npz"
    path.write_bytes(path.read_bytes()[:100])
    learner = Learner.load(project)
    assert "beta-01" not in learner.scored
    assert learner.suggestions("beta-01") == ()


def test_the_learner_is_light() -> None:
    heavy = ("torch", "sklearn", "scipy", "spacy", "simplemma", "networkx", "pandas", "transformers")
    check = (
        "import sys, qualkit.coding.learn, qualkit.coding.queue; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.real_model
def test_a_second_run_reads_no_dictionary_and_says_the_same(study: Study) -> None:
    def made() -> list[Suggestion]:
        return [s for i in transcript_ids(study.project) for s in read_suggestions(study.project, i)]

    ended(suggest_project(study.project))
    before = made()
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from qualkit.language import dictionary\n"
        "dictionary._table = None\n"
        "from qualkit.files.project import load_project\n"
        "from qualkit.coding.suggest import suggest_project\n"
        "list(suggest_project(load_project(Path(sys.argv[1]))))"
    )
    subprocess.run([sys.executable, "-c", code, str(study.project.root)], check=True)
    assert made() == before != []


@pytest.mark.real_model
def test_real_suggestions_on_a_real_model(study: Study) -> None:
    ended(suggest_project(study.project))
    shown = {
        (load_transcript(study.project, i).text[s.start : s.end], s.code)
        for i in ("alpha-01", "alpha-02", "beta-01")
        for s in read_suggestions(study.project, i)
        if s.shown
    }
    assert any("water pipe is old" in text and code == "condition" for text, code in shown)
    assert any("Höyryä" in text and code == "steam-heat" for text, code in shown)
