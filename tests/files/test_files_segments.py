from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from qualkit.files.segments import read_segments, write_segments
from qualkit.files.transcript import load_transcript, save_transcript
from qualkit.model import Segment, Speaker, Transcript, Turn

if TYPE_CHECKING:
    from qualkit.files.project import Project

SEGMENTS = (
    Segment("k-1", 1, 0, 4, language="fi"),
    Segment("k-1", 1, 5, 9, question=(0, 4), language="sv"),
    Segment("k-1", 1, 10, 12, backchannel=True),
)


@pytest.fixture
def ready(project: Project) -> Project:
    save_transcript(project, Transcript("k-1", "fi", (Speaker("S1"),), (Turn("S1", "Vesi? On. Joo."),)))
    write_segments(project, "k-1", "meaning", 1, SEGMENTS)
    return project


def test_round_trip(ready: Project) -> None:
    assert read_segments(ready, "k-1") == SEGMENTS
    assert read_segments(ready, "k-1", "meaning") == SEGMENTS
    write_segments(ready, "k-1", "turns", 1, ())
    assert read_segments(ready, "k-1") == ()


def test_missing_stale_or_damaged_is_none(ready: Project) -> None:
    assert read_segments(ready, "k-2") == ()
    assert read_segments(ready, "k-1", "turns") == ()
    path = ready.work / "segments" / "k-1.json"
    good = path.read_bytes()
    for nonsense in (b"", b"[]", b"{", b"{}", b"\xff", good.replace(b"[0, 4, null", b"[0, null"), good[:-9]):
        path.write_bytes(nonsense)
        assert read_segments(ready, "k-1") == ()
    path.write_bytes(good)
    assert read_segments(ready, "k-1") == SEGMENTS
    save_transcript(ready, replace(load_transcript(ready, "k-1"), revision=2))
    assert read_segments(ready, "k-1") == ()


def test_a_transcript_edited_without_a_new_revision(ready: Project) -> None:
    path = ready.transcripts / "k-1.json"
    path.write_text(path.read_text().replace("Vesi?", "Wesi?"))
    assert read_segments(ready, "k-1") == ()
