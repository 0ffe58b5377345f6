"""Spoken forms and the written ones they may stand for.

Finnish speech is written as it sounds by people and by Whisper: ``tehhä``,
``putkes``, ``höyrylinjois``, ``semmonen``; eastern speech doubles consonants
(``mänöö``, ``rahhaa``) and puts echo vowels (``kolome``). The rules propose
candidates; :mod:`qualkit.language.lemmas` keeps the first that the dictionary or
the compound cutter knows, so a rule may be generous. Sources of the rules: the
chapters on spoken language of *Iso suomen kielioppi* (VISK).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.language.wordlists import word_table

if TYPE_CHECKING:
    from collections.abc import Iterator

_VOWEL = "aeiouyäö"
_LONG = {"aa", "ee", "ii", "oo", "uu", "yy", "ää", "öö"}
_CLITICS = ("kaan", "kään", "kin", "ko", "kö", "han", "hän", "pa", "pä", "ki", "kaa", "kää", "ks", "s")
_POSSESSIVES = ("nsa", "nsä", "mme", "nne", "ni", "si", "an", "än", "nsaa")


def without_clitics(word: str, language: str) -> Iterator[str]:
    """The word without its Finnish clitics and possessives: ``putkistokin``, ``putkissamme``."""
    if language != "fi":
        return
    for ending in (*_CLITICS, *_POSSESSIVES):
        stem = word[: -len(ending)]
        if len(stem) < 4 or not word.endswith(ending):
            continue
        if ending not in {"s", "an", "än"}:
            yield stem
        if ending in _POSSESSIVES:
            # The ending replaces the n and t of the case: putken + nsa → putkensa; putkeen + nsa → putkeensa.
            yield stem + "n"
            yield stem + "t"


def written_forms(word: str, language: str) -> Iterator[str]:
    """Written words that a spoken one may stand for by one change, likeliest first; they need not exist."""
    fixed = word_table("spoken", language).get(word)
    if fixed:
        yield fixed
    if language == "fi":
        yield from _finnish(word)
    elif language == "sv":
        yield from _swedish(word)
    elif language == "en" and word.endswith("in") and len(word) > 4:
        yield word + "g"


def twice_spoken(word: str, language: str) -> Iterator[str]:
    """Written words that are two changes away: ``kirjotettu`` in ``kirjotettuki``, ``sähkösis``."""
    if language != "fi" or len(word) < 5:
        return
    once = dict.fromkeys(_finnish_once(word))
    yield from dict.fromkeys(again for form in once for again in _finnish_once(form) if again not in once)


def _finnish(word: str) -> Iterator[str]:
    if len(word) < 4:
        return
    yield from dict.fromkeys(_finnish_once(word))
    if len(word) > 6 and word.endswith(("aan", "ään", "een")):
        yield word[:-2]  # putkistossaan: his, hers, theirs


def _harmony(word: str) -> str:
    """The vowel that an ending takes: a, or ä in a word of front vowels."""
    for letter in reversed(word):
        if letter in "aou":
            return "a"
        if letter in "äöy":
            return "ä"
    return "ä"


def _finnish_once(word: str) -> Iterator[str]:
    a = _harmony(word)
    # Dropped ends: putkes(sa), putkest(a), sillal(la), valmiiks(i), rakentanu(t), sisään(n).
    if word.endswith("st"):
        yield word + a
    elif word.endswith("s"):
        yield word + "s" + a
        yield word + "i"
    elif word.endswith("lt"):
        yield word + a
    elif word.endswith("l"):
        yield word + "l" + a
    elif word.endswith(("nu", "ny", "lu", "ly", "ssu", "rru", "tu", "ty")):
        yield word + "t"
    if word.endswith("ks"):
        yield word + "i"
    if word.endswith(("aan", "ään", "een")):
        yield word[:-2] + "m" + a + a + "n"  # laittaan, tekeen: laittamaan, tekemään
    if word[-1] in _VOWEL:
        yield word + "n"
        yield word + "t"
    yield from _vowel_changes(word, a)
    yield from _consonant_changes(word)


def _vowel_changes(word: str, a: str) -> Iterator[str]:
    # korkee → korkea, vaikee → vaikea; taloo → taloa; katuu → katua; puttii → putkia
    if word[-2:] in _LONG and word[-1] != a:
        yield word[:-1] + a
    long = re.search(r"([eoöuyi])\1(?=[nstl])", word)
    if long:
        yield word[: long.start() + 1] + a + word[long.end() :]
    # punanen → punainen, sähkönen → sähköinen, investoinnit; semmosta, kirjottaa → kirjoittaa
    for found in re.finditer(r"(?<=[aouäöy])(?=(?:nen|se|si|st|t|mm|ss|s[aä]))", word):
        yield word[: found.start()] + "i" + word[found.start() :]
    # Savo diphthongs: piä → pää, muata → maata, korkie → korkea
    for spoken, written in (("ua", "aa"), ("iä", "ää"), ("uo", "oo"), ("ie", "ee")):
        if spoken in word:
            yield word.replace(spoken, written, 1)
    if word.endswith(("ie", "iin")):
        yield word[:-2] + "e" + a


def _consonant_changes(word: str) -> Iterator[str]:
    # tehhä → tehdä, yhessä → yhdessä, lahen → lahden, saahaan → saadaan, veessä → vedessä
    if "hh" in word:
        yield word.replace("hh", "hd", 1)
        yield word.replace("hh", "h", 1)
    for found in re.finditer(rf"h(?=[{_VOWEL}])", word):
        yield word[: found.end()] + "d" + word[found.end() :]
        if found.start() > 0 and word[found.start() - 1] in _VOWEL:
            yield word[: found.start()] + "d" + word[found.end() :]
    for found in re.finditer(rf"(?<=[{_VOWEL}])(?=[{_VOWEL}])", word):
        yield word[: found.start()] + "d" + word[found.start() :]
    # mettä → metsä, kattoa → katsoa
    if "tt" in word:
        yield word.replace("tt", "ts", 1)
    # Savo: rahhaa → rahaa, mänöö, tekköö; echo vowels: kolome → kolme, jalaka → jalka
    for found in re.finditer(rf"([bdfghjklmnprstv])\1(?=([{_VOWEL}])[{_VOWEL}])", word):
        yield word[: found.start()] + word[found.start() + 1 :]
    echo = re.search(rf"([{_VOWEL}])([lhnr])\1(?=[kpmvjhfg])", word)
    if echo:
        yield word[: echo.end() - 1] + word[echo.end() :]
    # ruotsin d ja lainat: tieto r → tiero
    if re.search(rf"(?<=[{_VOWEL}])[rl](?=[{_VOWEL}])", word) and len(word) > 5:
        yield re.sub(rf"(?<=[{_VOWEL}])[rl](?=[{_VOWEL}])", "d", word, count=1)
    # pohjalainen hen: putkehen → putkeen
    illative = re.search(rf"([{_VOWEL}])h\1n$", word)
    if illative:
        yield word[: illative.start() + 1] + illative.group(1) + "n"


def _swedish(word: str) -> Iterator[str]:
    # Finland-Swedish drops ends: mycke(t), byggna(d), rö(r), huse(t), jobba(r), jobba(de)
    if len(word) > 3:
        for ending in ("t", "r", "d", "de", "n"):
            yield word + ending
        if word.endswith("it"):
            yield word[:-1] + "gt"
        if word.endswith(("rn", "ln")):
            yield word[:-1] + "en"
