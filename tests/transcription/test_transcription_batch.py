"""The night: it resumes, survives workers that hang or die, does nothing twice, and reaches its last line."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.errors import Conflict, UsageError
from qualkit.files.transcript import load_transcript, save_transcript, transcript_ids
from qualkit.model import NoticeKind, Transcript
from qualkit.transcription.batch import SUMMARY, _alone
from qualkit.transcription.job import environment
from qualkit.transcription.summary import Outcome
from tests.audio.sounds import talk, write_wav
from tests.transcription.pretend import HERE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Step
    from qualkit.transcription.summary import BatchSummary

    Run = Callable[..., tuple[list[Step], BatchSummary]]


def bare(transcript: Transcript) -> object:
    """A transcript without what two runs may differ in: when it was made."""
    made = {k: v for k, v in transcript.provenance.items() if k != "created"}
    return transcript.turns, transcript.speakers, transcript.notices, transcript.source, made


def work_folder(project: Project) -> Path:
    (plan,) = project.work.glob("transcribe/*/plan.json")
    return plan.parent


def test_a_recording_becomes_a_transcript(project: Project, run: Run) -> None:
    steps, summary = run()
    (done,) = summary.recordings
    assert done.outcome is Outcome.DONE
    assert summary.exit_code == 0
    transcript = load_transcript(project, "kilpi-01")
    assert len(transcript.turns) == 5
    assert transcript.source is not None
    assert transcript.source.duration_ms == 54_000
    first = transcript.turns[0]
    assert first.start_ms is not None
    assert abs(first.start_ms - 1000) < 400
    assert all(first.text[w.start : w.end].strip() for w in first.words)
    assert steps[-1].done == pytest.approx(54.0)
    assert (project.outputs / SUMMARY).read_text().startswith("Transcription: 1 done")
    assert not list(project.work.glob("transcribe/*/audio.s16"))
    words = {w for turn in transcript.turns for w in turn.text.split()}
    told = (work_folder(project) / "worker.log").read_text() + (project.outputs / SUMMARY).read_text()
    assert words
    assert not any(word in told for word in words)
    assert done.peak_mib > 20 or sys.platform == "win32"


def test_what_is_done_is_kept_and_changed_settings_are_done_again(project: Project, run: Run) -> None:
    run()
    path = project.transcripts / "kilpi-01.json"
    before = path.read_bytes()
    _, summary = run()
    assert summary.recordings[0].outcome is Outcome.KEPT
    assert path.read_bytes() == before
    _, summary = run(beam=3)
    assert summary.recordings[0].outcome is Outcome.DONE
    assert load_transcript(project, "kilpi-01").revision == 2
    assert load_transcript(project, "kilpi-01", 1).revision == 1


def test_the_same_sound_under_another_name_is_not_decoded_twice(project: Project, run: Run) -> None:
    run()
    shutil.copy(project.recordings / "kilpi-01.wav", project.recordings / "kilpi-02.wav")
    steps, summary = run()
    assert {r.interview: r.outcome for r in summary.recordings} == {
        "kilpi-01": Outcome.KEPT,
        "kilpi-02": Outcome.DONE,
    }
    assert sum("kept" in s.note for s in steps if s.item == "kilpi-02") >= 1
    one, two = load_transcript(project, "kilpi-01"), load_transcript(project, "kilpi-02")
    assert one.turns == two.turns
    assert len(list(project.work.glob("transcribe/*/plan.json"))) == 1


def test_what_a_person_has_corrected_or_imported_stays(project: Project, run: Run) -> None:
    run()
    made = load_transcript(project, "kilpi-01")
    turns = (replace(made.turns[0], text="Toisin.", words=()), *made.turns[1:])
    corrected = replace(made, revision=2, turns=turns)
    save_transcript(project, corrected)
    _, summary = run(beam=2)
    assert summary.recordings[0].reason == "a person has corrected its transcript"
    _, summary = run(beam=2, again=True)
    assert summary.recordings[0].outcome is Outcome.DONE


def test_an_unknown_interview_is_a_usage_error(run: Run) -> None:
    with pytest.raises(UsageError, match="nobody"):
        run(["nobody"])


def test_a_second_batch_says_so_and_leaves(project: Project, run: Run) -> None:
    with _alone(project), pytest.raises(Conflict, match="Another"):
        run()


def test_a_unit_that_hangs_is_tried_again(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = _transcript_of(project, run)
    monkeypatch.setenv("PRETEND", "once:hang:260")
    monkeypatch.setenv("PRETEND_MARK", str(tmp_path / "mark"))
    _, summary = run(unit_limit_s=2.0)
    assert (tmp_path / "mark").exists()
    assert summary.recordings[0].outcome is Outcome.DONE
    assert bare(load_transcript(project, "kilpi-01")) == expected


_UNDISTURBED: list[object] = []


def _transcript_of(project: Project, run: Run) -> object:
    """What an undisturbed run makes of the project of these tests: made once, and removed again."""
    if not _UNDISTURBED:
        run()
        _UNDISTURBED.append(bare(load_transcript(project, "kilpi-01")))
        shutil.rmtree(project.work)
        (project.transcripts / "kilpi-01.json").unlink()
    return _UNDISTURBED[0]


def test_a_unit_that_kills_its_worker_twice_is_given_up_and_the_night_goes_on(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_wav(project.recordings / "alku-02.wav", talk([(1.0, 6.0)], 8.0, frequency=400))
    monkeypatch.setenv("PRETEND", "die:260")
    monkeypatch.setenv("PRETEND_MARK", str(tmp_path / "mark"))
    _, summary = run()
    outcomes = {r.interview: r.outcome for r in summary.recordings}
    assert outcomes == {"alku-02": Outcome.DONE, "kilpi-01": Outcome.PARTIAL}
    transcript = load_transcript(project, "kilpi-01")
    (notice,) = [n for n in transcript.notices if n.kind is NoticeKind.QUARANTINED]
    assert notice.start_ms <= 25_000
    assert notice.end_ms >= 29_000
    assert len(transcript.turns) == 4
    assert not any(n.kind is NoticeKind.SPEECH_WITHOUT_TEXT for n in transcript.notices)


def test_a_torn_last_line_is_done_again(project: Project, run: Run) -> None:
    expected = _transcript_of(project, run)
    run()
    units = work_folder(project) / "units.jsonl"
    raw = units.read_bytes()
    (project.transcripts / "kilpi-01.json").unlink()
    units.write_bytes(raw[: len(raw) - 60])
    run()
    assert bare(load_transcript(project, "kilpi-01")) == expected
    assert [json.loads(line)["unit"] for line in units.read_text().splitlines()] == [0, 1, 2, 3, 4]


def test_a_lost_plan_or_nonsense_in_it_only_costs_time(project: Project, run: Run) -> None:
    expected = _transcript_of(project, run)
    run()
    (project.transcripts / "kilpi-01.json").unlink()
    (work_folder(project) / "plan.json").write_text('{"format": 1, "units": "?"}')
    run()
    assert bare(load_transcript(project, "kilpi-01")) == expected


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_killed_again_and_again_it_gives_the_same_transcript(project: Project, run: Run) -> None:
    expected = _transcript_of(project, run)
    chance = random.Random()
    env = {**os.environ, "PRETEND_PACE": "0.4"}
    done = 0
    for kill in range(3):  # while it starts or plans, then after one more unit, and after another
        process = subprocess.Popen(
            [sys.executable, str(HERE), "batch", str(project.root)],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if kill:
            assert _until(partial(goes_on, project, done))
        time.sleep((0.8 if kill == 0 else 0.3) * chance.random())
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = finished(project)
    assert done >= 2
    run()
    assert bare(load_transcript(project, "kilpi-01")) == expected
    assert load_transcript(project, "kilpi-01").revision == 1


def goes_on(project: Project, done: int) -> bool:
    return finished(project) > done


def finished(project: Project) -> int:
    """Units whose line is whole."""
    return sum(path.read_bytes().count(b"\n") for path in project.work.glob("transcribe/*/units.jsonl"))


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_worker_dies_with_its_parent(project: Project) -> None:
    env = {**os.environ, "PRETEND_PACE": "5"}
    process = subprocess.Popen([sys.executable, str(HERE), "batch", str(project.root)], env=env)
    log = _until(lambda: list(project.work.glob("transcribe/*/plan.json")))
    assert log
    process.kill()
    process.wait()

    def gone() -> bool:
        from filelock import FileLock, Timeout

        try:
            with FileLock(work_folder(project) / "lock", timeout=0):
                return True
        except Timeout:
            return False

    assert _until(gone)


def _until(what: Callable[[], Any], seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    return None


def test_until_stops_after_the_unit_at_hand_and_the_rest_waits(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import datetime, timedelta

    monkeypatch.setenv("PRETEND_PACE", "0.5")
    write_wav(project.recordings / "zeta-02.wav", talk([(1.0, 6.0)], 8.0, frequency=400))
    from qualkit.transcription import batch

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            begun = list(project.work.glob("transcribe/*/units.jsonl"))
            return datetime.now(tz) + (timedelta(days=2) if begun else timedelta(0))

    monkeypatch.setattr(batch, "datetime", Clock)
    from datetime import time as clock

    _, summary = run(until=clock(7, 0))
    assert summary.stopped
    assert {r.outcome for r in summary.recordings} == {Outcome.WAITING}
    assert not transcript_ids(project)
    monkeypatch.setattr(batch, "datetime", datetime)
    _, summary = run()
    assert {r.outcome for r in summary.recordings} == {Outcome.DONE}


def test_two_workers_make_what_one_makes(project: Project, run: Run) -> None:
    expected = _transcript_of(project, run)
    for i in range(3):
        write_wav(project.recordings / f"x-{i}.wav", talk([(1.0, 6.0)], 8.0, frequency=300 + 50 * i))
    _, summary = run(workers=2)
    assert [r.outcome for r in summary.recordings] == [Outcome.DONE] * 4
    assert bare(load_transcript(project, "kilpi-01")) == expected


def test_a_recording_that_disappears_fails_and_the_others_are_done(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qualkit.transcription import batch

    write_wav(project.recordings / "alku-02.wav", talk([(1.0, 6.0)], 8.0, frequency=400))
    before = batch._start

    def start(night: Any, interview: str) -> None:
        if interview == "kilpi-01":
            (project.recordings / "kilpi-01.wav").unlink()
        before(night, interview)

    monkeypatch.setattr(batch, "_start", start)
    _, summary = run()
    assert {r.interview: r.outcome for r in summary.recordings} == {
        "alku-02": Outcome.DONE,
        "kilpi-01": Outcome.FAILED,
    }
    assert "no such file" in summary.of(Outcome.FAILED)[0].reason


@pytest.mark.skipif(os.name != "posix", reason="limits")
def test_a_full_disk_fails_with_the_remedy_and_the_next_run_goes_on(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qualkit.transcription import supervise

    small = (
        "import resource, signal, os, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY)); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    whole = supervise.COMMAND
    monkeypatch.setattr(supervise, "COMMAND", (whole[0], "-c", small, *whole[1:]))
    _, summary = run()
    (failed,) = summary.of(Outcome.FAILED)
    assert "115 MB" in failed.hint
    monkeypatch.setattr(supervise, "COMMAND", whole)
    _, summary = run()
    assert summary.exit_code == 0


def test_a_summary_that_cannot_be_written_is_still_told(project: Project, run: Run) -> None:
    (project.outputs / SUMMARY).mkdir(parents=True)
    _, summary = run()
    assert [r.outcome for r in summary.recordings] == [Outcome.DONE]
    assert summary.exit_code == 1
    assert f"only here: {project.outputs / SUMMARY}" in summary.text()


def test_the_parent_holds_no_model_library(project: Project) -> None:
    code = (
        "import sys; from qualkit.transcription import batch; "
        "heavy = ('torch', 'faster_whisper', 'ctranslate2', 'onnxruntime', 'av', 'numpy'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_what_makes_a_worker_faster_gives_way_to_the_users_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    said = environment()
    assert "glibc.malloc.hugetlb=1" in said["GLIBC_TUNABLES"]
    assert said["OPENBLAS_NUM_THREADS"] == "3"
