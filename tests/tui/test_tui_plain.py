"""The review line by line, as a script would type it."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

from qualkit.files.journal import Journal
from qualkit.files.transcript import load_transcript
from qualkit.tui.plain import COMMANDS, run_plain

if TYPE_CHECKING:
    import pytest

    from tests.tui.conftest import Sample


def typed(sample: Sample, *lines: str, interview: str | None = "alpha-01") -> str:
    said: list[str] = []
    answers = iter(lines)

    def ask(prompt: str) -> str:
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    run_plain(sample.project, interview, said.append, ask)
    return "\n".join(said)


def codes(sample: Sample) -> list[str]:
    return [c.code for c in Journal(sample.project, "tester", "alpha-01").state.codings.values()]


def test_a_whole_review(sample: Sample) -> None:
    said = typed(sample, "y", "x", "y 2", "", "y", "undo", "quit")
    assert "Passage 2 of 7" in said
    assert "Suggestion 1: Water, 91%, useful, term: [water]" in said
    assert codes(sample) == ["water", "steam-heat"]
    decisions = Journal(sample.project, "tester", "alpha-01").state.decisions
    assert [d.verdict.value for d in decisions] == ["accept", "reject", "accept"]


def test_codes_memos_and_removal(sample: Sample) -> None:
    said = typed(sample, "c ånga", "1", "m why [so]", "r", "n", "q", "u", "d", "b", "/ 1974")
    assert codes(sample) == ["steam-heat"]
    assert "Coding 1: Steam and heat (why [so])" in said
    assert "the pipe is from 1974" in said


def test_hostile_text_is_said_verbatim_and_harmless(sample: Sample) -> None:
    said = typed(sample, "/[laughs]")
    assert "[laughs] ok [/] [@click=app.quit]x[/] rlo ⟨RLO⟩abc⟨PDF⟩" in said
    assert "\u202e" not in said


def test_wrong_commands_change_nothing(sample: Sample) -> None:
    said = typed(sample, "y 99", "hello", "g 4000", "u", "m", "?")
    assert codes(sample) == []
    assert "hello is no command" in said
    assert all(help_ in said for _, help_ in COMMANDS)


def test_it_asks_for_the_interview(sample: Sample) -> None:
    said = typed(sample, "1", "0", interview=None)
    assert "1. alpha-01 alpha operator" in said
    assert [d.verdict.value for d in Journal(sample.project, "tester", "alpha-01").state.decisions] == [
        "nothing"
    ]


def test_some_words_of_a_passage_get_a_code(sample: Sample) -> None:
    said = typed(sample, "v MAIN IS", "c water", "1", "v nowhere", "q")
    assert "The next code is for: main is" in said
    assert "Not found: nowhere" in said
    state = Journal(sample.project, "tester", "alpha-01").state
    assert sorted(c.anchor.quote for c in state.codings.values()) == ["The water main is old.", "main is"]


def test_corrections_speakers_and_their_undo(sample: Sample) -> None:
    said = typed(sample, "e The water mains are old.", "s The [keeper]", "t", "1", "undo", "undo", "e", "s")
    assert [
        word for word in ("text corrected", "speaker renamed", "speaker changed") if word not in said
    ] == []
    made = load_transcript(sample.project, "alpha-01")
    assert made.turns[1].text == "The water mains are old."
    assert (made.turns[1].speaker, made.speakers[1].name, made.revision) == ("S2", "Keeper [bold]", 6)
    assert "Write the name after the s." in said


def test_playing(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALKIT_PLAYER", "null")
    assert "There is no recording of alpha-01." in typed(sample, "play")
    path = sample.project.recordings / "alpha-01.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(2 * 8000 * 30))
    assert "playing from 00:04" in typed(sample, "play", "play")
