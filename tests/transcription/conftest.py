"""A project with recordings of tones, and a batch whose engine needs no weights."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.files.project import Project, init_project
from qualkit.transcription import pending, rehearse, supervise
from qualkit.transcription.batch import transcribe_batch
from qualkit.transcription.settings import TranscribeSettings, project_settings
from tests.audio.sounds import talk, write_wav
from tests.steps import run as ran
from tests.transcription.pretend import COMMAND, REHEARSE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qualkit.model import Step
    from qualkit.transcription.summary import BatchSummary

STRETCHES = [(1.0, 8.0), (13.0, 20.0), (25.0, 29.0), (34.0, 41.0), (46.0, 52.0)]
"""Far enough apart that each is a window, and with ``batch=1`` a unit, of its own."""

Run = "Callable[..., tuple[list[Step], BatchSummary]]"


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model store with a folder that looks like Whisper."""
    store = tmp_path / "models"
    folder = store / "pretend"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"none")
    (folder / "config.json").write_text("{}")
    monkeypatch.setenv("QUALKIT_MODELS", str(store))
    return folder


@pytest.fixture
def project(tmp_path: Path, weights: Path) -> Project:
    """One recording, ``kilpi-01``, of five tones."""
    root = tmp_path / "study"
    init_project(root, "Koe", ("fi",))
    with (root / "qualkit.toml").open("a") as out:
        out.write(f'\n[transcription]\nmodel = "{weights.as_posix()}"\n')
    write_wav(root / "recordings" / "kilpi-01.wav", talk(STRETCHES, 54.0))
    from qualkit.files.project import load_project

    return load_project(root)


@pytest.fixture
def run(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[Step], BatchSummary]]:
    """Run a batch with the pretended engine; returns its steps and its summary."""
    monkeypatch.setattr(supervise, "COMMAND", COMMAND)
    monkeypatch.setattr(rehearse, "COMMAND", REHEARSE)
    monkeypatch.setattr(pending, "speaker_models", lambda _: ("", ""))

    def go(ids: list[str] | None = None, **options: Any) -> tuple[list[Step], BatchSummary]:
        settings: TranscribeSettings = replace(
            project_settings(project), diarizer="none", batch=1, keep_awake=False
        )
        summary, steps = ran(transcribe_batch(project, ids, replace(settings, **options)))
        return steps, summary

    return go
