"""Texts into vectors with any sentence-transformers model, through the cache of :mod:`.vectors`.

The model is loaded only when a text is really missing. Batches hold texts of
about one length and are sized by words, which is what CPU time and memory go
by. Texts longer than the model reads are embedded in windows whose vectors are
averaged, so that no part of a long answer is dropped in silence.
"""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.coding.reader import Reader, kept, readings_folder, whole_text
from qualkit.coding.vectors import VectorCache, append, create_cache, open_cache
from qualkit.errors import BadFile, MissingModel
from qualkit.files.memory import hand_back
from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from qualkit.files.project import Project

DEFAULT_MODEL = "multilingual-e5-small"
WINDOW = 160
"""Words of a window of a long text: in Finnish about 450 of the 512 tokens a model reads."""
BATCH_WORDS = 1_000
"""Words in a batch, padding included."""
BATCH_TEXTS = 32
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
"""One of these holds a model's vocabulary."""
COMMIT_EVERY = 512
"""Texts between two writes to the cache: what a crash can cost."""


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A sentence-transformers folder, known well enough to find its vectors without loading it."""

    folder: Path
    name: str
    """Slug-safe; the folder's name where the model was given by path."""
    hash: str
    prompt: str
    """Put before every text. All texts get the same one: codes and units are compared both ways."""

    @property
    def id(self) -> str:
        """``NAME@HASH``: how suggestions and certificates name the model."""
        return f"{self.name}@{self.hash}"


def embedding_model(project: Project) -> EmbeddingModel:
    """The embedding model a project asks for: ``[models] embedding`` and ``prompt`` of its settings.

    Raises:
        MissingModel: its weights are not here.
        BadFile: the folder is no sentence-transformers model.
    """
    models = project.settings.get("models", {})
    prompt = models.get("prompt")
    return find_model(str(models.get("embedding") or DEFAULT_MODEL), None if prompt is None else str(prompt))


def find_model(name: str = DEFAULT_MODEL, prompt: str | None = None) -> EmbeddingModel:
    """An embedding model by name or folder; ``prompt`` names one of its own, or is the text itself."""
    from qualkit.weights.store import model_hash, model_path

    folder = model_path(name)
    if not (folder / "modules.json").exists():
        hint = "Name a folder that sentence-transformers saved."
        raise BadFile(folder, "is no sentence-transformers model: modules.json is missing.", hint)
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).name).strip("-.") or "model"
    return EmbeddingModel(folder, slug, model_hash(folder), _prompt(folder, prompt))


def _prompt(folder: Path, wanted: str | None) -> str:
    """The prompt's text: the one asked for, else the model's ``query``, else its default, else none."""
    file = folder / "config_sentence_transformers.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except ValueError as error:
        raise BadFile(file, "is not JSON.", "Fetch the model again.") from error
    prompts = config.get("prompts") or {}
    if wanted is not None:
        return str(prompts.get(wanted, wanted))
    return str(prompts.get("query") or prompts.get(config.get("default_prompt_name") or "") or "")


def cache_folder(work: Path, model: EmbeddingModel) -> Path:
    """Where a project's work folder keeps the vectors of a model under one prompt."""
    from hashlib import blake2b

    mark = blake2b(model.prompt.encode(), digest_size=3).hexdigest() if model.prompt else "plain"
    return work / "vectors" / f"{model.id}-{mark}"


def embed(
    work: Path, model: EmbeddingModel, texts: Iterable[str], *, item: str = "", reader: Reader | None = None
) -> Generator[Step, None, VectorCache]:
    """Vectors for every text, computing those that are missing; returns the cache that holds them all.

    With a reader, what it says of each text is computed in the same pass and kept beside
    (:func:`~qualkit.coding.reader.readings`).

    Raises:
        BadFile: the model cannot be loaded, or the cache belongs to another one.
    """
    texts = list(texts)
    folder = cache_folder(work, model)
    cache = open_cache(folder)
    missing = cache.missing(texts) if cache else list(dict.fromkeys(texts))
    if reader is not None:
        read = open_cache(readings_folder(work, model, reader))
        wanted = {*missing, *(read.missing(texts) if read else texts)}
        missing = [text for text in dict.fromkeys(texts) if text in wanted]
    if cache and not missing:
        return cache
    yield Step("embed", item, 0, len(missing), "texts", "loading the model" if missing else "")
    encoder = load_encoder(model)
    dimensions = int(encoder.get_embedding_dimension())
    caches = [create_cache(folder, dimensions, model.id, model.prompt)]
    if reader is not None:
        codes = len(reader.constant)
        caches.append(
            create_cache(
                readings_folder(work, model, reader), codes + 1, f"{model.id}-{reader.hash}", model.prompt
            )
        )
    done, pending_texts, pending_rows = 0, list[str](), list[tuple[Any, ...]]()
    for batch in _batches(missing):
        rows = _encode(encoder, model, batch, reader)
        if rows[0].shape[1] != dimensions:
            message = f"says that its vectors have {dimensions} dimensions; they have {rows[0].shape[1]}."
            raise BadFile(model.folder, message, "Run `qualkit models verify`, or fetch the model again.")
        pending_texts += batch
        pending_rows.append(rows)
        if len(pending_texts) >= COMMIT_EVERY or done + len(pending_texts) == len(missing):
            for held, made in zip(caches, zip(*pending_rows, strict=True), strict=True):
                append(held, pending_texts, np.concatenate(made))
            done += len(pending_texts)
            pending_texts, pending_rows = [], []
        yield Step("embed", item, done + len(pending_texts), len(missing), "texts")
    opened = open_cache(folder)
    assert opened is not None
    return opened


def vectors_of(work: Path, model: EmbeddingModel) -> Callable[[list[str]], NDArray[np.float32]]:
    """What segmentation asks for the meaning of clauses: a function of texts, through the same cache."""

    def vectors(texts: list[str]) -> NDArray[np.float32]:
        deque(embed(work, model, texts), maxlen=0)
        cache = open_cache(cache_folder(work, model))
        assert cache is not None
        return cache.get(texts)

    return vectors


def segmentation_vectors(project: Project) -> Callable[[list[str]], NDArray[np.float32]] | None:
    """:func:`vectors_of` the project's model; None where its weights are not here."""
    try:
        return vectors_of(project.work, embedding_model(project))
    except MissingModel:
        return None


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
        return SentenceTransformer(str(model.folder), local_files_only=True)
    except Exception as error:  # the library raises a different one for every missing part
        hint = "Run `qualkit models verify`, or name another model under [models] embedding."
        raise BadFile(
            model.folder, f"cannot be loaded as an embedding model ({type(error).__name__}).", hint
        ) from error


_drop_encoder = load_encoder.cache_clear


def let_go() -> None:
    """Drop the loaded model: what follows needs the memory. The next text loads it again."""
    _drop_encoder()
    hand_back()


def _encode(
    encoder: Any, model: EmbeddingModel, texts: Sequence[str], reader: Reader | None
) -> tuple[NDArray[np.float32], ...]:
    """Unit vectors of a batch; long texts as the mean of their windows. With a reader, what it said too."""
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


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts sorted by length, in batches of about :data:`BATCH_WORDS`."""
    batch: list[str] = []
    for text in sorted(texts, key=lambda t: (len(t), t)):
        longest = max(8, len(text) // 7)
        if batch and ((len(batch) + 1) * longest > BATCH_WORDS or len(batch) >= BATCH_TEXTS):
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch
