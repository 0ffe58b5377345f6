"""Finding a code by a few letters: over ids, names, terms and definitions of all languages at once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qualkit.model import Code, Codebook

_NAME, _TERM, _EXAMPLE = 1.0, 0.93, 0.8
"""What a match in a name, in a term, in a definition is worth against the others."""
_SURE, _FUZZY_FROM = 75.0, 4
"""A word that stands nowhere as typed must be this much alike, and this long, to count as a slip."""
_RECENT, _SUGGESTED = 6.0, 4.0
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that may be typed to find a code of one codebook."""

    codes: tuple[str, ...]
    """For each text the code it finds."""
    texts: tuple[str, ...]
    """Lower case, composed."""
    weights: tuple[float, ...]
    words: Mapping[str, tuple[int, ...]]
    """Every word that could be meant by a slip, with the texts it stands in."""


def fold(text: str) -> str:
    """Lower case and composed, accents kept: ``Ånga`` and ``anga`` are different words."""
    return unicodedata.normalize("NFC", text).casefold()


_kept: tuple[Codebook, Known] | None = None


def entries(codebook: Codebook) -> Known:
    """Everything that finds a code; kept for the codebook asked for last, so that a picker opens at once."""
    global _kept  # noqa: PLW0603  one codebook is open at a time
    if _kept is None or _kept[0] is not codebook:
        _kept = (codebook, _entries(codebook))
    return _kept[1]


def _entries(codebook: Codebook) -> Known:
    found: list[tuple[str, str, float]] = []
    for code in codebook.codable:
        texts = [(code.id.replace("-", " "), _NAME), (code.id, _NAME)]
        texts += [(name, _NAME) for name in code.name.values()]
        texts += [(term, _TERM) for terms in code.terms.values() for term in terms]
        texts += [(text, _EXAMPLE) for text in code.definition.values()]
        found += [(code.id, fold(text), weight) for text, weight in texts if text]
    words: dict[str, dict[int, None]] = {}
    for index, (_code, text, _weight) in enumerate(found):
        for word in _WORD.findall(text):
            if len(word) >= _FUZZY_FROM:
                words.setdefault(word, {})[index] = None
    return Known(
        tuple(code for code, _, _ in found),
        tuple(text for _, text, _ in found),
        tuple(weight for _, _, weight in found),
        {word: tuple(places) for word, places in words.items()},
    )


def ranked(
    query: str,
    codebook: Codebook,
    known: Known,
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


def _scores(word: str, known: Known) -> Mapping[str, float]:
    """Code → how well its best text matches one word, 0–110; codes that do not match are absent."""
    best: dict[str, float] = {}
    for index, text in enumerate(known.texts):
        if word in text:
            bonus = 10.0 if text.startswith(word) else 6.0 if f" {word}" in text else 0.0
            _keep(best, known.codes[index], 100.0 * known.weights[index] + bonus)
    if len(word) < _FUZZY_FROM:
        return best
    # A slip is looked for in single words: they are few beside the texts, and short.
    slips = process.extract(
        word, list(known.words), scorer=fuzz.partial_ratio, score_cutoff=_SURE, limit=None
    )
    for near, score, _place in slips:
        for index in known.words[near]:
            _keep(best, known.codes[index], score * known.weights[index])
    return best


def _keep(best: dict[str, float], code: str, score: float) -> None:
    if score > best.get(code, 0.0):
        best[code] = score
