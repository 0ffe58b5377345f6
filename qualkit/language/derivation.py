"""What related words share: investointi and investoida, varautuminen and varautua."""

from __future__ import annotations

from functools import lru_cache

from qualkit.language.dictionary import VOWELS

_SUFFIXES = {
    "fi": (
        "minen", "mattomuus", "mättömyys", "llisuus", "llisyys", "llinen", "suus", "syys", "inti",
        "nti", "uus", "yys", "aja", "äjä", "ija", "ijä", "eja", "ejä", "uja", "us", "ys", "os",
        "ös", "da", "dä", "aa", "ää", "ea", "eä", "ia", "iä", "ua", "yä", "oa", "öä", "la", "lä",
        "ta", "tä", "u", "y", "o", "ö",
    ),
    "sv": (
        "eringar", "ering", "erad", "erare", "era", "ningar", "ning", "ande", "ende", "are", "else",
        "nad", "het", "lig", "bar", "a", "e",
    ),
    "en": (
        "ization", "isation", "ising", "izing", "ation", "ition", "ment", "ance", "ence", "ness",
        "ity", "able", "ible", "ing", "ion", "ise", "ize", "ate", "er", "or", "al", "ed", "e", "y",
    ),
}  # fmt: skip
_SHORTEST = 5


@lru_cache(maxsize=100_000)
def root(lemma: str, language: str) -> str:
    """What is left of a lemma without its derivational ending; empty when under five letters are."""
    for suffix in _SUFFIXES.get(language, ()):
        if lemma.endswith(suffix) and len(lemma) - len(suffix) >= _SHORTEST:
            bare = lemma[: -len(suffix)]
            # varautu|minen and varaut|ua, investo|inti and investoi|da meet without their last vowels.
            while language == "fi" and len(bare) > _SHORTEST and bare[-1] in VOWELS:
                bare = bare[:-1]
            return bare
    return lemma if len(lemma) > _SHORTEST + 2 else ""
