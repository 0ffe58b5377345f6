"""Coding stripes: which column, letter and colour shows each coding in the gutter."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qualkit.model import Codebook, Coding, Transcript

COLUMNS = 6
"""Most columns of stripes; further overlaps share the last one, marked ``+``."""
LINE = 120
"""Code points after its end that may stand on a coding's last line."""
_LETTERS = string.ascii_uppercase + string.ascii_lowercase
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")
"""For codes without a colour: Okabe and Ito's palette, told apart by colour-blind readers too."""


@dataclass(frozen=True, slots=True)
class Stripe:
    """A coding as the gutter shows it."""

    coding: str
    """Id."""
    start: int
    end: int
    column: int
    letter: str
    color: str


@dataclass(frozen=True, slots=True)
class _Looks:
    """The letter and the colour of every code of one codebook."""

    book: Codebook
    letters: Mapping[str, str]
    colors: Mapping[str, str]


_kept: _Looks | None = None


def _looks(codebook: Codebook) -> _Looks:
    """Worked out once for the codebook asked for last: they are drawn many times for each key."""
    global _kept  # noqa: PLW0603  one codebook is open at a time
    if _kept is None or _kept.book is not codebook:
        signs = {
            code.id: _LETTERS[i] if i < len(_LETTERS) else "*"
            for i, code in enumerate(c for c in codebook.codes if c.codable)
        }
        colors = {
            code_id: _color(codebook, code_id) or _COLORS[i % len(_COLORS)]
            for i, code_id in enumerate(codebook.by_id)
        }
        _kept = _Looks(codebook, signs, colors)
    return _kept


def letters(codebook: Codebook) -> Mapping[str, str]:
    """Code id → the letter of its stripes, by the codebook's order; ``*`` past the alphabet."""
    return _looks(codebook).letters


def color(codebook: Codebook, code_id: str) -> str:
    """The code's colour, else its dimension's, else one of a palette by position."""
    return _looks(codebook).colors.get(code_id, _COLORS[0])


def _color(codebook: Codebook, code_id: str) -> str:
    code = codebook.by_id.get(code_id)
    while code is not None and not code.color and code.parent:
        code = codebook.by_id.get(code.parent)
    return code.color if code is not None else ""


def stripes(codings: Iterable[Coding], codebook: Codebook, transcript: Transcript) -> tuple[Stripe, ...]:
    """Codings by start, each in the first column that is free on the line where it begins."""
    letter = letters(codebook)
    busy_until: list[int] = []
    found = []
    for coding in sorted(codings, key=lambda c: (c.anchor.start, -c.anchor.end, c.created)):
        at = coding.anchor
        column = next((i for i, end in enumerate(busy_until) if end <= at.start), len(busy_until))
        if column == len(busy_until) and column < COLUMNS:
            busy_until.append(0)
        shared = column >= COLUMNS
        column = min(column, COLUMNS - 1)
        turn = transcript.turn_at(at.end - 1)
        line_end = min(at.end + LINE, transcript.turn_starts[turn] + len(transcript.turns[turn].text))
        busy_until[column] = max(busy_until[column], line_end)
        found.append(
            Stripe(
                coding.id,
                at.start,
                at.end,
                column,
                "+" if shared else letter.get(coding.code, "?"),
                color(codebook, coding.code),
            )
        )
    return tuple(found)
