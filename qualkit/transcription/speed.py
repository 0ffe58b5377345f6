"""How fast this machine transcribes, from what it has done itself."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from qualkit.files.atomic import write_text

if TYPE_CHECKING:
    from pathlib import Path

KEPT = 50
"""Measurements kept for each way of transcribing."""


class Speed:
    """Seconds of work for a second of recording, per engine, model and number of workers."""

    def __init__(self, work: Path) -> None:
        self._path = work / "transcribe" / "speed.json"
        self._seen: dict[str, list[list[float]]] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            self._seen = {str(k): [[float(a), float(b)] for a, b in v] for k, v in raw.items()}

    def learn(self, way: str, audio_s: float, work_s: float) -> None:
        """Remember that ``audio_s`` of recording took ``work_s``."""
        if audio_s < 1 or work_s <= 0:
            return
        self._seen[way] = [*self._seen.get(way, []), [round(audio_s, 2), round(work_s, 2)]][-KEPT:]
        write_text(self._path, json.dumps(self._seen))

    def factor(self, way: str) -> float | None:
        """Seconds of work a second of recording; None when this machine has not done it yet."""
        seen = self._seen.get(way)
        if not seen:
            return None
        return sum(w for _, w in seen) / sum(a for a, _ in seen)


def way(engine: str, model_hash: str, device: str, workers: int) -> str:
    """Name of a way of transcribing."""
    return f"{engine}|{model_hash}|{device}|{workers}"
