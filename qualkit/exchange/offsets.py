"""Which convention a writer counts positions by: told from the selections of the whole project.

Each convention (unit × CR LF × byte-order mark × end) is tried on all selections. A
selection that carries its quote as ``name`` votes by matching it; the others by
standing on word boundaries. The standard wins where conventions read the same.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from qualkit.exchange.incoming import Convention

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Claim:
    """Where a writer says that a selection stands, in its own counting."""

    source: str
    start: int
    end: int
    quote: str = ""
    """The quote, or its beginning, when the writer gave it."""


class Ruler:
    """Positions of one convention in one raw text, as positions in its text with LF and without a mark."""

    def __init__(self, raw: str, convention: Convention) -> None:
        self.text = plain(raw)
        wide = convention.unit == "utf16" and any(c > "\uffff" for c in self.text)
        pairs = convention.crlf == 2 and "\r\n" in raw
        self._shift = 1 if convention.bom and raw.startswith(BOM) else 0
        self._starts: list[int] | None = None
        if wide or pairs:
            starts, at, before = [], 0, ""
            for char in raw.removeprefix(BOM):
                if not (before == "\r" and char == "\n"):
                    starts.append(at)
                elif not pairs:
                    at -= 1
                at += 2 if wide and char > "\uffff" else 1
                before = char
            starts.append(at)
            self._starts = starts

    def place(self, position: int) -> int | None:
        """The code point at a position; None when it is outside the text or inside a character."""
        position -= self._shift
        if self._starts is None:
            return position if 0 <= position <= len(self.text) else None
        index = bisect_left(self._starts, position)
        if index == len(self._starts) or position < 0:
            return None
        if self._starts[index] != position:  # between CR and LF is before the line end
            return index - 1 if index and self.text[index - 1] == "\n" else None
        return index


def plain(raw: str) -> str:
    """A text without byte-order mark and with LF line ends."""
    return raw.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def span(ruler: Ruler, convention: Convention, start: int, end: int) -> tuple[int, int] | None:
    """A selection's range in the plain text; None when it is not inside."""
    first = ruler.place(start)
    last = ruler.place(end + (convention.end == "inclusive"))
    return None if first is None or last is None or first > last else (first, last)


def detect(
    texts: Mapping[str, str],
    claims: Sequence[Claim],
    origin: str = "",
    marks: Sequence[tuple[str, int]] = (),
) -> Convention:
    """The convention under which the most selections of a project make sense.

    ``texts`` are as written, marks and CR LF included. Between conventions that fit alike
    decide ``marks``, source and position of sync points, which stand where lines begin and
    end, and then ``origin``, which names the writer.
    """
    crlf_seen = any("\r\n" in text for text in texts.values())
    bom_seen = any(text.startswith(BOM) for text in texts.values())
    wide = any(c > "\uffff" for text in texts.values() for c in set(text))
    seen = Convention(crlf_seen=crlf_seen, bom_seen=bom_seen)
    nvivo = "nvivo" in origin.casefold()
    options = [
        replace(seen, unit=unit, crlf=crlf, bom=bom, end=end)
        for end, bom, unit, crlf in product(
            ("exclusive", "inclusive"),
            (False, True) if bom_seen else (False,),
            (("utf16", "codepoint") if nvivo else ("codepoint", "utf16")) if wide else ("codepoint",),
            ((2, 1) if nvivo else (1, 2)) if crlf_seen else (1,),
        )
    ]
    if not (claims or marks):
        return options[0]
    scored: list[tuple[float, float, int, Convention, tuple[object, ...]]] = []
    for order, option in enumerate(options):
        rulers = {key: Ruler(text, option) for key, text in texts.items()}
        spans = [span(rulers[c.source], option, c.start, c.end) for c in claims if c.source in rulers]
        points = [
            _fit(rulers[c.source].text, found, c.quote)
            for c, found in zip((c for c in claims if c.source in rulers), spans, strict=True)
        ]
        score = sum(points) / len(points) if points else 1.0
        lines = [_at_a_line(rulers[key], position) for key, position in marks if key in rulers]
        aligned = sum(lines) / len(lines) if lines else 1.0
        scored.append((score, aligned, -order, option, tuple(spans)))
    scored.sort(key=lambda entry: entry[:3], reverse=True)
    score, aligned, _, best, spans_ = scored[0]
    alike = [entry for entry in scored[1:] if entry[0] >= score - 1e-9 and entry[1] >= aligned - 1e-9]
    rivals = [entry for entry in alike if entry[4] != spans_]
    return replace(best, score=score, certain=not rivals)


def ours(texts: Mapping[str, str]) -> Convention:
    """The convention of a file that a Qualkit wrote: the standard's, or NVivo's where line ends are CR LF."""
    crlf_seen = any("\r\n" in text for text in texts.values())
    bom_seen = any(text.startswith(BOM) for text in texts.values())
    if crlf_seen or bom_seen:
        return Convention("utf16", 2, crlf_seen=crlf_seen, bom_seen=bom_seen)
    return Convention()


def _at_a_line(ruler: Ruler, position: int) -> bool:
    """Whether a position is where a line begins or ends."""
    place = ruler.place(position)
    if place is None:
        return False
    return place in (0, len(ruler.text)) or "\n" in ruler.text[place - 1 : place + 1]


def _fit(text: str, found: tuple[int, int] | None, quote: str) -> float:
    """How well a range makes sense as a selection, 0–1."""
    if found is None or found[0] == found[1]:
        return 0.0
    start, end = found
    if quote and (match := says(text[start:end], quote)) is not None:
        # White space at an edge that the quote does not have: off by a line end.
        exact = text[start:end].startswith(quote) and text[end - 1].isspace() == quote[-1].isspace()
        return (1.0 if exact else 0.9) if match else 0.0
    return _edge(text, start, start) * 0.5 + _edge(text, end, end - 1) * 0.5


def says(text: str, quote: str) -> bool | None:
    """Whether a selection holds the quote that its writer put beside it, perhaps cut short.

    None when that text is a title and no quote: too unlike to tell.
    """
    have, want = _bare(text), _bare(quote.rstrip("….").rstrip())
    if not want:
        return None
    if have.startswith(want) and (len(have) == len(want) or len(quote) >= 20):
        return True
    # A title of the writer's own is not in the text; a misplaced quote shares most of it.
    shared = len(set(want.split()) & set(have.split()))
    return False if shared * 2 >= len(set(want.split())) and len(want) > 8 else None


@lru_cache(maxsize=4096)
def _bare(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip("….")


def _edge(text: str, at: int, inner: int) -> float:
    """Whether a word begins or ends at ``at``; ``inner`` is the character just inside."""
    inside = text[inner]
    if inside.isspace():
        return 0.3
    outer = at - 1 if inner == at else at
    if 0 <= outer < len(text) and inside.isalnum() and text[outer].isalnum():
        return 0.0
    if inside.isalnum() or inner != at:
        # A sentence's full stop left outside is likelier than a word cut short.
        return 1.0
    return 0.7


def fitting(texts: Mapping[str, str], claims: Iterable[Claim], convention: Convention) -> list[str | None]:
    """The text of each selection under a convention; None where it is not inside its source."""
    rulers = {key: Ruler(text, convention) for key, text in texts.items()}
    out: list[str | None] = []
    for claim in claims:
        ruler = rulers.get(claim.source)
        found = ruler and span(ruler, convention, claim.start, claim.end)
        out.append(ruler.text[found[0] : found[1]] if ruler and found else None)
    return out
