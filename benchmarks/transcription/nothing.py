"""Words made up where nobody speaks: ten minutes each of silence, of noises and of music.

    python -m benchmarks.transcription.nothing OUT [--music FILE …] [--lock FILE]

Silence is digital; ``hiss`` white, ``rumble`` brown and ``room`` is pink noise with a mains hum and knocks,
at the level of a quiet room (−50 dB) that the loudness step lifts. ``tune`` is synthesised here: chords, a
melody with vibrato and a beat. FILEs are music of your own, repeated up to ten minutes (instrumental, or
songs, in which words are no error). Each through ``qualkit transcribe`` with three languages allowed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.transcription.common import (
    QUALKIT,
    RATE,
    make_project,
    observed,
    quiet_machine,
    sound_of,
    write_wav,
)
from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.transcription.common import Sound

SECONDS = 600
CHANCE = np.random.default_rng(20261124)


def noise(slope: float, level_db: float) -> NDArray[np.float64]:
    """Noise whose power falls with frequency to the power of ``slope``."""
    count = SECONDS * RATE
    spectrum = np.fft.rfft(CHANCE.normal(size=count))
    frequency = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[1:] /= np.maximum(frequency[1:], 20) ** (slope / 2)
    out = np.fft.irfft(spectrum, count)
    return np.asarray(out / out.std() * 10 ** (level_db / 20))


def room() -> NDArray[np.float64]:
    """Pink noise, mains hum, and a knock every few seconds."""
    out = noise(1.0, -50)
    t = np.arange(len(out)) / RATE
    out += 0.002 * np.sin(2 * np.pi * 50 * t) + 0.001 * np.sin(2 * np.pi * 150 * t)
    for at in CHANCE.integers(0, len(out) - RATE, SECONDS // 4):
        length = int(CHANCE.integers(400, 3000))
        out[at : at + length] += 0.05 * CHANCE.normal(size=length) * np.exp(-np.arange(length) / (length / 5))
    return out


def tune() -> NDArray[np.float64]:
    """Chords, a melody with vibrato, a beat."""
    out = np.zeros(SECONDS * RATE)
    beat = RATE // 2
    chords = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (196, 247, 330))
    for bar in range(SECONDS // 2):
        t = np.arange(4 * beat) / RATE
        at = bar * 4 * beat
        fade = np.minimum(1, 10 * t) * np.exp(-t / 2)
        for tone in chords[bar % 4]:
            out[at : at + len(t)] += (
                0.04 * fade * sum(np.sin(2 * np.pi * tone * k * t) / k for k in (1, 2, 3, 4))
            )
        for step in range(8):
            pitch = 440 * 2 ** (CHANCE.choice([0, 2, 4, 7, 9, 12]) / 12)
            u = np.arange(beat // 2) / RATE
            voice = np.sin(2 * np.pi * pitch * u + 0.3 * np.sin(2 * np.pi * 5.5 * u)) * np.minimum(1, 30 * u)
            place = at + step * beat // 2
            out[place : place + len(u)] += 0.08 * voice * np.exp(-2 * u)
        for step in range(4):
            hit = CHANCE.normal(size=1600) * np.exp(-np.arange(1600) / 250)
            out[at + step * beat : at + step * beat + 1600] += 0.08 * hit
    return out


def integers(sound: NDArray[np.float64]) -> Sound:
    """As samples."""
    return np.asarray(np.clip(sound, -1, 1) * 32767, np.int16)


def main() -> None:
    """Make the recordings, transcribe them, count."""
    options = argparse.ArgumentParser()
    options.add_argument("out", type=Path)
    options.add_argument("--music", type=Path, nargs="*", default=[])
    options.add_argument("--lock", type=Path)
    given = options.parse_args()
    root = given.out / "nothing"
    made = {
        "silence": lambda: np.zeros(SECONDS * RATE, np.int16),
        "hiss": lambda: integers(noise(0.0, -30)),
        "rumble": lambda: integers(noise(2.0, -30)),
        "room": lambda: integers(room()),
        "tune": lambda: integers(tune()),
    }
    for path in given.music:
        made[f"music-{path.stem.lower()}"] = lambda path=path: np.resize(sound_of(path), SECONDS * RATE)
    make_project(root, dict.fromkeys(made, ("fi", 2)))
    for name, sound in made.items():
        target = root / "recordings" / f"{name}.wav"
        if not target.exists():
            write_wav(target, sound())
    with quiet_machine(given.lock):
        ran = observed([*QUALKIT, "transcribe", "--project", root], given.out / "nothing.log")
    project = load_project(root)
    print(f"{ran.wall_s:.0f} s, {ran.peak_mib:.0f} MiB\n")
    print("| ten minutes of | taken for speech | words | which | notices |")
    print("|---|---|---|---|---|")
    for name in transcript_ids(project):
        transcript = load_transcript(project, name)
        text = " ".join(turn.text for turn in transcript.turns)
        kinds = sorted({str(n.kind) for n in transcript.notices})
        speech = transcript.provenance["coverage"]["speech_ms"] / 1000
        print(f"| {name} | {speech:.1f} s | {len(text.split())} | {text[:80]} | {', '.join(kinds)} |")


if __name__ == "__main__":
    main()
