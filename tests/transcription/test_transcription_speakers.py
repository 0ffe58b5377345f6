"""Who the interviewer is, through a whole project; and the pyannote backend, whatever its folder holds."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass, replace
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qualkit.audio.pcm import Pcm
from qualkit.errors import Missing, QualkitError, UsageError
from qualkit.files.revise import with_role
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Speaker, Transcript, Turn
from qualkit.transcription.settings import Job, TranscribeSettings
from qualkit.transcription.speakers.diarizer import Spoken, diarizer_of, open_diarizer
from qualkit.transcription.speakers.interviewer import (
    HOW,
    Voices,
    by_questions,
    load_voices,
    recognise,
    recognise_all,
    save_voices,
)
from qualkit.transcription.speakers.onnx import OnnxDiarizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from qualkit.files.project import Project

# ── Threads ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("asked", "most"), [(1, 1), (2, 2), (16, 4)])
def test_speakers_take_the_threads_of_the_job_and_no_more_than_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: int, most: int
) -> None:
    monkeypatch.setitem(
        sys.modules,
        "onnxruntime",
        SimpleNamespace(SessionOptions=SimpleNamespace, InferenceSession=lambda *_, **__: None),
    )
    (tmp_path / "segmentation-3.0.onnx").touch()
    job = Job(
        "a", "a.wav", "a.wav", "", "", "", "", TranscribeSettings(diarizer="onnx"), "", 2,
        speaker_model=str(tmp_path), threads=asked,
    )  # fmt: skip
    diarizer = diarizer_of(job, separate=False)
    assert isinstance(diarizer, OnnxDiarizer)
    seen: set[int] = set()
    together = threading.Barrier(most)

    def work(part: int) -> int:
        seen.add(threading.get_ident())
        together.wait(20)
        return 2 * part

    made = list(diarizer._side_by_side(work, range(40)))
    assert made == [(part, 2 * part) for part in range(40)]
    assert len(seen) == most


# ── The interviewer ──────────────────────────────────────────────────────────

CHANCE = np.random.default_rng(7)
ANNA, BO = CHANCE.normal(size=192), CHANCE.normal(size=192)


def voice(of: Any = None) -> list[float]:
    """Somebody's voice in one recording: theirs with a little noise, or a stranger's."""
    raw = CHANCE.normal(size=192) if of is None else of + 0.25 * CHANCE.normal(size=192)
    return [float(x) for x in raw / np.linalg.norm(raw)]


def interview(
    project: Project, name: str, voices: dict[str, Any], by: str = "", asks: str = ""
) -> Transcript:
    """Saved as a night would: voices kept, interviewer recognised from what is known by then."""
    turns = [Turn(s, "No siis se on semmoinen vanha putki, että se kestää." * 2) for s in voices]
    if asks:
        turns = [Turn(asks, "Entä miten se toimii?"), *(t for t in turns if t.speaker != asks)] * 3
    made = Transcript(name, "fi", tuple(Speaker(s) for s in voices), tuple(turns))
    heard = Voices(name, by, {s: voice(v) for s, v in voices.items()})
    made = recognise(project, made, heard)
    save_transcript(project, made)
    save_voices(project, heard)
    return made


def interviewer(project: Project, name: str) -> str:
    transcript = load_transcript(project, name)
    return next((s.id for s in transcript.speakers if s.role == "interviewer"), "")


def test_the_voice_of_several_interviews_is_the_interviewers(project: Project) -> None:
    first = interview(project, "a-01", {"S1": ANNA, "S2": None})
    assert all(not s.role for s in first.speakers)  # nothing to go by yet
    second = interview(project, "a-02", {"S1": None, "S2": ANNA})
    third = interview(project, "a-03", {"S1": ANNA, "S2": None, "S3": None})
    assert [s.role for s in second.speakers] == ["interviewee", "interviewer"]
    assert [s.role for s in third.speakers] == ["interviewer", "interviewee", "interviewee"]
    assert recognise_all(project) == ("a-01",)  # the first one's turn, now that more voices are known
    assert interviewer(project, "a-01") == "S1"
    assert load_transcript(project, "a-01").provenance[HOW] == "voice"
    assert recognise_all(project) == ()


def test_two_interviewers_are_not_taken_for_each_other(project: Project) -> None:
    interview(project, "a-01", {"S1": ANNA, "S2": None}, by="Anna")
    interview(project, "b-01", {"S1": None, "S2": BO}, by="Bo")
    # Bo was interviewed himself once, by Anna: his voice stands in two of Anna's and Bo's interviews
    interview(project, "a-02", {"S1": BO, "S2": ANNA}, by="Anna")
    assert interviewer(project, "a-02") == "S2"
    interview(project, "b-02", {"S1": BO, "S2": None}, by="Bo")
    assert interviewer(project, "b-02") == "S1"


def test_a_voice_that_could_be_either_is_not_guessed(project: Project) -> None:
    interview(project, "a-01", {"S1": ANNA, "S2": None})
    twins = interview(project, "a-02", {"S1": ANNA, "S2": ANNA})
    assert all(not s.role for s in twins.speakers)


def test_questions_decide_where_no_voice_does_and_yield_to_a_person(project: Project) -> None:
    made = interview(project, "a-01", {"S1": None, "S2": None}, asks="S2")
    assert made.provenance[HOW] == "questions"
    assert by_questions(made) == "S2"
    said = with_role(made, "S1", "interviewer")
    assert [s.role for s in said.speakers] == ["interviewer", "interviewee"]
    save_transcript(project, said)
    assert recognise_all(project) == ()
    assert interviewer(project, "a-01") == "S1"


def test_whom_a_person_named_is_found_in_interviews_where_somebody_else_asks(project: Project) -> None:
    made = interview(project, "a-01", {"S1": ANNA, "S2": None})
    save_transcript(project, with_role(made, "S1", "interviewer"))
    talkative = interview(project, "a-02", {"S1": ANNA, "S2": None}, asks="S2")
    assert [s.role for s in talkative.speakers] == ["interviewer", "interviewee"]
    unsure = interview(project, "a-03", {"S1": None, "S2": None}, asks="S2")
    assert unsure.provenance[HOW] == "questions"


def test_damaged_voices_are_left_out_and_none_are_needed(project: Project) -> None:
    (project.work / "voices").mkdir(parents=True, exist_ok=True)
    (project.work / "voices" / "x.json").write_text("{")
    assert load_voices(project) == {}
    single = replace(Transcript("a", "fi", (Speaker("S1"),), (Turn("S1", "a"),)))
    assert recognise(project, single, Voices("a", "", {"S1": voice()})) is single


# ── pyannote ─────────────────────────────────────────────────────────────────


@dataclass
class Segment:
    start: float
    end: float


class Annotation:
    def __init__(self, rows: Sequence[tuple[float, float, str]]) -> None:
        self.rows = rows

    def itertracks(self, yield_label: bool = False) -> Iterator[tuple[Segment, int, str]]:
        assert yield_label
        yield from ((Segment(a, b), n, who) for n, (a, b, who) in enumerate(self.rows))


class Pipeline:
    """What pyannote.audio's class is to the backend: loads a folder, is called with a waveform."""

    asked: dict[str, Any]
    loaded: str
    found: Any = Annotation([(0.5, 2.0, "SPEAKER_01"), (1.5, 3.0, "SPEAKER_00"), (4.0, 4.5, "SPEAKER_01")])

    @classmethod
    def from_pretrained(cls, folder: str) -> Any:
        assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"
        assert os.environ["HF_HUB_OFFLINE"] == "1"
        cls.loaded = folder
        return cls()

    def __call__(self, sound: dict[str, Any], **asked: Any) -> Any:
        Pipeline.asked = {**asked, "rate": sound["sample_rate"], "shape": tuple(sound["waveform"].shape)}
        return self.found


