"""What the transcription benchmarks share: sound, a project, and a command run under observation."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
import wave
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qualkit.audio.decode import decode
from qualkit.audio.stretch import RATE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Sound = NDArray[np.int16]

QUALKIT = (sys.executable, "-m", "qualkit")
TICK_S = 0.1


def sound_of(path: Path) -> Sound:
    """A recording as mono samples at 16 kHz."""
    return np.concatenate([chunk[:, 0] for chunk in decode(path, channels=1)])


def silence(seconds: float) -> Sound:
    """Nothing."""
    return np.zeros(int(seconds * RATE), np.int16)


def write_wav(path: Path, samples: Sound) -> Path:
    """16-bit mono wav."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


def in_a_row(files: Sequence[Path], pause_s: float) -> Sound:
    """Recordings one after the other, each with a pause behind it."""
    return np.concatenate([piece for file in files for piece in (sound_of(file), silence(pause_s))])


def make_project(
    root: Path,
    cases: Mapping[str, tuple[str, int]],
    languages: Sequence[str] = ("fi", "sv", "en"),
    settings: str = "",
) -> Path:
    """A project with an interview for each id: its language and number of speakers."""
    from qualkit.files.project import init_project

    if not (root / "qualkit.toml").exists():
        init_project(root, "Benchmark", tuple(languages))
        with (root / "qualkit.toml").open("a", encoding="utf-8") as out:
            out.write(f"\n[transcription]\n{settings}\n")
    rows = [f"{name},,,{language},,,,{count}," for name, (language, count) in cases.items()]
    header = "id,site,date,language,role,interviewer,consent,speakers,recording"
    (root / "interviews.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    (root / "recordings").mkdir(exist_ok=True)
    return root


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command cost."""

    code: int
    wall_s: float
    cpu_s: float
    """User and system time of it and its children."""
    peak_mib: float
    """Highest sum of the resident memory of it and its children, looked at every 0.1 s."""
    peaks_mib: tuple[float, ...]
    """The highest of each process, the command's own first."""


def observed(
    command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None, limit_s: float = 3600.0
) -> Ran:
    """Run a command and watch its memory; its output goes to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command], stdout=out, stderr=out, env={**os.environ, **(env or {})}
        )
        peaks: dict[int, float] = {}
        total = [0.0]
        over = threading.Event()

        def watch() -> None:
            while not over.wait(TICK_S):
                now = {pid: _resident_mib(pid) for pid in _tree(process.pid)}
                total[0] = max(total[0], sum(now.values()))
                for pid, size in now.items():
                    peaks[pid] = max(peaks.get(pid, 0.0), size)
                if time.monotonic() - began > limit_s:
                    process.kill()

        thread = threading.Thread(target=watch)
        thread.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        over.set()
        thread.join()
        process.returncode = os.waitstatus_to_exitcode(status)
    order = [process.pid, *sorted(pid for pid in peaks if pid != process.pid)]
    return Ran(
        process.returncode,
        round(wall, 2),
        round(usage.ru_utime + usage.ru_stime, 2),
        round(total[0], 1),
        tuple(round(peaks.get(pid, 0.0), 1) for pid in order),
    )


def _tree(pid: int) -> list[int]:
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                with suppress(OSError):
                    left += [int(child) for child in (task / "children").read_text().split()]
    return found


def _resident_mib(pid: int) -> float:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


class Results:
    """Results by name in a file of JSON lines, so that a benchmark that was stopped goes on where it was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, Any] = {}
        with suppress(FileNotFoundError):
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self._known[entry["name"]] = entry["value"]

    def get(self, name: str) -> Any:
        """What was kept under a name; None when nothing was."""
        return self._known.get(name)

    def keep(self, name: str, value: Any) -> Any:
        """Write one result down."""
        plain = asdict(value) if isinstance(value, Ran) else value
        self._known[name] = json.loads(json.dumps(plain))
        with self._path.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"name": name, "value": plain}, ensure_ascii=False) + "\n")
        return self._known[name]


@contextmanager
def quiet_machine(lock: Path | None) -> Iterator[None]:
    """Wait for a lock file that others who measure on this machine hold too; nothing without one."""
    if lock is None:
        yield
        return
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
