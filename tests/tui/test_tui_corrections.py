"""Correcting the transcript while it is coded: revisions, codings that follow, those that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, TextArea

from qualkit.errors import UsageError
from qualkit.files import revise
from qualkit.files.journal import Journal
from qualkit.files.segments import need_making, read_segments
from qualkit.files.state import interview_states
from qualkit.files.transcript import load_transcript
from qualkit.model import Speaker, Transcript, Turn, Word
from qualkit.tui.app import Desktop
from qualkit.tui.desk import Desk
from qualkit.tui.review_screen import ReviewScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.conftest import Sample


def timed() -> Transcript:
    words = (Word(0, 3, 0, 300, 0.9), Word(4, 10, 300, 600, 0.3), Word(11, 15, 600, 900, 0.8))
    turns = (Turn("S1", "the wather main", 0, 900, words), Turn("S2", "yes", 900, 1200))
    return Transcript("x", "en", (Speaker("S1"), Speaker("S2")), turns)


def test_a_corrected_word_keeps_its_time() -> None:
    made = revise.with_text(timed(), 0, "the water  main is\nold")
    turn = made.turns[0]
    assert made.revision == 2
    assert turn.text == "the water  main is old"
    assert [(turn.text[w.start : w.end], w.start_ms) for w in turn.words][:2] == [("the", 0), ("water", 300)]
    assert turn.words[1].confidence is None


def test_split_and_merge_are_each_other_s_reverse() -> None:
    parts = revise.split(timed(), 4)
    assert [(t.text, t.start_ms, t.end_ms) for t in parts.turns[:2]] == [
        ("the", 0, 300),
        ("wather main", 300, 900),
    ]
    assert parts.turns[1].words[0].start == 0
    whole = revise.merged(parts, 1)
    assert whole.turns == timed().turns
    for position in (0, 13):
        with pytest.raises(UsageError):
            revise.split(timed(), position if position == 0 else 15)
    with pytest.raises(UsageError):
        revise.merged(timed(), 0)
    with pytest.raises(UsageError):
        revise.with_text(timed(), 0, " \n ")


def test_words_move_over_the_edge_of_a_turn_with_their_times() -> None:
    on = revise.moved_words(timed(), 11, 15)
    assert on.revision == 2
    assert [(t.speaker, t.text, t.start_ms, t.end_ms) for t in on.turns] == [
        ("S1", "the wather", 0, 600),
        ("S2", "main yes", 600, 1200),
    ]
    assert [(w.start, w.start_ms) for w in on.turns[1].words] == [(0, 600)]
    back = revise.moved_words(on, on.turn_starts[1], on.turn_starts[1] + 4)
    assert [(t.speaker, t.text) for t in back.turns] == [("S1", "the wather main"), ("S2", "yes")]
    assert [w.start_ms for w in back.turns[0].words] == [0, 300, 600]
    assert back.revision == 3
    for start, end in ((4, 10), (0, 15), (11, 17), (0, 3), (16, 19)):
        with pytest.raises(UsageError):
            revise.moved_words(timed(), start, end)


async def test_t_gives_the_words_selected_to_the_turn_before(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    desk.give(("water",), desk.passages[1].start, desk.passages[1].end)
    first = desk.transcript.turns[1].text.split()[0]
    async with Desktop(sample.project, "alpha-01").run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("g", "j", "v", "t", "3")
        await pilot.pause()
        text = load_transcript(sample.project, "alpha-01")
        assert text.revision == 2
        assert text.turns[0].text.endswith(f" {first}")
        assert not text.turns[1].text.startswith(first)
        await pilot.press("ctrl+z")
        assert load_transcript(sample.project, "alpha-01").turns == desk.transcript.turns


def test_progress_outlives_a_correction(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    desk.accept(desk.offers(1)[0].suggestion)
    (before,) = interview_states(sample.project, ["alpha-01"])
    assert before.reviewed > 0
    desk.revise(revise.with_text(desk.transcript, 2, "We have got no railway any more."))
    (after,) = interview_states(sample.project, ["alpha-01"])
    assert (after.segments, after.decided, after.stale) == (before.segments, before.decided, True)
    again = Desk.open(sample.project, "alpha-01")
    assert again.progress() == desk.progress()
    assert [p.start for p in again.passages] == [p.start for p in desk.passages]
    assert need_making(sample.project, "alpha-01")
    assert read_segments(sample.project, "alpha-01")
    desk.undo()
    assert interview_states(sample.project, ["alpha-01"])[0].segments == before.segments


def test_speakers_here_and_everywhere() -> None:
    assert revise.free_speaker(timed()) == "S3"
    made = revise.with_speaker(timed(), [1], "S3")
    assert [t.speaker for t in made.turns] == ["S1", "S3"]
    assert made.speaker("S3").label == "S3"
    assert revise.with_name(timed(), "S2", " Aino [x] ").speaker("S2").name == "Aino [x]"


async def edit(pilot: Pilot[None], old: str, new: str) -> None:
    await pilot.press("e")
    area = pilot.app.screen.query_one(TextArea)
    assert old in area.text
    area.text = area.text.replace(old, new)
    await pilot.press("ctrl+s")
    await pilot.pause()


async def test_codings_and_suggestions_follow_a_correction_and_its_undoing(sample: Sample) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        await pilot.press("1", "K", "k", "g", "j")
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        await edit(pilot, "The water main", "So the old water main")
        assert load_transcript(sample.project, "alpha-01").revision == 2
        assert len(screen.desk.suggestions) == 7
        assert [c.anchor.quote for c in screen.desk.codings] != []
        await pilot.press("G")
        assert "Steam and heat 88%" in str(screen.panels["suggestions"])
        await pilot.press("ctrl+z")
        assert load_transcript(sample.project, "alpha-01").revision == 3
        assert screen.desk.transcript.text == sample.transcript.text
        assert [c.anchor.quote for c in screen.desk.codings] == ["The water main is old."]
        await pilot.press("ctrl+z")
        assert screen.desk.codings == ()
    again = Desk.open(sample.project, "alpha-01")
    assert (len(again.suggestions), again.stale) == (7, 0)


async def test_a_coding_that_lost_its_words_waits_until_it_is_placed(sample: Sample) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        screen.view.cursor = screen.desk.passage_at(sample.transcript.turn_starts[2])
        await pilot.press("c", *"rail", "enter")
        await pilot.press("e")
        pilot.app.screen.query_one(TextArea).text = "Trains ended long ago."
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert [c.code for c in screen.desk.lost] == ["rail"]
        screen.view.cursor = screen.desk.passage_at(screen.desk.transcript.turn_starts[2])
        await pilot.press("D", "1")
        await pilot.pause()
        screen.view.selection = (
            screen.desk.transcript.turn_starts[2],
            screen.desk.transcript.turn_starts[2] + 22,
        )
        await pilot.press("enter")
        assert screen.desk.lost == ()
    (coding,) = Journal(sample.project, "tester", "alpha-01").state.codings.values()
    assert (coding.anchor.quote, coding.anchor.revision) == ("Trains ended long ago.", 2)


async def test_s_renames_a_speaker_everywhere(sample: Sample) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        await pilot.press("y", "s", "1")
        pilot.app.screen.query_one(Input).value = "Aino [b]"
        await pilot.press("enter")
        await pilot.pause()
        assert load_transcript(sample.project, "alpha-01").speaker("S2").name == "Aino [b]"
        assert isinstance(pilot.app.screen, ReviewScreen)
        assert [c.anchor.quote for c in pilot.app.screen.desk.codings] == ["The water main is old."]


async def test_t_splits_a_turn(sample: Sample) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        await pilot.press("j", "v", "t", "1")
        await pilot.pause()
        texts = [t.text for t in load_transcript(sample.project, "alpha-01").turns]
        assert texts[1:3] == [
            "The water main is old.",
            "It broke twice last winter, and the steam line too.",
        ]


async def test_two_corrections_at_once_do_not_overwrite(sample: Sample) -> None:
    other = Desk.open(sample.project, "alpha-01")
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        other.revise(revise.with_text(other.transcript, 2, "Rails: none."))
        await edit(pilot, "The water main", "The main")
        assert "Rails: none." in load_transcript(sample.project, "alpha-01").text
        assert any("is there already" in str(n.message) for n in pilot.app._notifications)
