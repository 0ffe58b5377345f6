"""Embedding: only what is missing, long texts whole, clear refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.coding.embed import embed, find_model, vectors_of
from qualkit.coding.encoder import WINDOW, EmbeddingModel, windows
from qualkit.errors import BadFile, MissingModel
from tests.coding.conftest import FAKE, WIDTH, FakeEncoder
from tests.steps import run

if TYPE_CHECKING:
    from pathlib import Path


def test_each_text_is_embedded_once(tmp_path: Path, encoder: FakeEncoder) -> None:
    cache, steps = run(embed(tmp_path, FAKE, ["a b", "c", "a b"]))
    assert sorted(encoder.seen) == ["a b", "c"]
    assert steps[-1].done == steps[-1].total == 2
    again, none = run(embed(tmp_path, FAKE, ["c", "a b"]))
    assert len(encoder.seen) == 2
    assert not none
    assert np.allclose(again.get(["a b"]), cache.get(["a b"]))
    run(embed(tmp_path, FAKE, ["c", "new"]))
    assert encoder.seen[-1] == "new"


def test_clauses_get_the_same_vectors_and_are_embedded_once(tmp_path: Path, encoder: FakeEncoder) -> None:
    cache, _ = run(embed(tmp_path, FAKE, ["first thing", "other thing"]))
    vectors = vectors_of(tmp_path, FAKE)
    assert np.allclose(vectors(["other thing", "first thing"]), cache.get(["other thing", "first thing"]))
    vectors(["a clause", "other thing"])
    vectors(["a clause"])
    assert sorted(encoder.seen) == ["a clause", "first thing", "other thing"]


def test_vectors_that_were_lost_are_made_again_and_counted(tmp_path: Path, encoder: FakeEncoder) -> None:
    texts = [f"text {i}" for i in range(10)]
    cache, _ = run(embed(tmp_path, FAKE, texts))
    assert cache.made == 10
    assert run(embed(tmp_path, FAKE, texts))[0].made == 0
    rows = cache.folder / "vectors.f16"
    rows.write_bytes(rows.read_bytes()[: rows.stat().st_size // 2])
    again, _ = run(embed(tmp_path, FAKE, texts[:7]))
    assert again.made == 2
    assert set(map(len, again.get(texts[:7]))) == {WIDTH}


def test_vectors_have_unit_length(tmp_path: Path, encoder: FakeEncoder) -> None:
    texts = ["x", "123 456", "漢字かな交じり文", "🔧", "word " * 3_000, "a" * 30_000, ""]
    cache, _ = run(embed(tmp_path, FAKE, texts))
    lengths = np.linalg.norm(cache.get(texts[:6]), axis=1)
    assert np.allclose(lengths, 1, atol=0.01)


def test_long_texts_are_read_to_their_end() -> None:
    words = [f"w{i}" for i in range(3 * WINDOW + 5)]
    assert " ".join(windows(" ".join(words))).split() == words
    assert windows("short") == ["short"]
    assert all(len(piece) <= WINDOW * 12 for piece in windows("漢" * 50_000))


def test_another_prompt_has_other_vectors(tmp_path: Path, encoder: FakeEncoder) -> None:
    one, _ = run(embed(tmp_path, FAKE, ["a"]))
    other, _ = run(embed(tmp_path, EmbeddingModel(FAKE.folder, FAKE.name, FAKE.hash, ""), ["a"]))
    assert one.folder != other.folder


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadFile, match=r"modules\.json"):
        find_model(str(tmp_path))
    with pytest.raises(MissingModel):
        find_model("no-such-model")


@pytest.mark.real_model
def test_a_model_without_its_tokenizer_is_refused(tmp_path: Path) -> None:
    from shutil import copytree

    from qualkit.weights.store import model_path

    copytree(model_path("multilingual-e5-small"), tmp_path / "m")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "m" / name).unlink()
    with pytest.raises(BadFile, match="has no tokenizer"):
        run(embed(tmp_path, find_model(str(tmp_path / "m")), ["a"]))


@pytest.mark.real_model
def test_a_model_that_is_wrong_about_its_dimensions_is_refused(tmp_path: Path) -> None:
    from shutil import copytree

    from qualkit.weights.store import model_path

    copytree(model_path("multilingual-e5-small"), tmp_path / "m")
    config = tmp_path / "m" / "1_Pooling" / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace("384", "512"), encoding="utf-8")
    with pytest.raises(BadFile, match=r"512 dimensions; they have 384\.") as caught:
        run(embed(tmp_path, find_model(str(tmp_path / "m")), ["a"]))
    assert caught.value.path == tmp_path / "m"


@pytest.mark.real_model
def test_real_vectors_cross_languages(tmp_path: Path) -> None:
    texts = ["höyrykattila on vanha", "ångpannan är gammal", "the football match was cancelled"]
    cache, _ = run(embed(tmp_path, find_model(), texts))
    steam_fi, steam_sv, football = cache.get(texts)
    assert steam_fi @ steam_sv > steam_fi @ football
