"""What sets the passages of a code apart in words: lemmas, compounds and noun phrases, weighed by c-TF-IDF.

Each code is one document (Grootendorst 2022, arXiv:2203.05794). A phrase counts
once a passage, so that one talkative person does not make a theme.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qualkit.themes.passages import Passage

PHRASES = 6
PARSED = 1_500
"""At most so many passages are read by a parser for noun phrases; the codes share them evenly."""
MANY = 5_000
"""Over so many passages the parsers are dropped after use: a report of many interviews needs the memory."""
TOGETHER = 1.4
"""A phrase of several words says more than a word of the same weight."""


def key_phrases(
    by_code: Mapping[str, Sequence[Passage]], count: int = PHRASES
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Code → language → its key phrases in dictionary form, the most telling first.

    A phrase is named only when at least two passages hold it.
    """
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    words: dict[tuple[str, str], frozenset[str]] = {}
    for code, passages in by_code.items():
        for passage in passages:
            key = (passage.quote, passage.language)
            if key not in words:
                words[key] = content_words(*key)
            counts[passage.language][code].update(words[key])
    for language, code, phrases in _noun_phrases(by_code):
        counts[language][code].update(phrases)
    if sum(map(len, by_code.values())) > MANY:
        _let_go()
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for language, codes in counts.items():
        holders: Counter[str] = Counter()
        for counter in codes.values():
            holders.update(counter.keys())
        for code, counter in codes.items():
            if best := _best(counter, holders, len(codes), count):
                found[code][language] = best
    return found


def content_words(text: str, language: str, *, parts: bool = False) -> frozenset[str]:
    """The lemmas of a text that say what it is about, each once; with the parts of compounds if asked."""
    from qualkit.language.tokens import forms

    return frozenset().union(*(_topics_of(form, language, parts) for form in set(forms(text))))


@lru_cache(maxsize=100_000)
def _topics_of(form: str, language: str, parts: bool) -> frozenset[str]:
    """What a word as written says a text is about: its lemma, and the lemmas of its parts if asked."""
    from qualkit.language.lemmas import analyse
    from qualkit.language.tokens import as_keyed
    from qualkit.language.topics import is_unknown_name, names_topic
    from qualkit.language.wordlists import is_content
    from qualkit.themes.polarity import judging_kind

    word = as_keyed(form)
    if not is_content(word, language) or is_unknown_name(form, language):
        return frozenset()
    one = analyse(word, language)
    lemmas = {one.lemma, *(part.lemma for part in one.parts if parts)}
    # Judging words (old, bad) set no topic apart.
    return frozenset(
        lemma
        for lemma in lemmas
        if len(lemma) > 3 and names_topic(lemma, language) and not judging_kind(lemma, language)
    )


def _noun_phrases(by_code: Mapping[str, Sequence[Passage]]) -> Iterable[tuple[str, str, frozenset[str]]]:
    from qualkit.errors import MissingModel
    from qualkit.language.pipelines import has_parser, noun_phrases

    share = max(1, PARSED // max(1, len(by_code)))
    wanted: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for code, passages in by_code.items():
        step = max(1, len(passages) // share)
        for passage in passages[::step][:share]:
            wanted[passage.language][passage.quote].append(code)
    for language, texts in sorted(wanted.items()):
        if language not in {"fi", "sv", "en"}:
            continue
        try:
            if not has_parser(language):
                continue
            found = noun_phrases(texts, language)
        except MissingModel:
            continue
        for codes, phrases in zip(texts.values(), found, strict=True):
            several = frozenset(p.base for p in phrases if " " in p.base and len(p.base) < 50)
            yield from ((language, code, several) for code in codes)


def _let_go() -> None:
    """Drop the parsers, and hand their memory back."""
    from qualkit.files.memory import hand_back
    from qualkit.language.pipelines import pipeline

    pipeline.cache_clear()
    hand_back()


def _best(counter: Counter[str], holders: Counter[str], codes: int, count: int) -> tuple[str, ...]:
    size = max(1, counter.total())
    weights = {
        phrase: n / size * log((1 + codes) / holders[phrase]) * (TOGETHER if " " in phrase else 1.0)
        for phrase, n in counter.items()
        if n >= 2
    }
    chosen: list[str] = []
    for phrase in sorted(weights, key=lambda p: (-weights[p], p)):
        if len(chosen) == count:
            break
        if not any(set(phrase.split()) & set(other.split()) for other in chosen):
            chosen.append(phrase)
    return tuple(chosen)
