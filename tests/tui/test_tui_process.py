"""The desk as a process: what it imports, two of them at once, playing a passage."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import wave
from typing import TYPE_CHECKING

import pytest

from qualkit.errors import UsageError
from qualkit.files.journal import Journal
from qualkit.tui import listen
from qualkit.tui.app import Desktop
from qualkit.tui.desk import Desk
from qualkit.tui.jobs import Pace

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Sample

HEAVY = (
    "torch",
    "spacy",
    "sklearn",
    "pandas",
    "transformers",
    "sentence_transformers",
    "faster_whisper",
    "av",
)
SESSION = """
import asyncio, sys
from pathlib import Path
from qualkit.files.project import load_project
from qualkit.tui.app import Desktop

async def main():
    app = Desktop(load_project(Path(sys.argv[1])), "alpha-01")
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("y", "c", "escape", "escape")
        for key in ("c", "p", "slash"):
            await pilot.press(key)
            await pilot.pause(0.2)
            await pilot.press("escape")

asyncio.run(main())
print([name for name in sys.argv[2:] if name in sys.modules])
"""


def test_no_model_library_is_loaded(sample: Sample) -> None:
    arguments = [sys.executable, "-c", SESSION, str(sample.project.root), *HEAVY]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_numpy_is_not_needed_before_the_first_paint(sample: Sample) -> None:
    code = "import sys, qualkit.tui.app; print('numpy' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


async def test_two_desks_on_one_journal_lose_nothing(sample: Sample) -> None:
    other = Desk.open(sample.project, "alpha-01")
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        passage = other.passages[3]

        def code_away() -> None:
            for code in ("water", "rail", "condition", "steam-heat"):
                other.give((code,), passage.start, passage.end)

        thread = threading.Thread(target=code_away)
        thread.start()
        await pilot.press("y", "y", "y", "y")
        thread.join()
        await pilot.pause(3.2)
        assert len(pilot.app.screen.desk.codings) == 8  # type: ignore[attr-defined]
    state = Journal(sample.project, "tester", "alpha-01").state
    assert len(state.codings) == 8
    assert len(state.decisions) == 4


def tone(path: Path, seconds: float) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(b"".join((n % 200 * 100).to_bytes(2, "little") for n in range(int(16_000 * seconds))))


def test_a_cut_is_as_long_as_the_passage(tmp_path: Path) -> None:
    tone(tmp_path / "in.wav", 5)
    assert listen.cut(tmp_path / "in.wav", 1000, 2500, tmp_path / "out.wav") == pytest.approx(36_000, abs=600)
    with wave.open(str(tmp_path / "out.wav")) as made:
        assert made.getnframes() == pytest.approx(36_000, abs=600)


async def test_space_plays_from_one_second_before(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALKIT_PLAYER", "null")
    tone(sample.project.recordings / "alpha-01.wav", 30)
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("space")
        playing = pilot.app.screen.playing  # type: ignore[attr-defined]
        assert (playing.start_ms, playing.end_ms) == (4000, 9800)
        await pilot.press("full_stop")
        later = pilot.app.screen.playing  # type: ignore[attr-defined]
        assert later.start_ms >= 9000
        assert playing.process.poll() is not None
    assert later.process.wait(20) is not None


def test_playing_says_what_is_missing(sample: Sample) -> None:
    with pytest.raises(UsageError, match="no recording of alpha-02"):
        listen.play(sample.project, "alpha-02", 0, 1000)


def test_progress_lines_are_read_and_others_are_not() -> None:
    line = '{"stage": "suggest", "item": "a-1", "done": 1, "total": 4, "unit": "items", "note": "x"}'
    pace = Pace()
    assert pace.told(line, 0.0) == "suggest a-1 25% (x)"
    on = line.replace('"done": 1', '"done": 2')
    assert pace.told(on, 60.0) == "suggest a-1 50% 02:00 left (x)"
    assert pace.told("Traceback", 0.0) == pace.told("[]", 0.0) == pace.told("{}", 0.0) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_the_desk_ends_when_its_terminal_is_gone(sample: Sample) -> None:
    import pty

    program = (
        "import signal, sys; from pathlib import Path; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "from qualkit.files.project import load_project; from qualkit.tui.app import Desktop;"
        "Desktop(load_project(Path(sys.argv[1]))).run()"
    )
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [sys.executable, "-c", program, str(sample.project.root)])
    got = b""
    while b"alpha-01" not in got:
        got += os.read(fd, 1 << 16)
    os.close(fd)
    ended = 0
    for _ in range(300):
        ended, _status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        time.sleep(0.1)
    else:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert ended == pid
