"""The speaker models as ONNX against the PyTorch networks that their weights were trained in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qualkit.errors import BadFile
from qualkit.weights.graph import checkpoint
from qualkit.weights.pyannet import segmentation_onnx

if TYPE_CHECKING:
    from numpy.typing import NDArray

REFERENCE = json.loads(
    (Path(__file__).parent / "data" / "speakers_reference.json").read_text(encoding="utf-8")
)


def session(name: str) -> Any:
    import onnxruntime

    from qualkit.weights.store import model_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    path = model_path("speakers") / name
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def bands(frames: int) -> NDArray[np.float32]:
    t, f = np.arange(frames)[:, None], np.arange(80)[None]
    made: NDArray[np.float32] = np.sin(0.37 * t * (f % 7 + 1) + f) + 0.5 * np.cos(0.011 * t * f)
    return made.astype(np.float32)[None]


def wave() -> NDArray[np.float32]:
    t = np.arange(160_000) / 16_000
    low = 0.3 * np.sin(2 * np.pi * 140 * t) * np.maximum(0, np.sin(2 * np.pi * 1.7 * t))
    high = 0.1 * np.sin(2 * np.pi * 900 * t) * np.maximum(0, np.sin(2 * np.pi * 2.3 * t))
    made: NDArray[np.float32] = (low + high).astype(np.float32)
    return made[None, None]


@pytest.mark.real_model
@pytest.mark.parametrize("frames", [150, 430])
def test_voice_prints_are_those_of_the_original(frames: int) -> None:
    """150 frames are less than a segment of the masks, 430 are two and a bit.

    The reference was computed with a ReLU after the last layer, which 3D-Speaker does not have.
    """
    (print_,) = session("campplus.onnx").run(None, {"x": bands(frames)})
    assert print_.shape == (1, 192)
    assert (print_ < 0).any()
    np.testing.assert_allclose(np.maximum(print_[0], 0), REFERENCE[f"campplus_{frames}"], atol=1e-3)


@pytest.mark.real_model
def test_a_batch_of_voice_prints_is_each_of_them() -> None:
    model = session("campplus.onnx")
    x = np.concatenate([bands(150), bands(300)[:, 150:]])
    (both,) = model.run(None, {"x": x})
    for one, alone in zip(both, x, strict=True):
        np.testing.assert_allclose(one, model.run(None, {"x": alone[None]})[0][0], atol=1e-4)


@pytest.mark.real_model
def test_segmentation_is_that_of_the_original() -> None:
    (y,) = session("segmentation-3.0.onnx").run(None, {"x": wave()})
    assert y.shape == (1, 589, 7)
    np.testing.assert_allclose(np.exp(y).sum(axis=2), 1, atol=1e-4)
    np.testing.assert_allclose(y[0, ::31], REFERENCE["segmentation_every_31st"], atol=2e-3)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    import torch

    class Evil:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (Path.touch, (str(tmp_path / "ran"),))

    torch.save({"state_dict": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(BadFile, match=r"evil\.pt: is not a checkpoint of plain tensors"):
        checkpoint(tmp_path / "evil.pt")
    assert not (tmp_path / "ran").exists()


def test_another_networks_checkpoint_is_refused(tmp_path: Path) -> None:
    import torch

    torch.save({"state_dict": {"a": torch.zeros(1)}}, tmp_path / "other.pt")
    with pytest.raises(BadFile, match=r"other\.pt: is not a checkpoint of segmentation-3\.0"):
        segmentation_onnx(tmp_path / "other.pt", tmp_path / "out.onnx")
    (tmp_path / "text.pt").write_text("hello")
    with pytest.raises(BadFile, match=r"text\.pt"):
        segmentation_onnx(tmp_path / "text.pt", tmp_path / "out.onnx")
