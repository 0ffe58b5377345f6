"""pyannote's segmentation-3.0 as an ONNX model.

The PyanNet of Bredin, "pyannote.audio 2.1 speaker diarization pipeline" (Interspeech 2023),
with the powerset output of Plaquet and Bredin (Interspeech 2023, arXiv:2310.13025) and the
weights of https://huggingface.co/pyannote/segmentation-3.0 (MIT, CNRS). The first layer's
filters are the cosine and sine band-pass filters of Pariente et al., "Filterbank design for
end-to-end speech separation" (ICASSP 2020, arXiv:1910.10400), evaluated here once, since
they no longer change.

In: ``x`` (batch, 1, samples at 16 kHz), ten seconds as in training. Out: ``y`` (batch, frames,
7), log probabilities of: nobody, 1, 2, 3, 1+2, 1+3, 2+3. A frame is 16.875 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.errors import BadFile
from qualkit.weights.graph import Graph, checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE = 16_000
STRIDE = 10
MIN_HZ = 50.0
"""Lowest edge and narrowest band of a filter."""
LEAK = 0.01


def segmentation_onnx(path: Path, out: Path) -> None:
    """Write ``segmentation-3.0.onnx`` from a checkpoint. Raises BadFile when it is another network's."""
    loaded = checkpoint(path)
    state = loaded.get("state_dict")
    if not isinstance(state, dict) or "sincnet.conv1d.0.filterbank.low_hz_" not in state:
        raise BadFile(path, "is not a checkpoint of segmentation-3.0.", "Fetch the model again.")
    graph = Graph(state)
    x = _instance_norm(graph, "x", "sincnet.wav_norm1d")
    for index in range(3):
        if index == 0:
            filters = graph.array("sincnet.filters", _filters(state))
            x = graph.op("Abs", graph.op("Conv", x, filters, strides=[STRIDE]))
        else:
            x = graph.conv(x, f"sincnet.conv1d.{index}")
        x = graph.op("MaxPool", x, kernel_shape=[3], strides=[3])
        x = graph.op("LeakyRelu", _instance_norm(graph, x, f"sincnet.norm1d.{index}"), alpha=LEAK)
    x = graph.op("Transpose", x, perm=[2, 0, 1])  # (frames, batch, features), as ONNX's LSTM wants it
    layer = 0
    while graph.has(f"lstm.weight_ih_l{layer}"):
        x = _lstm(graph, x, layer)
        layer += 1
    x = graph.op("Transpose", x, perm=[1, 0, 2])
    for name in ("linear.0", "linear.1"):
        x = graph.op("LeakyRelu", _linear(graph, x, name), alpha=LEAK)
    x = graph.op("LogSoftmax", _linear(graph, x, "classifier"), axis=-1)
    graph.save(
        out, ("batch", 1, "samples"), x, ("batch", "frames", 7), "pyannote segmentation-3.0, CNRS, MIT"
    )


def _instance_norm(graph: Graph, x: str, name: str) -> str:
    scale, bias = graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias")
    return graph.op("InstanceNormalization", x, scale, bias, epsilon=1e-5)


def _filters(state: dict[str, Any]) -> NDArray[np.float32]:
    """The 80 band-pass filters of 251 samples: even (cosine) ones, then odd (sine) ones."""
    bank = "sincnet.conv1d.0.filterbank."
    low_hz, band_hz, window, n = (
        state[bank + name].numpy().astype(np.float64) for name in ("low_hz_", "band_hz_", "window_", "n_")
    )
    low = MIN_HZ + np.abs(low_hz)
    high = np.clip(low + MIN_HZ + np.abs(band_hz), MIN_HZ, RATE / 2)
    width = 2 * (high - low)
    cosine = (np.sin(high @ n) - np.sin(low @ n)) / (n / 2) * window
    sine = (np.cos(low @ n) - np.cos(high @ n)) / (n / 2) * window
    even = np.concatenate([cosine, width, cosine[:, ::-1]], axis=1) / width
    odd = np.concatenate([sine, np.zeros_like(width), -sine[:, ::-1]], axis=1) / width
    filters: NDArray[np.float32] = np.concatenate([even, odd])[:, None, :].astype(np.float32)
    return filters


def _lstm(graph: Graph, x: str, layer: int) -> str:
    """One bidirectional layer. PyTorch keeps its gates as i f g o, ONNX as i o f g."""

    def gates(kind: str) -> NDArray[np.float32]:
        both = []
        for way in ("", "_reverse"):
            i, f, g, o = np.split(graph.weights[f"lstm.{kind}_l{layer}{way}"].numpy(), 4)
            both.append(np.concatenate([i, o, f, g]))
        stacked: NDArray[np.float32] = np.stack(both)
        return stacked

    recurrent = gates("weight_hh")
    bias = np.concatenate([gates("bias_ih"), gates("bias_hh")], axis=1)
    hidden = recurrent.shape[2]
    y = graph.op(
        "LSTM",
        x,
        graph.array(f"lstm.{layer}.W", gates("weight_ih")),
        graph.array(f"lstm.{layer}.R", recurrent),
        graph.array(f"lstm.{layer}.B", bias),
        hidden_size=hidden,
        direction="bidirectional",
    )
    # (frames, 2, batch, hidden) → (frames, batch, 2 × hidden)
    y = graph.op("Transpose", y, perm=[0, 2, 1, 3])
    return graph.op("Reshape", y, graph.constant([0, 0, 2 * hidden]))


def _linear(graph: Graph, x: str, name: str) -> str:
    weight = graph.array(f"{name}.weight.T", graph.weights[f"{name}.weight"].numpy().T)
    return graph.op("Add", graph.op("MatMul", x, weight), graph.weight(f"{name}.bias"))
