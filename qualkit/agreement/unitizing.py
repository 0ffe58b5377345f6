"""Agreement on where passages begin and end: Krippendorff's α for unitizing, and QualCoder's own number.

Krippendorff, Mathet, Bouvry & Widlöcher (2016), On the reliability of unitizing
textual continua: further developments, Quality & Quantity 50, 2347–2364; the same as
in Krippendorff (2019), Content Analysis, 4th ed., section 12.6. Every character of
the text counts, and a passage is one unit however long it is, which is what the
squared lengths below do. Here for two coders.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How two coders cover a text with one code, in characters; adds up over texts."""

    both: int = 0
    one: int = 0
    """Marked by one coder only."""
    text: int = 0
    """All characters of the text."""
    squares: int = 0
    """Squared lengths of all marked passages of both coders, added up."""
    first: int = 0
    """Marked by the first coder."""

    @property
    def marked(self) -> int:
        """Marked by either coder, both counted."""
        return 2 * self.both + self.one

    @property
    def gaps(self) -> int:
        """Not marked by either coder, both counted."""
        return 2 * self.text - self.marked

    def __add__(self, other: Lengths) -> Lengths:
        """The lengths of both texts."""
        return Lengths(
            self.both + other.both,
            self.one + other.one,
            self.text + other.text,
            self.squares + other.squares,
            self.first + other.first,
        )

    def disagreement(self) -> tuple[float, float] | None:
        """Observed and expected disagreement (eq. 32–34 of the book); None when nothing or all is marked."""
        total = 2 * self.text
        if not self.marked or not self.gaps:
            return None
        # Drawn by chance, a passage cannot meet itself; of a gap, only the one character cannot.
        pairs = total - (self.squares + self.gaps) / total
        return (2 * self.one, 2 * self.marked * self.gaps / pairs) if pairs > 0 else None


def lengths(first: Iterable[Span], second: Iterable[Span], pieces: Iterable[Span]) -> Lengths:
    """The lengths of two coders' passages of one code, inside the pieces of a text that were compared."""
    total = Lengths()
    mine, theirs = merged(first), merged(second)
    for start, end in pieces:
        one, other = clipped(mine, start, end), clipped(theirs, start, end)
        both = sum(max(0, min(b, d) - max(a, c)) for a, b in one for c, d in other)
        long = [b - a for a, b in one]
        marked = sum(long) + sum(b - a for a, b in other)
        squares = sum(n * n for n in long) + sum((b - a) ** 2 for a, b in other)
        total += Lengths(both, marked - 2 * both, end - start, squares, sum(long))
    return total


def u_alpha(codes: Iterable[Lengths]) -> float | None:
    """Krippendorff's ᵤα: 1 where all boundaries are alike, 0 where they are as by chance; None is undefined.

    Of several codes, the disagreements of all are added up.
    """
    found = [pair for code in codes if (pair := code.disagreement()) is not None]
    expected = sum(pair[1] for pair in found)
    return 1 - sum(pair[0] for pair in found) / expected if expected else None


def qualcoder_kappa(code: Lengths) -> float | None:
    """The number that QualCoder's comparison of coders calls kappa; None when nobody gave the code.

    Over the characters that either coder marked, and with the *product* of the two
    chances where Cohen adds them up (QualCoder, report_compare_coder_file.py): it is
    no κ, and is here because reports quote it.
    """
    either = code.both + code.one
    if not either:
        return None
    second = code.marked - code.first
    chance = (
        code.first / either * second / either * (either - code.first) / either * (either - second) / either
    )
    return (code.both / either - chance) / (1 - chance) if chance < 1 else None


def merged(spans: Iterable[Span]) -> list[Span]:
    """Passages in order; those that overlap are one, those that touch are two."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        elif end > start:
            out.append((start, end))
    return out


def clipped(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """The parts of passages inside a range."""
    return [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]


Valued = tuple[int, int, frozenset[str]]
"""A stretch of text and the set of codes that a coder gave to it, never empty."""


def stretches(codings: Mapping[str, Sequence[Span]], pieces: Iterable[Span]) -> list[Valued]:
    """A coder's text cut wherever the set of codes changes; stretches without a code are left out."""
    found: list[Valued] = []
    for start, end in pieces:
        inside = [(code, span) for code, spans in codings.items() for span in clipped(spans, start, end)]
        cuts = sorted({start, end, *(at for _, span in inside for at in span)})
        for a, b in pairwise(cuts):
            given = frozenset(code for code, (c, d) in inside if c <= a and b <= d)
            if given and found and found[-1][1] == a > start and found[-1][2] == given:
                found[-1] = (found[-1][0], b, given)
            elif given:
                found.append((a, b, given))
    return found


def cu_alpha(texts: Iterable[tuple[Sequence[Valued], Sequence[Valued]]]) -> float | None:
    """Krippendorff's ᶜᵤα: agreement on the codes where both coders marked something (eq. 36–37).

    The value of a stretch is its whole set of codes. None where both never marked
    the same, or only one set of codes occurs there.
    """
    pairs: dict[tuple[frozenset[str], frozenset[str]], int] = defaultdict(int)
    squares: dict[frozenset[str], int] = defaultdict(int)
    for first, second in texts:
        for mine, others in ((first, second), (second, first)):
            for start, end, given in mine:
                pairable = 0
                for a, b, theirs in others:
                    shared = min(end, b) - max(start, a)
                    if shared > 0:
                        pairable += shared
                        pairs[given, theirs] += shared
                squares[given] += pairable**2
    total = sum(pairs.values())
    if not total:
        return None
    sums: dict[frozenset[str], int] = defaultdict(int)
    for (given, _), length in pairs.items():
        sums[given] += length
    observed = total - sum(length for (one, other), length in pairs.items() if one == other)
    scale = total - sum(squares.values()) / total
    # The disagreement by chance: all pairs of stretches but those of one value.
    expected = (total**2 - sum(n * n for n in sums.values())) / scale if scale > 0 else 0
    return 1 - observed / expected if expected else None
