"""Sound in the HTML report: the very seconds of each quote, and none where a voice may not be heard."""

from __future__ import annotations

import base64
import io
import re
import wave
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import av
import numpy as np
import pytest

from qualkit.audio.excerpt import packed
from qualkit.cli.main import main
from qualkit.errors import UsageError
from qualkit.export import html, sections
from qualkit.export.kit import Kit
from qualkit.export.words import words
from qualkit.files.interviews import read_interviews, write_interviews
from qualkit.files.transcript import save_transcript
from qualkit.model import Source
from qualkit.report import Report, Wanted, build_report
from qualkit.report.sound import AROUND_MS, hearing, with_sound
from tests.steps import ended

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project
    from tests.study import Study

Result = TypeVar("Result")
RATE = 16_000
SOUND = re.compile(
    r'data-id="([^"]+)"(?:(?!</blockquote>).)*?src="data:audio/mpeg;base64,([^"]+)"', re.DOTALL
)
TONES = (300, 500, 800, 1300)
"""Hz of each ten seconds of a recording: turn 0 speaks in the first."""


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUALKIT_MODELS", str(tmp_path / "none"))


@pytest.fixture
def heard(study: Study) -> Study:
    """Recordings of all but beta-01, whose consent nobody wrote down; its neighbour said no."""
    for interview in ("alpha-01", "beta-01", "beta-02"):
        record(study.project.recordings / f"{interview}.wav")
    return study


def record(path: Path, tones: tuple[int, ...] = TONES) -> None:
    path.parent.mkdir(exist_ok=True)
    at = np.arange(10 * RATE) / RATE
    samples = np.concatenate([np.sin(2 * np.pi * hz * at) * 9_000 for hz in tones]).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


def report_of(project: Project, wanted: Wanted | None = None) -> Report:
    report = ended(build_report(project, language="en", wanted=wanted))
    return ended(with_sound(report, hearing(project, report)))


def embedded(page: str) -> dict[str, np.ndarray]:
    """Quote → the samples that a browser would play, one channel of 16 kHz."""
    found = {}
    for quote, data in SOUND.findall(page):
        with av.open(io.BytesIO(base64.b64decode(data)), "r") as file:
            assert file.streams.audio[0].codec_context.sample_rate == RATE
            found[quote] = np.concatenate([f.to_ndarray()[0] for f in file.decode(audio=0)])
    return found


def pitch(samples: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * RATE / len(samples)


def test_each_quote_is_heard_from_its_own_seconds(heard: Study) -> None:
    report = report_of(heard.project)
    page = html.render(Kit(report, drawn={}))
    sounds = embedded(page)
    quotes = {q.id: q for q in report.quotes}
    assert set(sounds) == {q.id for q in report.quotes if q.interview == "alpha-01"}
    assert len(sounds) >= 2
    for quote, samples in sounds.items():
        start, end = quotes[quote].start_ms, quotes[quote].end_ms
        assert start is not None
        assert end is not None
        assert len(samples) == (end - start + 2 * AROUND_MS) * RATE // 1000
        assert pitch(samples) == pytest.approx(TONES[start // 10_000], abs=3)
    assert "media-src data:;" in page


def test_a_report_nobody_asked_sound_for_has_none_and_says_nothing_of_it(heard: Study) -> None:
    page = html.render(Kit(ended(build_report(heard.project, language="en")), drawn={}))
    assert "<audio" not in page
    assert "media-src" not in page
    assert "sound" not in page


def test_a_quote_without_sound_is_told_with_the_reason(heard: Study) -> None:
    rows = [
        replace(i, consent="" if i.id == "alpha-01" else i.consent) for i in read_interviews(heard.project)
    ]
    write_interviews(heard.project, rows)
    report = report_of(heard.project)
    assert not report.sounds
    assert {w.reason: w.interviews for w in report.mute} == {
        "unasked": ("alpha-01",),
        "no-recording": ("alpha-02",),
    }
    lines = sections.sound_lines(report, words("en"))
    assert any("alpha-02" in line and "there is no recording" in line for line in lines)
    page = html.render(Kit(report, drawn={}))
    assert all(line in page for line in lines)


def test_nobody_who_did_not_agree_to_be_quoted_is_heard(heard: Study) -> None:
    report = report_of(heard.project)
    secret = heard.codings["secret"]
    assert any(p.id == secret.id for p in report.passages)
    assert secret.id not in report.sounds
    assert not any(cut.interview == "beta-02" for cut in hearing(heard.project, report).cuts)


@pytest.mark.parametrize("wanted", [Wanted(audience="public"), Wanted(pseudonyms=True)])
def test_a_voice_is_refused_where_names_or_secrets_are_kept_back(heard: Study, wanted: Wanted) -> None:
    report = ended(build_report(heard.project, wanted=wanted))
    with pytest.raises(UsageError, match="A voice tells who speaks"):
        hearing(heard.project, report)


def test_another_recording_than_the_transcribed_one_is_not_heard(heard: Study) -> None:
    transcript = heard.transcript("alpha-01")
    source = Source("alpha-01.wav", "0" * 64, 40_000)
    save_transcript(heard.project, replace(transcript, source=source, revision=2))
    report = report_of(heard.project)
    assert not report.sounds
    assert ("other-recording", ("alpha-01",)) in {(w.reason, w.interviews) for w in report.mute}


def test_a_recording_that_ends_too_soon_or_is_broken_leaves_its_quotes_mute(heard: Study) -> None:
    recording = heard.project.recordings / "alpha-01.wav"
    record(recording, TONES[:2])
    report = report_of(heard.project)
    early = [q for q in report.quotes if q.interview == "alpha-01" and (q.end_ms or 0) <= 20_000]
    assert set(report.sounds) == {q.id for q in early} != set()
    assert [w.reason for w in report.mute if "alpha-01" in w.interviews] == ["unreadable"]
    recording.write_bytes(b"RIFF and nothing else" * 40)
    report = report_of(heard.project)
    assert not report.sounds
    assert [w.reason for w in report.mute if "alpha-01" in w.interviews] == ["unreadable"]


def test_the_same_samples_give_the_same_bytes_and_all_of_them() -> None:
    samples = (np.sin(np.arange(12_345) / 9) * 8_000).astype(np.int16)
    assert packed(samples) == packed(samples.reshape(-1, 1))
    with av.open(io.BytesIO(packed(samples)), "r") as file:
        assert sum(f.samples for f in file.decode(audio=0)) == 12_345


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return int(end.value.code or 0), out, err


def test_the_verb_tells_the_size_before_and_what_is_mute(
    heard: Study, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ("report", "--project", heard.project.root, "--audio", "--output", tmp_path / "out")
    code, _, err = call(capsys, *where, "--format", "html", "--progress", "none")
    assert code == 0
    told = re.search(r"Sound of (\d+) quotes, \d+:\d\d: report.html grows by about (\d+\.\d) MB", err)
    assert told
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    sounds = re.findall(r"base64,([^\"]+)\"></audio>", page)
    assert len(sounds) == int(told[1])
    assert sum(map(len, sounds)) / 1e6 == pytest.approx(float(told[2]), abs=0.06)
    assert "without sound: there is no recording (alpha-02)" in err
    for options, message in (
        (("--audience", "public"), "a report for the public has no sound"),
        (("--pseudonyms",), "a report under pseudonyms has no sound"),
        (("--format", "docx"), "Only the HTML report plays sound"),
    ):
        code, _, err = call(capsys, *where, *options, "--progress", "none")
        assert code == 2
        assert message in err
