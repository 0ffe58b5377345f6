"""Compounds cut into their parts: ``höyrylinjan`` → höyry + linja, ``rörbryggan`` → rör + brygga.

A cheapest-path search over the word: every part but the last must be able to
stand first (nominative, genitive, the ``-s`` of ``-nen`` words; Swedish with a
linking ``s`` or a dropped vowel), the last is an inflected noun. A part is
cheap when many words of the dictionary are built with it in that place
(``data/parts-*.txt``), which is how ``ratakaisu`` gets no ``rata``.
"""

from __future__ import annotations

from functools import cache, lru_cache
from math import log2
from typing import NamedTuple

from qualkit.language.dictionary import VOWELS, is_noun, look_up, strong_grades
from qualkit.language.wordlists import pairs, word_list, word_table

_LIKE_ENDINGS = frozenset({"alainen", "allas", "massa", "musta", "pasta", "silta", "kissa"})
"""Heads that unknown words seem to end in because cases do: ``-massa``, ``-silta(an)``."""
_MOST = 40
"""Longest word that is cut."""


class Part(NamedTuple):
    """A part of a compound: ``word[start:end]`` and the lemma it stands for."""

    start: int
    end: int
    lemma: str


@cache
def _productive(language: str) -> dict[str, tuple[int, int]]:
    """Lemma → in how many dictionary words it stands first, in how many last."""
    return {lemma: (int(first), int(last)) for lemma, (first, last) in pairs("parts", language).items()}


def _cost(lemma: str, language: str, *, last: bool) -> float:
    """What a part costs, in bits or so: 2 for the most productive, 9 for a noun that builds nothing."""
    count = _productive(language).get(lemma, (0, 0))[1 if last else 0]
    return 9.0 - min(7.0, log2(1 + count)) + (1.5 if len(lemma) < 4 else 0.0)


def _allowed(lemma: str, language: str) -> bool:
    if lemma in word_list("not_parts", language):
        return False
    return len(lemma) > 3 or lemma in word_list("short_parts", language)


@lru_cache(maxsize=100_000)
def _first(form: str, language: str) -> str:
    """The lemma of a form that can stand first in a compound; empty when it cannot."""
    if form in word_list("prefixes", language) or form in word_list("known", language):
        return word_table("mended", language).get(form, form)
    if language == "fi":
        lemma = _finnish_first(form)
    elif language == "sv":
        lemma = _swedish_first(form)
    else:
        known = len(form) > 3 and is_noun(form, language)
        lemma = form if known or form in word_list("short_parts", language) else ""
    lemma = word_table("mended", language).get(lemma, lemma)
    return lemma if lemma and _allowed(lemma, language) else ""


def _finnish_first(form: str) -> str:
    known = _productive("fi")
    if form in known or (len(form) > 4 and look_up(form, "fi") == form and is_noun(form, "fi")):
        return form
    if form.endswith("n") and len(form) > 3:
        lemma = look_up(form, "fi")
        if lemma in known:
            return lemma
        options = [base for base in (form[:-1], *strong_grades(form[:-1])) if base in known]
        if options:
            return max(options, key=lambda base: known[base][0])
        if len(lemma) > 4 and is_noun(lemma, "fi"):
            return lemma
    if form.endswith("s") and len(form) > 3:
        lemma = form[:-1] + "nen"
        if lemma in known or look_up(lemma, "fi") == lemma:
            return lemma
    return ""


def _swedish_first(form: str) -> str:
    known = _productive("sv")
    if form in known or (len(form) > 4 and look_up(form, "sv") == form and is_noun(form, "sv")):
        return form
    if form.endswith("s") and len(form) > 3:
        bare = form[:-1]
        if bare in known or (len(bare) > 4 and is_noun(bare, "sv")):
            return bare
    for ending in ("a", "e"):
        if form + ending in known:
            return form + ending
        if form[-1:] in {"o", "u"} and form[:-1] + ending in known:
            return form[:-1] + ending
    return ""


