"""Bulk acceptance, new themes, orders of work, undo that reaches corrections and codes."""

from __future__ import annotations

import os
import wave
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from qualkit.coding.clusters import Cluster, Member, save_clusters
from qualkit.errors import QualkitError
from qualkit.files import codebook_edits as edits
from qualkit.files import revise
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_history import History
from qualkit.files.dismissed import dismissed
from qualkit.files.emergent import accepted_themes
from qualkit.files.journal import Journal
from qualkit.files.transcript import load_transcript
from qualkit.model import Code
from qualkit.tui import child
from qualkit.tui.app import Desktop
from qualkit.tui.bulk_screen import BulkScreen
from qualkit.tui.clusters_screen import ClustersScreen
from qualkit.tui.desk import Desk
from qualkit.tui.queue import Onward, Order, disagreeing, next_interview, others_codes
from qualkit.tui.review_screen import ReviewScreen
from qualkit.tui.searching import by_meaning

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tests.tui.conftest import Sample


def codings(sample: Sample) -> list[Any]:
    return list(Journal(sample.project, "tester", "alpha-01").state.codings.values())


async def bulk(pilot: Pilot[None], sample: Sample, monkeypatch: pytest.MonkeyPatch) -> BulkScreen:
    """The Bulk screen with every shown suggestion of the sample as what is certified."""
    found = [s for s in Desk.open(sample.project, "alpha-01").suggestions if s.shown]
    rows = [[s.interview, s.revision, s.start, s.end, s.code, s.score, s.id] for s in found]

    async def made(verb: str, *_: object, **__: object) -> dict[str, Any]:
        assert verb == "bulk"
        return {"found": rows, "verdicts": {}}

    monkeypatch.setattr("qualkit.tui.bulk_screen.ask", made)
    monkeypatch.setattr("qualkit.tui.bulk_screen.SAMPLE", 2)
    await pilot.pause()
    await pilot.press("A")
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    assert isinstance(pilot.app.screen, BulkScreen)
    return pilot.app.screen


