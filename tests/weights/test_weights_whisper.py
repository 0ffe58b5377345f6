"""CTranslate2 weights read, and turned into a checkpoint that openai-whisper loads."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.errors import BadFile
from qualkit.weights.checkpoint import alignment_heads, whisper_checkpoint
from qualkit.weights.ctranslate2 import read_variables, spec_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Ct2 = Callable[..., bytes]


def test_variables_are_read_as_written(tmp_path: Path, ct2: Ct2) -> None:
    path = tmp_path / "model.bin"
    written: dict[str, NDArray[np.generic]] = {
        "decoder/embeddings/weight": np.arange(6, dtype=np.float16).reshape(2, 3),
        "a": np.array(5, np.int16),
        "b": np.array([[1.5]], np.float32),
    }
    path.write_bytes(ct2(written))
    read = read_variables(path)
    assert read.spec == spec_of(path) == "WhisperSpec"
    for name, value in written.items():
        np.testing.assert_array_equal(read.arrays[name], value)
        assert read.arrays[name].dtype == value.dtype
    np.testing.assert_array_equal(
        read.arrays["decoder/projection/weight"], written["decoder/embeddings/weight"]
    )
    assert (read.number("a", 1), read.number("absent", 7)) == (5, 7)


def test_eight_bit_weights_are_multiplied_out(tmp_path: Path, ct2: Ct2) -> None:
    path = tmp_path / "model.bin"
    whole = np.array([[0.5, -1.0, 0.25], [2.0, 4.0, -3.0]], np.float32)
    scale = (127 / np.abs(whole).max(axis=1)).astype(np.float32)
    path.write_bytes(
        ct2(
            {
                "decoder/embeddings/weight": np.rint(whole * scale[:, None]).astype(np.int8),
                "decoder/embeddings/weight_scale": scale,
            }
        )
    )
    read = read_variables(path).weight("decoder/embeddings/weight")
    np.testing.assert_allclose(read, whole, atol=np.abs(whole).max() / 127)


@pytest.mark.parametrize("cut", [1, 10, 40, 400, 4000])
def test_a_file_that_is_cut_short(
    tmp_path: Path, ct2: Ct2, tiny_whisper: Callable[..., object], cut: int
) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(ct2(tiny_whisper())[:-cut])
    with pytest.raises(BadFile, match=r"model\.bin: is cut short"):
        read_variables(path)


@pytest.mark.parametrize("content", [b"", b"\0", b"GGUF" + bytes(60), b"RIFF0000WAVE"])
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(BadFile, match="is not a CTranslate2 model"):
        read_variables(path)


@pytest.mark.parametrize(("mels", "width", "audio", "text"), [(80, 64, 2, 3), (128, 32, 1, 4)])
def test_the_dimensions_are_those_of_the_weights(
    tmp_path: Path,
    ct2: Ct2,
    tiny_whisper: Callable[..., object],
    mels: int,
    width: int,
    audio: int,
    text: int,
) -> None:
    import torch
    from whisper.model import ModelDimensions, Whisper

    (tmp_path / "model.bin").write_bytes(ct2(tiny_whisper(mels, width, audio, text)))
    whisper_checkpoint(tmp_path, tmp_path / "model.pt")
    loaded = torch.load(tmp_path / "model.pt", weights_only=True)
    assert loaded["dims"] == {
        "n_mels": mels,
        "n_vocab": 50,
        "n_audio_ctx": 30,
        "n_audio_state": width,
        "n_audio_head": 2,
        "n_audio_layer": audio,
        "n_text_ctx": 20,
        "n_text_state": width,
        "n_text_head": 2,
        "n_text_layer": text,
    }
    Whisper(ModelDimensions(**loaded["dims"])).load_state_dict(loaded["model_state_dict"])


def test_another_kind_of_model_is_refused(tmp_path: Path, ct2: Ct2) -> None:
    (tmp_path / "model.bin").write_bytes(
        ct2({"decoder/embeddings/weight": np.zeros((1, 1), np.float16)}, spec="TransformerSpec")
    )
    with pytest.raises(BadFile, match="TransformerSpec, not Whisper"):
        whisper_checkpoint(tmp_path, tmp_path / "model.pt")


def test_a_model_without_all_its_weights_is_refused(
    tmp_path: Path, ct2: Ct2, tiny_whisper: Callable[..., dict[str, object]]
) -> None:
    variables = tiny_whisper()
    del variables["decoder/layer_0/ffn/linear_1/weight"]
    (tmp_path / "model.bin").write_bytes(ct2(variables))
    with pytest.raises(BadFile, match="lacks the weight 'decoder/layer_0/ffn/linear_1/weight'"):
        whisper_checkpoint(tmp_path, tmp_path / "model.pt")


def test_the_heads_that_time_words(tmp_path: Path) -> None:
    assert alignment_heads(tmp_path, 2, 3) is None
    (tmp_path / "config.json").write_text('{"alignment_heads": [[1, 0], [1, 2]]}')
    dump = alignment_heads(tmp_path, 2, 3)
    assert dump is not None
    mask = np.frombuffer(gzip.decompress(base64.b85decode(dump)), dtype=bool).reshape(2, 3)
    assert mask.tolist() == [[False] * 3, [True, False, True]]


@pytest.mark.real_model
def test_whisper_base_says_the_same_in_both_engines(tmp_path: Path) -> None:
    """The encoder's output of noise, and what the decoder makes of it, from the same weights in both."""
    import ctranslate2
    import torch
    import whisper

    from qualkit.weights.store import model_path

    base = model_path("whisper-base")
    whisper_checkpoint(base, tmp_path / "model.pt")
    ours = whisper.load_model(str(tmp_path / "model.pt"), device="cpu")
    heads = alignment_heads(base, ours.dims.n_text_layer, ours.dims.n_text_head)
    assert heads is not None
    ours.set_alignment_heads(heads)
    known = whisper._ALIGNMENT_HEADS["base"]
    assert gzip.decompress(base64.b85decode(heads)) == gzip.decompress(base64.b85decode(known))

    random = np.random.default_rng(3)
    mel = random.normal(0, 0.5, (1, 80, 3000)).astype(np.float32)
    theirs = ctranslate2.models.Whisper(str(base), device="cpu", compute_type="float32", intra_threads=2)
    heard = theirs.encode(ctranslate2.StorageView.from_array(mel), to_cpu=True)
    expected = np.array(heard)
    with torch.no_grad():
        features = ours.embed_audio(torch.from_numpy(mel))
    actual = features.numpy()
    cosine = (expected * actual).sum() / np.linalg.norm(expected) / np.linalg.norm(actual)
    assert cosine > 0.9999

    # And twelve words greedily, after <|startoftranscript|><|fi|><|transcribe|><|notimestamps|>.
    prompt = [50258, 50277, 50359, 50363]
    (result,) = theirs.generate(
        heard, [prompt], beam_size=1, max_length=len(prompt) + 12, suppress_blank=False, suppress_tokens=[]
    )
    tokens = list(prompt)
    with torch.no_grad():
        for _ in range(12):
            logits = ours.logits(torch.tensor([tokens]), features)[0, -1]
            tokens.append(int(logits.argmax()))
            if tokens[-1] == 50257:
                break
    assert tokens[len(prompt) :][: len(result.sequences_ids[0])] == result.sequences_ids[0]
    assert len(result.sequences_ids[0]) >= 3
