"""A small builder of ONNX graphs: weights from a checkpoint, one node at a time.

``torch.onnx.export`` would trace a Python module; writing the graph needs neither the module
nor the exporter, and the result is the same file with every version of torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

OPSET = 17
"""ONNX operator set: read by every onnxruntime since 1.12."""


def checkpoint(path: Path) -> dict[str, Any]:
    """A PyTorch checkpoint, read as tensors and plain values only: no code in it can run.

    Raises BadFile for anything else.
    """
    import torch

    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise BadFile(path, "is not a checkpoint of plain tensors.", "Fetch the model again.") from error
    if not isinstance(loaded, dict):
        raise BadFile(path, "is not a checkpoint of plain tensors.", "Fetch the model again.")
    return loaded


class Graph:
    """An ONNX graph being written. Values go by name; what adds a node returns its result's."""

    def __init__(self, weights: Mapping[str, Any]) -> None:
        self.weights = weights
        """The checkpoint: name → tensor."""
        self.nodes: list[Any] = []
        self.initializers: dict[str, NDArray[Any]] = {}

    def op(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """Add one node; returns the name of its first output (others end in ``.1``, ``.2``)."""
        from onnx import helper

        name = f"{kind}_{len(self.nodes)}"
        names = [name, *(f"{name}.{i}" for i in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name=name, **attributes))
        return name

    def constant(self, value: Any, dtype: type[np.generic] = np.int64) -> str:
        """A small constant; equal ones share a name."""
        array = np.asarray(value, dtype)
        name = f"const_{array.dtype}_{'x'.join(map(str, array.shape))}_{array.ravel().tolist()}"
        self.initializers[name] = array
        return name

    def array(self, name: str, value: NDArray[Any]) -> str:
        """A weight given as an array."""
        self.initializers[name] = np.ascontiguousarray(value)
        return name

    def weight(self, name: str) -> str:
        """A weight of the checkpoint, by its name there."""
        if name not in self.initializers:
            self.array(name, self.weights[name].numpy().astype(np.float32))
        return name

    def has(self, name: str) -> bool:
        """Whether the checkpoint holds this weight."""
        return name in self.weights

    def conv(self, x: str, name: str, **attributes: Any) -> str:
        """A convolution by the checkpoint's ``name.weight`` and, where it has one, ``name.bias``."""
        inputs = [x, self.weight(f"{name}.weight")]
        if self.has(f"{name}.bias"):
            inputs.append(self.weight(f"{name}.bias"))
        return self.op("Conv", *inputs, **attributes)

    def batch_norm(self, x: str, name: str) -> str:
        """Batch normalisation as at inference; scale 1 and bias 0 where the checkpoint has none."""
        size = len(self.weights[f"{name}.running_mean"])
        scale, bias = f"{name}.weight", f"{name}.bias"
        if self.has(scale):
            self.weight(scale), self.weight(bias)
        else:
            self.array(scale, np.ones(size, np.float32)), self.array(bias, np.zeros(size, np.float32))
        mean, variance = self.weight(f"{name}.running_mean"), self.weight(f"{name}.running_var")
        return self.op("BatchNormalization", x, scale, bias, mean, variance, epsilon=1e-5)

    def save(
        self,
        path: Path,
        x_shape: tuple[int | str, ...],
        result: str,
        y_shape: tuple[int | str, ...],
        about: str,
    ) -> None:
        """Write the model: input ``x``, output ``y``, both float32."""
        from onnx import TensorProto, checker, helper, numpy_helper, save

        self.nodes.append(helper.make_node("Identity", [result], ["y"], name="result"))
        graph = helper.make_graph(
            self.nodes,
            path.stem,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, x_shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, y_shape)],
            [numpy_helper.from_array(value, name) for name, value in self.initializers.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], doc_string=about)
        model.ir_version = 8
        checker.check_model(model)
        save(model, str(path))
