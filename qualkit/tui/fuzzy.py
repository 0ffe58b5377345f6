"""Finding a code by a few letters: over ids, names, terms and definitions of all languages at once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qualkit.model import Code, Codebook

_NAME, _TERM, _EXAMPLE = 1.0, 0.93, 0.8
"""What a match in a name, in a term, in a definition is worth against the others."""
_FLOOR = 58.0
_SURE, _FUZZY_FROM = 75.0, 4
"""A word that stands nowhere as typed must be this much alike, and this long, to count as a slip."""
_RECENT, _SUGGESTED = 6.0, 4.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that may be typed to find a code."""

    code: str
    text: str
    """Lower case, composed."""
    weight: float


def fold(text: str) -> str:
    """Lower case and composed, accents kept: ``Ånga`` and ``anga`` are different words."""
    return unicodedata.normalize("NFC", text).casefold()


def entries(codebook: Codebook) -> tuple[Entry, ...]:
    """Everything that finds a code, made once a picker or kept with the codebook."""
    found = []
    for code in codebook.codable:
        texts = [(code.id.replace("-", " "), _NAME), (code.id, _NAME)]
        texts += [(name, _NAME) for name in code.name.values()]
        texts += [(term, _TERM) for terms in code.terms.values() for term in terms]
        texts += [(text, _EXAMPLE) for text in code.definition.values()]
        found += [Entry(code.id, fold(text), weight) for text, weight in texts if text]
    return tuple(found)


def ranked(
    query: str,
    codebook: Codebook,
    known: Sequence[Entry],
    *,
    recent: Sequence[str] = (),
    suggested: Sequence[str] = (),
) -> tuple[Code, ...]:
    """Codes that match, best first; for an empty query all: suggested, recent, then by the book."""
    favour = {code: _RECENT - i / 10 for i, code in enumerate(recent)}
    for i, code in enumerate(suggested):
        favour[code] = favour.get(code, 0.0) + _SUGGESTED - i / 10
    words = fold(query).split()
    if not words:
        return tuple(sorted(codebook.codable, key=lambda c: -favour.get(c.id, 0.0)))
    totals: dict[str, float] = {code.id: 0.0 for code in codebook.codable}
    for word in words:
        best = _scores(word, known)
        totals = {code: total + best[code] for code, total in totals.items() if code in best}
    order = sorted(totals, key=lambda code: -(totals[code] / len(words) + favour.get(code, 0.0)))
    return tuple(codebook.by_id[code] for code in order)


def _scores(word: str, known: Sequence[Entry]) -> Mapping[str, float]:
    """Code → how well its best text matches one word, 0–110; codes that do not match are absent."""
    best: dict[str, float] = {}
    texts = [entry.text for entry in known]
    for _text, score, index in process.extract(
        word, texts, scorer=fuzz.partial_ratio, score_cutoff=_FLOOR, limit=None
    ):
        entry = known[index]
        inside = word in entry.text
        if not inside and (len(word) < _FUZZY_FROM or score < _SURE or len(entry.text) < _FUZZY_FROM):
            continue
        bonus = 10.0 if entry.text.startswith(word) else 6.0 if f" {word}" in entry.text else 0.0
        total = score * entry.weight + bonus
        if total > best.get(entry.code, 0.0):
            best[entry.code] = total
    return best