async def test_bulk_wants_the_sample_judged_and_one_undo_takes_the_lot(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        screen = await bulk(pilot, sample, monkeypatch)
        assert len(screen.lot) == 6
        await pilot.press("A")
        assert codings(sample) == []
        await pilot.press("y", "x", "A")
        assert len(codings(sample)) == 5
        assert [bool(c.bulk) for c in codings(sample)].count(True) == 4
        assert len({c.bulk for c in codings(sample) if c.bulk}) == 1
        await pilot.press("ctrl+z")
        assert len(codings(sample)) == 1
        assert [line for line in sample.journal_lines() if '"undo"' in line]


async def test_bulk_offers_nothing_that_was_decided(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    desk.reject(desk.offers(1)[0].suggestion)
    desk.nothing(6)
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        screen = await bulk(pilot, sample, monkeypatch)
        assert sorted(c.suggestion.code for c in screen.lot) == [
            "condition",
            "condition",
            "rail",
            "steam-heat",
        ]


async def clusters(pilot: Pilot[None], sample: Sample) -> ClustersScreen:
    desk = Desk.open(sample.project, "alpha-01")
    places = [desk.passages[i] for i in (1, 2, 6)]
    members = tuple(
        Member("alpha-01", 1, p.start, p.end, 0.9, "typical" if n < 2 else "") for n, p in enumerate(places)
    )
    groups = (Cluster("cluster-1", {"en": ("old [main]", "winter")}, members, 0.8),)
    save_clusters(sample.project, groups)
    await pilot.pause()
    await pilot.press("n")
    await pilot.pause()
    assert isinstance(pilot.app.screen, ClustersScreen)
    return pilot.app.screen


async def test_a_group_becomes_a_code_with_its_typical_passages(sample: Sample) -> None:
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        screen = await clusters(pilot, sample)
        await pilot.press("a")
        pilot.app.screen.query_one(Input).value = "Winter damage"
        await pilot.press("enter", "1", "1")
        await pilot.pause()
        made = load_codebook(sample.project).by_id["winter-damage"]
        assert (made.parent, len(made.examples["en"])) == ("infrastructure", 2)
        assert [c.code for c in codings(sample)] == ["winter-damage"] * 2
        assert screen.clusters == []


async def test_a_group_becomes_a_theme_of_the_report_and_a_group_again(sample: Sample) -> None:
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        screen = await clusters(pilot, sample)
        await pilot.press("t")
        prompt = pilot.app.screen.query_one(Input)
        assert prompt.value == "old [main], winter"
        prompt.value = "Winter [/]"
        await pilot.press("enter")
        await pilot.pause()
        (theme,) = accepted_themes(sample.project).values()
        assert (theme.id, theme.name, theme.coder, len(theme.passages)) == (
            "cluster-1", "Winter [/]", "tester", 3,
        )  # fmt: skip
        assert [c.name_in("fi") for c in screen.clusters] == ["Winter [/]"]
        await pilot.press("t")
        assert accepted_themes(sample.project) == {}
        await pilot.press("t", "enter")
        await pilot.pause()
        assert [t.name for t in accepted_themes(sample.project).values()] == [""]
        await pilot.press("x")
        assert accepted_themes(sample.project) == {}
        assert screen.clusters == []


async def test_a_group_goes_to_a_code_or_away(sample: Sample) -> None:
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        await clusters(pilot, sample)
        await pilot.press("c", *"rail", "enter", "2")
        await pilot.pause()
        assert [c.code for c in codings(sample)] == ["rail"] * 3
        assert dismissed(sample.project) == {"cluster-1"}
    Journal(sample.project, "tester", "alpha-01").undo()
    assert codings(sample) == []


async def test_what_was_done_to_groups_is_taken_back_step_by_step(sample: Sample) -> None:
    book = load_codebook(sample.project).hash
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        screen = await clusters(pilot, sample)
        await pilot.press("ctrl+z")  # nothing yet
        await pilot.press("t")
        await pilot.press("escape")
        await pilot.press("t")
        pilot.app.screen.query_one(Input).value = "Winter"
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("t", "ctrl+z")
        assert [t.name for t in accepted_themes(sample.project).values()] == ["Winter"]
        await pilot.press("x")
        assert screen.clusters == []
        await pilot.press("ctrl+z")
        assert [t.name for t in accepted_themes(sample.project).values()] == ["Winter"]
        assert [c.id for c in screen.clusters] == ["cluster-1"]
        await pilot.press("ctrl+z")
        assert accepted_themes(sample.project) == {}
        assert [c.name_in("en") for c in screen.clusters] == ["old [main], winter"]

        await pilot.press("a")
        pilot.app.screen.query_one(Input).value = "Winter damage"
        await pilot.press("enter", "1", "1")
        await pilot.pause()
        assert (len(codings(sample)), set(dismissed(sample.project))) == (2, {"cluster-1"})
        await pilot.press("ctrl+z")
        assert not codings(sample)
        assert not dismissed(sample.project)
        assert "winter-damage" in load_codebook(sample.project).by_id
        await pilot.press("ctrl+z")
        assert load_codebook(sample.project).hash == book
        await pilot.press("ctrl+z")
        assert [c.id for c in screen.clusters] == ["cluster-1"]


async def test_a_code_that_could_not_be_made_codes_nothing(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise QualkitError("the disk is full.")

    monkeypatch.setattr(History, "change", full)
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        screen = await clusters(pilot, sample)
        await pilot.press("a")
        pilot.app.screen.query_one(Input).value = "Winter damage"
        await pilot.press("enter", "1")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert [c.id for c in screen.clusters] == ["cluster-1"]
        assert codings(sample) == []


async def test_taking_a_code_back_leaves_what_was_changed_in_the_codebook_since(sample: Sample) -> None:
    async with Desktop(sample.project).run_test(size=(100, 30)) as pilot:
        await clusters(pilot, sample)
        await pilot.press("a")
        pilot.app.screen.query_one(Input).value = "Winter damage"
        await pilot.press("enter", "1", "3")
        await pilot.pause()
        History(sample.project).change("added: Snow", edits.added(Code("snow", {"en": "Snow"})))
        await pilot.press("ctrl+z")
        assert {"winter-damage", "snow"} <= set(load_codebook(sample.project).by_id)


async def test_disagreement_is_an_order_of_work(sample: Sample) -> None:
    other = Desk.open(replace(sample.project, coder="anna"), "alpha-01")
    desk = Desk.open(sample.project, "alpha-01")
    for who, index, given in ((other, 1, ("water",)), (desk, 1, ("water",)), (other, 6, ("rail", "water"))):
        who.give(given, who.passages[index].start, who.passages[index].end)
    assert disagreeing(desk, others_codes(desk)) == [6]
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("O", "O", "O", "J")
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert (screen.order, screen.view.cursor) == (Order.DISAGREEMENT, 6)
        assert "anna: Railway, Water" in str(screen.panels["codings"])


async def test_work_goes_on_in_the_next_interview(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    for index in list(desk.waiting):
        desk.nothing(index)
    source = next(sample.project.suggestions.rglob("alpha-01.jsonl"))
    text = source.read_text(encoding="utf-8").replace("alpha-01", "alpha-02")
    source.with_name("alpha-02.jsonl").write_text(text, encoding="utf-8")
    assert next_interview(sample.project, "alpha-01", Onward.SITE) == "alpha-02"
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+o", "J")
        assert pilot.app.screen.desk.interview.id == "alpha-01"  # type: ignore[attr-defined]
        await pilot.press("J")
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        assert (screen.desk.interview.id, screen.onward) == ("alpha-02", Onward.SITE)


def test_a_correction_undone_is_done_again_in_its_place(sample: Sample) -> None:
    desk = Desk.open(sample.project, "alpha-01")
    desk.accept(desk.offers(1)[0].suggestion)
    desk.revise(revise.with_text(desk.transcript, 2, "We have no railway any more."))
    desk.accept(desk.offers(2)[0].suggestion)
    for _ in range(3):
        assert desk.undo()
    assert "no rail any" in desk.transcript.turns[2].text
    assert [desk.redo() for _ in range(4)] == [True, True, True, False]
    assert "no railway any" in load_transcript(sample.project, "alpha-01").turns[2].text
    assert len(desk.codings) == 2
    desk.undo()
    desk.undo()
    desk.nothing(6)
    assert not desk.redo()


async def test_undo_of_a_new_code_takes_the_code_too(sample: Sample) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("v", "i", "enter", "1")
        await pilot.pause()
        assert "the" in load_codebook(sample.project).by_id
        await pilot.press("ctrl+z")
        assert "the" not in load_codebook(sample.project).by_id
        assert codings(sample) == []
        await pilot.press("ctrl+y")
        assert [c.code for c in codings(sample)] == ["the"]
        assert "the" in load_codebook(sample.project).by_id


async def test_a_passage_becomes_an_example(sample: Sample) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("E")
        examples = load_codebook(sample.project).by_id["water"].examples["en"]
        assert examples[-1] == "The water main is old."
        await pilot.press("C", "ctrl+z", "escape")
        await pilot.pause()
        assert pilot.app.screen.desk.codebook.by_id["water"].examples["en"] == examples[:-1]  # type: ignore[attr-defined]


async def test_seeking_while_paused(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUALKIT_PLAYER", "null")
    path = sample.project.recordings / "alpha-01.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(2 * 8000 * 30))
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, ReviewScreen)
        await pilot.press("full_stop", "full_stop", "comma")
        assert not screen.playing
        assert screen.ear == (1, 10_000)
        await pilot.press("space")
        playing = screen.playing
        assert playing
        assert playing.start_ms == 10_000


async def test_a_child_says_what_is_missing(sample: Sample) -> None:
    with pytest.raises(QualkitError, match="no passage has been scored"):
        await child.ask("bulk", sample.project.root)


def test_places_found_by_meaning_keep_their_order(sample: Sample) -> None:
    found = by_meaning(sample.project, [("alpha-01", 42, 64, 0.9), ("alpha-01", 0, 10, 0.5)])
    assert [(q.start, q.note) for q in found] == [(42, "0.90"), (0, "0.50")]
    assert os.environ["QUALKIT_LANG"] == "en"


@pytest.mark.parametrize("button", [1])
async def test_dragging_selects_words(sample: Sample, button: int) -> None:
    async with Desktop(sample.project, "alpha-01").run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        view = pilot.app.screen.view  # type: ignore[attr-defined]
        row = next(y for y in range(10) if "The water main" in str(view.render_line(y).text))
        await pilot.mouse_down(view, offset=(view.edge, row))
        await pilot.hover(view, offset=(view.edge + 14, row))
        await pilot.mouse_up(view, offset=(view.edge + 14, row))
        await pilot.pause()
        assert button
        start, end = view.selection
        assert view.transcript.text[start:end].startswith("The water mai")
