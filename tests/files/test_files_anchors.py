from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qualkit.errors import UsageError
from qualkit.files.anchors import (
    ALIKE,
    CERTAIN,
    anchor,
    anchor_fields,
    anchor_from,
    fits,
    reanchor,
)
from qualkit.files.text import one_line
from qualkit.model import CONTEXT, Anchor, Transcript, Turn

# ä ö å, a mark without a composed form, bidi marks, the astral planes, and much repetition
letters = st.sampled_from([*list("ab äöå."), "m̈", "\u202e", "\u200f", "🔧", "𝔸", "👩\u200d👧"])
lines = st.lists(letters, max_size=40).map("".join).map(one_line)


def script(*texts: str, revision: int = 1) -> Transcript:
    turns = tuple(Turn("S1", text, n * 1000, n * 1000 + 999) for n, text in enumerate(texts))
    return Transcript("k", "fi", (), turns, revision)


transcripts = st.lists(lines, min_size=1, max_size=6).map(lambda texts: script(*texts))


@st.composite
def anchored(draw: st.DrawFn) -> tuple[Transcript, Anchor]:
    transcript = draw(transcripts)
    length = len(transcript.text)
    assume(length)
    start = draw(st.integers(0, length - 1))
    return transcript, anchor(transcript, start, draw(st.integers(start + 1, length)))


def sides(old: Anchor, text: str, start: int) -> int:
    """The rule's own words, spelled out: how many stored contexts stand around a place."""
    end = start + len(old.quote)
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    edge_before, edge_after = len(old.before) < CONTEXT, len(old.after) < CONTEXT
    first = before == old.before and (not edge_before or start == len(old.before))
    second = after == old.after and (not edge_after or end + len(old.after) == len(text))
    return first + second


def places(text: str, quote: str) -> list[int]:
    return [n for n in range(len(text)) if text.startswith(quote, n)]


@given(anchored())
def test_an_anchor_says_what_stands_there(case: tuple[Transcript, Anchor]) -> None:
    transcript, made = case
    text = transcript.text
    assert text[made.start : made.end] == made.quote
    assert text[: made.start].endswith(made.before)
    assert text[made.end :].startswith(made.after)
    assert len(made.before) == min(CONTEXT, made.start)
    assert len(made.after) == min(CONTEXT, len(text) - made.end)
    assert (made.start_ms, made.end_ms) == transcript.times(made.start, made.end)
    assert fits(made, transcript)
    assert reanchor(made, transcript) == made
    assert anchor_from(anchor_fields(made)) == made


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 2), (0, 99)])
def test_no_passages(start: int, end: int) -> None:
    with pytest.raises(UsageError, match="no passage of k"):
        anchor(script("abcdef"), start, end)


@given(anchored(), transcripts)
def test_a_new_place_is_never_a_guess(case: tuple[Transcript, Anchor], other: Transcript) -> None:
    """Whatever the two texts are, a place is only given on the evidence that the rules name."""
    _, old = case
    new = script(*(turn.text for turn in other.turns), revision=2)
    found = reanchor(old, new)
    if found is None:
        return
    text = new.text
    assert found.revision == 2
    assert text[found.start : found.end] == found.quote
    there = places(text, old.quote)
    if there:
        assert found.quote == old.quote
        ranks = {start: sides(old, text, start) for start in there}
        best = ranks.pop(found.start)
        if ranks:
            assert best > max(ranks.values())
        else:
            assert best or len(old.before + old.quote + old.after) >= CERTAIN
    else:
        assert text[: found.start].endswith(old.before)
        assert text[found.end :].startswith(old.after)
        assert len(found.quote) <= 2 * len(old.quote)


@given(anchored(), st.data())
def test_edits_elsewhere_move_the_anchor(case: tuple[Transcript, Anchor], data: st.DataObject) -> None:
    """Whatever is cut or put in elsewhere, the anchor goes along, unless nobody could tell."""
    transcript, old = case
    text = transcript.text
    first, last = old.start - len(old.before), old.end + len(old.after)
    cut = data.draw(st.integers(0, first))
    new_head = text[: data.draw(st.integers(0, cut))] + data.draw(lines) + text[cut:first]
    keep = data.draw(st.integers(last, len(text)))
    new_tail = text[last:keep] + data.draw(lines) + text[data.draw(st.integers(keep, len(text))) :]
    if len(old.before) < CONTEXT:
        new_head = ""
    if len(old.after) < CONTEXT:
        new_tail = ""
    new_text = new_head + text[first:last] + new_tail
    new = script(*new_text.split("\n"), revision=2)
    assert new.text == new_text
    expected = len(new_head) + len(old.before)
    rivals = [start for start in places(new_text, old.quote) if start != expected]
    if any(sides(old, new_text, start) == 2 for start in rivals):
        assert reanchor(old, new) is None
    else:
        found = reanchor(old, new)
        assert found is not None
        assert (found.start, found.quote) == (expected, old.quote)