@lru_cache(maxsize=100_000)
def _head(form: str, language: str) -> str:
    """The lemma of an inflected noun that can stand last; empty when it cannot."""
    if len(form) < 3 and form not in word_list("short_parts", language):
        return ""
    for lemma in noun_lemmas(form, language):
        if _allowed(lemma, language):
            return lemma
    return ""


@lru_cache(maxsize=50_000)
def noun_lemmas(form: str, language: str) -> tuple[str, ...]:
    """Dictionary forms of the nouns that ``form`` may be a form of, likeliest first.

    The dictionary keeps one lemma a form and prefers the verb in Swedish
    (``rör`` → röra) and odd ones in Finnish (``työ`` → sinä, ``palon`` → paloa):
    the noun is found again through its other forms.
    """
    found: list[str] = []
    lemma = look_up(form, language)
    if (
        form != lemma
        and (form in _productive(language) or (lemma and language == "sv"))
        and is_noun(form, language)
    ):
        found.append(form)
    if lemma and (is_noun(lemma, language) or lemma in _productive(language)):
        found.append(lemma)
    for base in _other_bases(form, language):
        if base not in found and base in _productive(language) and is_noun(base, language):
            found.append(base)
    again = "".join(pairs("homographs", language).get(form, ()))
    if again and again not in found:
        counts = _productive(language)
        rare = not found or counts.get(found[0], (0, 0))[1] < counts[again][1]
        found.insert(0 if rare else len(found), again)
    if form not in found and form == lemma and form in _productive(language):
        found.append(form)
    return tuple(found)


_COMMON = 40
"""A Finnish noun that builds this many compounds is likelier than the verb that shares a form with it."""


def preferred_noun(form: str, language: str, nouns: tuple[str, ...]) -> tuple[str, ...]:
    """The noun that goes before what the dictionary says: Swedish ``rör``, Finnish ``kadun`` → katu."""
    if language == "sv" or form == "työ":
        return (form,) if form in nouns else ()
    if language == "fi" and form not in nouns:
        common = [noun for noun in nouns if sum(_productive("fi").get(noun, (0, 0))) >= _COMMON]
        return tuple(common[:1])
    return ()


_ENDINGS = {
    "fi": (
        "ssa",
        "ssä",
        "sta",
        "stä",
        "lla",
        "llä",
        "lta",
        "ltä",
        "lle",
        "ksi",
        "na",
        "nä",
        "n",
        "t",
        "a",
        "ä",
    ),
    "sv": ("arna", "erna", "orna", "ens", "ets", "en", "et", "ar", "er", "s"),
    "en": ("s",),
}


def _other_bases(form: str, language: str) -> list[str]:
    """Nominatives that only had an ending put to them: ``palon`` → palo."""
    return [
        form[: -len(ending)]
        for ending in _ENDINGS.get(language, ())
        if form.endswith(ending) and len(form) - len(ending) > 2
    ]


@lru_cache(maxsize=50_000)
def parts(word: str, language: str) -> tuple[Part, ...]:
    """The parts of a compound in order, the finest cut that holds; empty for a word that is none.

    ``word`` is normalised and may be inflected.
    """
    if not 6 <= len(word) <= _MOST or not word.isalpha():
        return ()
    lemma = look_up(word, language)
    if not lemma:
        return _cheapest(word, language, strict=False)
    if _is_verb(lemma, word, language) or not lemma.isalpha():
        return ()
    # The dictionary has the word whole: its lemma is cut, and the last part takes the word's own ending.
    cut = _cheapest(lemma, language, strict=True)
    if not cut or not word.startswith(lemma[: cut[-1].start]):
        return ()
    return (*cut[:-1], Part(cut[-1].start, len(word), cut[-1].lemma)) if cut[-1].start < len(word) else ()


@lru_cache(maxsize=20_000)
def parts_behind_name(word: str, language: str) -> tuple[Part, ...]:
    """The parts of a compound whose first is nothing that a dictionary has: ``meriharjun|satama``."""
    if not 8 <= len(word) <= _MOST or not word.isalpha() or language == "en" or look_up(word, language):
        return ()
    counts = _productive(language)
    for start in range(4, len(word) - 4):
        if not VOWELS & set(word[:start]):
            continue
        head = _head(word[start:], language)
        if len(head) > 4 and head not in _LIKE_ENDINGS and counts.get(head, (0, 0))[1] >= 5:
            return (Part(0, start, word[:start]), Part(start, len(word), head))
    return ()


