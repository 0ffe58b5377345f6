"""Texts into vectors with a sentence-transformers model, nothing kept.

Texts longer than the model reads are embedded in windows whose vectors are averaged, so that no part of a
long answer is dropped in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.coding.reader import Reader, kept, whole_text
from qualkit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

WINDOW = 160
"""Words of a window of a long text: in Finnish about 450 of the 512 tokens a model reads."""
BATCH_TEXTS = 32
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
"""One of these holds a model's vocabulary."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A sentence-transformers folder, known well enough to find its vectors without loading it."""

    folder: Path
    name: str
    """Slug-safe; the folder's name where the model was given by path."""
    hash: str
    prompt: str
    """Put before every text. All texts get the same one: codes and units are compared both ways."""
    processes: int = field(default=0, compare=False)
    """How many embed at once; 0: as many as pay here."""

    @property
    def id(self) -> str:
        """``NAME@HASH``: how suggestions and certificates name the model."""
        return f"{self.name}@{self.hash}"


@lru_cache(maxsize=1)
def load_encoder(model: EmbeddingModel) -> Any:
    """The sentence-transformers model itself, on the CPU or the GPU that torch finds. Heavy, so kept."""
    import logging

    if not any(any(model.folder.rglob(name)) for name in TOKENIZERS):
        # The library makes an empty tokenizer up, for which all texts are alike.
        hint = "Run `qualkit models verify`, or fetch the model again."
        raise BadFile(model.folder, "has no tokenizer.", hint)
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as noise

    noise.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        encoder = SentenceTransformer(str(model.folder), local_files_only=True)
    except Exception as error:  # the library raises a different one for every missing part
        hint = "Run `qualkit models verify`, or name another model under [models] embedding."
        raise BadFile(
            model.folder, f"cannot be loaded as an embedding model ({type(error).__name__}).", hint
        ) from error
    # What half precision changes is less than what the cache of vectors rounds away. Most CPUs have no such
    # numbers of their own and are slower with them.
    return encoder.half() if encoder.device.type == "cuda" else encoder


def encode(
    encoder: Any, model: EmbeddingModel, texts: Sequence[str], reader: Reader | None
) -> tuple[NDArray[np.float32], ...]:
    """Unit vectors of a batch; long texts as the mean of their windows. With a reader, what it said too.

    Raises:
        BadFile: the model makes vectors of another length than it says.
    """
    pieces: list[str] = []
    owners: list[int] = []
    for index, text in enumerate(texts):
        for window in windows(text):
            pieces.append(window)
            owners.append(index)
    said: list[list[NDArray[np.float32]]] = [[] for _ in texts]
    if reader is None:
        raw = np.asarray(
            encoder.encode(
                pieces, prompt=model.prompt or None, batch_size=BATCH_TEXTS, show_progress_bar=False
            ),
            np.float32,
        )
    else:
        parts = []
        for at in range(0, len(pieces), BATCH_TEXTS):
            few = pieces[at : at + BATCH_TEXTS]
            part, states = embedded_with_states(encoder, model.prompt, few, reader.layers)
            parts.append(part)
            for owner, one in zip(owners[at : at + BATCH_TEXTS], states, strict=True):
                said[owner].append(reader.read(one))
        raw = np.concatenate(parts)
    dimensions = int(encoder.get_embedding_dimension())
    if raw.shape[1] != dimensions:
        message = f"says that its vectors have {dimensions} dimensions; they have {raw.shape[1]}."
        raise BadFile(model.folder, message, "Run `qualkit models verify`, or fetch the model again.")
    raw /= np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-9)
    rows = np.zeros((len(texts), raw.shape[1]), np.float32)
    np.add.at(rows, owners, raw)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return (rows,) if reader is None else (rows, kept(np.stack([whole_text(windows) for windows in said])))


def embedded_with_states(
    encoder: Any, prompt: str, texts: Sequence[str], layers: Sequence[int]
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Vectors of a batch, and of each text the states of some layers: tokens × (dimensions of all layers)."""
    import torch

    encoder[0].auto_model.config.output_hidden_states = True
    given = encoder.preprocess(list(texts), prompt=prompt or None)
    with torch.inference_mode():
        made = encoder(
            {
                name: value.to(encoder.device) if hasattr(value, "to") else value
                for name, value in given.items()
            }
        )
        chosen = torch.cat([made["all_layer_embeddings"][layer] for layer in layers], dim=2)
    there = made["attention_mask"].bool().cpu().numpy()
    states = chosen.float().cpu().numpy()
    rows = [one[real] for one, real in zip(states, there, strict=True)]
    return np.asarray(made["sentence_embedding"].float().cpu().numpy(), np.float32), rows


def windows(text: str) -> list[str]:
    """A text in pieces that a model reads whole: itself, or windows of :data:`WINDOW` words."""
    words = text.split()
    if len(words) <= WINDOW and len(text) <= WINDOW * 12:
        return [text]
    pieces, size = [], max(1, min(WINDOW, len(words)))
    for at in range(0, len(words), size):
        piece = " ".join(words[at : at + size])
        # Scripts without spaces, and pasted rubbish, are cut by signs.
        pieces += [piece[i : i + WINDOW * 12] for i in range(0, len(piece), WINDOW * 12)]
    return pieces
