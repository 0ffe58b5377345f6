"""Before the night: what would be done and how long it takes, on a machine that has done nothing yet."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qualkit.files.transcript import transcript_ids
from qualkit.transcription import pending, rehearse, settings
from qualkit.transcription.settings import project_settings
from qualkit.transcription.speed import Basis, Speed, guess
from qualkit.transcription.summary import BatchSummary, Outcome, RecordingSummary
from tests.audio.sounds import silence, talk, write_wav
from tests.transcription.pretend import HERE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Step

    Run = Callable[..., tuple[list[Step], BatchSummary]]


def state(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in root.rglob("*")
        if p.is_file() and p.name != "hashes.json"
    }


@pytest.mark.parametrize(("workers", "threads"), [(1, 8), (3, 2), (16, 1)])
def test_each_worker_gets_its_share_of_the_processors(
    project: Project, monkeypatch: pytest.MonkeyPatch, workers: int, threads: int
) -> None:
    monkeypatch.setattr(settings, "cores", lambda: 8)
    monkeypatch.setattr(pending, "speaker_models", lambda _: ("", ""))

    def todo() -> Generator[Step, None, None]:
        found = yield from pending.pending(project, None, project_settings(project, workers=workers))
        assert [item.job.threads for item in found.items] == [threads]

    assert list(todo())


def test_a_fresh_machine_measures_itself_once_and_then_goes_by_its_nights(project: Project, run: Run) -> None:
    before = state(project.root)
    steps, summary = run(dry_run=True)
    (one,) = summary.recordings
    assert one.outcome is Outcome.WAITING
    assert one.estimate_s
    assert summary.basis == Basis.REHEARSAL
    assert "measured on a minute" in summary.text()
    assert any("how fast" in s.note for s in steps)
    assert state(project.root) == before
    assert not transcript_ids(project)
    steps, again = run(dry_run=True)
    assert again.recordings[0].estimate_s == one.estimate_s
    assert not any("how fast" in s.note for s in steps)
    run()
    _, summary = run(dry_run=True, again=True)
    assert summary.basis == Basis.NIGHTS
    assert summary.as_json()["estimate_s"] == summary.recordings[0].estimate_s


def test_what_cannot_be_measured_is_guessed_and_says_so(
    project: Project, run: Run, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (weights / "model.bin").write_bytes(b"\0" * 145_000)
    monkeypatch.setattr(rehearse, "COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    _, summary = run(dry_run=True)
    assert summary.basis == Basis.GUESS
    assert "a guess" in summary.text()
    assert summary.recordings[0].estimate_s == pytest.approx(54.0 * guess(weights).factor, abs=0.1)


def test_a_guess_is_what_laptops_were_measured_to_need(tmp_path: Path) -> None:
    for size_mb, least, most in ((145, 0.1, 0.2), (1_617, 0.7, 0.95), (3_087, 1.1, 1.4)):
        with (tmp_path / "model.bin").open("wb") as file:
            file.truncate(size_mb * 1_000_000)  # sparse
        assert least <= guess(tmp_path).factor <= most


def test_nobody_speaks_in_the_first_minute(project: Project, run: Run) -> None:
    (project.recordings / "kilpi-01.wav").unlink()
    sound = silence(150)
    part = talk([(0, 9), (11, 20), (22, 28)], 30.0)
    sound[70 * 16_000 : 100 * 16_000] = part
    write_wav(project.recordings / "kilpi-01.wav", sound)
    _, summary = run(dry_run=True)
    assert summary.basis == Basis.REHEARSAL


def test_several_at_once_take_as_long_as_the_longest_at_least() -> None:
    def waits(name: str, estimate: float) -> RecordingSummary:
        return RecordingSummary(name, name, Outcome.WAITING, audio_s=600, estimate_s=estimate)

    night = BatchSummary((waits("a", 100), waits("b", 100), waits("c", 40)), dry_run=True, workers=2)
    assert night.estimate_s == 120
    assert replace(night, workers=8).estimate_s == 100
    unknown = replace(waits("d", 1), estimate_s=None)
    assert replace(night, recordings=(*night.recordings, unknown)).estimate_s is None


def test_speed_is_remembered_beside_the_models_and_forgotten_where_it_cannot_be(tmp_path: Path) -> None:
    Speed(tmp_path).learn("a", 100, 50)
    Speed(tmp_path).rehearsed("b", 60, 30, 5)
    assert Speed(tmp_path).factor("a") == 0.5
    pace = Speed(tmp_path).pace("b")
    assert pace is not None
    assert (pace.seconds(100), pace.basis) == (55, Basis.REHEARSAL)
    (tmp_path / ".speed.json").write_text('{"a": 3}')
    assert Speed(tmp_path).factor("a") is None
    (tmp_path / "file").write_text("")
    Speed(tmp_path / "file" / "models").learn("a", 100, 50)


@pytest.mark.skipif(os.name != "posix", reason="limits")
def test_a_dry_run_works_where_nothing_can_be_written(project: Project) -> None:
    before = state(project.root)
    full = (
        "import resource, signal, os, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", full, "-m", "qualkit", "transcribe", "--dry-run", "--diarizer", "none",
         "--project", str(project.root), "--progress", "none"],
        capture_output=True, text=True, check=False, cwd=HERE.parents[2],
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0
    assert "1 waiting" in done.stdout
    assert "a guess" in done.stdout  # the real rehearsal finds no room, and the model is none
    assert state(project.root) == before
    assert not [p for p in project.work.rglob("*") if p.is_file()]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="this user may write everywhere")
def test_a_dry_run_works_in_a_folder_that_may_only_be_read(project: Project, run: Run) -> None:
    folders = [project.root, *(p for p in project.root.rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        assert run(dry_run=True)[1].exit_code == 0
    finally:
        for folder in folders:
            folder.chmod(0o755)
