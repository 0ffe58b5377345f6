"""Speakers told apart beside the units: the same answer, and no fault that is lost or counted wrongly."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.audio.decode import decode
from qualkit.audio.pcm import Pcm
from qualkit.transcription.speakers import onnx
from qualkit.transcription.speakers.beside import Beside
from qualkit.transcription.speakers.diarizer import Diarization, Spoken
from qualkit.transcription.speakers.onnx import OnnxDiarizer
from qualkit.weights.store import model_path

if TYPE_CHECKING:
    from qualkit.transcription.speakers.diarizer import Beat

PCM = Pcm(Path("none.s16"), 1)
FOUND = Diarization((Spoken(0, 900, 0), Spoken(900, 1_800, 1)), "slow")
ROOT = Path(__file__).parents[2]


class Slow:
    """Gets on until it is told to end, or for a few steps."""

    name = "slow"

    def __init__(self, steps: int = 3, fault: Exception | None = None) -> None:
        self.steps, self.fault, self.taken = steps, fault, 0

    def diarize(self, pcm: Pcm, count: int, beat: Beat) -> Diarization:
        for _ in range(self.steps):
            self.taken += 1
            beat(self.taken, self.steps)
            time.sleep(0.01)
        if self.fault:
            raise self.fault
        return FOUND


def test_what_is_found_beside_is_waited_for_and_tells_that_it_gets_on() -> None:
    told: list[float] = []
    with Beside(Slow(80), PCM, 2) as beside:
        assert beside.wait(lambda done, _: told.append(done)) == FOUND
    assert told == sorted(set(told))
    assert len(told) > 1


@pytest.mark.parametrize("fault", [MemoryError(), RuntimeError("no"), OSError("gone")])
def test_a_fault_beside_leaves_the_speakers_to_be_told_apart_in_turn(fault: Exception) -> None:
    with Beside(Slow(fault=fault), PCM, 2) as beside:
        assert beside.wait(lambda *_: None) is None


def test_nothing_goes_on_when_the_units_are_left() -> None:
    slow = Slow(100_000)
    before = threading.active_count()
    with pytest.raises(KeyError), Beside(slow, PCM, 2):
        raise KeyError
    assert threading.active_count() == before
    assert slow.taken < 100


@pytest.mark.real_model
def test_voice_windows_that_are_left_out_change_next_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = np.concatenate(list(decode(ROOT / "recordings" / "hiililuoto-01.ogg", channels=1)))
    (tmp_path / "audio.s16").write_bytes(sound.tobytes())
    pcm = Pcm(tmp_path / "audio.s16", 1)
    heard: list[int] = []
    diarizer = OnnxDiarizer(model_path("speakers"), 2)
    real = diarizer._voices

    def counted(pcm: Pcm, numbers: onnx.Numbers, *rest: object) -> onnx.Floats:
        heard.append(len(numbers))
        return real(pcm, numbers, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(diarizer, "_voices", counted)
    every = speaking(diarizer.diarize(pcm, 2, lambda *_: None), len(sound))
    assert len(heard) == 1
    monkeypatch.setattr(onnx, "FEW", 0)
    fewer = speaking(diarizer.diarize(pcm, 2, lambda *_: None), len(sound))
    assert sum(heard[1:]) < 0.8 * heard[0]
    assert (every != fewer).mean() < 0.01


def speaking(found: Diarization, samples: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Who is heard in each hundredth of a second, as bits."""
    out = np.zeros(samples // 160 + 100, np.int64)
    for s in found.spoken:
        out[s.start_ms // 10 : s.end_ms // 10] |= 1 << s.speaker
    return out
