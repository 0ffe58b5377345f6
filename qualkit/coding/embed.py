"""Texts into vectors with any sentence-transformers model, through the cache of :mod:`.vectors`.

The model is loaded only when a text is really missing. Batches hold texts of
about one length and are sized by words, which is what CPU time and memory go
by.
"""

from __future__ import annotations

import json
import re
from collections import deque
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qualkit.coding.encoder import BATCH_TEXTS, EmbeddingModel, load_encoder
from qualkit.coding.encoders import encoded
from qualkit.coding.reader import Reader, readings_folder
from qualkit.coding.vectors import VectorCache, append, create_cache, open_cache
from qualkit.errors import BadFile, MissingModel
from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from qualkit.files.project import Project

DEFAULT_MODEL = "multilingual-e5-small"
BATCH_WORDS = 1_000
"""Words in a batch, padding included."""
COMMIT_EVERY = 512
"""Texts between two writes to the cache: what a crash can cost."""


def embedding_model(project: Project) -> EmbeddingModel:
    """The embedding model of a project: ``[models] embedding``, ``prompt`` and ``processes`` of its settings.

    Raises:
        MissingModel: its weights are not here.
        BadFile: the folder is no sentence-transformers model, or a setting is of the wrong kind.
    """
    models = project.settings.get("models", {})
    prompt = models.get("prompt")
    found = find_model(str(models.get("embedding") or DEFAULT_MODEL), None if prompt is None else str(prompt))
    return replace(found, processes=project.setting("models", "processes", 0))


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
    # Of the vectors, and of what the reader says: either may be here without the other.
    lacking = [_lacking(cache, texts)]
    if reader is not None:
        lacking.append(_lacking(open_cache(readings_folder(work, model, reader)), texts))
    missing = [text for text in dict.fromkeys(texts) if any(text in some for some in lacking)]
    if not missing:
        if cache is None:
            dimensions = int(load_encoder(model).get_embedding_dimension())
            cache = create_cache(folder, dimensions, model.id, model.prompt)
        return cache
    yield Step("embed", item, 0, len(missing), "texts", "loading the model")
    caches: list[VectorCache] = []
    done, pending_texts, pending_rows = 0, list[str](), list[tuple[NDArray[np.float32], ...]]()
    batches = list(_batches(missing))
    with closing(encoded(model, batches, reader)) as every:
        for batch, rows in every:
            caches = caches or _caches(work, model, reader, rows)
            pending_texts += batch
            pending_rows.append(rows)
            if len(pending_texts) >= COMMIT_EVERY or done + len(pending_texts) == len(missing):
                for held, lacks, made in zip(caches, lacking, zip(*pending_rows, strict=True), strict=True):
                    own = [at for at, text in enumerate(pending_texts) if text in lacks]
                    append(held, [pending_texts[at] for at in own], np.concatenate(made)[own])
                done += len(pending_texts)
                pending_texts, pending_rows = [], []
            yield Step("embed", item, done + len(pending_texts), len(missing), "texts")
    opened = open_cache(folder)
    assert opened is not None
    return replace(opened, made=len(lacking[0]))


def _lacking(cache: VectorCache | None, texts: Sequence[str]) -> set[str]:
    return set(cache.missing(texts) if cache else texts)


def _caches(
    work: Path, model: EmbeddingModel, reader: Reader | None, rows: tuple[NDArray[np.float32], ...]
) -> list[VectorCache]:
    """Where each kind of rows is kept."""
    made = [create_cache(cache_folder(work, model), rows[0].shape[1], model.id, model.prompt)]
    if reader is not None:
        folder = readings_folder(work, model, reader)
        made.append(create_cache(folder, rows[1].shape[1], f"{model.id}-{reader.hash}", model.prompt))
    return made


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
