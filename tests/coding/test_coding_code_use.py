"""Codes that overlap, ought to be split, or drift; and none of it where there is nothing to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.code_use import drift_of, overlaps_of, split_of

if TYPE_CHECKING:
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
