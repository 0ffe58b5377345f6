"""How fast this machine transcribes: from its own nights, else from a rehearsal, else a guess."""

from __future__ import annotations

import json
import platform
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError
from qualkit.files.atomic import write_text
from qualkit.files.machine import cores
from qualkit.weights.store import models_folder

if TYPE_CHECKING:
    from pathlib import Path

KEPT = 50
"""Measurements kept for each way of transcribing."""
REHEARSED = "rehearsed|"
GUESS_MB, GUESS_FACTOR, GUESS_POWER = 145.0, 0.15, 0.7
"""A model of 145 MB (*base*) takes 0.15 of the recording's length, and larger ones more by this power of
their size: 0.8 for *large-v3-turbo*, 1.3 for *large-v3*. Fitted to laptops without a graphics card."""


class Basis(StrEnum):
    """What an estimate rests on."""

    NIGHTS = "nights"
    """Recordings that this machine has transcribed in this way."""
    REHEARSAL = "rehearsal"
    """A minute of a recording, transcribed for the purpose."""
    GUESS = "guess"
    """The size of the model."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What to expect."""

    factor: float
    """Seconds of work a second of recording."""
    load_s: float
    """Seconds to load the model, for each recording."""
    basis: Basis

    def seconds(self, audio_s: float) -> float:
        """How long a recording of this length takes."""
        return self.load_s + audio_s * self.factor


class Speed:
    """Measurements of this machine, kept beside the models and shared by all projects.

    Nothing depends on them but estimates: where they cannot be written they are forgotten.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or models_folder()) / ".speed.json"
        self._here = f"{platform.node()}|{cores()}|"
        self._seen: dict[str, list[list[float]]] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            self._seen = {str(k): [[float(n) for n in entry] for entry in v] for k, v in raw.items()}

    def learn(self, way: str, audio_s: float, work_s: float) -> None:
        """Remember that a recording of ``audio_s`` took ``work_s``, with loading the model."""
        self._keep(way, [audio_s, work_s])

    def rehearsed(self, way: str, audio_s: float, work_s: float, load_s: float) -> None:
        """Remember a rehearsal: loading the model is told apart."""
        self._keep(REHEARSED + way, [audio_s, work_s, load_s])

    def _keep(self, way: str, entry: list[float]) -> None:
        if entry[0] < 1 or entry[1] <= 0:
            return
        key = self._here + way
        self._seen[key] = [*self._seen.get(key, []), [round(n, 2) for n in entry]][-KEPT:]
        with suppress(QualkitError, OSError):
            write_text(self._path, json.dumps(self._seen))

    def factor(self, way: str) -> float | None:
        """Seconds of work a second of recording; None when this machine has not done it yet."""
        pace = self.pace(way)
        return None if pace is None else pace.factor

    def pace(self, way: str) -> Pace | None:
        """What to expect; None when this machine has neither done nor rehearsed it."""
        if seen := self._seen.get(self._here + way):
            return Pace(_ratio(seen), 0.0, Basis.NIGHTS)
        if seen := self._seen.get(self._here + REHEARSED + way):
            return Pace(_ratio(seen), max((e[2] for e in seen if len(e) > 2), default=0.0), Basis.REHEARSAL)
        return None


def _ratio(seen: list[list[float]]) -> float:
    return sum(entry[1] for entry in seen) / sum(entry[0] for entry in seen)


def guess(weights: Path) -> Pace:
    """What the size of a model says, for want of anything better."""
    sizes = [0]
    with suppress(OSError):
        sizes += [p.stat().st_size for p in weights.iterdir() if p.is_file()]
    factor = GUESS_FACTOR * (max(sum(sizes) / 1e6, 1.0) / GUESS_MB) ** GUESS_POWER
    return Pace(factor, 0.0, Basis.GUESS)


def way(engine: str, model_hash: str, device: str, workers: int, diarizer: str) -> str:
    """Name of a way of transcribing: what its speed depends on."""
    return f"{engine}|{model_hash}|{device}|{workers}|{diarizer}"
