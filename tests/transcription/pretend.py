"""A worker with an engine that needs no weights: what it hears depends on the sound alone.

``python tests/transcription/pretend.py worker`` is the worker, ``… rehearse`` the rehearsal of a dry
run, ``… batch FOLDER`` a whole batch that uses it. ``PRETEND`` says what goes wrong: ``hang:N`` at the
window that begins in second N, ``die:N`` there, ``once:…`` only the first time.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from qualkit.transcription import activity, engine
from qualkit.transcription.engine import Clip, HeardWord, Hearing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from qualkit.audio.pcm import Pcm

HERE = Path(__file__).resolve()
COMMAND = (sys.executable, str(HERE), "worker")
REHEARSE = (sys.executable, str(HERE), "rehearse")


class PretendEngine:
    """Hears a word a half second, spelt after the sound in it."""

    name, version, device, compute = "pretend", "1", "cpu", "none"

    def __init__(self, *_: Any) -> None:
        self.pace = float(os.environ.get("PRETEND_PACE", "0.02"))

    def languages(self, sounds: Sequence[engine.Sound]) -> list[Mapping[str, float]]:
        return [{"fi": 1.0} for _ in sounds]

    def hear(self, clips: Sequence[Clip]) -> list[Hearing]:
        return [self._hear(clip) for clip in clips]

    def _hear(self, clip: Clip) -> Hearing:
        time.sleep(self.pace)
        self._go_wrong(clip)
        words = []
        for start in range(0, len(clip.sound) - 4000, 8000):
            part = clip.sound[start : start + 8000]
            if np.abs(part).max() < 0.01:
                continue
            name = hashlib.sha256(np.round(part * 100).astype(np.int8).tobytes()).hexdigest()
            letters = "".join("bcdfghjklmnpqrst"[int(c, 16)] + "aeiouyäö"[int(c, 16) % 8] for c in name[:3])
            words.append(HeardWord(letters, start // 16, start // 16 + 400, 0.9))
        return Hearing(tuple(words), -0.2, 0.01, clip.temperature)

    def _go_wrong(self, clip: Clip) -> None:
        plan = os.environ.get("PRETEND", "")
        if not plan:
            return
        once = plan.startswith("once:")
        what, _, where = plan.removeprefix("once:").partition(":")
        mark = Path(os.environ["PRETEND_MARK"])
        # the tone's pitch tells which window it is
        crossings = int(np.sum(np.diff(np.signbit(clip.sound[8000:16000])))) // 2
        if abs(crossings * 2 - int(where)) > 6 or (once and mark.exists()):
            return
        mark.write_text("1")
        if what == "hang":
            time.sleep(600)
        os._exit(9)


def probabilities(pcm: Pcm, channel: int = -1) -> NDArray[np.float32]:
    """Speech is where there is sound."""
    out = []
    for start in range(0, pcm.samples, activity.BLOCK):
        sound = pcm.slice(start, start + activity.BLOCK, channel)
        frames = np.pad(sound, (0, -len(sound) % activity.FRAME)).reshape(-1, activity.FRAME)
        out.append(np.abs(frames).max(axis=1) > 0.02)
    return np.concatenate(out).astype(np.float32)


def worker(*, rehearse: bool = False) -> int:
    from qualkit.transcription import rehearse as little
    from qualkit.transcription import worker as real

    engine.open_engine = PretendEngine  # type: ignore[assignment]
    activity.probabilities = probabilities
    return little.main() if rehearse else real.main()


def batch(folder: Path) -> int:
    from qualkit.files.project import load_project
    from qualkit.transcription import supervise
    from qualkit.transcription.batch import transcribe_batch
    from qualkit.transcription.settings import project_settings

    supervise.COMMAND = COMMAND
    project = load_project(folder)
    settings = replace(project_settings(project), diarizer="none", batch=1, keep_awake=False)
    steps = transcribe_batch(project, None, settings)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return int(end.value.exit_code)


if __name__ == "__main__":
    if sys.argv[1] == "batch":
        sys.exit(batch(Path(sys.argv[2])))
    sys.exit(worker(rehearse=sys.argv[1] == "rehearse"))
