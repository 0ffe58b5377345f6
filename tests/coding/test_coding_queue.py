"""The queue, the audit sample and the certificates that rest on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.coding.audit import certify_project, digest, valid_certificates, without
from qualkit.coding.certificates import read_certificates
from qualkit.coding.evidence import Evidence
from qualkit.coding.learn import Learner
from qualkit.coding.queue import audit_sample, audit_seed, most_useful
from qualkit.coding.scores import Scored, newest_model, read_scores, write_scores
from qualkit.files.project import Project, init_project
from tests.steps import ended

if TYPE_CHECKING:
    from pathlib import Path


CODES = ("a", "b")


def scored(interview: str, count: int, seed: int) -> Scored:
    random = np.random.default_rng(seed)
    spans = np.stack([np.arange(count) * 10, np.arange(count) * 10 + 9], axis=1)
    quiet = np.zeros(count, bool)
    quiet[0] = True
    return Scored(
        interview, 1, "m@1", "book", CODES, spans, quiet, ("fi",) * count, (b"k" * 16,) * count,
        random.normal(-2, 2, (count, 2)).astype(np.float32), (("sana",),) * count,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = init_project(tmp_path / "p", "P", ("fi",))
    for seed, name in enumerate(("one", "two")):
        write_scores(found, scored(name, 30, seed))
    return found


def decide(learner: Learner, places: list[tuple[str, int]], weight: float = 1.0) -> Learner:
    from dataclasses import replace

    evidence = dict(learner.evidence)
    for interview, unit in places:
        held = evidence.get(interview) or Evidence(np.zeros((30, 2)), np.zeros((30, 2)), {})
        weights = held.weights.copy()
        weights[unit] = weight
        evidence[interview] = replace(held, weights=weights)
    return replace(learner, evidence=evidence)


def test_scores_are_read_back(project: Project) -> None:
    assert newest_model(project) == "m@1"
    found, made = read_scores(project, "one", "m@1"), scored("one", 30, 0)
    assert found is not None
    assert (found.codes, found.keys, found.lemmas, found.languages) == (
        made.codes,
        made.keys,
        made.lemmas,
        made.languages,
    )
    assert np.array_equal(found.logits, made.logits)
    write_scores(project, scored("none", 1, 0))
    assert read_scores(project, "missing", "m@1") is None


def test_chosen_and_random_take_turns(project: Project) -> None:
    learner = Learner.load(project)
    queue = most_useful(learner, 20)
    assert [one.random for one in queue] == [False, True] * 10
    assert len({(one.interview, one.unit) for one in queue}) == 20
    assert all(one.unit != 0 for one in queue), "back-channels are asked of nobody"
    assert most_useful(learner, 20) == queue
    gains = [one.gain for one in queue if not one.random]
    assert np.mean(gains) > 1.2 * np.mean([one.gain for one in most_useful(learner, 58) if not one.random])
    assert {one.interview for one in most_useful(learner, 9, ids=frozenset({"two"}))} == {"two"}


def test_decided_units_leave_the_queue(project: Project) -> None:
    learner = Learner.load(project)
    first = most_useful(learner, 10)
    after = decide(learner, [(one.interview, one.unit) for one in first])
    assert not {(o.interview, o.unit) for o in most_useful(after, 48)} & {
        (o.interview, o.unit) for o in first
    }
    everything = decide(learner, [(i, u) for i in ("one", "two") for u in range(30)])
    assert most_useful(everything, 5) == ()


def test_the_audit_sample_is_a_prefix_of_a_random_order(project: Project) -> None:
    learner = Learner.load(project)
    assert audit_sample(learner) == ()
    order = audit_sample(decide(learner, [(i, u) for i in ("one", "two") for u in range(30)]))
    assert len(order) == 58
    assert audit_sample(decide(learner, list(order[:7]) + list(order[9:20]))) == order[:7]
    assert audit_sample(learner, seed=5) == ()
    other = audit_sample(decide(learner, list(order)), seed=5)
    assert set(other) == set(order)
    assert other != order
    (project.work / "audit.json").unlink()
    assert audit_seed(project) == 1


def test_a_rejection_alone_is_no_answer(project: Project) -> None:
    learner = Learner.load(project)
    order = audit_sample(decide(learner, [(i, u) for i in ("one", "two") for u in range(30)]))
    half = Evidence(np.zeros((30, 2)), np.zeros((30, 2)), {})
    half.weights[order[0][1], 0] = 1
    from dataclasses import replace

    assert audit_sample(replace(learner, evidence={order[0][0]: half})) == ()


def test_certificates_are_kept_and_fall(project: Project) -> None:
    made = ended(certify_project(project))
    assert [one.code for one in made] == ["a", "b"]
    assert read_certificates(project) == made
    learner = Learner.load(project)
    assert set(valid_certificates(learner)) == {"a", "b"}
    assert set(learner.verdicts) == {"a", "b"}
    moved = decide(learner, [("one", 3)])
    assert digest(moved) != digest(learner)
    assert valid_certificates(moved) == {}
    (project.work / "audit.json").write_text('{"seed": 9}', encoding="utf-8")
    assert valid_certificates(learner) == {}


def test_a_certificate_rests_on_the_coded_units_of_earlier_studies(project: Project) -> None:
    learner = Learner.load(project)
    taught = {name: replace(one, experience="another") for name, one in learner.scored.items()}
    assert digest(replace(learner, scored=taught)) != digest(learner)


def test_without_forgets_some_units(project: Project) -> None:
    learner = decide(Learner.load(project), [("one", 3), ("two", 4)])
    less = without(learner, frozenset({("one", 3)}))
    assert less.decided_units == (("two", 4),)
    assert learner.decided_units == (("one", 3), ("two", 4))
