"""How fast the desk answers in a terminal: keys go into a pty, and the clock stops at the last byte drawn.

`python benchmarks/tui/pty_bench.py FOLDER` on a project made by big_project.py. An answer is over when
nothing came for 40 ms; what is counted ends at its last byte, so the times hold everything a user sees.
Prints one JSON object.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

QUIET = 0.04
"""Seconds without output after which an answer is over."""
SIZE = (40, 120)
PROGRAM = """
import os, sys, time
from pathlib import Path
from qualkit.files.project import load_project
from qualkit.tui.app import run

sys.stderr.write("imported\\n")
os.write(int(sys.argv[2]), b"%.6f" % time.monotonic())
sys.exit(run(load_project(Path(sys.argv[1]))))
"""


class Terminal:
    """A process on a pty."""

    def __init__(self, root: Path) -> None:
        self.told, told = os.pipe()
        os.set_inheritable(told, True)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "QUALKIT_LANG": "en"}
            os.environ |= {"QUALKIT_CODER": "bench", "XDG_CONFIG_HOME": str(root / "no-config")}
            os.execv(sys.executable, [sys.executable, "-c", PROGRAM, str(root), str(told)])  # noqa: S606
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        os.close(told)
        self.imported = float(os.read(self.told, 64))
        self.spent: list[float] = []

    def answer(self, wanted: bytes = b"", limit: float = 20.0, quiet: float = QUIET) -> tuple[float, bytes]:
        """When the last byte of the answer came (monotonic), and the answer."""
        got, last, until = b"", time.monotonic(), time.monotonic() + limit
        while time.monotonic() < until:
            ready, _, _ = select.select([self.fd], [], [], quiet)
            if ready:
                got += self.read(got)
                last = time.monotonic()
            elif wanted in got and (got or quiet > QUIET):
                return last, got
        raise TimeoutError(f"no {wanted!r} in {got[-2000:]!r}")

    def read(self, before: bytes) -> bytes:
        """What has come. Raises RuntimeError when the desk has ended, with its last words."""
        try:
            return os.read(self.fd, 1 << 16)
        except OSError:
            _, status = os.waitpid(self.pid, 0)
            raise RuntimeError(f"the desk ended, status {status}: {before[-6000:]!r}") from None

    def press(self, keys: bytes, wanted: bytes = b"", quiet: float = QUIET) -> float:
        """Seconds from a key to the last byte of its answer."""
        while select.select([self.fd], [], [], 0)[0]:  # what a timer drew is no answer
            os.read(self.fd, 1 << 16)
        start, spent = time.monotonic(), self.processor()
        os.write(self.fd, keys)
        took = self.answer(wanted, quiet=quiet)[0] - start
        self.spent.append(self.processor() - spent)
        return took

    def first(self, keys: bytes, wanted: bytes) -> float:
        """Seconds from a key to the byte that shows what was wanted; more may follow."""
        while select.select([self.fd], [], [], 0)[0]:
            os.read(self.fd, 1 << 16)
        start, got = time.monotonic(), b""
        spent = self.processor()
        os.write(self.fd, keys)
        while wanted not in got:
            if not select.select([self.fd], [], [], 20)[0]:
                raise TimeoutError(repr(wanted))
            got += self.read(got)
        self.spent.append(self.processor() - spent)
        return time.monotonic() - start

    def processor(self) -> float:
        """Seconds of processor that the desk has used in all its threads; Linux."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9

    def memory_mb(self) -> int:
        """The most that was ever resident."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) // 1024

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


class Told(dict[str, object]):
    """Figures that are told on stderr as they come."""

    def __setitem__(self, name: str, value: object) -> None:
        sys.stderr.write(f"{name}: {value}\n")
        super().__setitem__(name, value)


def spread(times: list[float], spent: list[float]) -> dict[str, float]:
    """Median and 95th percentile in ms, by the clock and of the processor, which other work disturbs less."""

    def at(part: float, values: list[float]) -> float:
        return round(1000 * sorted(values)[int(len(values) * part)], 1)

    return {
        "n": len(times),
        "median_ms": at(0.5, times),
        "p95_ms": at(0.95, times),
        "processor_median_ms": at(0.5, spent),
        "processor_p95_ms": at(0.95, spent),
    }


def repeated(terminal: Terminal, keys: list[bytes]) -> dict[str, float]:
    """Keys one after the other."""
    terminal.spent.clear()
    return spread([terminal.press(key) for key in keys], terminal.spent)


def picker(terminal: Terminal, found: dict[str, object]) -> None:
    """Open the picker, type a word, take two letters back, close it."""
    drawn, typed = [], []
    opening: list[float] = []
    typing: list[float] = []
    for _ in range(60):
        terminal.spent.clear()
        drawn.append(terminal.first(b"c", b"Which code?"))
        opening += terminal.spent
        terminal.spent.clear()
        time.sleep(0.3)
        typed += [terminal.press(bytes([letter])) for letter in b"putki7"]
        typed += [terminal.press(b"\x7f") for _ in range(2)]
        typing += terminal.spent
        terminal.press(b"\x1b")
        time.sleep(0.5)  # a letter right after Esc would be read as Alt and the letter
    found["picker_drawn"], found["picker_typed"] = spread(drawn, opening), spread(typed, typing)


def search(terminal: Terminal, found: dict[str, object]) -> None:
    """Seven searches, three times over; the first seven are told one by one."""
    words = ("putkisilta", "putki", "muuntaja", "savupiippu vuonna", "raide", "koru*", '"meni rikki"')
    searches: list[list[float]] = []
    looking: list[float] = []
    for _turn in range(3):
        searches.append([])
        for word in words:
            terminal.press(b"\x15", quiet=0.2)
            for letter in word.encode():  # several at once may come before the line of words has the keys
                terminal.press(bytes([letter]))
            terminal.spent.clear()
            searches[-1].append(terminal.press(b"\r", b"place", quiet=0.1))
            looking += terminal.spent
            terminal.press(b"/", quiet=0.2)
    found["first_searches_ms"] = [round(1000 * t) for t in searches[0]]
    found["search"] = spread([took for turn in searches[1:] for took in turn], looking[len(words) :])


def measure(root: Path) -> dict[str, object]:
    """All figures."""
    found: dict[str, object] = Told()
    terminal = Terminal(root)
    painted, _ = terminal.answer(b"site00-000", quiet=0.01)
    found["first_paint_after_imports_ms"] = round(1000 * (painted - terminal.imported))
    # While the states of all interviews are still being read:
    found["down_while_states_come"] = repeated(terminal, [b"j"] * 40)
    start = time.monotonic()
    terminal.answer(quiet=4, limit=600)  # states of all interviews, then the index of words
    found["states_and_index_s"] = round(time.monotonic() - start - 4)
    found["down_in_project"] = repeated(terminal, [b"j"] * 100)
    terminal.press(b"g")
    found["memory_in_project_mb"] = terminal.memory_mb()
    start = terminal.press(b"\r", b"saved")
    found["open_interview_ms"] = round(1000 * start)
    found["down_at_once"] = repeated(terminal, [b"j"] * 40)
    time.sleep(6)
    found["memory_in_review_mb"] = terminal.memory_mb()
    terminal.press(b"g")
    found["down"] = repeated(terminal, [b"j"] * 95)
    found["next_open"] = repeated(terminal, [b"J"] * 60)
    found["half_page"] = repeated(terminal, [b"\x04", b"\x15"] * 15)
    picker(terminal, found)
    decided = []
    terminal.spent.clear()
    for _ in range(40):
        decided.append(terminal.press(b"y"))
        time.sleep(0.3)
    found["decision"] = spread(decided, terminal.spent)
    terminal.press(b"\x1b", b"codings")
    terminal.press(b"/")
    time.sleep(9)  # the dictionaries are read
    search(terminal, found)
    found["memory_mb"] = terminal.memory_mb()
    terminal.close()
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]).resolve()), indent=1) + "\n")
