"""Real weights on real speech: few and short. What they hear is checked loosely, how it is kept strictly."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.audio.decode import decode
from qualkit.audio.pcm import Pcm
from qualkit.audio.stretch import Stretch
from qualkit.model import NoticeKind
from qualkit.transcription import activity
from qualkit.transcription.engine import Clip, Engine, Sound, open_engine
from qualkit.transcription.listen import hear_unit
from qualkit.transcription.plan import MIX
from qualkit.transcription.planning import make_plan, read_recording
from qualkit.transcription.settings import Job, TranscribeSettings
from qualkit.transcription.speakers.channels import are_separate
from qualkit.transcription.speakers.onnx import OnnxDiarizer
from qualkit.transcription.speakers.simple import read_rttm
from qualkit.transcription.units import Unit, Window
from qualkit.weights.store import model_path
from tests.audio.music import music
from tests.audio.sounds import RATE, write_wav

if TYPE_CHECKING:
    from qualkit.transcription.plan import Plan

pytestmark = pytest.mark.real_model

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "audio"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="no shared recordings")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(TranscribeSettings(), model_path("whisper-base"), 2)


def job(path: Path, languages: tuple[str, ...] = ("fi", "sv", "en"), main: str = "") -> Job:
    settings = TranscribeSettings(languages=languages)
    return Job("x", str(path), path.name, "0", "/", "", "", settings, main, 2)


def planned(path: Path, engine: Engine, tmp_path: Path, main: str = "") -> tuple[Plan, Pcm]:
    work, samples = job(path, main=main), tmp_path / "audio.s16"
    recorded = read_recording(work, samples, lambda *_: None)
    plan = make_plan(work, samples, recorded, engine, lambda *_: None)
    return plan, Pcm(samples, plan.channels, plan.tracks[0].gain_db)


def heard(path: Path, engine: Engine, tmp_path: Path, main: str = "") -> tuple[str, Plan]:
    plan, pcm = planned(path, engine, tmp_path, main)
    words = [w for u in plan.units for window in hear_unit(engine, pcm, u) for w in window.words]
    return " ".join(w.text for w in words), plan


def sound_of(path: Path) -> Sound:
    """The whole of a short recording, mono."""
    whole = np.concatenate(list(decode(path, channels=1)))[:, 0]
    return np.asarray(whole / 32768.0, np.float32)


def errors(said: str, reference: str) -> float:
    import jiwer

    plain = [" ".join(re.findall(r"\w+", t.casefold())) for t in (reference, said)]
    return float(jiwer.cer(plain[0], plain[1]))


@needs_shared
@pytest.mark.parametrize(
    ("name", "main", "most"),
    [
        ("en/jfk.flac", "en", 0.03),
        ("fi/css10_ensimmaisetnovellit_0040.wav", "sv", 0.2),
        ("sv/lattlast.ogg", "fi", 0.2),
    ],
)
def test_real_speech_is_heard_in_its_own_language(
    engine: Engine, tmp_path: Path, name: str, main: str, most: float
) -> None:
    """Even when the interview is said to be in another one."""
    path = SHARED / name
    reference = next(path.parent.glob(f"{path.stem}.ref.txt")).read_text(encoding="utf-8")
    said, plan = heard(path, engine, tmp_path, main)
    assert {p.language for t in plan.tracks for p in t.pieces} == {name[:2]}
    assert errors(said, reference) <= most


@needs_shared
def test_a_swedish_answer_in_a_finnish_interview_stays_swedish(engine: Engine, tmp_path: Path) -> None:
    finnish = sound_of(SHARED / "fi/css10_ensimmaisetnovellit_0040.wav")
    swedish = sound_of(SHARED / "sv/lattlast.ogg")[: 12 * RATE]
    pause = np.zeros(RATE * 3 // 2, np.float32)
    whole = np.concatenate([finnish, pause, swedish, pause, finnish])
    plan, _ = planned(write_wav(tmp_path / "mixed.wav", whole), engine, tmp_path, "fi")
    pieces = plan.tracks[0].pieces
    assert [key for key, _ in groupby(p.language for p in pieces)] == ["fi", "sv", "fi"]
    begin, end = len(finnish) * 1000 // RATE, (len(finnish) + len(swedish) + 2 * len(pause)) * 1000 // RATE
    assert all(begin <= p.start_ms and p.end_ms <= end for p in pieces if p.language == "sv")


@needs_shared
@pytest.mark.parametrize("main", ["", "fi"])
def test_english_stays_english_and_german_is_told_of_in_a_project_without_german(
    engine: Engine, tmp_path: Path, main: str
) -> None:
    """The first half of this recording is English, the second German."""
    plan, _ = planned(SHARED / "en/fw_multilingual.mp3", engine, tmp_path, main)
    pieces = plan.tracks[0].pieces
    assert plan.main_language == (main or "en")
    assert [key for key, _ in groupby(p.language for p in pieces)] == ["en", "de"]
    assert plan.strangers == ("de",)
    assert 25_000 < next(p.start_ms for p in pieces if p.language == "de") < 35_000


@needs_shared
def test_very_quiet_speech_is_found(engine: Engine, tmp_path: Path) -> None:
    quiet = np.asarray(sound_of(SHARED / "en/jfk.flac") * 10 ** (-40 / 20), np.float32)
    path = write_wav(tmp_path / "quiet.wav", quiet)
    said, _ = heard(path, engine, tmp_path, "en")
    assert "country" in said


def test_silence_and_noise_make_no_words(engine: Engine, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, 40 * RATE).astype(np.float32)
    noise[: 10 * RATE] = 0
    said, plan = heard(write_wav(tmp_path / "noise.wav", noise), engine, tmp_path, "fi")
    assert said == ""
    assert plan.duration_ms == 40_000


def test_a_minute_of_music_makes_no_words(engine: Engine, tmp_path: Path) -> None:
    said, plan = heard(write_wav(tmp_path / "music.wav", music(60)), engine, tmp_path, "fi")
    assert said == ""
    assert plan.duration_ms == 60_000


@pytest.mark.parametrize("seed", [2, 3])
def test_music_that_is_taken_for_speech_makes_no_words_either(
    engine: Engine, tmp_path: Path, seed: int
) -> None:
    """Without its guard each of these says "Thank you"."""
    path = tmp_path / "audio.s16"
    path.write_bytes((music(28, seed) * 32767).astype("<i2").tobytes())
    window = Window(0, 28_000, "en", (Stretch(0, 28_000),))
    (made,) = hear_unit(engine, Pcm(path, 1), Unit(MIX, (window,)))
    assert made.words == ()
    assert [n.kind for n in made.notices] == [NoticeKind.PHANTOM]


def test_what_is_sampled_is_the_same_in_every_process(engine: Engine) -> None:
    sound = sound_of(ROOT / "recordings" / "hiililuoto-01.ogg")
    clip = Clip(sound[: 5 * RATE], "en", temperature=1.0, seed=7)
    first = engine.hear([clip])[0]
    engine.hear([Clip(clip.sound[: 2 * RATE], "en", temperature=0.8, seed=1)])
    assert engine.hear([clip])[0] == first


@pytest.mark.parametrize("name", ["kilpisalo-01", "hiililuoto-01"])
def test_the_speakers_of_the_sample_recordings_are_told_apart(tmp_path: Path, name: str) -> None:
    path = ROOT / "recordings" / f"{name}.ogg"
    sound = np.concatenate(list(decode(path, channels=1)))
    (tmp_path / "audio.s16").write_bytes(sound.tobytes())
    found = OnnxDiarizer(model_path("speakers")).diarize(Pcm(tmp_path / "audio.s16", 1), 2, lambda *_: None)
    truth = read_rttm(ROOT / "tools" / "sample_interviews" / f"{name}.rttm")
    at = range(0, len(sound) * 1000 // RATE, 100)
    right = wrong = 0
    for ms in at:
        said = {s.speaker for s in truth if s.start_ms + 250 <= ms < s.end_ms - 250}
        given = {s.speaker for s in found.spoken if s.start_ms <= ms < s.end_ms}
        if len(said) == 1 and given:
            right += said == given
            wrong += said != given
    assert found.count == 2
    assert wrong <= 0.03 * (right + wrong)


@needs_shared
def test_two_channels_with_a_speaker_each_are_heard_apart(engine: Engine, tmp_path: Path) -> None:
    plan, pcm = planned(SHARED / "en/fw_stereo_diarization.wav", engine, tmp_path, "en")
    assert plan.separate
    assert {t.channel for t in plan.tracks} == {0, 1}
    sound = pcm.slice(0, pcm.samples, 0)
    both = np.stack([sound, np.roll(sound, 40)], axis=1)
    path = tmp_path / "both.s16"
    path.write_bytes((both * 32767).astype("<i2").tobytes())
    assert not are_separate(Pcm(path, 2))


@needs_shared
def test_voice_activity_does_not_depend_on_the_block_it_is_read_in(tmp_path: Path) -> None:
    sound = np.concatenate(list(decode(SHARED / "sv/lattlast.ogg", channels=1)))
    (tmp_path / "a.s16").write_bytes(sound.tobytes())
    pcm = Pcm(tmp_path / "a.s16", 1, 12.0)
    whole = activity.probabilities(pcm)
    before, activity.BLOCK = activity.BLOCK, 5 * 512
    try:
        parts = activity.probabilities(pcm)
    finally:
        activity.BLOCK = before
    assert np.allclose(whole, parts, atol=1e-4)


@needs_shared
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # its tokenizer leaves a file open
def test_openai_whisper_hears_what_faster_whisper_hears(engine: Engine, tmp_path: Path) -> None:
    pytest.importorskip("whisper")
    import shutil

    from qualkit.weights.checkpoint import whisper_checkpoint

    whisper_checkpoint(model_path("whisper-base"), tmp_path / "model.pt")
    shutil.copy(model_path("whisper-base") / "config.json", tmp_path)
    other = open_engine(TranscribeSettings(engine="openai-whisper"), tmp_path, 2)
    sound = sound_of(SHARED / "en/jfk.flac")
    ours, theirs = engine.hear([Clip(sound, "en")])[0], other.hear([Clip(sound, "en")])[0]
    assert errors(theirs.text, ours.text) < 0.02
    assert abs(ours.words[-1].end_ms - theirs.words[-1].end_ms) < 400
    assert max(other.languages([sound])[0].items(), key=lambda e: e[1])[0] == "en"
    again = Clip(sound[: 3 * RATE], "en", temperature=0.8, seed=5)
    assert other.hear([again]) == other.hear([again])
