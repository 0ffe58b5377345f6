"""A CTranslate2 Whisper folder turned back into a checkpoint of openai-whisper.

The same weights then run in both engines, which is how they are compared, and a desk with one
set of weights needs no second download. Every dimension is read off the weights.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.errors import BadFile
from qualkit.weights.ctranslate2 import Variables, read_variables

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 64
"""Width of an attention head in every Whisper model."""


def whisper_checkpoint(ct2_folder: Path, out: Path) -> None:
    """Write the checkpoint (``whisper.load_model(str(out))``) of a CTranslate2 Whisper folder, in float16.

    Raises BadFile when the folder holds another kind of model.
    """
    import torch

    source = ct2_folder / "model.bin"
    variables = read_variables(source)
    if variables.spec != "WhisperSpec":
        raise BadFile(source, f"is a CTranslate2 model of the kind {variables.spec}, not Whisper.")
    try:
        state = _state(variables)
    except KeyError as error:
        raise BadFile(source, f"lacks the weight {error}.", "Fetch or import the model again.") from error
    tensors = {name: torch.from_numpy(value.astype(np.float16)) for name, value in state.items()}
    torch.save({"dims": _dimensions(variables, state), "model_state_dict": tensors}, out)


def alignment_heads(folder: Path, layers: int, heads: int) -> bytes | None:
    """The attention heads that time words, in the form ``whisper.model.Whisper.set_alignment_heads`` takes.

    openai-whisper knows them only for its own file names; without them it falls back to half of all
    heads, and word times drift. None when the folder's ``config.json`` lists none.
    """
    try:
        listed = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("alignment_heads")
    except (OSError, ValueError, AttributeError):
        return None
    if not listed:
        return None
    mask = np.zeros((layers, heads), dtype=bool)
    for layer, head in listed:
        mask[layer, head] = True
    return base64.b85encode(gzip.compress(mask.tobytes(), mtime=0))


def _dimensions(variables: Variables, state: dict[str, Any]) -> dict[str, int]:
    """openai-whisper's ModelDimensions."""
    vocabulary, text_state = state["decoder.token_embedding.weight"].shape
    audio_context, audio_state = state["encoder.positional_embedding"].shape

    def layers(side: str) -> int:
        return sum(name.startswith(f"{side}.blocks.") and name.endswith(".mlp_ln.weight") for name in state)

    return {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_vocab": vocabulary,
        "n_audio_ctx": audio_context,
        "n_audio_state": audio_state,
        "n_audio_head": variables.number("encoder/num_heads", audio_state // HEAD),
        "n_audio_layer": layers("encoder"),
        "n_text_ctx": state["decoder.positional_embedding"].shape[0],
        "n_text_state": text_state,
        "n_text_head": variables.number("decoder/num_heads", text_state // HEAD),
        "n_text_layer": layers("decoder"),
    }


class _Translation:
    """openai-whisper's names being filled from CTranslate2's."""

    def __init__(self, variables: Variables) -> None:
        self.variables = variables
        self.state: dict[str, Any] = {}

    def norm(self, ours: str, theirs: str) -> None:
        self.state[f"{ours}.weight"] = self.variables.weight(f"{theirs}/gamma")
        self.state[f"{ours}.bias"] = self.variables.weight(f"{theirs}/beta")

    def linear(self, theirs: str, *ours: str) -> None:
        """One layer there, one or several here, whose rows were stacked. Keys have no bias here."""
        weight = self.variables.weight(f"{theirs}/weight")
        bias = self.variables.weight(f"{theirs}/bias")
        weights, biases = np.split(weight, len(ours)), np.split(bias, len(ours))
        for name, part, offset in zip(ours, weights, biases, strict=True):
            self.state[f"{name}.weight"] = part
            if not name.endswith("attn.key"):
                self.state[f"{name}.bias"] = offset


def _state(variables: Variables) -> dict[str, Any]:
    """All weights under openai-whisper's names."""
    to = _Translation(variables)
    for conv in ("conv1", "conv2"):
        for part in ("weight", "bias"):
            to.state[f"encoder.{conv}.{part}"] = variables.weight(f"encoder/{conv}/{part}")
    for side in ("encoder", "decoder"):
        encodings = variables.weight(f"{side}/position_encodings/encodings")
        to.state[f"{side}.positional_embedding"] = encodings
    to.state["decoder.token_embedding.weight"] = variables.weight("decoder/embeddings/weight")
    to.norm("encoder.ln_post", "encoder/layer_norm")
    to.norm("decoder.ln", "decoder/layer_norm")
    for side in ("encoder", "decoder"):
        layer = 0
        while f"{side}/layer_{layer}/ffn/layer_norm/gamma" in variables.arrays:
            _layer(to, f"{side}/layer_{layer}", f"{side}.blocks.{layer}", crossed=side == "decoder")
            layer += 1
    return to.state


def _layer(to: _Translation, theirs: str, ours: str, *, crossed: bool) -> None:
    to.norm(f"{ours}.attn_ln", f"{theirs}/self_attention/layer_norm")
    attention = (f"{ours}.attn.query", f"{ours}.attn.key", f"{ours}.attn.value")
    to.linear(f"{theirs}/self_attention/linear_0", *attention)
    to.linear(f"{theirs}/self_attention/linear_1", f"{ours}.attn.out")
    if crossed:
        to.norm(f"{ours}.cross_attn_ln", f"{theirs}/attention/layer_norm")
        to.linear(f"{theirs}/attention/linear_0", f"{ours}.cross_attn.query")
        to.linear(f"{theirs}/attention/linear_1", f"{ours}.cross_attn.key", f"{ours}.cross_attn.value")
        to.linear(f"{theirs}/attention/linear_2", f"{ours}.cross_attn.out")
    to.norm(f"{ours}.mlp_ln", f"{theirs}/ffn/layer_norm")
    to.linear(f"{theirs}/ffn/linear_0", f"{ours}.mlp.0")
    to.linear(f"{theirs}/ffn/linear_1", f"{ours}.mlp.2")
