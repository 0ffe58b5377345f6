"""A project in a fresh folder, and disks that fail."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from qualkit.files.project import Project, init_project

if TYPE_CHECKING:
    from pathlib import Path

Fail = Callable[[str, int], None]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return init_project(tmp_path / "study", "Study", ("fi", "sv", "en"))


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Make one function of ``os`` fail with an error number: a full disk, a missing permission.

    Tests may run as root, for whom no permission is ever missing.
    """

    def fail_now(name: str, number: int) -> None:
        def broken(*args: object, **keywords: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, name, broken)

    return fail_now


FULL = errno.ENOSPC
DENIED = errno.EACCES
