"""A pyannote pipeline (``community-1``) from a local folder, for those who have it installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.audio.stretch import RATE
from qualkit.errors import Missing, QualkitError, UsageError
from qualkit.transcription.speakers.diarizer import Beat, Diarization, Spoken

if TYPE_CHECKING:
    from qualkit.audio.pcm import Pcm


_PARTS = ("segmentation", "embedding", "plda")
_AGAIN = "Copy the whole folder again; its version must fit the installed pyannote.audio."
_REMEDY = "Set diarizer_path to the folder of pyannote/speaker-diarization-community-1."


def check_folder(folder: Path) -> None:
    """Refuse a folder that pyannote would not load without a network.

    :raises UsageError: it is missing, or holds no pipeline.
    :raises QualkitError: the pipeline names a model that is not inside the folder.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    config = folder / "config.yaml"
    if str(folder) == ".":
        raise UsageError("The backend pyannote needs a folder.", _REMEDY)
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", _REMEDY)
    if not config.is_file():
        raise UsageError(f"{folder} holds no pyannote pipeline (config.yaml).", _REMEDY)
    try:
        content = YAML(typ="safe").load(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise QualkitError(f"{config} cannot be read as YAML.", _AGAIN) from error
    pipeline = content.get("pipeline") if isinstance(content, dict) else None
    if not isinstance(pipeline, dict):
        raise UsageError(f"{config} describes no pipeline.", _REMEDY)
    params = pipeline.get("params")
    for part, value in params.items() if isinstance(params, dict) else ():
        if part in _PARTS and isinstance(value, str):
            _check_part(folder, part, value)


def _check_part(folder: Path, part: str, value: str) -> None:
    inside = value.startswith("$model/")
    model = folder / value.removeprefix("$model/") if inside else Path(value)
    if not inside and not model.exists():
        raise QualkitError(
            f"{folder / 'config.yaml'} names {value}, which would have to be fetched.",
            "Use a pipeline that holds its models, such as speaker-diarization-community-1.",
        )
    empty = model.is_dir() and not any(p.is_file() for p in model.iterdir())
    if not model.exists() or empty:
        raise QualkitError(f"{folder} lacks its {part} model ({model.name}).", _AGAIN)


class Pyannote:
    """``pyannote.audio`` behind the :class:`Diarizer` protocol, with its telemetry off."""

    name = "pyannote"

    def __init__(self, folder: Path) -> None:
        check_folder(folder)
        # pyannote.audio sends what it is used for to its makers unless told not to before the import
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
        os.environ["HF_HUB_OFFLINE"] = "1"
        try:
            from pyannote.audio import Pipeline
        except ImportError as error:
            raise Missing("pyannote.audio is not installed.", "Run `pip install pyannote.audio`.") from error
        try:
            self._pipeline: Any = Pipeline.from_pretrained(str(folder))
        except (RuntimeError, ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise QualkitError(f"The pipeline in {folder} cannot be loaded: {first}.", _AGAIN) from error
        if self._pipeline is None:
            raise QualkitError(f"The pipeline in {folder} cannot be loaded.", _AGAIN)

    def diarize(self, pcm: Pcm, count: int, beat: Beat) -> Diarization:
        """As the protocol says."""
        import torch

        beat(0, 1)
        sound = torch.from_numpy(pcm.slice(0, pcm.samples))[None]
        asked = {"num_speakers": count} if count else {}
        found = self._pipeline({"waveform": sound, "sample_rate": RATE}, **asked)
        annotation = getattr(found, "speaker_diarization", found)
        order: dict[str, int] = {}
        spoken = []
        for segment, _, who in annotation.itertracks(yield_label=True):
            speaker = order.setdefault(str(who), len(order))
            spoken.append(Spoken(round(segment.start * 1000), round(segment.end * 1000), speaker))
        beat(1, 1)
        return Diarization(tuple(spoken), self.name, estimated=not count)
