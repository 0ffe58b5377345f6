"""What the screens look like, as text, and that hostile text shows verbatim on every one of them.

Golden screens stand in ``golden/``; ``QUALKIT_GOLDEN=update`` writes them anew.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from qualkit.files.interviews import read_interviews, write_interviews
from qualkit.files.journal import Journal
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.tui.app import THEMES, Desktop

if TYPE_CHECKING:
    from textual.app import App

    from tests.tui.conftest import Sample

GOLDEN = Path(__file__).parent / "golden"
LONG = "[laughs] ok [/] [@click=app.quit]x[/]"
SHOWN = f"{LONG} rlo ⟨RLO⟩abc⟨PDF⟩ emoji 🔧 漢字"


def text_of(app: App[None]) -> str:
    """The top screen as lines of text, clock times made the same."""
    strips = app.screen._compositor.render_strips()
    text = "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
    return re.sub(r"saved \d\d:\d\d:\d\d", "saved HH:MM:SS", text) + "\n"


def joined(app: App[None]) -> str:
    """The same in one line, so that wrapping does not matter."""
    return re.sub(r"[\s│]+", " ", text_of(app))


def golden(app: App[None], name: str) -> None:
    path, text = GOLDEN / f"{name}.txt", text_of(app)
    if os.environ.get("QUALKIT_GOLDEN") == "update":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name}: look at it, then QUALKIT_GOLDEN=update"


SCREENS = {
    "project": (None, ()),
    "review": ("alpha-01", ("y", "j", "1")),
    "selecting": ("alpha-01", ("v", "right", "right")),
    "picker": ("alpha-01", ("c", *"ånga")),
    "memo": ("alpha-01", ("m", *"why")),
    "help": ("alpha-01", ("question_mark",)),
    "picture": (None, ("p",)),
    "codebook": (None, ("c", "j")),
    "search": (None, ("slash", *"steam", "enter")),
}


@pytest.mark.parametrize("name", sorted(SCREENS))
async def test_golden_screens(sample: Sample, name: str) -> None:
    interview, keys = SCREENS[name]
    app = Desktop(sample.project, interview)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.3)
        await pilot.press(*keys)
        await pilot.pause(0.3)
        await app.workers.wait_for_complete()
        await pilot.pause(0.3)
        golden(app, name)


@pytest.fixture
def coded(sample: Sample) -> Sample:
    """Hostile text as transcript, coding, memo, site, role, speaker and code name."""
    transcript = load_transcript(sample.project, "alpha-01")
    speakers = tuple(replace(s, name=LONG) for s in transcript.speakers)
    cases = [replace(i, role=LONG, site="alpha") for i in read_interviews(sample.project)]
    write_interviews(sample.project, cases)
    turns = (replace(transcript.turns[4]), *transcript.turns)
    save_transcript(sample.project, replace(transcript, speakers=speakers, turns=turns, revision=2))
    path = sample.project.codebook_path
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("en: Water}", f'en: "{LONG}"}}').replace("en: The water of the site.}", 'en: "[b]!"}')
    )
    return sample


async def test_hostile_text_shows_verbatim_on_every_screen(coded: Sample) -> None:
    app = Desktop(coded.project)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause(0.3)
        assert LONG[:18] in joined(app)
        await pilot.press("enter", "g")
        await pilot.pause(0.2)
        assert SHOWN in joined(app)
        assert f"00:20 {LONG}" in joined(app)
        await pilot.press("c", *"water", "enter", "m", *"[x] [/] ", "ctrl+s")
        await pilot.pause(0.2)
        assert f"▸A {LONG}" in joined(app)
        assert "✎ [x] [/]" in joined(app)
        await pilot.press("c", *"water")
        assert f"A {LONG}" in joined(app)
        await pilot.press("escape", "m")
        await pilot.pause(0.2)
        assert f"Memo: {LONG}" in joined(app)
        await pilot.press("escape", "e")
        await pilot.pause(0.2)
        assert LONG in joined(app)
        await pilot.press("escape", "s")
        await pilot.pause(0.2)
        assert f"Rename {LONG} everywhere" in joined(app)
        await pilot.press("escape", "escape", "p")
        await pilot.pause(0.2)
        await app.workers.wait_for_complete()
        await pilot.pause(0.2)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert SHOWN in joined(app)
        await pilot.press("escape", "escape", "c", "j")
        await pilot.pause(0.2)
        assert f"{LONG} water" in joined(app)
        await pilot.press("escape", "slash", *"laughs", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause(0.3)
        assert SHOWN in joined(app)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert SHOWN in joined(app)
    assert len(Journal(coded.project, "tester", "alpha-01").state.codings) == 1


async def test_a_turn_of_20000_characters_is_read_to_its_end(sample: Sample) -> None:
    transcript = load_transcript(sample.project, "alpha-01")
    turns = list(transcript.turns)
    turns[5] = replace(turns[5], text="漢字 and [b] words " * 1100 + "THE END")
    save_transcript(sample.project, replace(transcript, turns=tuple(turns), revision=2))
    app = Desktop(sample.project, "alpha-01")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("slash", *"THE", "space", *"END", "enter")
        await pilot.pause(0.2)
        assert "THE END" in text_of(app)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_paints_every_part(sample: Sample, theme: str) -> None:
    app = Desktop(sample.project, "alpha-01")
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await pilot.press("1", "v", "right")
        await pilot.pause()
        assert "The water main is old." in text_of(app)


async def test_without_colour_letters_and_signs_say_it_all(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Desktop(sample.project, "alpha-01")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("1", "K")
        await pilot.pause()
        assert "?A   The water main is old." in text_of(app)
        assert app.no_color


async def test_resizing_keeps_the_place(sample: Sample) -> None:
    app = Desktop(sample.project, "alpha-01")
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.press("G")
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.pause(0.3)
        assert "the pipe is from 1974" in joined(app)
        assert "▶" in text_of(app)


async def test_search_filters(sample: Sample) -> None:
    app = Desktop(sample.project)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("slash")
        for query, found in (
            ("steam", "4 places"),
            ("steam interview:alpha-01", "2 places"),
            ("water role:interviewer", "2 places"),
            ("steam site:beta", "0 places"),
            ("steam site:a site:b", "stands twice"),
            ("code:water", "0 places"),
            ("rail confidence:<0.6", "2 places"),
            ("rail confidence:>60%", "0 places"),
            ("steam confidence:0.9", "0 places"),
            ("rail confidence:low", "is no limit"),
        ):
            line = app.screen.query_one(Input)
            line.value = query
            line.focus()
            await pilot.pause()
            await pilot.press("enter")
            await pilot.pause()
            await app.workers.wait_for_complete()
            await pilot.pause(0.1)
            assert found in joined(app), query
