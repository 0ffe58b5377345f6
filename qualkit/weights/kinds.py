"""What a model folder is, told from its files, and what it lacks.

A folder is taken only when it will load without asking a network for the rest and without
running code that came along with it.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.weights.catalogue import Kind
from qualkit.weights.ctranslate2 import read_variables, spec_of

if TYPE_CHECKING:
    from collections.abc import Sequence

SPEAKER_FILES = ("segmentation-3.0.onnx", "campplus.onnx")


def recognise(folder: Path, name: str = "") -> Kind:
    """The kind of a model folder. Raises BadFile naming what is missing, or how to convert it.

    ``name`` is what the user called it, for the command that converts it.
    """
    if (folder / "model.bin").is_file():
        return _whisper(folder)
    if (folder / "modules.json").is_file():
        return _sentences(folder)
    if any((folder / file).is_file() for file in SPEAKER_FILES):
        _need(folder, "the speaker models", SPEAKER_FILES)
        return Kind.SPEAKERS
    if (folder / "model.pt").is_file():
        return Kind.OPENAI_WHISPER
    config = _json(folder / "config.json") if (folder / "config.json").is_file() else {}
    if isinstance(config, dict) and is_transformers_whisper(config):
        beside = [f for f in ("tokenizer.json", "preprocessor_config.json") if (folder / f).is_file()]
        raise BadFile(folder, NOT_CONVERTED, conversion(name or str(folder), beside))
    raise BadFile(
        folder,
        "holds no model that is known here.",
        "A model is a folder with model.bin (Whisper for CTranslate2), modules.json (sentence-transformers)"
        " or the two speaker files.",
    )


NOT_CONVERTED = "is a Whisper model for transformers, and CTranslate2 files are needed."


def is_transformers_whisper(config: dict[str, Any]) -> bool:
    """Whether a ``config.json`` is that of a Whisper model for the transformers library."""
    return config.get("model_type") == "whisper"


def conversion(model: str, beside: Sequence[str]) -> str:
    """The commands that convert a Whisper model for transformers, and bring the result in."""
    last = Path(model).name
    command = [_converter(), "--model", model, "--output_dir", f"{last}-ct2"]
    if beside:
        command += ["--copy_files", *beside]
    command += ["--quantization", "float16"]
    note = "" if "tokenizer.json" in beside else " (put the model's tokenizer.json beside it)"
    return f"Run `{shlex.join(command)}`{note} and then `qualkit models import {shlex.quote(last + '-ct2')}`."


def _converter() -> str:
    """The converter as it can be called here: by name where the shell finds it, else by its path."""
    name = "ct2-transformers-converter"  # comes with ctranslate2
    beside = Path(sys.executable).with_name(name)
    return name if shutil.which(name) or not beside.exists() else str(beside)


def _whisper(folder: Path) -> Kind:
    """A CTranslate2 Whisper folder that loads without a network."""
    spec = spec_of(folder / "model.bin")
    if spec != "WhisperSpec":
        what = (
            f"is a CTranslate2 model of the kind {spec}, not Whisper"
            if spec
            else "is not a CTranslate2 model"
        )
        raise BadFile(folder / "model.bin", f"{what}.", "Convert the model with ct2-transformers-converter.")
    # Without tokenizer.json faster-whisper would ask the hub for one.
    _need(folder, "the Whisper model", ("config.json", "tokenizer.json"))
    _json(folder / "config.json")
    if not any(folder.glob("vocabulary.*")):
        raise BadFile(folder, "the Whisper model lacks vocabulary.json or vocabulary.txt.", _FILES)
    mels = read_variables(folder / "model.bin").arrays["encoder/conv1/weight"].shape[1]
    if mels != 80 and not (folder / "preprocessor_config.json").is_file():
        raise BadFile(
            folder, f"hears {mels} bands, and lacks the preprocessor_config.json that says so.", _FILES
        )
    return Kind.WHISPER


_FILES = "Copy the missing file from where the model came from."


def _sentences(folder: Path) -> Kind:
    """A sentence-transformers folder whose every module is there and is the library's own."""
    modules = _json(folder / "modules.json")
    if not isinstance(modules, list) or not modules:
        raise BadFile(folder / "modules.json", "lists no modules.", _FILES)
    for module in modules:
        kind, path = str(module.get("type", "")), str(module.get("path", ""))
        if not kind.startswith("sentence_transformers."):
            raise BadFile(
                folder / "modules.json",
                f"wants to run code of its own ({kind}).",
                "Only sentence-transformers' own modules are loaded here; choose another model.",
            )
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise BadFile(folder / "modules.json", f"leads out of its folder ({path}).")
        if re.search(r"\.Transformer$", kind):
            _transformer(folder / path)
    return Kind.SENTENCES


def _transformer(folder: Path) -> None:
    """The transformer of a sentence-transformers folder."""
    _need(folder, "the sentence-transformers model", ("config.json",))
    config = _json(folder / "config.json")
    if isinstance(config, dict) and config.get("auto_map"):
        raise BadFile(
            folder / "config.json", "wants to run code of its own (auto_map).", "Choose another model."
        )
    tokenizers = ("tokenizer.json", "sentencepiece.bpe.model", "spiece.model", "vocab.txt", "vocab.json")
    if not any((folder / file).is_file() for file in tokenizers):
        raise BadFile(folder, "the sentence-transformers model lacks tokenizer.json.", _FILES)
    if not any(folder.glob("*.safetensors")) and not any(folder.glob("pytorch_model*.bin")):
        raise BadFile(folder, "the sentence-transformers model lacks model.safetensors.", _FILES)


def _need(folder: Path, what: str, files: tuple[str, ...]) -> None:
    for file in files:
        if not (folder / file).is_file():
            raise BadFile(folder, f"{what} lacks {file}.", _FILES)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(path, f"is not readable JSON ({error}).", _FILES) from error


def card_licence(folder: Path) -> str:
    """The licence that a folder's model card states in its front matter; empty when it states none."""
    try:
        card = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    front = re.match(r"---\n(.*?)\n---", card, re.DOTALL)
    found = re.search(r"^license:\s*['\"]?([\w.+-]+)", front.group(1), re.MULTILINE) if front else None
    return found.group(1) if found else ""
