"""Keys of the Review screen, by what they leave in the journal and on the screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, Static

from qualkit.files.journal import Journal
from qualkit.files.state import InterviewState, interview_states
from qualkit.model import Verdict
from qualkit.tui.app import Desktop
from qualkit.tui.picker import Picker
from qualkit.tui.project_screen import ProjectScreen
from qualkit.tui.review_screen import ReviewScreen
from qualkit.tui.rows import Rows
from tests.tui.test_tui_screens import text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from textual.pilot import Pilot

    from qualkit.files.project import Project
    from qualkit.files.replay import JournalState
    from tests.tui.conftest import Sample


@pytest.fixture
async def desk(sample: Sample) -> AsyncIterator[Pilot[None]]:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        yield pilot


def review(pilot: Pilot[None]) -> ReviewScreen:
    screen = pilot.app.screen
    assert isinstance(screen, ReviewScreen)
    return screen


def on_disk(sample: Sample) -> JournalState:
    return Journal(sample.project, "tester", "alpha-01").state


def given(sample: Sample) -> list[tuple[str, str]]:
    codings = on_disk(sample).codings.values()
    return sorted((c.code, c.anchor.quote) for c in codings)


def panel(pilot: Pilot[None], name: str) -> str:
    if name == "status":
        return str(review(pilot).query_one("#status", Static).content)
    return str(review(pilot).panels[name])


async def test_it_opens_on_the_first_open_passage(desk: Pilot[None]) -> None:
    assert review(desk).view.cursor == 1
    assert "Water 91%" in panel(desk, "suggestions")
    assert "[water]" in panel(desk, "suggestions")
    assert "useful" in panel(desk, "suggestions")


async def test_y_accepts_in_the_journal_at_once_and_focuses_the_next(
    desk: Pilot[None], sample: Sample
) -> None:
    await desk.press("y")
    assert given(sample) == [("water", "The water main is old.")]
    (decision,) = on_disk(sample).decisions
    assert (decision.verdict, decision.suggestion) == (Verdict.ACCEPT, "s0-water")
    assert review(desk).view.cursor == 1
    await desk.press("y")
    assert [code for code, _ in given(sample)] == ["condition", "water"]
    assert review(desk).view.cursor == 2  # nothing open is left on the passage before


async def test_x_rejects(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("x")
    assert [(d.verdict, d.code) for d in on_disk(sample).decisions] == [(Verdict.REJECT, "water")]
    assert given(sample) == []


async def test_digits_toggle(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("2")
    assert [code for code, _ in given(sample)] == ["condition"]
    await desk.press("2")
    assert given(sample) == []
    await desk.press("3")  # under the threshold, but listed
    assert [code for code, _ in given(sample)] == ["steam-heat"]
    await desk.press("9")
    assert "no suggestion 9" in panel(desk, "status")


async def test_zero_says_nothing_here(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("0")
    assert [d.verdict for d in on_disk(sample).decisions] == [Verdict.NOTHING]
    assert review(desk).view.cursor == 2
    await desk.press("k")
    assert review(desk).desk.standing(1) == "nothing"


async def test_zero_after_a_code_rejects_only_the_rest(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("1", "0")
    assert [(d.verdict, d.code) for d in on_disk(sample).decisions] == [
        (Verdict.ACCEPT, "water"),
        (Verdict.REJECT, "condition"),
    ]
    assert [code for code, _ in given(sample)] == ["water"]


async def test_moving(desk: Pilot[None]) -> None:
    screen = review(desk)
    await desk.press("G")
    assert screen.view.cursor == len(screen.desk.passages) - 1
    await desk.press("g")
    assert screen.view.cursor == 0
    await desk.press("j", "j", "k")
    assert screen.view.cursor == 1
    await desk.press("J")
    assert screen.view.cursor == 2
    await desk.press("K")
    assert screen.view.cursor == 1
    await desk.press("ctrl+d")
    assert screen.view.cursor > 1
    await desk.press("ctrl+u")
    assert screen.view.cursor < 3


@pytest.mark.parametrize("typed", ["ånga", "steam", "höy"])
async def test_the_picker_finds_a_code_in_any_language(desk: Pilot[None], sample: Sample, typed: str) -> None:
    await desk.press("c")
    picker = desk.app.screen
    assert isinstance(picker, Picker)
    picker.query_one(Input).value = typed
    await desk.pause()
    assert picker.found[0].id == "steam-heat"
    await desk.press("enter")
    assert [code for code, _ in given(sample)] == ["steam-heat"]


async def test_a_picker_that_finds_nothing_says_so_and_stays(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("c", *"qqqqzz", "down", "tab", "enter")
    picker = desk.app.screen
    assert isinstance(picker, Picker)
    assert picker.found == ()
    assert "Nothing found." in str(picker.query_one("#beside", Static).content)
    await desk.press(*("backspace",) * 6, *"rail", "enter")
    assert not isinstance(desk.app.screen, Picker)


async def test_the_picker_gives_several_codes_as_one_step(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("c", *"rail", "tab", *"condition", "tab", "enter")
    assert [code for code, _ in given(sample)] == ["condition", "rail"]
    await desk.press("ctrl+z")
    assert given(sample) == []


async def test_undo_and_redo_without_limit(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("y", "y", "y", "x")
    decided = len(on_disk(sample).decisions)
    await desk.press(*["ctrl+z"] * 6)
    assert on_disk(sample).decisions == ()
    assert "Nothing to undo" in panel(desk, "status")
    await desk.press(*["ctrl+y"] * 6)
    assert len(on_disk(sample).decisions) == decided


async def test_q_and_r_give_a_code_again(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("c", *"rail", "enter", "j", "q")
    assert [code for code, _ in given(sample)] == ["rail", "rail"]
    await desk.press("c", *"water", "enter", "j", "r", "2")
    assert [code for code, _ in given(sample)].count("rail") == 3


async def test_v_selects_words_and_sentences(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("v", "right", "right", "c", *"rail", "enter")
    assert ("rail", "The water main") in given(sample)
    await desk.press("v", "shift+right", "shift+right", "c", *"condition", "enter")
    longest = "The water main is old. It broke twice last winter, and the steam line too."
    assert ("condition", longest) in given(sample)
    await desk.press("v", "right", "o", "right", "c", *"steam", "enter")
    assert ("steam-heat", "water") in given(sample)
    await desk.press("v", "escape")
    assert review(desk).view.selection is None


async def test_brackets_move_the_boundary(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("1", "right_square_bracket", "left", "enter")
    assert given(sample) == [("water", "The water main is")]
    await desk.press("left_square_bracket", "right", "escape")
    assert given(sample) == [("water", "The water main is")]
    await desk.press("left_square_bracket", "right", "enter")
    assert given(sample) == [("water", "water main is")]


async def test_o_cycles_and_u_removes(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("1", "2", "o", "u")
    assert len(given(sample)) == 1
    await desk.press("u", "u")
    assert given(sample) == []
    assert "No coding here" in panel(desk, "status")


async def test_m_keeps_a_memo_on_the_coding(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("1", "m", *"see", "space", *"[map]", "ctrl+s")
    (memo,) = on_disk(sample).memos
    assert memo.text == "see [map]"
    assert memo.about.startswith("coding:")
    assert "✎ see [map]" in panel(desk, "codings")


async def test_closing_a_memo_never_loses_typing_at_once(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("m", *"word", "escape")
    assert not isinstance(desk.app.screen, ReviewScreen)
    await desk.press("escape")
    assert isinstance(desk.app.screen, ReviewScreen)
    assert on_disk(sample).memos == ()


async def test_capital_m_gives_code_and_memo(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("M", *"rail", "enter", *"why", "ctrl+s")
    (coding,) = on_disk(sample).codings.values()
    assert (coding.code, coding.memo) == ("rail", "why")


async def test_bookmarks(desk: Pilot[None], sample: Sample) -> None:
    await desk.press("b", "G", "B")
    assert review(desk).view.cursor == 1
    assert len(on_disk(sample).bookmarks) == 1
    await desk.press("b")
    assert on_disk(sample).bookmarks == ()


async def test_finding(desk: Pilot[None]) -> None:
    await desk.press("slash", *"STEAM", "enter")
    await desk.pause()
    assert "found: 1 of 2" in panel(desk, "status")
    first = review(desk).view.cursor
    await desk.press("n")
    await desk.pause()
    assert review(desk).view.cursor > first
    await desk.press("N")
    assert review(desk).view.cursor == first


async def test_escape_goes_back_to_the_project(desk: Pilot[None]) -> None:
    await desk.press("escape")
    assert not isinstance(desk.app.screen, ReviewScreen)


async def test_the_mouse_selects_a_passage(desk: Pilot[None], sample: Sample) -> None:
    await desk.click("#transcript", offset=(8, 1))
    assert review(desk).view.cursor == 0


async def test_the_picker_shows_likely_codes_first_and_the_others_in_their_tree(desk: Pilot[None]) -> None:
    await desk.press("y", "c")
    picker = desk.app.screen
    assert isinstance(picker, Picker)
    shown = [code.id for code in picker.found]
    likely = len({*picker.recent, *picker.suggested})
    assert set(shown[:likely]) == {*picker.recent, *picker.suggested}
    tree = picker.found[likely:]
    assert [code.id for code in tree if not code.codable]
    for code in tree:
        if code.parent:
            assert shown.index(code.parent) < shown.index(code.id)
    await desk.press(*["down"] * 30)
    assert picker.found[picker.query_one(Rows).cursor].codable
    await desk.press(*"rail")
    assert all(code.codable for code in picker.found)
    await desk.press("enter")
    await desk.pause()
    await desk.press("c")
    again = desk.app.screen
    assert again is picker
    assert isinstance(again, Picker)
    assert (again.query_one(Input).value, again.marked) == ("", [])


async def test_a_low_terminal_shows_suggestions_codings_and_definition(sample: Sample) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.2)
        await pilot.press("1")
        await pilot.pause(0.2)
        text = text_of(pilot.app)
        for words in ("Suggestions", "Codings here", "▸A Water", "The water of the site."):
            assert words in text


async def test_suggestions_for_another_codebook_or_text_are_told(sample: Sample) -> None:
    async with Desktop(sample.project).run_test(size=(120, 30)) as pilot:
        await pilot.pause(0.3)
        assert "! 1 with suggestions for an earlier text or codebook: s" in text_of(pilot.app)
        report = sample.project.outputs / "report.html"
        report.parent.mkdir(exist_ok=True)
        report.write_text("")
        os.utime(report, (1, 1))
        await pilot.press("enter", "j", "b", "escape", "f5")
        await pilot.pause(0.4)
        assert "the report is older than the codings: R" in text_of(pilot.app)


async def test_coming_back_reads_again_only_what_was_reviewed(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[str]] = []

    def states(project: Project, ids: Sequence[str], codebook: str) -> tuple[InterviewState, ...]:
        read.append(list(ids))
        return interview_states(project, ids, codebook=codebook)

    monkeypatch.setattr("qualkit.tui.project_screen.interview_states", states)
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        await pilot.pause(0.5)
        assert read == [["alpha-01"], ["alpha-02"], ["beta-01"]]
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("y", "escape")
        await pilot.pause(0.3)
        assert read[3:] == [["alpha-01"]]
        screen = pilot.app.screen
        assert isinstance(screen, ProjectScreen)
        assert screen.states["alpha-01"].codings == 1
