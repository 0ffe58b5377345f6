"""What else speaks for a new subject: phrases that announce one, and long pauses."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.model import Turn
    from qualkit.segment.clauses import Span

_NEW = {
    "fi": re.compile(
        r"^(?:ja |no |mut(?:ta)? |niin |ni |eli )*"
        r"(?:sit(?:ten|te)? (?:on|meil|siel|taas|toi|tuo|tää|tämä|se|ne|yks|jos)|"
        r"toinen (?:asia|juttu|on|mikä)|kolmas |ens(?:in|iks|immäi)|toisaalta|lisäksi|muuten|"
        r"mitä (?:tulee|siihen|tohon)|sen sijaan|toi(?:sekseen|sena)|yks (?:asia|juttu|mikä)|"
        r"ja (?:sitten|sitte|sit) |"
        r"no (?:sitten|sit)|entä|se (?:mikä|toinen))"
    ),
    "sv": re.compile(
        r"^(?:och |å |nå |men |så )*"
        r"(?:sen (?:så|har|e|är|finns|de|det|va)|sedan |en annan (?:sak|grej)|för det andra|"
        r"å andra sidan|på (?:den )?andra sidan|dessutom|vad gäller|va gäller|när det gäller|förresten|"
        r"det (?:andra|tredje)|ett annat|nå sen|däremot)"
    ),
    "en": re.compile(
        r"^(?:and |so |but |well |now |okay )*(?:then (?:there|we|you|the|of)|another (?:thing|one|issue)|"
        r"the (?:other|second|third|next) |second(?:ly)?|also|on the other hand|as for|when it comes to|"
        r"by the way|in addition|besides|apart from|first of all|anyway|moving on|however)"
    ),
}
_BACK = {
    "fi": re.compile(
        r"^(?:se|ne|siinä|siitä|siihen|sitä|niitä|niistä|koska|eli|siis|että|et|just|joka|jonka|siks)\b"
    ),
    "sv": re.compile(r"^(?:det|de|den|dom|där|därför|för att|alltså|eftersom|som|så att)\b"),
    "en": re.compile(r"^(?:it|they|that|this|these|those|because|which|so that|i mean|meaning)\b"),
}
"""Beginnings that lean on what was said just before."""

ANNOUNCED = 1.0
LEANS = -0.25
PAUSED = 0.5
"""What each is worth, in the measure of a cosine between two clauses; chosen on benchmarks/coding/units."""
LONG_PAUSE_MS = 1200


def boundary_hints(turn: Turn, spans: Sequence[Span], language: str) -> list[float]:
    """For each clause, what speaks for (positive) or against a unit that begins with it."""
    silences = {after.start: after.start_ms - before.end_ms for before, after in pairwise(turn.words)}
    hints = []
    for start, end in spans:
        said = turn.text[start:end].lower()
        worth = 0.0
        if language in _NEW:
            if _NEW[language].search(said):
                worth += ANNOUNCED
            elif _BACK[language].search(said):
                worth += LEANS
        if silences.get(start, 0) >= LONG_PAUSE_MS:
            worth += PAUSED
        hints.append(worth)
    return hints
