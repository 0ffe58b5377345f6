"""Memory over a night of short recordings, and of one recording of three hours.

    python -m benchmarks.transcription.night AUDIO OUT [--night 20] [--hours 3] [--speech 0.25] [--lock FILE]

The night is one batch of short recordings of LibriSpeech, about 40 s each. The long recording is made by
repeating the ten readers with pauses between them, so that ``--speech`` of it is speech: memory follows the
length of the file where it follows anything, and pauses are quick to work through. Stopped, it goes on
where it was, as the batch does.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.transcription.common import (
    QUALKIT,
    RATE,
    Results,
    in_a_row,
    make_project,
    observed,
    quiet_machine,
    silence,
    sound_of,
    write_wav,
)
from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.transcription.common import Sound


def night(root: Path, files: Sequence[Path], count: int) -> None:
    """``count`` recordings of a few utterances each."""
    make_project(root, {f"n-{i:02}": ("en", 2) for i in range(count)})
    share = max(1, len(files) // count)
    for i in range(count):
        target = root / "recordings" / f"n-{i:02}.wav"
        if not target.exists():
            write_wav(target, in_a_row(files[i * share : (i + 1) * share], 0.6))


def long(root: Path, files: Sequence[Path], hours: float, speech: float) -> None:
    """One recording of ``hours``."""
    make_project(root, {"long": ("en", 2)})
    target = root / "recordings" / "long.wav"
    if target.exists():
        return
    sounds = [sound_of(file) for file in files]
    parts: list[Sound] = []
    at = turn = 0
    while at < hours * 3600 * RATE:
        sound = sounds[turn % len(sounds)]
        pause = silence(len(sound) / RATE * (1 / speech - 1))
        parts += [sound, pause]
        at += len(sound) + len(pause)
        turn += 1
    write_wav(target, np.concatenate(parts))


def main() -> None:
    """The night, then the long recording, then what both took."""
    options = argparse.ArgumentParser()
    options.add_argument("audio", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--night", type=int, default=20)
    options.add_argument("--hours", type=float, default=3.0)
    options.add_argument("--speech", type=float, default=0.25)
    options.add_argument("--lock", type=Path)
    given = options.parse_args()
    files = sorted((given.audio / "librispeech").glob("*.flac"))
    results = Results(given.out / "night.jsonl")
    plans = {
        f"night of {given.night}": lambda root: night(root, files, given.night),
        f"{given.hours:g} hours, {given.speech:.0%} speech": lambda root: long(
            root, files, given.hours, given.speech
        ),
    }
    for name, make in plans.items():
        ran = results.get(name)
        if ran is None:
            root = given.out / name.replace(" ", "-").replace(",", "").replace("%", "")
            make(root)
            with quiet_machine(given.lock):
                ran = results.keep(
                    name, observed([*QUALKIT, "transcribe", "--project", root], given.out / "night.log")
                )
            project = load_project(root)
            made = [load_transcript(project, interview) for interview in transcript_ids(project)]
            words = sum(len(turn.words) for t in made for turn in t.turns)
            results.keep(f"{name}: made", {"transcripts": len(made), "words": words})
        tell(name, ran, results.get(f"{name}: made"))


def tell(name: str, ran: Any, made: Any) -> None:
    """One paragraph a plan: the parent's peak, and each child's in order."""
    parent, *children = ran["peaks_mib"]
    workers = [peak for peak in children if peak > 200]
    print(f"{name}: {ran['wall_s']:.0f} s, exit {ran['code']}, {made}")
    print(f"  parent {parent:.0f} MiB; {len(workers)} workers {min(workers):.0f}–{max(workers):.0f} MiB")
    print(
        f"  in order: {', '.join(f'{peak:.0f}' for peak in workers)}; all at once {ran['peak_mib']:.0f} MiB"
    )


if __name__ == "__main__":
    main()
