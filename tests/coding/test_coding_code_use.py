"""Codes that overlap, ought to be split, or drift; and none of it where there is nothing to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.code_use import code_use, drift_of, overlaps_of, split_of
from qualkit.coding.scores import Scored, write_scores
from qualkit.coding.vectors import append, create_cache, text_key
from qualkit.files.journal import Journal
from qualkit.files.project import init_project
from qualkit.model import Anchor

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

CODES = ("water", "steam", "road")


def around(*middles: int, each: int = 25, spread: float = 0.25, seed: int = 0) -> NDArray[np.float32]:
    """Unit vectors around some axes of a space, a block for each."""
    random = np.random.default_rng(seed)
    rows = np.concatenate([np.eye(16)[axis] + random.normal(0, spread, (each, 16)) for axis in middles])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def words(*names: str, each: int = 25) -> list[tuple[str, ...]]:
    return [(name, f"muu{at}") for name in names for at in range(each)]


def test_codes_given_together_are_told() -> None:
    labels = np.zeros((40, 3), bool)
    labels[:20, 0] = labels[2:20, 1] = True
    labels[15:40, 2] = True
    (found,) = overlaps_of(labels, CODES)
    assert found.codes == ("water", "steam")
    assert (found.shared, found.share) == (18, 0.9)


def test_few_common_passages_say_nothing() -> None:
    labels = np.zeros((10, 3), bool)
    labels[:4, :2] = True
    assert overlaps_of(labels, CODES) == ()
    assert overlaps_of(np.zeros((0, 3), bool), CODES) == ()


def test_a_code_that_holds_two_things_is_told_with_their_words() -> None:
    found = split_of("water", around(0, 5), ["fi"] * 50, words("kaivo", "viemäri"))
    assert found is not None
    assert [count for count, _ in found.groups] == [25, 25]
    assert {phrases["fi"][0] for _, phrases in found.groups} == {"kaivo", "viemäri"}
    assert found.stability > 0.6


def test_a_code_that_holds_one_thing_is_not() -> None:
    random = np.random.default_rng(1).normal(size=(50, 16)).astype(np.float32)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    assert split_of("water", random, ["fi"] * 50, words("vesi", each=50)) is None


def test_a_code_whose_later_passages_lie_elsewhere_drifts() -> None:
    found = drift_of("water", around(0, 5), ["fi"] * 50, words("kaivo", "viemäri"))
    assert found is not None
    assert found.chance <= 0.01
    assert found.earlier["fi"][0] == "kaivo"
    assert found.later["fi"][0] == "viemäri"


def test_an_order_of_chance_is_no_drift() -> None:
    told = 0
    for seed in range(40):
        rows = around(0, 5, seed=seed)[np.random.default_rng(seed).permutation(50)]
        told += drift_of("water", rows, ["fi"] * 50, words("vesi", each=50)) is not None
    assert told <= 2


def test_another_language_is_no_drift() -> None:
    """Finnish first and Swedish later lie apart in any multilingual space."""
    assert drift_of("water", around(0, 5), ["fi"] * 25 + ["sv"] * 25, words("vesi", "vatten")) is None


def test_a_project_tells_of_its_codes_by_what_people_coded(tmp_path: Path) -> None:
    """Water is given to two things, and to the second one later; steam always goes along."""
    project = init_project(tmp_path / "p", "P", ("fi",))
    texts = [f"unit {at}" for at in range(50)]
    append(create_cache(project.work / "vectors" / "m@1-x", 16, "m@1", ""), texts, around(0, 5))
    spans = np.stack([np.arange(50) * 10, np.arange(50) * 10 + 9], axis=1)
    keys = tuple(text_key("", text) for text in texts)
    logits = np.full((50, 3), -6, np.float32)
    lemmas = tuple(words("kaivo", "viemäri"))
    write_scores(
        project,
        Scored("one", 1, "m@1", "b", CODES, spans, np.zeros(50, bool), ("fi",) * 50, keys, logits, lemmas),
    )
    assert code_use(project).overlaps == ()
    journal = Journal(project, "ann", "one")
    for at in range(50):
        for code in ("water", "steam"):
            journal.add_coding(code, Anchor(1, at * 10, at * 10 + 9, "x" * 9))
    found = code_use(project)
    assert [(one.codes, one.shared) for one in found.overlaps] == [(("water", "steam"), 50)]
    assert {one.code for one in found.splits} == {"water", "steam"}
    assert {one.code for one in found.drifts} == {"water", "steam"}
