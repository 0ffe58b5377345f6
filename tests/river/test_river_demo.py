"""The whole river on real weights: what `make demo` runs, held against the texts that were spoken."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript

pytestmark = pytest.mark.real_model

ROOT = Path(__file__).parents[2]
SPOKEN = {"kilpisalo-01": 0.40, "hiililuoto-01": 0.20, "jarnskata-01": 0.60}
"""Recorded interview → the most words that Whisper base may get wrong of it."""


def run(folder: Path) -> tuple[dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "qualkit", "demo", str(folder), "--json", "--progress", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("river") / "demo"
    return folder, *run(folder)


def spoken(interview: str) -> list[tuple[str, str]]:
    """Speaker and text of each turn, as the sample was written."""
    text = (ROOT / "tools" / "sample_interviews" / f"{interview}.txt").read_text(encoding="utf-8")
    return [tuple(line.split(": ", 1)) for line in text.splitlines() if re.match(r"S\d: ", line)]  # type: ignore[misc]


def plain(text: str) -> str:
    return " ".join(re.findall(r"[\w]+", text.lower()))


@pytest.mark.parametrize("interview", SPOKEN)
def test_transcripts_read_like_what_was_said(demo: tuple[Path, Any, str], interview: str) -> None:
    import jiwer

    transcript = load_transcript(load_project(demo[0]), interview)
    said = plain(" ".join(text for _, text in spoken(interview)))
    assert jiwer.wer(said, plain(transcript.text)) < SPOKEN[interview]


@pytest.mark.parametrize("interview", SPOKEN)
def test_speakers_take_turns_as_they_did(demo: tuple[Path, Any, str], interview: str) -> None:
    transcript = load_transcript(load_project(demo[0]), interview)
    assert [t.speaker for t in transcript.turns] == [speaker for speaker, _ in spoken(interview)]
    assert [s.role for s in transcript.speakers] == ["interviewer", "interviewee"]
    for turn in transcript.turns:
        assert turn.words
        assert turn.text == " ".join(turn.text[w.start : w.end] for w in turn.words)


def test_the_report_quotes_what_the_transcripts_hold(demo: tuple[Path, Any, str]) -> None:
    project = load_project(demo[0])
    report = json.loads((project.outputs / "report.json").read_text(encoding="utf-8"))
    assert len(report["quotes"]) > 50
    for quote in report["quotes"]:
        transcript = load_transcript(project, quote["interview"])
        assert transcript.text[quote["start"] : quote["end"]] == quote["quote"]
        assert quote["speaker"] in {s.id for s in transcript.speakers}
        assert quote["start_ms"] < quote["end_ms"]
        assert quote["interview"] != "kilpisalo-03"  # who did not agree to be quoted
    assert {theme["dimension"] for theme in report["themes"]} == {"infrastructure", "services", "aspect"}
    for name in ("report.md", "report.html"):
        assert (project.outputs / name).stat().st_size > 10_000


def test_progress_covers_every_stage(demo: tuple[Path, Any, str]) -> None:
    steps = [json.loads(line) for line in demo[2].splitlines() if line.startswith("{")]
    assert {"transcribe", "segment", "embed", "suggest", "themes", "report"} <= {
        step["stage"] for step in steps
    }


def test_a_second_run_starts_from_what_is_there(demo: tuple[Path, Any, str]) -> None:
    folder, made, _ = demo
    before = {p: p.read_bytes() for p in folder.rglob("transcripts/*.json")}
    again, talk = run(folder)
    assert {p: p.read_bytes() for p in folder.rglob("transcripts/*.json")} == before
    steps = [json.loads(line) for line in talk.splitlines() if line.startswith("{")]
    assert not [s for s in steps if s["stage"] == "embed" and s["total"]]
    assert {k: again[k] for k in ("segments", "suggestions", "clusters", "quotes")} == {
        k: made[k] for k in ("segments", "suggestions", "clusters", "quotes")
    }
