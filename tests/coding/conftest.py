"""A stand-in for the embedding model: hashed words as vectors, so that no weights are needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

import numpy as np
import pytest

from qualkit.coding import embed as embedding
from qualkit.coding import encoders
from qualkit.coding.encoder import EmbeddingModel

if TYPE_CHECKING:
    from numpy.typing import NDArray


Result = TypeVar("Result")
WIDTH = 32
FAKE = EmbeddingModel(Path("fake"), "fake", "0123456789ab", "query: ")


class FakeEncoder:
    """Vectors that are near when texts share beginnings of words. Counts what it is asked."""

    def __init__(self, width: int = WIDTH) -> None:
        self.width = width
        self.seen: list[str] = []

    def get_embedding_dimension(self) -> int:
        return self.width

    def encode(self, texts: list[str], **_: object) -> NDArray[np.float32]:
        self.seen += texts
        rows = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                at = crc32(word[:4].encode())
                rows[row, at % self.width] += 1 if at & 0x10000 else -1
            rows[row, 0] += 0.01
        return rows


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> FakeEncoder:
    """Put the stand-in in the place of sentence-transformers, for every project."""
    fake = FakeEncoder()
    for module in (embedding, encoders):
        monkeypatch.setattr(module, "load_encoder", lambda _: fake)
    monkeypatch.setattr(embedding, "find_model", lambda *_: FAKE)
    return fake
