"""Turns as lines of a screen: the header with clock and speaker, then the wrapped text."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError

from qualkit.tui.language import _
from qualkit.tui.safe import shown
from qualkit.tui.wrap import wrap

if TYPE_CHECKING:
    from qualkit.model import Transcript


class Line(NamedTuple):
    """A line of the transcript pane: code points of the turn's text, or its header (``start`` −1)."""

    turn: int
    start: int
    end: int


def wrapped(transcript: Transcript, width: int) -> tuple[list[Line], list[int]]:
    """All lines at a width, and the line each turn begins on."""
    lines: list[Line] = []
    tops: list[int] = []
    for index, turn in enumerate(transcript.turns):
        tops.append(len(lines))
        lines.append(Line(index, -1, -1))
        lines += [Line(index, a, b) for a, b in wrap(turn.text, width)]
    return lines, tops


def clock(ms: int | None) -> str:
    """Milliseconds as ``1:02:03`` or ``02:03``; empty when not known."""
    if ms is None:
        return ""
    seconds = ms // 1000
    hours, rest = divmod(seconds, 3600)
    text = f"{rest // 60:02}:{rest % 60:02}"
    return f"{hours}:{text}" if hours else text


def header(transcript: Transcript, index: int) -> str:
    """Clock and speaker of a turn, with what a reader should doubt."""
    turn = transcript.turns[index]
    parts = [clock(turn.start_ms), shown(transcript.speaker(turn.speaker).label)]
    if turn.language and turn.language != transcript.language:
        parts.append(f"({turn.language})")
    if turn.overlap:
        parts.append(_("(speaking over each other)"))
    if turn.sampled:
        parts.append(_("(uncertain)"))
    return " ".join(part for part in parts if part)


@lru_cache(maxsize=512)
def tile_colors(color: str) -> tuple[Color, Color]:
    """Letter colour and tile colour for a code's ``#rrggbb``; grey when it is none."""
    try:
        background = Color.parse(color)
    except ColorParseError:
        background = Color.parse("#808080")
    return background.get_contrast_text(1.0), background


@lru_cache(maxsize=512)
def tile(letter: str, color: str, filled: bool) -> Segment:
    """A cell of a stripe: the letter on its colour where a coding begins, a coloured bar below."""
    foreground, background = tile_colors(color)
    if not filled:
        return Segment(letter, Style(color=background.rich_color))
    return Segment(letter, Style(color=foreground.rich_color, bgcolor=background.rich_color, bold=True))