def builds_compounds(lemma: str, form: str, language: str) -> bool:
    """Whether a word is clearly a noun: others end in it, and it does not look like a Swedish infinitive."""
    if language == "sv" and form in {lemma + e for e in ("en", "et", "n", "arna", "erna", "orna")}:
        return True
    if _productive(language).get(lemma, (0, 0))[1] < 2:
        return False
    return (
        language != "sv" or not (form.endswith("a") and form == lemma) or len(noun_lemmas(form, language)) > 1
    )


def sure(cut: tuple[Part, ...], language: str) -> bool:
    """Whether every part is long or builds other words too: what a guessed written form must hold."""
    counts, prefixes = _productive(language), word_list("prefixes", language)

    def holds(lemma: str) -> bool:
        if lemma in prefixes or sum(counts.get(lemma, (0, 0))) >= 5:
            return True
        return len(lemma) > 6 and (lemma in counts or look_up(lemma, language) == lemma)

    return bool(cut) and all(holds(part.lemma) for part in cut)


def _is_verb(lemma: str, word: str, language: str) -> bool:
    if language == "fi":
        return lemma[-1] in "aä" and not is_noun(lemma, "fi")
    if language == "sv":
        return lemma[-1] == "a" and word not in _productive("sv") and not is_noun(lemma, "sv")
    return False


def _rare(lemma: str, language: str, *, last: bool) -> bool:
    """Too rare in this place to cut a word that the dictionary has whole."""
    if language == "en" or (not last and lemma in word_list("prefixes", language)):
        return False
    return _productive(language).get(lemma, (0, 0))[1 if last else 0] < (2 if last else 1)


def _cheapest(word: str, language: str, *, strict: bool) -> tuple[Part, ...]:
    """Cheapest path from the beginning, so that only what can follow is looked up.

    ``strict`` for words that the dictionary has whole.
    """
    size = len(word)
    best: dict[int, tuple[float, tuple[Part, ...]]] = {0: (0.0, ())}
    whole: tuple[float, tuple[Part, ...]] | None = None
    for start in range(size - 1):
        if start not in best:
            continue
        price, cut = best[start]
        head = _head(word[start:], language) if start else ""
        if head and not (strict and (head != word[start:] or _rare(head, language, last=True))):
            total = price + _cost(head, language, last=True)
            if whole is None or total < whole[0]:
                whole = (total, (*cut, Part(start, size, head)))
        for end in range(start + 2, size - 1):
            lemma = _first(word[start:end], language)
            if not lemma or (strict and _rare(lemma, language, last=False)):
                continue
            total = price + _cost(lemma, language, last=False)
            if end not in best or total < best[end][0]:
                best[end] = (total, (*cut, Part(start, end, lemma)))
    return _refine(whole[1], word, language) if whole else ()


def _refine(cut: tuple[Part, ...], word: str, language: str) -> tuple[Part, ...]:
    """Cuts parts that are compounds themselves: sähköverkko + yhtiö → sähkö + verkko + yhtiö."""
    finer: list[Part] = []
    for part in cut:
        inner = parts(word[part.start : part.end], language) if part.end - part.start >= 7 else ()
        # a linking -s that the inner cut does not see: säkerhets|vakt
        if inner:
            finer += [Part(part.start + p.start, part.start + p.end, p.lemma) for p in inner]
        else:
            finer.append(part)
    return tuple(finer)


def runs(cut: tuple[Part, ...], word: str) -> frozenset[str]:
    """Every smaller compound inside one: sähkö|verkko|yhtiö holds ``sähköverkko`` and ``verkkoyhtiö``."""
    joined: set[str] = set()
    for first in range(len(cut)):
        for last in range(first + 1, len(cut)):
            joined.add(word[cut[first].start : cut[last].start] + cut[last].lemma)
    return frozenset(joined)
