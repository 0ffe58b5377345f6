"""The machine is kept awake for as long as a batch runs, and not a moment longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from qualkit.transcription.awake import awake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="another way there")
TOOL = "caffeinate" if sys.platform == "darwin" else "systemd-inhibit"


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tool in the system's place, which writes down how it was called and when it ends."""
    tool = tmp_path / "bin" / TOOL
    tool.parent.mkdir()
    log = tmp_path / "told"
    tool.write_text(f'#!/bin/sh\necho "$$ $@" > "{log}"\ncat\necho over >> "{log}"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    return log


def until(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def text(log: Path) -> str:
    return log.read_text() if log.exists() else ""


def test_the_tool_of_the_system_holds_as_long_as_the_batch(told: Path) -> None:
    with awake() as held:
        assert held
        assert until(lambda: bool(text(told)))
        if sys.platform == "linux":
            assert "--what=idle:sleep:handle-lid-switch" in text(told)
            assert "--mode=block cat" in text(told)
    with pytest.raises(ProcessLookupError):
        os.kill(int(text(told).split()[0]), 0)


def test_it_lets_go_when_the_batch_is_killed(told: Path) -> None:
    code = "import time\nfrom qualkit.transcription.awake import awake\nwith awake(): time.sleep(60)"
    batch = subprocess.Popen([sys.executable, "-c", code])
    assert until(lambda: bool(text(told)))
    os.kill(batch.pid, signal.SIGKILL)
    batch.wait()
    assert until(lambda: "over" in text(told))


def test_without_the_tool_or_when_it_is_not_wanted_the_batch_goes_on(
    told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with awake(wanted=False) as held:
        assert not held
    monkeypatch.setenv("PATH", str(told.parent / "none"))
    with awake() as held:
        assert not held
    assert not told.exists()
