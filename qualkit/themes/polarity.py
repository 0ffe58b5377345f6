"""Whether a passage speaks well or ill of its subject: a word list, negation, and nothing cleverer.

It proposes and finds contrasts; it decides nothing. Every judgement it makes can
be read off the words it found. A negation within :data:`REACH` words before a
judging word turns it round (Das & Chen 2001, *Yahoo! for Amazon*).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from qualkit.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REACH = 3
STATE = "kunnossa"
"""In order; with a word before it, *huonossa kunnossa*, that word judges and this one does not."""
_CLAUSE_ENDS = frozenset(".!?;:\n")
WORTH = {"good": 1.0, "bad": -1.0, "severe": -2.0}


@dataclass(frozen=True, slots=True)
class Polarity:
    """What a text's judging words add up to."""

    value: float
    """From −1 (ill) over 0 (nothing, or both) to 1 (well)."""
    good: tuple[str, ...]
    bad: tuple[str, ...]
    """The words it rests on, as said; a negated one with its ``!`` in front."""
    severe: bool
    """Something failed, stopped or endangers."""

    @property
    def speaks(self) -> bool:
        """Whether the text judges at all."""
        return bool(self.good or self.bad)


@cache
def _lexicon(language: str) -> tuple[Mapping[str, str], frozenset[str]]:
    if language not in LANGUAGES:
        return {}, frozenset()
    path = files("qualkit.themes") / "data" / f"polarity-{language}.toml"
    lists = tomllib.loads(path.read_text(encoding="utf-8"))
    kinds = {word: kind for kind in WORTH for word in lists[kind].split()}
    return kinds, frozenset(lists["negations"].split())


@cache
def judging_kind(word: str, language: str) -> str:
    """``good``, ``bad``, ``severe``, ``not`` or empty."""
    from qualkit.language.lemmas import analyse

    kinds, negations = _lexicon(language)
    if word in negations:
        return "not"
    forms = (word, *analyse(word, language).lemmas[:2])
    return next((kinds[form] for form in forms if form in kinds), "")


@lru_cache(maxsize=60_000)
def polarity(text: str, language: str) -> Polarity:
    """How a text speaks of its subject."""
    good: list[str] = []
    bad: list[str] = []
    total, severe = 0.0, False
    for word, kind, turned in _judging(text, language):
        worth = WORTH[kind] * (-1 if turned else 1)
        worth = min(worth, 1.0)
        total += worth
        severe |= kind == "severe" and not turned
        (good if worth > 0 else bad).append(f"!{word}" if turned else word)
    count = len(good) + len(bad)
    # Shrunk, so that one word alone never speaks as loudly as three that agree.
    value = max(-1.0, min(1.0, total / (count + 1))) if count else 0.0
    return Polarity(value, tuple(good), tuple(bad), severe)


def _judging(text: str, language: str) -> Iterator[tuple[str, str, bool]]:
    """Judging words with their kind and whether a negation stands before them."""
    from qualkit.language.tokens import as_written, forms

    if not any(_heard(form, language)[1] in WORTH for form in set(forms(text))):
        return
    since = REACH + 1
    end = 0
    before = ""
    for found in as_written(text):
        word, kind = _heard(found.group(), language)
        # A negation holds within its clause, not over a full stop.
        between = text[end : found.start()]
        if between != " " and not _CLAUSE_ENDS.isdisjoint(between):
            since, before = REACH + 1, ""
        end = found.end()
        if kind == "not":
            since, before = 0, word
            continue
        since += 1
        described = word == STATE and (
            before.endswith(("ssa", "ssä")) or judging_kind(before, language) in WORTH
        )
        before = word
        if kind and not described:
            yield word, kind, since <= REACH


@lru_cache(maxsize=100_000)
def _heard(form: str, language: str) -> tuple[str, str]:
    """A word as written: how tables key it, and its kind."""
    from qualkit.language.tokens import as_keyed

    word = as_keyed(form)
    return word, "" if word.isdigit() else judging_kind(word, language)
