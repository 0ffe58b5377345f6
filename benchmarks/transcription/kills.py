"""Random kills: what a batch that is killed again and again makes, against one that was left alone.

    python -m benchmarks.transcription.kills OUT --recordings FILE … [--quick] [--kills 100] [--minutes 8]
    python -m benchmarks.transcription.kills OUT --audio AUDIO [--kills 100] [--minutes 8]

A batch is started and killed at a random moment, then started again, until it has finished: a round. Then
the transcripts are compared and everything that was made is deleted. A kill (SIGKILL) hits all processes at
once as a power cut does, or the parent alone, or, once a round, the worker alone as an out-of-memory kill
does. Rounds go on until so many kills have been counted in OUT or the minutes are over; the next run adds
to them. ``--audio`` makes two short recordings of real speech, of three sentences by different readers with
a pause after each; a unit is then one sentence, so that kills fall between units too. ``--quick`` uses the
engine of the tests, which needs no weights and goes through all the rest: decoding, plan, units, work
files, transcript.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.transcription.common import (
    QUALKIT,
    RATE,
    Results,
    make_project,
    quiet_machine,
    silence,
    sound_of,
    write_wav,
)
from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SENTENCE_S = 2.6
PRETEND = Path(__file__).parents[2] / "tests" / "transcription" / "pretend.py"


def short_recordings(audio: Path, folder: Path) -> list[Path]:
    """Two recordings of three beginnings of sentences, each long enough to be a window of its own."""
    first: dict[str, Path] = {}
    for path in sorted((audio / "librispeech").glob("*.flac")):
        first.setdefault(path.name.partition("-")[0], path)
    spoken = [sound_of(path)[: int(SENTENCE_S * RATE)] for path in list(first.values())[:6]]
    return [
        write_wav(folder / f"short_{i + 1}.wav", np.concatenate([x for s in part for x in (s, silence(3))]))
        for i, part in enumerate((spoken[:3], spoken[3:]))
    ]


def made(root: Path) -> dict[str, Any]:
    """Every transcript without its time of making."""
    project = load_project(root)
    out = {}
    for interview in transcript_ids(project):
        t = load_transcript(project, interview)
        facts = {k: v for k, v in t.provenance.items() if k != "created"}
        out[interview] = (t.revision, t.turns, t.speakers, t.notices, t.source, repr(sorted(facts.items())))
    return out


def forget(root: Path) -> None:
    """Delete everything that a batch makes."""
    for name in (".qualkit", "transcripts", "outputs"):
        shutil.rmtree(root / name, ignore_errors=True)


def one_round(command: Sequence[str | Path], longest_s: float, chance: random.Random) -> dict[str, int]:
    """Kill and start again until the batch ends by itself; how often what was killed."""
    killed = {"all": 0, "parent": 0, "worker": 0, "runs": 0}
    while True:
        killed["runs"] += 1
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while not _over(process, chance.uniform(0.1, longest_s)):
            what = chance.choice(["all", "parent", "worker"])
            child = _worker(process.pid)
            if what == "worker" and (killed["worker"] or not child):
                continue
            killed[what] += 1
            if what == "worker":
                with suppress(OSError):
                    os.kill(child, signal.SIGKILL)
                continue
            with suppress(OSError):
                if what == "all":
                    os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
            process.wait()
            break
        else:
            return killed


def _over(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _worker(parent: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in children:
            line = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"worker" in line:
                return int(child)
    return 0


def main() -> None:
    """An undisturbed run, then rounds."""
    options = argparse.ArgumentParser()
    options.add_argument("out", type=Path)
    options.add_argument("--recordings", type=Path, nargs="+", default=[])
    options.add_argument("--audio", type=Path)
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--minutes", type=float, default=8.0)
    options.add_argument("--longest", type=float, help="seconds until a kill, at most")
    options.add_argument("--lock", type=Path)
    given = options.parse_args()
    name = "quick" if given.quick else "short" if given.audio else "real"
    root = given.out / f"kills-{name}"
    files = [*given.recordings, *(short_recordings(given.audio, given.out) if given.audio else [])]
    cases = {path.stem.replace("_", "-"): ("en", 2) for path in files}
    settings = 'model = "PATH"' if given.quick else "batch = 1" if given.audio else ""
    make_project(root, cases, settings=settings)
    for path in files:
        if not (root / "recordings" / f"{path.stem.replace('_', '-')}{path.suffix}").exists():
            shutil.copy(path, root / "recordings" / f"{path.stem.replace('_', '-')}{path.suffix}")
    command: list[str | Path] = [*QUALKIT, "transcribe", "--project", root]
    if given.quick:
        folder = root.absolute() / "model"
        folder.mkdir(exist_ok=True)
        (folder / "model.bin").write_bytes(b"none")
        (folder / "config.json").write_text("{}")
        toml = root / "qualkit.toml"
        toml.write_text(toml.read_text().replace("PATH", folder.as_posix()))
        command = [sys.executable, PRETEND, "batch", root]
    results = Results(given.out / f"kills-{name}.jsonl")
    stop = time.monotonic() + given.minutes * 60
    with quiet_machine(given.lock):
        began = time.monotonic()
        forget(root)
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        whole = time.monotonic() - began
        expected = made(root)
        assert set(expected) == set(cases)
        rounds = results.get("rounds") or []
        chance = random.Random(len(rounds))  # noqa: S311
        while sum(map(kills, rounds)) < given.kills and time.monotonic() < stop:
            forget(root)
            one = one_round(command, given.longest or whole * 0.7, chance)
            found = made(root)
            one["lost"] = len(set(expected) - set(found))
            one["differing"] = sum(found[i] != expected.get(i) for i in found)
            rounds.append(one)
            results.keep("rounds", rounds)
    total = {key: sum(one[key] for one in rounds) for key in rounds[0]}
    print(
        f"{name}: {len(rounds)} rounds of {len(cases)} recordings, {whole:.0f} s undisturbed; "
        f"{sum(map(kills, rounds))} kills; {total}"
    )


def kills(one: Mapping[str, int]) -> int:
    """Kills in a round."""
    return one["all"] + one["parent"] + one["worker"]


if __name__ == "__main__":
    main()
