"""Naming speakers and putting turns into the right mouth, from the shell; codings stay where they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from qualkit.cli.main import main
from qualkit.errors import UsageError
from qualkit.files import revise
from qualkit.files.anchors import reanchor
from qualkit.files.transcript import load_transcript
from qualkit.model import Speaker, Transcript, Turn
from qualkit.transcription.speakers.interviewer import Voices, save_voices

if TYPE_CHECKING:
    from tests.study import Study


def call(capsys: pytest.CaptureFixture[str], study: Study, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["speakers", *arguments, "--project", str(study.project.root)])
    out, err = capsys.readouterr()
    assert isinstance(end.value.code, int)
    return end.value.code, out, err


def who_says(transcript: Transcript) -> list[str]:
    return [turn.speaker for turn in transcript.turns]


def test_a_speaker_is_named_for_a_whole_interview(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(
        capsys, study, "alpha-01", "--rename", "S2=Käyttöpäällikkö", "--rename", "S1=Haastattelija"
    )
    assert code == 0
    assert "Käyttöpäällikkö" in out
    made = study.transcript("alpha-01")
    assert [s.name for s in made.speakers] == ["Haastattelija", "Käyttöpäällikkö"]
    assert made.revision == 2
    assert load_transcript(study.project, "alpha-01", 1).speakers[1].name == ""
    call(capsys, study, "alpha-01", "--rename", "käyttöpäällikkö=Johtaja")
    assert study.transcript("alpha-01").speaker("S2").name == "Johtaja"
    assert call(capsys, study, "alpha-01", "--rename", "S2=Johtaja")[0] == 0
    assert study.transcript("alpha-01").revision == 3  # nothing to change: no revision


def test_turns_go_to_another_speaker_and_codings_stay(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, _ = call(capsys, study, "alpha-01", "--give", "2=S1", "--from", "0:20=new", "--turns")
    assert code == 0
    made = study.transcript("alpha-01")
    assert who_says(made) == ["S1", "S1", "S3", "S3"]
    assert made.revision == 2
    for name in ("water-fi", "old-fi", "water-again", "hostile"):
        coding = study.codings[name]
        placed = reanchor(coding.anchor, made)
        assert placed is not None
        assert (placed.revision, placed.start, placed.quote) == (2, coding.anchor.start, coding.anchor.quote)


def test_two_speakers_are_exchanged(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, study, "alpha-01", "--swap", "S1", "S2")
    made = study.transcript("alpha-01")
    assert [s.role for s in made.speakers] == ["interviewee", "interviewer"]
    assert who_says(made) == ["S1", "S2", "S2", "S2"]
    call(capsys, study, "alpha-01", "--swap", "S1", "S2", "--since", "3-4")
    assert who_says(study.transcript("alpha-01")) == ["S1", "S2", "S1", "S1"]


def test_the_interviewer_named_once_is_recognised_in_the_other_interviews(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, guest, other = [1.0, 0.0, 0.1], [0.0, 1.0, 0.0], [0.0, 0.2, 1.0]
    save_voices(study.project, Voices("alpha-01", "", {"S1": guest, "S2": ours}))
    save_voices(study.project, Voices("alpha-02", "", {"S1": other, "S2": [0.98, 0.05, 0.1]}))
    save_voices(study.project, Voices("beta-02", "", {"S1": [0.1, 0.3, 1.0], "S2": [0.5, 0.5, 0.5]}))
    code, out, _ = call(capsys, study, "alpha-01", "--role", "S2=interviewer", "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out)
    assert found["recognised_in"] == ["alpha-02"]
    assert [s["role"] for s in found["speakers"]] == ["interviewee", "interviewer"]
    assert [s.role for s in study.transcript("alpha-02").speakers] == ["interviewee", "interviewer"]
    assert study.transcript("alpha-02").provenance["interviewer_by"] == "voice"
    assert study.transcript("beta-02").revision == 1
    # what a person has said is not guessed again
    call(capsys, study, "alpha-02", "--role", "S2=interviewee", "--role", "S1=interviewer")
    call(capsys, study, "alpha-01", "--role", "S2=interviewer")
    assert [s.role for s in study.transcript("alpha-02").speakers] == ["interviewer", "interviewee"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rename", "S9=X"], "'S9' is nobody"),
        (["--rename", "S1"], "not of the form"),
        (["--role", "S1=boss"], "no role"),
        (["--give", "9=S1"], "turns 1 to 4"),
        (["--give", "zwei=S1"], "is no turn"),
        (["--give", "9:59:59=S1"], "any more"),
        (["--since", "2"], "--swap"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    study: Study, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    code, _, err = call(capsys, study, "alpha-01", *arguments)
    assert code == 2
    assert says in err
    assert study.transcript("alpha-01").revision == 1


def test_two_nameless_speakers_are_not_exchanged() -> None:
    plain = Transcript("x", "fi", (Speaker("S1"), Speaker("S2")), (Turn("S1", "a"), Turn("S2", "b")))
    with pytest.raises(UsageError, match="name or a role"):
        revise.swapped(plain, "S1", "S2")
    with pytest.raises(UsageError, match="Nothing is said"):
        revise.find_turns(plain, "1:00")
    twins = revise.with_name(revise.with_name(plain, "S1", "Anna"), "S2", "anna")
    with pytest.raises(UsageError, match="several"):
        revise.find_speaker(twins, "Anna")
