"""A reader: what the embedding model saw word by word, where a vector keeps only the mean.

In the mean of forty words the two that carry a code are lost. A reader looks at
what two layers of the frozen model made of each word and lets every code choose the
words that it heeds: label-wise attention (Mullenbach et al. 2018, arXiv:1802.05695) over one
hidden layer that all codes share. Networks that began differently are wrong about
different units, so a reader is the mean of several (Lakshminarayanan et al. 2017,
arXiv:1612.01474). It says a logit for each code of the coded units that taught it
(:mod:`.experience`), and one for *nothing here*, in any language.

The shipped one (``reader.npz``, made by ``benchmarks/coding/fit_reader.py``) serves the sample codebook's
units under the default model. Without one the experience speaks alone.

Format history: 1 — first; 2 — several networks.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from qualkit.coding.vectors import open_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from qualkit.coding.encoder import EmbeddingModel

    Array = NDArray[np.float32]

READER_FORMAT = 2
SHIPPED_READER = Path(__file__).with_name("reader.npz")
BESIDE: Final = 20.0
"""Stands beside the logits where they are kept: see :func:`kept`."""


@dataclass(frozen=True)
class Reader:
    """Weights of a reader; its codes are those of the experience with the same digest."""

    digest: str
    """Of the units and the embedding model: :func:`~qualkit.coding.experience.digest_of`."""
    layers: tuple[int, ...]
    """Of the embedding model, counted from 1: their states stand side by side."""
    middle: Array = field(repr=False)
    """What a state usually is, and how much it varies."""
    spread: Array = field(repr=False)
    hidden: Array = field(repr=False)
    """Networks × states × hidden, and the constants of the hidden layers."""
    hidden_constant: Array = field(repr=False)
    heed: Array = field(repr=False)
    """Networks × hidden × codes: how much a code heeds a word."""
    say: Array = field(repr=False)
    """Networks × hidden × codes: what a word that is heeded says."""
    whole: Array = field(repr=False)
    """Networks × hidden × codes: what all words say alike."""
    plain: Array = field(repr=False)
    """Networks × states × codes: the same of the states themselves."""
    constant: Array = field(repr=False)
    """Networks × codes."""

    @property
    def hash(self) -> str:
        """Of everything it is made of."""
        known: str | None = self.__dict__.get("_hash")
        if known is None:
            seen = blake2b(f"{self.digest}{self.layers}".encode(), digest_size=6)
            for name in _WEIGHTS:
                seen.update(getattr(self, name).astype(np.float16).tobytes())
            known = self.__dict__["_hash"] = seen.hexdigest()
        return known

    def read(self, states: Array) -> Array:
        """Logits of the codes for one text, from its states: words × (dimensions of all layers)."""
        said = np.asarray((states - self.middle) / self.spread, np.float32)
        hidden = _gelu(said @ self.hidden + self.hidden_constant[:, None])
        heed = hidden @ self.heed
        heed = np.exp(heed - heed.max(axis=1, keepdims=True))
        heed /= heed.sum(axis=1, keepdims=True)
        made = (heed * (hidden @ self.say)).sum(axis=1) + said.mean(axis=0) @ self.plain + self.constant
        made += (hidden.mean(axis=1, keepdims=True) @ self.whole)[:, 0]
        return np.asarray(made.mean(axis=0), np.float32)


_WEIGHTS = tuple(one.name for one in fields(Reader) if one.name not in {"digest", "layers"})


def _gelu(x: Array) -> Array:
    """The gentle threshold of Hendrycks and Gimpel (arXiv:1606.08415), by its tanh form."""
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), np.float32)


def whole_text(windows: Sequence[Array]) -> Array:
    """Logits of a text from those of its windows: a code said in one is said; nothing, only if in all."""
    table = np.asarray(windows, np.float32)
    return np.concatenate([table[:, :-1].max(axis=0), table[:, -1:].min(axis=0)])


def kept(logits: Array) -> Array:
    """Logits, texts × codes, as directions: a constant beside them, then unit length, as vectors are kept."""
    rows = np.hstack([logits, np.full((len(logits), 1), BESIDE, np.float32)])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def logits_of(rows: Array) -> Array:
    """What :func:`kept` was given."""
    return np.asarray(rows[:, :-1] / rows[:, -1:] * BESIDE, np.float32)


def readings_folder(work: Path, model: EmbeddingModel, reader: Reader) -> Path:
    """Where a project's work folder keeps what a reader said of texts."""
    return work / "readings" / f"{model.id}-{reader.hash}"


def readings(
    work: Path, model: EmbeddingModel, reader: Reader | None
) -> Callable[[Sequence[str]], Array] | None:
    """Logits of texts that were embedded with a reader; None without one, or where it has read nothing."""
    cache = open_cache(readings_folder(work, model, reader)) if reader else None
    return (lambda texts: logits_of(cache.get(texts))) if cache else None


def packed(reader: Reader) -> bytes:
    """A reader as its file holds it, in float16."""
    stream = io.BytesIO()
    weights = {name: getattr(reader, name).astype(np.float16) for name in _WEIGHTS}
    np.savez(
        stream,
        format=np.array(READER_FORMAT),
        digest=np.array(reader.digest),
        layers=np.array(reader.layers),
        **weights,
    )
    return stream.getvalue()


def unpacked(content: bytes, digest: str) -> Reader | None:
    """The reader of a file's content if it learned from the units and under the model of ``digest``."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            if int(held["format"]) != READER_FORMAT or str(held["digest"]) != digest:
                return None
            weights = {name: held[name].astype(np.float32) for name in _WEIGHTS}
            return Reader(digest, tuple(int(layer) for layer in held["layers"]), **weights)
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile):
        # It can be done without.
        return None


def write_reader(path: Path, reader: Reader) -> None:
    """Keep a reader."""
    from qualkit.files.atomic import write_bytes

    write_bytes(path, packed(reader))


def read_reader(path: Path, digest: str) -> Reader | None:
    """:func:`unpacked` of a file; None where it cannot be read."""
    with suppress(OSError):
        return unpacked(path.read_bytes(), digest)
    return None
