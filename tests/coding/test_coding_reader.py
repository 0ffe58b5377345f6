"""The reader: single words in their place say a code, kept beside the vectors and told as a reason."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qualkit.coding import encoder as encoding
from qualkit.coding.embed import embed, find_model
from qualkit.coding.engine import build_scorer, reasons, score
from qualkit.coding.experience import digest_of
from qualkit.coding.experience_store import experience_of
from qualkit.coding.reader import (
    SHIPPED_READER,
    Reader,
    kept,
    logits_of,
    packed,
    read_reader,
    readings,
    readings_folder,
    whole_text,
    write_reader,
)
from qualkit.coding.units import Unit
from qualkit.coding.vectors import open_cache
from qualkit.files.coded_units import coded_text, units_beside
from tests.coding.conftest import FAKE, WIDTH, FakeEncoder
from tests.coding.test_coding_experience import BOOK, taught, vectors
from tests.steps import ended

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float32]


def reader(codes: int = 2, width: int = 3, digest: str = "d") -> Reader:
    """Each code heeds words that are high in one dimension, and says what they are there."""
    eye = np.eye(width, dtype=np.float32)
    return Reader(
        digest,
        (1,),
        np.zeros(width, np.float32),
        np.ones(width, np.float32),
        eye[None],
        np.zeros((1, width), np.float32),
        20 * eye[None, :, :codes],
        eye[None, :, :codes],
        np.zeros((1, width, codes), np.float32),
        np.zeros((1, width, codes), np.float32),
        np.full((1, codes), -3, np.float32),
    )


def test_one_word_carries_a_code_however_long_the_text() -> None:
    said = np.zeros((200, 3), np.float32)
    without = reader().read(said)
    said[7, 0] = 5
    made = reader().read(said)
    assert made[0] == pytest.approx(2, abs=0.05)
    assert made[1] == pytest.approx(without[1], abs=1e-6)


def test_several_networks_say_their_mean() -> None:
    one = reader()
    random = np.random.default_rng(3)
    other = replace(one, say=random.normal(size=one.say.shape).astype(np.float32))
    other = replace(other, plain=random.normal(size=one.plain.shape).astype(np.float32))
    names = ("hidden", "hidden_constant", "heed", "say", "whole", "plain", "constant")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names
    }
    both = replace(one, **joined)
    said = random.normal(size=(9, 3)).astype(np.float32)
    np.testing.assert_allclose(both.read(said), (one.read(said) + other.read(said)) / 2, rtol=1e-5)


def test_a_code_said_in_one_window_is_said() -> None:
    made = whole_text([np.array([3.0, -4, -5], np.float32), np.array([-4.0, -4, 2], np.float32)])
    assert made.tolist() == [3, -4, -5]


def test_logits_are_kept_as_directions() -> None:
    logits = np.array([[-12.5, 0.01, 7], [0, 0, 0]], np.float32)
    rows = kept(logits)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(logits_of(rows.astype(np.float16).astype(np.float32)), logits, atol=0.02)


def test_a_kept_reader_says_the_same_and_one_of_other_units_nothing(tmp_path: Path) -> None:
    held, file = reader(), tmp_path / "r.npz"
    write_reader(file, held)
    found = read_reader(file, "d")
    assert found is not None
    said = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    np.testing.assert_allclose(found.read(said), held.read(said), atol=0.02)
    assert found.hash == held.hash != replace(held, constant=held.constant + 1).hash
    assert read_reader(file, "other") is None
    file.write_bytes(file.read_bytes()[:-100])
    assert read_reader(file, "d") is None
    assert read_reader(tmp_path / "none.npz", "d") is None
    with np.load(io.BytesIO(packed(held))) as now:
        np.savez(file, **{**now, "format": np.array(1)})
    assert read_reader(file, "d") is None


def states(encoder: Any, prompt: str, texts: Sequence[str], layers: object) -> tuple[Array, list[Array]]:
    """Every word stands for itself: its own vector is its state."""
    return vectors(texts), [vectors(text.split()) for text in texts]


def test_vectors_and_readings_come_of_one_pass(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[str] = []

    def counted(encoder: Any, prompt: str, texts: Sequence[str], layers: object) -> tuple[Array, list[Array]]:
        passes.extend(texts)
        return states(encoder, prompt, texts, layers)

    monkeypatch.setattr(encoding, "embedded_with_states", counted)
    held, texts = reader(width=WIDTH), ["the old boiler", "a leak"]
    cache = ended(embed(tmp_path, FAKE, texts, reader=held))
    assert sorted(passes) == sorted(texts)
    said = readings(tmp_path, FAKE, held)
    assert said is not None
    np.testing.assert_allclose(said(texts)[1], held.read(vectors(texts[1].split())), atol=0.02)
    np.testing.assert_allclose(cache.get(texts), vectors(texts), atol=0.001)
    ended(embed(tmp_path, FAKE, texts, reader=held))
    assert len(passes) == len(texts)
    # Another reader has read nothing yet.
    other = replace(held, constant=held.constant + 1)
    ended(embed(tmp_path, FAKE, texts, reader=other))
    assert len(passes) == 2 * len(texts)
    vectors_now = open_cache(cache.folder)
    assert vectors_now is not None
    assert len(vectors_now.table) == len(texts)
    folder = readings_folder(tmp_path, FAKE, other)
    found = open_cache(folder)
    assert found is not None
    assert not found.missing(texts)
    assert folder != readings_folder(tmp_path, FAKE, held)


def test_long_texts_are_read_window_by_window(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "embedded_with_states", states)
    held, text = reader(width=WIDTH), "word " * 300 + "boiler"
    ended(embed(tmp_path, FAKE, [text], reader=held))
    said = readings(tmp_path, FAKE, held)
    assert said is not None
    by_window = [held.read(vectors(part.split())) for part in encoding.windows(text)]
    assert len(by_window) > 1
    np.testing.assert_allclose(said([text])[0], whole_text(by_window), atol=0.02)


def test_what_it_says_is_in_score_and_reasons() -> None:
    experience = taught()
    width = len(experience.codes)

    def said(of: float) -> Any:
        row = np.full(width, -5, np.float32)
        row[experience.codes.index("steam")] = of
        return lambda texts: np.tile(row, (len(texts), 1))

    unit = Unit("it tripped again", "en")
    low, high = (build_scorer(BOOK, vectors, experience=experience, readings=said(of)) for of in (-5.0, 4.0))
    (before,), (after,) = score(low, [unit], vectors), score(high, [unit], vectors)
    steam, water, new = (high.codes.index(code) for code in ("steam", "water", "new"))
    assert after.logits[0, steam] > before.logits[0, steam] + 1
    assert after.logits[0, water] == pytest.approx(before.logits[0, water])
    # A code of which the experience knows nothing is scored as without it.
    (alone,) = score(build_scorer(BOOK, vectors), [unit], vectors)
    assert after.logits[0, new] == pytest.approx(alone.logits[0, new], abs=1e-4)
    given = reasons(high, after, 0, steam)
    assert sum(r.weight for r in given) == pytest.approx(float(after.logits[0, steam]), abs=0.01)


@pytest.mark.real_model
def test_what_ships_belongs_to_the_units_that_ship_and_reads(tmp_path: Path) -> None:
    from qualkit.files.sample import CODEBOOK, sample_root

    model, coded = find_model(), units_beside(sample_root() / CODEBOOK)
    held = read_reader(SHIPPED_READER, digest_of(coded_text(coded).encode(), f"{model.hash}\0{model.prompt}"))
    assert held is not None
    experience = ended(experience_of(coded, model, tmp_path))
    assert experience is not None
    assert experience.reader is not None
    assert experience.id != experience.digest
    texts = ["Höyrykattila laukes taas viime yönä ja kaikki kuivaimet seis.", "joo no niin se menee"]
    ended(embed(tmp_path, model, texts, reader=held))
    said = readings(tmp_path, model, held)
    assert said is not None
    steam, chat = said(texts)
    assert experience.codes[int(steam.argmax())] == "steam-heat"
    assert experience.codes[int(chat.argmax())] == "none"
