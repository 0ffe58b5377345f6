"""The desk is killed at random moments of a session: nothing decided is lost, and it opens again."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = int(os.environ.get("QUALKIT_KILL_ROUNDS", "8"))
PROGRAM = Path(__file__).parents[2] / "benchmarks" / "tui" / "kill.py"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_nothing_decided_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALKIT_CODER", "bench")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    tool: dict[str, Callable[..., object]] = runpy.run_path(str(PROGRAM))
    found = tool["rounds"](tool["make"](tmp_path / "study"), ROUNDS)
    assert isinstance(found, dict)
    assert found["decisions"] > ROUNDS
    assert found["in_flight"] <= ROUNDS
    assert (found["lost"], found["damaged_journals"]) == (0, 0)
