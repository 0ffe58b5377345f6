"""What a cluster or container lends of a machine's memory counts, not what the machine has."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from qualkit.files.machine import _limits, cores, machine_mib

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_least_of_all_groups_above_is_the_limit(tmp_path: Path) -> None:
    process, groups = tmp_path / "cgroup", tmp_path / "groups"
    process.write_text("1:name=systemd:/\n0::/slurm/job_7/step_0\n", encoding="ascii")
    step = groups / "slurm" / "job_7" / "step_0"
    step.mkdir(parents=True)
    (step / "memory.max").write_text("max\n", encoding="ascii")
    (step.parent / "memory.max").write_text("4294967296\n", encoding="ascii")
    (groups / "slurm" / "memory.max").write_text("8589934592\n", encoding="ascii")
    (tmp_path / "memory.max").write_text("1\n", encoding="ascii")  # not below the groups
    assert sorted(_limits(process, groups)) == [4_294_967_296, 8_589_934_592]


def test_without_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert not _limits(tmp_path / "none", tmp_path / "groups")
    assert machine_mib() >= 0


def test_the_cores_that_are_lent_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 8}, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cores() == 3
    monkeypatch.setattr(sys, "platform", "win32")
    assert cores() == 64
