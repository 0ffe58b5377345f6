"""Anchors: where a passage stands, and finding it again in a corrected transcript without guessing.

The rules of :func:`reanchor`, in this order. A *side* is the stored context before
or after the quote (:data:`qualkit.model.CONTEXT` code points, fewer at the text's
edge); a place *keeps* a side when exactly that context stands there, or when both
the old and the new place lie at that edge of the text.

1. **The quote stands once.** It is placed there when the place keeps a side, or
   when quote and the context that agrees next to it make :data:`CERTAIN` code
   points or more. A short word that lost its surroundings is not placed: the one
   left over may be another one.
2. **The quote stands several times.** It is placed where one place keeps more
   sides than every other and at least one. Otherwise nobody can tell.
3. **The quote does not stand there**: somebody edited inside it. It is placed
   only between its two sides, when each of them is kept exactly once in the whole
   text, in that order, with at most twice the quote's length between them, and
   what is between is still alike (``difflib`` ratio of :data:`ALIKE` or more). The
   anchor then holds the new quote.

Everything else is None: a person places it. Whoever has the former revision at
hand passes it: what lies wholly before the first or wholly after the last
difference of the two texts stays where it is, whatever is repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.errors import UsageError
from qualkit.files.text import holds_half_letters
from qualkit.model import CONTEXT, Anchor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from qualkit.model import Transcript

CERTAIN = CONTEXT + 8
"""Code points of agreeing text that make a quote that stands once certain."""
ALIKE = 0.6
"""How alike an edited quote must still be, 0–1."""


def anchor(transcript: Transcript, start: int, end: int) -> Anchor:
    """The anchor of ``[start, end)``, in code points of the transcript's text, with quote, context and times.

    Raises :class:`UsageError` when the range is empty or not inside the text.
    """
    text = transcript.text
    if not 0 <= start < end <= len(text):
        raise UsageError(
            f"{start}–{end} is no passage of {transcript.interview}, whose text has {len(text)} characters."
        )
    start_ms, end_ms = transcript.times(start, end)
    return Anchor(
        revision=transcript.revision,
        start=start,
        end=end,
        quote=text[start:end],
        before=text[max(0, start - CONTEXT) : start],
        after=text[end : end + CONTEXT],
        start_ms=start_ms,
        end_ms=end_ms,
    )


def fits(old: Anchor, transcript: Transcript) -> bool:
    """Whether the anchor's quote stands where the anchor says, in the anchor's own revision."""
    return old.revision == transcript.revision and transcript.text[old.start : old.end] == old.quote


def reanchor(old: Anchor, transcript: Transcript, former: Transcript | None = None) -> Anchor | None:
    """The anchor in another revision of its transcript; None where its place is not certain.

    ``former`` is the revision that the anchor was made in, where it is at hand.
    The rules stand at the top of this module.
    """
    if not old.quote:
        return None
    text = transcript.text
    start: int | None = None
    if fits(old, transcript):
        start = old.start
    elif former is not None and fits(old, former):
        start = _beside_the_difference(old, former.text, text)
    if start is None:
        places = list(_places(text, old.quote))
        if not places:
            return _framed(old, transcript)
        start = _certain(old, text, places)
    return None if start is None else anchor(transcript, start, start + len(old.quote))


def anchor_fields(value: Anchor) -> dict[str, Any]:
    """An anchor as JSON fields. Times that are not known are left out."""
    fields: dict[str, Any] = {
        "revision": value.revision,
        "start": value.start,
        "end": value.end,
        "quote": value.quote,
        "before": value.before,
        "after": value.after,
    }
    if value.start_ms is not None:
        fields["start_ms"] = value.start_ms
    if value.end_ms is not None:
        fields["end_ms"] = value.end_ms
    return fields


def anchor_from(fields: Mapping[str, Any]) -> Anchor:
    """The anchor in JSON fields. Raises :class:`ValueError` that says what is wrong with them."""
    try:
        made = Anchor(**fields)
    except TypeError:
        raise ValueError("the anchor has wrong fields") from None
    if type(made.revision) is not int or type(made.start) is not int or type(made.end) is not int:
        raise ValueError("the anchor's revision, start and end must be whole numbers")
    if not 0 <= made.start < made.end or made.revision < 1:
        raise ValueError("the anchor's range is empty or negative")
    texts = (made.quote, made.before, made.after)
    if not all(isinstance(text, str) for text in texts) or made.end - made.start != len(made.quote):
        raise ValueError("the anchor's quote is not as long as its range")
    if holds_half_letters("".join(texts)):
        raise ValueError("the anchor's quote holds what is no text")
    for when in (made.start_ms, made.end_ms):
        if when is not None and (type(when) is not int or when < 0):
            raise ValueError("the anchor's times must be whole numbers")
    return made


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _certain(old: Anchor, text: str, places: list[int]) -> int | None:
    """Rules 1 and 2: which of the places where the quote stands is the one."""
    kept = sorted(((_sides(old, text, start), start) for start in places), reverse=True)
    most, start = kept[0]
    if len(kept) > 1:
        return start if most > kept[1][0] else None
    return start if most or _reach(old, text, start) >= CERTAIN else None


def _sides(old: Anchor, text: str, start: int) -> int:
    """How many of the two sides a place keeps."""
    return _keeps_before(old, text, start) + _keeps_after(old, text, start + len(old.quote))


def _keeps_before(old: Anchor, text: str, start: int) -> bool:
    if len(old.before) < CONTEXT and start != len(old.before):
        return False  # the quote stood at the text's edge and this place does not
    return text.endswith(old.before, 0, start)


def _keeps_after(old: Anchor, text: str, end: int) -> bool:
    if len(old.after) < CONTEXT and len(text) - end != len(old.after):
        return False
    return text.startswith(old.after, end)


def _reach(old: Anchor, text: str, start: int) -> int:
    """Code points of the quote and of the context next to it that agree without a gap."""
    end, reach = start + len(old.quote), len(old.quote)
    for ours, theirs in zip(
        reversed(old.before), reversed(text[max(0, start - CONTEXT) : start]), strict=False
    ):
        if ours != theirs:
            break
        reach += 1
    for ours, theirs in zip(old.after, text[end : end + CONTEXT], strict=False):
        if ours != theirs:
            break
        reach += 1
    return reach


def _beside_the_difference(old: Anchor, before: str, after: str) -> int | None:
    """Where a passage starts that lies wholly outside the stretch in which two texts differ."""
    shorter = min(len(before), len(after))
    same = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    if old.end <= same:
        return old.start
    rest = len(before) - old.start
    if rest <= shorter - same and before[old.start :] == after[len(after) - rest :]:
        return len(after) - rest
    return None


def _framed(old: Anchor, transcript: Transcript) -> Anchor | None:
    """Rule 3: the passage between the two sides, where there is exactly one."""
    text = transcript.text
    if len(old.before) < CONTEXT:  # the text's edge
        starts = [len(old.before)] if text.startswith(old.before) else []
    else:
        starts = [at + CONTEXT for at in _places(text, old.before)]
    if len(old.after) < CONTEXT:
        ends = [len(text) - len(old.after)] if text.endswith(old.after) else []
    else:
        ends = list(_places(text, old.after))
    if len(starts) != 1 or len(ends) != 1:
        return None
    start, end = starts[0], ends[0]
    if not start < end <= start + 2 * len(old.quote):
        return None
    from difflib import SequenceMatcher

    if SequenceMatcher(None, old.quote, text[start:end], autojunk=False).ratio() < ALIKE:
        return None
    return anchor(transcript, start, end)