@pytest.fixture
def pyannote(monkeypatch: pytest.MonkeyPatch) -> type[Pipeline]:
    monkeypatch.delenv("PYANNOTE_METRICS_ENABLED", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    module = ModuleType("pyannote.audio")
    module.Pipeline = Pipeline  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyannote.audio", module)
    return Pipeline


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pipeline as ``community-1`` is laid out."""
    made = tmp_path / "community-1"
    for part in ("segmentation", "embedding", "plda"):
        (made / part).mkdir(parents=True)
        (made / part / "pytorch_model.bin").write_bytes(b"weights")
    (made / "config.yaml").write_text(
        "version: 4.0.0\npipeline:\n  name: pyannote.audio.pipelines.SpeakerDiarization\n"
        "  params: {segmentation: $model/segmentation, embedding: $model/embedding, plda: $model/plda}\n"
    )
    return made


def pcm(tmp_path: Path) -> Pcm:
    (tmp_path / "audio.s16").write_bytes(np.zeros(5 * 16_000, "<i2").tobytes())
    return Pcm(tmp_path / "audio.s16", 1)


@pytest.mark.parametrize("wrapped", [False, True])
def test_pyannote_says_who_speaks_without_telling_anybody(
    pyannote: type[Pipeline], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrapped: bool
) -> None:
    if wrapped:  # version 4 gives an object with the annotation in it
        monkeypatch.setattr(pyannote, "found", SimpleNamespace(speaker_diarization=pyannote.found))
    diarizer = open_diarizer("pyannote", path=str(folder))
    found = diarizer.diarize(pcm(tmp_path), 2, lambda *_: None)
    assert pyannote.loaded == str(folder)
    assert pyannote.asked == {"num_speakers": 2, "rate": 16_000, "shape": (1, 80_000)}
    assert found.spoken == (Spoken(500, 2_000, 0), Spoken(1_500, 3_000, 1), Spoken(4_000, 4_500, 0))
    assert found.backend == "pyannote"
    assert not found.estimated
    assert diarizer.diarize(pcm(tmp_path), 0, lambda *_: None).estimated
    assert "num_speakers" not in pyannote.asked


def test_a_folder_that_is_none_of_pyannotes_says_what_to_do(
    pyannote: type[Pipeline], folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="diarizer_path"):
        open_diarizer("pyannote", path="")
    with pytest.raises(UsageError, match="no folder"):
        open_diarizer("pyannote", path=str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"config\.yaml"):
        open_diarizer("pyannote", path=str(tmp_path / "empty"))
    (folder / "embedding" / "pytorch_model.bin").unlink()
    with pytest.raises(QualkitError, match="embedding"):
        open_diarizer("pyannote", path=str(folder))


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("pipeline: [", "cannot be read"),
        ("model: x\n", "no pipeline"),
        ("pipeline:\n  params: {segmentation: pyannote/segmentation-3.0}\n", "pyannote/segmentation-3.0"),
    ],
)
def test_a_pipeline_that_would_need_a_network_or_is_none_is_refused(
    pyannote: type[Pipeline], folder: Path, config: str, says: str
) -> None:
    (folder / "config.yaml").write_text(config)
    with pytest.raises(QualkitError, match=says):
        open_diarizer("pyannote", path=str(folder))


def test_what_pyannote_itself_refuses_is_told(
    pyannote: type[Pipeline], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> Any:
        raise RuntimeError("size mismatch for sincnet.conv1d\nmore lines")

    monkeypatch.setattr(pyannote, "from_pretrained", broken)
    with pytest.raises(QualkitError, match="cannot be loaded: size mismatch"):
        open_diarizer("pyannote", path=str(folder))
    monkeypatch.setattr(pyannote, "from_pretrained", lambda _: None)
    with pytest.raises(QualkitError, match="cannot be loaded"):
        open_diarizer("pyannote", path=str(folder))


def test_without_the_package_the_remedy_is_its_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyannote.audio", None)
    with pytest.raises(Missing, match=r"pip install pyannote\.audio") as found:
        open_diarizer("pyannote", path=str(folder))
    assert found.value.exit_code == 3
