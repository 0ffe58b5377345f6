"""The best partition and its price."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualkit.segment.partition import centred, partition, price_for, smoothed

TOPICS = np.repeat(np.eye(3), 4, axis=0)


def test_topics_are_found_at_their_borders() -> None:
    sizes, hints = [10] * 12, [0.0] * 12
    price = price_for([(TOPICS, sizes, hints)], 40)
    assert partition(TOPICS, sizes, hints, price, 40) == [0, 4, 8]


def test_a_hint_moves_a_border_that_vectors_leave_open() -> None:
    vectors = np.tile([1.0, 0.0], (6, 1))
    hints = [0.0, 0.0, 0.0, 0.0, 1.5, 0.0]
    price = price_for([(vectors, [10] * 6, hints)], 30)
    assert 4 in partition(vectors, [10] * 6, hints, price, 30)


@settings(max_examples=40)
@given(st.integers(1, 8), st.integers(0, 10_000))
def test_no_other_partition_is_better(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, price = rng.normal(size=(count, 3)), float(rng.normal())
    hints = [0.0, *rng.normal(size=count - 1).tolist()]
    sizes = [20] * count

    def worth(cuts: list[int]) -> float:
        ends = [*cuts[1:], count]
        units = [vectors[a:b].sum(axis=0) for a, b in zip(cuts, ends, strict=True)]
        told = sum(hints[cut] for cut in cuts if cut)
        return float(sum(2 * float(np.linalg.norm(unit)) - price for unit in units) + told)

    found = partition(vectors, sizes, hints, price, 1_000.0 / 50)
    options = [[0, *inner] for k in range(count) for inner in combinations(range(1, count), k)]
    longest = [max(b - a for a, b in zip(o, [*o[1:], count], strict=True)) for o in options]
    allowed = [o for o, length in zip(options, longest, strict=True) if length <= 3]
    assert worth(found) == pytest.approx(max(worth(option) for option in allowed))


def test_empty_and_constant_vectors() -> None:
    assert partition(np.zeros((0, 3)), [], [], 0.0, 40) == []
    assert not np.isnan(centred(np.ones((5, 3), dtype=np.float32))).any()
    assert len(partition(np.zeros((5, 3)), [10] * 5, [0.0] * 5, 1.0, 40)) >= 1


def test_smoothing_stays_inside_a_turn() -> None:
    vectors = np.array([[1, 0], [0, 1], [4, 4]], dtype=np.float32)
    out = smoothed(vectors, [2, 1])
    assert out[1].tolist() == [0.5, 1.0]
    assert out[2].tolist() == [6.0, 6.0]
