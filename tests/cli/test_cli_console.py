from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualkit.cli import console
from qualkit.model import Step

if TYPE_CHECKING:
    from collections.abc import Generator


def work() -> Generator[Step, None, str]:
    for done in range(4):
        yield Step("suggest", "alpha-01", done, 3, note="[bold]x")
    return "result"


def test_json_progress_is_one_object_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert console.follow(work(), "json") == "result"
    out, err = capsys.readouterr()
    assert out == ""
    assert [json.loads(line)["done"] for line in err.splitlines()] == [0, 1, 2, 3]


def test_plain_progress_names_stage_item_and_share(capsys: pytest.CaptureFixture[str]) -> None:
    assert console.follow(work(), "auto") == "result"
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "suggest alpha-01    0%  [bold]x"
    assert "100%" in lines[-1]


def test_time_left_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A stage that knows better than the clock says so in its note."""

    def steps() -> Generator[Step, None, None]:
        for done in (0, 1, 2):
            yield Step("transcribe", "", done, 3, "s", "9 min left")
            yield Step("transcribe", "talk", done, 3, "s", "decode")

    console.follow(steps(), "auto")
    lines = capsys.readouterr().err.splitlines()
    assert [line.count(" left") for line in lines if "talk" not in line] == [1, 1, 1]
    assert lines[-1].count(" left") == 1


def test_bars_show_markup_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert console.follow(work(), "auto") == "result"
    assert "[bold]x" in capsys.readouterr().err


def test_nothing_is_shown_when_asked_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert console.follow(work(), "none") == "result"
    assert capsys.readouterr().err == ""


def test_a_stage_that_fails_is_closed() -> None:
    closed: list[bool] = []

    def broken() -> Generator[Step, None, None]:
        try:
            yield Step("suggest", "", 0, 1)
            raise RuntimeError("in the middle")
        finally:
            closed.append(True)

    with pytest.raises(RuntimeError, match="in the middle"):
        console.follow(broken(), "json")
    assert closed == [True]


@given(st.text())
def test_visible_text_holds_nothing_a_terminal_obeys(text: str) -> None:
    shown = console.visible(text)
    assert all(c in "\n\t" or (c.isprintable() or not c.isascii()) for c in shown)
    assert not set(shown) & set("\x1b\u202e\u2066\x9b\x7f")


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(None, "–"), (0, "0:00"), (61_999, "1:01"), (3_600_000, "1:00:00"), (7_384_000, "2:03:04")],
)
def test_clock(ms: int | None, shown: str) -> None:
    assert console.clock(ms) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(8.4, "8 s"), (240, "4 min"), (22_800, "6 h 20 min")])
def test_span(seconds: float, shown: str) -> None:
    assert console.span(seconds) == shown
