"""A pyannote pipeline (``community-1``) from a local folder, for those who have it installed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from qualkit.audio.stretch import RATE
from qualkit.errors import Missing, QualkitError, UsageError
from qualkit.transcription.speakers.diarizer import Beat, Diarization, Spoken

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.audio.pcm import Pcm


class Pyannote:
    """``pyannote.audio`` behind the :class:`Diarizer` protocol, with its telemetry off."""

    name = "pyannote"

    def __init__(self, folder: Path) -> None:
        if not (folder / "config.yaml").is_file():
            raise UsageError(
                f"{folder} holds no pyannote pipeline (config.yaml).",
                "Set diarizer_path to the folder of pyannote/speaker-diarization-community-1.",
            )
        # pyannote.audio sends what it is used for to its makers unless told not to before the import
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
        os.environ["HF_HUB_OFFLINE"] = "1"
        try:
            from pyannote.audio import Pipeline
        except ImportError as error:
            raise Missing("pyannote.audio is not installed.", "Run `pip install pyannote.audio`.") from error
        self._pipeline: Any = Pipeline.from_pretrained(str(folder))
        if self._pipeline is None:
            raise QualkitError(f"The pipeline in {folder} cannot be loaded.", "Copy the whole folder again.")

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
