"""CAM++ voice prints as an ONNX model.

The network of Wang, Zheng, Chen, Cheng and Chen, "CAM++: A Fast and Efficient Network for
Speaker Verification Using Context-Aware Masking" (Interspeech 2023, arXiv:2303.00332), with
the weights ``speech_campplus_sv_zh_en_16k-common_advanced`` of 3D-Speaker (Apache-2.0,
https://github.com/modelscope/3D-Speaker). The names of the weights are 3D-Speaker's; this
graph is written from the paper and those weights' shapes.

In: ``x`` (batch, frames, 80), log mel filter banks of 25 ms every 10 ms with their mean over
time subtracted. Out: ``y`` (batch, 192), not normalised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qualkit.weights.graph import Graph, checkpoint

if TYPE_CHECKING:
    from pathlib import Path

SEGMENT = 100
"""Frames (of 20 ms) over which the context of the masks is pooled, beside the whole utterance."""
DILATIONS = {1: 1, 2: 2, 3: 2}
"""Block → dilation of its convolutions."""


def campplus_onnx(path: Path, out: Path) -> None:
    """Write ``campplus.onnx`` from 3D-Speaker's state dict. Raises BadFile when it is not one."""
    graph = Graph(checkpoint(path))
    x = graph.op("Transpose", "x", perm=[0, 2, 1])
    x = _head(graph, x)
    x = graph.conv(x, "xvector.tdnn.linear", strides=[2], pads=[2, 2])
    x = _norm_relu(graph, x, "xvector.tdnn.nonlinear")
    for block, dilation in DILATIONS.items():
        layer = 1
        while graph.has(f"xvector.block{block}.tdnnd{layer}.linear1.weight"):
            grown = _dense_layer(graph, x, f"xvector.block{block}.tdnnd{layer}", dilation)
            x = graph.op("Concat", x, grown, axis=1)
            layer += 1
        x = _norm_relu(graph, x, f"xvector.transit{block}.nonlinear")
        x = graph.conv(x, f"xvector.transit{block}.linear")
    x = _norm_relu(graph, x, "xvector.out_nonlinear")
    x = graph.op("Unsqueeze", _mean_and_deviation(graph, x), graph.constant([2]))
    x = graph.op("Squeeze", graph.conv(x, "xvector.dense.linear"), graph.constant([2]))
    x = graph.batch_norm(x, "xvector.dense.nonlinear.batchnorm")
    graph.save(out, ("batch", "frames", 80), x, ("batch", 192), "CAM++ zh-en, 3D-Speaker, Apache-2.0")


def _norm_relu(graph: Graph, x: str, name: str) -> str:
    return graph.op("Relu", graph.batch_norm(x, f"{name}.batchnorm"))


def _head(graph: Graph, x: str) -> str:
    """The 2-d residual front end: the 80 bands become 10, 32 channels each."""
    around = [1, 1, 1, 1]
    x = graph.op("Unsqueeze", x, graph.constant([1]))
    x = graph.op("Relu", graph.batch_norm(graph.conv(x, "head.conv1", pads=around), "head.bn1"))
    for name, stride in (("layer1.0", 2), ("layer1.1", 1), ("layer2.0", 2), ("layer2.1", 1)):
        block = f"head.{name}"
        y = graph.conv(x, f"{block}.conv1", strides=[stride, 1], pads=around)
        y = graph.op("Relu", graph.batch_norm(y, f"{block}.bn1"))
        y = graph.batch_norm(graph.conv(y, f"{block}.conv2", pads=around), f"{block}.bn2")
        if graph.has(f"{block}.shortcut.0.weight"):
            x = graph.conv(x, f"{block}.shortcut.0", strides=[stride, 1])
            x = graph.batch_norm(x, f"{block}.shortcut.1")
        x = graph.op("Relu", graph.op("Add", y, x))
    x = graph.conv(x, "head.conv2", strides=[2, 1], pads=around)
    x = graph.op("Relu", graph.batch_norm(x, "head.bn2"))
    # (batch, 32, 10, frames) → (batch, 320, frames)
    return graph.op("Reshape", x, graph.constant([0, 320, -1]))


def _dense_layer(graph: Graph, x: str, name: str, dilation: int) -> str:
    """One densely connected layer with context-aware masking (section 2.2 of the paper)."""
    x = graph.conv(_norm_relu(graph, x, f"{name}.nonlinear1"), f"{name}.linear1")
    x = _norm_relu(graph, x, f"{name}.nonlinear2")
    local = graph.conv(x, f"{name}.cam_layer.linear_local", dilations=[dilation], pads=[dilation, dilation])
    whole = graph.op("ReduceMean", x, axes=[2], keepdims=1)
    context = graph.op("Add", _segment_means(graph, x), whole)
    mask = graph.op("Relu", graph.conv(context, f"{name}.cam_layer.linear1"))
    mask = graph.op("Sigmoid", graph.conv(mask, f"{name}.cam_layer.linear2"))
    return graph.op("Mul", local, mask)


def _segment_means(graph: Graph, x: str) -> str:
    """Every frame replaced by the mean of its segment; the last segment may be shorter."""
    means = graph.op("AveragePool", x, kernel_shape=[SEGMENT], strides=[SEGMENT], ceil_mode=1)
    spread = graph.op("Unsqueeze", means, graph.constant([3]))
    spread = graph.op("Tile", spread, graph.constant([1, 1, 1, SEGMENT]))
    spread = graph.op("Reshape", spread, graph.constant([0, 0, -1]))
    frames = graph.op("Shape", x, start=2, end=3)
    return graph.op("Slice", spread, graph.constant([0]), frames, graph.constant([2]))


def _mean_and_deviation(graph: Graph, x: str) -> str:
    """Mean and sample standard deviation over time, one after the other."""
    mean = graph.op("ReduceMean", x, axes=[2], keepdims=1)
    off = graph.op("Sub", x, mean)
    squares = graph.op("ReduceSum", graph.op("Mul", off, off), graph.constant([2]), keepdims=0)
    frames = graph.op("Cast", graph.op("Shape", x, start=2, end=3), to=1)
    one = graph.constant([1.0], np.float32)
    degrees = graph.op("Max", graph.op("Sub", frames, one), one)
    deviation = graph.op("Sqrt", graph.op("Div", squares, degrees))
    return graph.op("Concat", graph.op("Squeeze", mean, graph.constant([2])), deviation, axis=1)
