"""Makes the sample recordings in ``recordings/`` from their texts in ``tools/sample_interviews/``.

``python tools/make_sample_recordings.py [ID …]`` needs Debian's synthesisers:
``apt-get install festival festvox-suopuhe-mv festvox-suopuhe-lj flite``. The audio is
committed, so nobody has to run this to use or to test Qualkit.

Beside each text it writes ``ID.rttm``: who really speaks when, to measure speakers by.
The voices were chosen by what Whisper base makes of them. There is room noise with a
little hum and a short echo, so that voice detection has something to do.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from make_sample_transcripts import ROOT, TEXTS, Said, SampleText, read_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16_000
BITRATE = 32_000
NOISE_DB = -54.0
LOUDNESS_DB = {"S1": -25.0, "S2": -22.0}
"""RMS of each speaker: the interviewer sits farther from the microphone."""
LETTERS = str.maketrans({"…": ".", "’": "'", "–": ","})

FESTIVAL_MAN = "(voice_hy_fi_mv_diphone)"
FESTIVAL_WOMAN = "(voice_suo_fi_lj_diphone)"
VOICES = {
    "fi": {"S1": ("festival", FESTIVAL_WOMAN, 1.0), "S2": ("festival", FESTIVAL_MAN, 1.1)},
    "sv": {"S1": ("festival", FESTIVAL_WOMAN, 1.1), "S2": ("festival", FESTIVAL_MAN, 1.0)},
    "en": {"S1": ("flite", "slt", 1.0), "S2": ("flite", "rms", 1.0)},
}
"""Language → speaker → engine, voice, stretch."""


def speak(turn: Said, language: str, folder: Path) -> NDArray[np.float64]:
    """One turn as mono samples at 16 kHz, −1 to 1, silence at both ends cut off."""
    engine, voice, stretch = VOICES[language][turn.speaker]
    words = (turn.respelled or turn.text).translate(LETTERS)
    out = folder / "turn.wav"
    if engine == "festival":
        setting = f"(begin {voice} (Parameter.set 'Duration_Stretch {stretch}))"
        command = ["text2wave", "-F", str(RATE), "-eval", setting, "-o", str(out)]
        subprocess.run(command, input=words.encode("latin-1"), check=True, stderr=subprocess.DEVNULL)
    else:
        command = [
            "flite",
            "-voice",
            voice,
            "--setf",
            f"duration_stretch={stretch}",
            "-t",
            words,
            "-o",
            str(out),
        ]
        subprocess.run(command, check=True)
    with wave.open(str(out), "rb") as sound:
        if sound.getframerate() != RATE:
            raise ValueError(f"{engine} {voice} speaks at {sound.getframerate()} Hz, not {RATE}")
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2") / 32768.0
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[max(0, loud[0] - 1600) : loud[-1] + 2400]
    level = 10 ** (LOUDNESS_DB[turn.speaker] / 20) / np.sqrt(np.mean(samples**2))
    return np.asarray(samples * level, dtype=np.float64)


def room(samples: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """The samples as a meeting room gives them back: a short echo, ventilation, a trace of mains hum."""
    decay = np.exp(-np.arange(int(0.12 * RATE)) / (0.025 * RATE)) * random.standard_normal(int(0.12 * RATE))
    echo = np.convolve(samples, decay / np.sqrt(np.sum(decay**2)))[: len(samples)] * 0.07
    white = np.fft.rfft(random.standard_normal(len(samples)))
    frequency = np.fft.rfftfreq(len(samples), 1 / RATE)
    hiss = np.fft.irfft(white / np.sqrt(np.maximum(frequency, 60)), len(samples))
    hum = 0.2 * np.sin(2 * np.pi * 50 * np.arange(len(samples)) / RATE)
    noise = hiss / np.sqrt(np.mean(hiss**2)) + hum
    return np.asarray(samples + echo + noise * 10 ** (NOISE_DB / 20), dtype=np.float64)


def record(text: SampleText) -> tuple[NDArray[np.float64], list[str]]:
    """The whole interview, and its RTTM lines."""
    random = np.random.default_rng(sum(text.id.encode()))
    pieces = [np.zeros(int(0.7 * RATE))]
    rttm = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in text.turns:
            said = speak(turn, text.language, Path(folder))
            start = sum(map(len, pieces)) / RATE
            rttm.append(
                f"SPEAKER {text.id} 1 {start:.3f} {len(said) / RATE:.3f} <NA> <NA> {turn.speaker} <NA> <NA>"
            )
            pieces += [said, np.zeros(int((0.55 + 0.5 * random.random()) * RATE))]
    return room(np.concatenate(pieces), random), rttm


def write_opus(path: Path, samples: NDArray[np.float64]) -> None:
    """Writes mono samples at 16 kHz as Ogg Opus."""
    import av

    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = BITRATE
        for start in range(0, len(pcm), RATE):
            frame = av.AudioFrame.from_ndarray(pcm[None, start : start + RATE], format="s16", layout="mono")
            frame.sample_rate = RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main() -> int:
    """Makes the recordings named on the command line, or all; returns the exit code."""
    wanted = set(sys.argv[1:])
    for text in map(read_text, sorted(TEXTS.glob("*.txt"))):
        if not text.recorded or (wanted and text.id not in wanted):
            continue
        samples, rttm = record(text)
        path = ROOT / "recordings" / f"{text.id}.ogg"
        path.parent.mkdir(exist_ok=True)
        write_opus(path, samples)
        (TEXTS / f"{text.id}.rttm").write_text("\n".join(rttm) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(samples) / RATE:.1f} s, {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
