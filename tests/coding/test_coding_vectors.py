"""The vector cache: whatever a crash leaves behind, no text ever gets another's vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.coding.vectors import append, create_cache, open_cache, text_key
from qualkit.errors import BadFile

if TYPE_CHECKING:
    from pathlib import Path


def rows(count: int, width: int = 4, start: int = 0) -> np.ndarray:
    return np.eye(width, dtype=np.float32)[(np.arange(count) + start) % width]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    cache = create_cache(tmp_path / "v", 4, "m@1", "query: ")
    append(cache, ["a", "b"], rows(2))
    read = open_cache(tmp_path / "v")
    assert read is not None
    assert np.allclose(read.get(["b", "a", "b"]), rows(2)[[1, 0, 1]])
    assert read.missing(["b", "c", "c", "d"]) == ["c", "d"]
    assert read.get([]).shape == (0, 4)
    with pytest.raises(KeyError):
        read.get(["never embedded"])


def test_the_prompt_is_part_of_the_key() -> None:
    assert text_key("query: ", "a") != text_key("passage: ", "a")


@pytest.mark.parametrize("lost", [1, 5, 8, 9])
def test_a_cache_cut_short_keeps_its_whole_rows(tmp_path: Path, lost: int) -> None:
    cache = create_cache(tmp_path / "v", 4, "m@1", "")
    append(cache, ["a", "b", "c"], rows(3))
    table = tmp_path / "v" / "vectors.f16"
    table.write_bytes(table.read_bytes()[:-lost])
    read = open_cache(tmp_path / "v")
    assert read is not None
    whole = 2 if lost <= 8 else 1
    assert len(read.rows) == whole
    assert np.allclose(read.get(["a"]), rows(1))
    append(read, ["d"], rows(1, start=3))
    again = open_cache(tmp_path / "v")
    assert again is not None
    assert np.allclose(again.get(["d"]), rows(1, start=3))
    assert np.allclose(again.get(["a"]), rows(1))


@pytest.mark.parametrize("junk", [[0, 0, 0, 0], [9, 9, 9, 9], [float("nan"), 0, 0, 1], [0.5, 0, 0, 0]])
def test_a_row_that_is_no_unit_vector_is_missing(tmp_path: Path, junk: list[float]) -> None:
    cache = create_cache(tmp_path / "v", 4, "m@1", "")
    append(cache, ["a", "b"], rows(2))
    table = tmp_path / "v" / "vectors.f16"
    table.write_bytes(table.read_bytes()[:8] + np.array(junk, np.float16).tobytes())
    read = open_cache(tmp_path / "v")
    assert read is not None
    assert read.missing(["a", "b"]) == ["b"]
    append(read, ["b"], rows(1, start=1))
    again = open_cache(tmp_path / "v")
    assert again is not None
    assert np.allclose(again.get(["a", "b"]), rows(2))


def test_a_description_that_nests_for_ever_is_refused(tmp_path: Path) -> None:
    create_cache(tmp_path / "v", 4, "m@1", "")
    (tmp_path / "v" / "meta.json").write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(BadFile, match="does not describe"):
        open_cache(tmp_path / "v")


def test_rows_without_keys_are_written_over(tmp_path: Path) -> None:
    """A crash between the two files."""
    cache = create_cache(tmp_path / "v", 4, "m@1", "")
    append(cache, ["a"], rows(1))
    with (tmp_path / "v" / "vectors.f16").open("ab") as file:
        file.write(b"\x01" * 11)
    append(cache, ["b"], rows(1, start=1))
    read = open_cache(tmp_path / "v")
    assert read is not None
    assert np.allclose(read.get(["a", "b"]), rows(2))


def test_another_size_or_model_is_refused(tmp_path: Path) -> None:
    cache = create_cache(tmp_path / "v", 4, "m@1", "")
    with pytest.raises(BadFile, match="4 dimensions; the model m@1 gives 8"):
        create_cache(tmp_path / "v", 8, "m@1", "")
    with pytest.raises(BadFile, match="of m@1, not of n@2"):
        create_cache(tmp_path / "v", 4, "n@2", "")
    with pytest.raises(BadFile, match="4 dimensions"):
        append(cache, ["a"], rows(1, width=8))
    with pytest.raises(BadFile, match="not numbers"):
        append(cache, ["a"], np.full((1, 4), np.nan, np.float32))
    (tmp_path / "v" / "meta.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadFile, match="Delete the folder"):
        open_cache(tmp_path / "v")


def test_no_cache_is_none(tmp_path: Path) -> None:
    assert open_cache(tmp_path / "nothing") is None
