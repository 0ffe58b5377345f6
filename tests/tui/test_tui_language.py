"""The desk in Finnish and Swedish: everything translated, catalogues as the code is, used when asked for."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_every_string_is_translated_and_compiled() -> None:
    pytest.importorskip("babel")
    assert runpy.run_path(str(ROOT / "tools" / "tui_messages.py"))["faults"]() == []


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"QUALKIT_LANG": "fi"}, "Hyväksy"),
        ({"LC_ALL": "sv_FI.UTF-8"}, "Godkänn"),
        ({"LC_ALL": "C.UTF-8", "LANG": "fi_FI.UTF-8"}, "Accept"),
        ({"QUALKIT_LANG": "de"}, "Accept"),
    ],
)
def test_the_language_is_the_one_asked_for(environment: dict[str, str], word: str) -> None:
    code = "from qualkit.tui.actions import every; print({a.id: a.name for a in every()}['review.accept'])"
    names = ("QUALKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    clean = {k: v for k, v in os.environ.items() if k not in names}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        env={**clean, "PYTHONIOENCODING": "utf-8", **environment},
        check=True,
    )
    assert done.stdout.strip() == word
