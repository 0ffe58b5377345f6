"""Real speech in three languages and a real-voice dialogue, through the same pipeline as any interview."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qualkit.files.interviews import write_interviews
from qualkit.files.project import Project, init_project
from qualkit.files.transcript import load_transcript
from qualkit.model import Interview, Transcript
from qualkit.transcription.batch import transcribe_batch
from qualkit.transcription.summary import BatchSummary, Outcome
from tests.steps import ended

if TYPE_CHECKING:
    from qualkit.transcription.settings import TranscribeSettings

SHARED = Path(__file__).parents[2].parent / "shared" / "audio"
pytestmark = [
    pytest.mark.real_model,
    pytest.mark.skipif(not SHARED.is_dir(), reason="no shared recordings"),
]
CLIPS = {
    "jfk": ("en/jfk.flac", "en", 0.10),
    "novelli": ("fi/css10_ensimmaisetnovellit_0040.wav", "fi", 0.65),
    "lattlast": ("sv/lattlast.ogg", "sv", 0.50),
}
"""Interview → file, language, and the most words that Whisper base may get wrong of it."""


def finished(project: Project, settings: TranscribeSettings | None = None) -> BatchSummary:
    return ended(transcribe_batch(project, None, settings))


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Transcript]:
    project = init_project(tmp_path_factory.mktemp("speech") / "study", "Speech", ("fi", "sv", "en"))
    rows = [Interview(name, language=language, speakers=1) for name, (_, language, _) in CLIPS.items()]
    write_interviews(project, [*rows, Interview("dialogue", language="en", speakers=2)])
    for name, (file, *_) in CLIPS.items():
        shutil.copyfile(SHARED / file, project.recordings / f"{name}{Path(file).suffix}")
    shutil.copyfile(SHARED / "dialogue" / "dial_mf.flac", project.recordings / "dialogue.flac")
    summary = finished(project)
    assert len(summary.of(Outcome.DONE)) == 4, summary.text()
    return {name: load_transcript(project, name) for name in (*CLIPS, "dialogue")}


def plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize("name", CLIPS)
def test_real_speech_reads_like_what_was_said(heard: dict[str, Transcript], name: str) -> None:
    import jiwer

    file, language, most = CLIPS[name]
    reference = (SHARED / file).with_suffix(".ref.txt").read_text(encoding="utf-8")
    assert heard[name].language == language
    assert jiwer.wer(plain(reference), plain(heard[name].text)) <= most


def test_word_times_run_forward_and_stay_inside_the_recording(heard: dict[str, Transcript]) -> None:
    for transcript in heard.values():
        assert transcript.source is not None
        for turn in transcript.turns:
            times = [t for word in turn.words for t in (word.start_ms, word.end_ms)]
            assert times == sorted(times)
            assert times[-1] <= transcript.source.duration_ms + 500


def test_two_voices_are_told_apart(heard: dict[str, Transcript]) -> None:
    """Most words carry the right one of two speakers, whichever of them comes first."""
    truth = json.loads((SHARED / "dialogue" / "dial_mf.turns.json").read_text(encoding="utf-8"))
    said = [(word.start_ms, turn.speaker) for turn in heard["dialogue"].turns for word in turn.words]
    pairs = []
    for at, speaker in said:
        meant = {who for start, end, who, _ in truth if start * 1000 <= at < end * 1000}
        if len(meant) == 1:
            pairs.append((speaker, meant.pop()))
    assert len(pairs) > 20
    found = sorted({speaker for speaker, _ in pairs})
    real = sorted({meant for _, meant in pairs})
    assert len(found) == len(real) == 2
    for order in (real, real[::-1]):
        right = sum(dict(zip(found, order, strict=True))[speaker] == meant for speaker, meant in pairs)
        if right / len(pairs) > 0.9:
            return
    pytest.fail("the voices are mixed up")