@given(anchored(), lines, lines)
def test_the_former_revision_settles_what_repeats(
    case: tuple[Transcript, Anchor], head: str, tail: str
) -> None:
    former, old = case
    new = script(head, *(turn.text for turn in former.turns), revision=2)
    found = reanchor(old, new, former)
    assert found is not None
    assert (found.quote, found.start) in {
        (old.quote, old.start + len(head) + 1),
        (old.quote, old.start),  # the new line repeats what was there before it
    }
    new = script(*(turn.text for turn in former.turns), tail, revision=2)
    found = reanchor(old, new, former)
    assert found is not None
    assert (found.quote, found.start) == (old.quote, old.start)


LONG = "Siis tota se vanha putkisilta on ihan kauheessa kunnossa eikä kukaan oikeen tiedä kenen se on."
AROUND = (
    "Joo, no kerro vähän siitä infrasta täällä teidän alueella.",
    "Okei, entä sitten tää vesipuoli ja jäähdytys?",
)


def passage(transcript: Transcript, quote: str) -> Anchor:
    start = transcript.text.index(quote)
    return anchor(transcript, start, start + len(quote))


def test_a_long_quote_that_stands_once_needs_no_context() -> None:
    old = passage(script(AROUND[0], LONG, AROUND[1]), LONG)
    found = reanchor(old, script("ihan muuta", LONG, "aivan muuta", revision=2))
    assert found is not None
    assert found.quote == LONG


def test_a_short_word_that_lost_its_surroundings_is_not_placed() -> None:
    old = passage(script(AROUND[0], "Joo.", AROUND[1]), "Joo.")
    assert reanchor(old, script("Jotain muuta. Joo. Vielä jotain.", revision=2)) is None


def test_repeated_quotes_are_told_apart_by_context_only() -> None:
    two = script(AROUND[0], "Joo.", AROUND[1], "Joo.", LONG)
    first, second = places(two.text, "Joo.")
    old = anchor(two, second, second + 4)
    found = reanchor(old, script("Uusi alku.", *(turn.text for turn in two.turns), revision=2))
    assert found is not None
    assert found.start == second + len("Uusi alku.\n")
    # one side edited: the other still tells
    found = reanchor(old, script(AROUND[0], "Joo.", AROUND[1] + " Niin.", "Joo.", LONG, revision=2))
    assert found is not None
    assert found.start == second + len(" Niin.")
    # both sides edited: nobody can tell
    assert reanchor(old, script(AROUND[0], "Joo.", "Mm.", "Joo.", "Jaa.", revision=2)) is None
    # the same surroundings twice
    block = [AROUND[0], "Joo.", AROUND[1]]
    old = passage(script(*block), "Joo.")
    assert reanchor(old, script(*block, *block, revision=2)) is None
    assert first < second


def test_an_edited_quote_is_placed_only_in_its_frame() -> None:
    text = script(AROUND[0], LONG, AROUND[1])
    old = passage(text, LONG)
    better = LONG.replace("kauheessa", "kauheassa").replace("tota ", "")
    found = reanchor(old, script(AROUND[0], better, AROUND[1], revision=2))
    assert found is not None
    assert found.quote == better
    # the frame is no longer there, or stands twice
    assert reanchor(old, script(AROUND[0], better, "Muuta.", revision=2)) is None
    assert reanchor(old, script(AROUND[0], better, AROUND[1], AROUND[1], revision=2)) is None
    # something else stands in the frame
    assert reanchor(old, script(AROUND[0], "Ei oo mitään ongelmaa.", AROUND[1], revision=2)) is None
    assert reanchor(old, script(AROUND[0], better + " " + LONG.upper() * 2, AROUND[1], revision=2)) is None
    assert 0 < ALIKE < 1


def test_a_passage_that_was_deleted_is_not_placed() -> None:
    old = passage(script(AROUND[0], LONG, AROUND[1]), LONG)
    assert reanchor(old, script(*AROUND, revision=2)) is None
    assert reanchor(old, script("", revision=2)) is None


def test_a_transcript_changed_without_a_new_revision() -> None:
    old = passage(script(AROUND[0], LONG, AROUND[1]), LONG)
    found = reanchor(old, script("Uusi.", AROUND[0], LONG, AROUND[1]))
    assert found is not None
    assert found.start == old.start + len("Uusi.\n")


@pytest.mark.parametrize(
    "change",
    [
        {"start": "0"}, {"start": 5}, {"start": -1, "end": 3}, {"end": 9}, {"quote": 3}, {"revision": 0},
        {"colour": "x"}, {"before": None}, {"start": True},
    ],
)  # fmt: skip
def test_fields_that_are_no_anchor(change: dict[str, object]) -> None:
    fields = anchor_fields(Anchor(1, 0, 4, "abcd"))
    with pytest.raises(ValueError, match="anchor"):
        anchor_from(fields | change)
    with pytest.raises(ValueError, match="anchor"):
        anchor_from({})
