"""The committed sample project is what its texts make, and holds what the documentation promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qualkit.files.interviews import read_interviews
from qualkit.files.project import load_project
from qualkit.files.transcript import read_transcript

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "tools" / "sample_interviews"


@pytest.mark.parametrize(
    "command",
    [["tools/make_sample_transcripts.py", "--check"], ["benchmarks/coding/split_gold.py", "--check"]],
)
def test_the_committed_files_are_what_their_sources_make(command: list[str]) -> None:
    """Somebody who edits a transcript or a split by hand is told."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_interview_has_a_recording_or_a_transcript() -> None:
    """The table, the recordings and the written transcripts belong together."""
    project = load_project(ROOT)
    interviews = {i.id: i for i in read_interviews(project)}
    recorded = {i.id for i in interviews.values() if i.recording}
    written = {p.stem for p in TEXTS.glob("*.txt") if "# recorded: yes" not in p.read_text(encoding="utf-8")}
    assert recorded | written == set(interviews)
    assert all((ROOT / "transcripts" / f"{name}.json").is_file() for name in written)
    assert {i.site for i in interviews.values()} == {s.id for s in project.sites}
    assert {i.consent for i in interviews.values()} == {"quote", "no-quote", ""}
    for name in recorded:
        assert (ROOT / "recordings" / interviews[name].recording).stat().st_size < 1_000_000


def test_written_transcripts_keep_time() -> None:
    """Turns follow one another, and nobody talks faster than a person can."""
    for path in sorted(TEXTS.glob("*.txt")):
        if "# recorded: yes" in path.read_text(encoding="utf-8"):
            continue
        transcript = read_transcript(ROOT / "transcripts" / f"{path.stem}.json")
        assert 25 <= len(transcript.turns) <= 60
        at = 0
        for turn in transcript.turns:
            assert turn.start_ms is not None
            assert turn.end_ms is not None
            assert at <= turn.start_ms < turn.end_ms
            assert len(turn.text) / (turn.end_ms - turn.start_ms) < 0.022
            at = turn.end_ms


def test_speaker_times_of_the_recordings_cover_every_turn() -> None:
    """The RTTM beside a recorded text has its turns in its order."""
    for path in sorted(TEXTS.glob("*.rttm")):
        lines = path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
        said = [line.split(": ", 1)[0] for line in lines if not line.startswith("#")]
        marked = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        assert [mark[7] for mark in marked] == said
        ends = [float(mark[3]) + float(mark[4]) for mark in marked]
        assert all(end < float(later[3]) for end, later in zip(ends, marked[1:], strict=False))
