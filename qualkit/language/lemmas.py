"""Lemmas, and every key under which a word should be found.

A word is asked of, in turn: simplemma's dictionary, without its clitics, the
compound cutter, its spoken forms, an installed Voikko, and the names' endings.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from qualkit.language import colloquial, names, voikko
from qualkit.language.compounds import Part, noun_lemmas, parts, parts_behind_name, preferred_noun, runs, sure
from qualkit.language.dictionary import AnswersByLanguage, ask, look_up, look_up_name
from qualkit.language.tokens import normal, words
from qualkit.language.wordlists import word_table

if TYPE_CHECKING:
    from collections.abc import Iterable


class Analysis(NamedTuple):
    """What is known of one word."""

    word: str
    """Normalised: lower case, NFC."""
    lemmas: tuple[str, ...]
    """Likeliest first, never empty."""
    parts: tuple[Part, ...] = ()
    """Places count in ``form``."""
    form: str = ""
    """The written form that was analysed: ``höyrylinjoissa`` for ``höyrylinjois``."""
    how: str = "unknown"
    """``dictionary``, ``compound``, ``colloquial``, ``name`` or ``unknown``."""

    @property
    def lemma(self) -> str:
        """The likeliest."""
        return self.lemmas[0]


def analyse(word: str, language: str) -> Analysis:
    """What the dictionaries know of one word as written. Never fails; an unknown word is its own lemma."""
    return ANALYSED[language][word]


def _analyse(word: str, language: str) -> Analysis:
    plain = normal(word)
    if plain.isdigit():  # no dictionary is about numbers
        return Analysis(plain, (plain,), (), plain)
    fixed = word_table("spoken", language).get(plain)
    if fixed:
        own = look_up(plain, language)
        return Analysis(plain, _unique((look_up(fixed, language) or fixed, own)), (), fixed, "colloquial")
    if "-" in plain or ":" in plain:
        return _joined(plain, language)
    head, apostrophe, tail = plain.partition("'")
    if apostrophe and head and len(tail) < 4:
        return analyse(head, language)._replace(word=plain, form=head)
    return (
        _without_clitic(plain, language)
        or written(plain, language)
        or _spoken(plain, language)
        or _open(plain, language)
    )


ANALYSED = AnswersByLanguage(_analyse, 150_000)
"""What :func:`analyse` said; :mod:`.remembered` keeps it between processes."""


def _without_clitic(word: str, language: str) -> Analysis | None:
    """``putkistokin`` as putkisto: before compounds, which would find a ``stokki`` in it."""
    if look_up(word, language):
        return None
    for stem in colloquial.without_clitics(word, language):
        if look_up(stem, language):
            found = written(stem, language)
            return found._replace(word=word) if found else None
    return None


def _spoken(word: str, language: str) -> Analysis | None:
    """A compound with a clitic, or a spoken form of a written word."""
    for stem in colloquial.without_clitics(word, language):
        found = written(stem, language)
        if found is not None:
            return found._replace(word=word)
    for form in colloquial.written_forms(word, language):
        found = written(form, language)
        guessed = found is not None and found.how == "compound"
        if guessed and (language == "sv" and form[: len(word)] == word):
            continue  # fjärrkyla(re): a Swedish compound that only lacks an end is more likely another one
        if guessed and form.endswith(("maan", "mään")) and not word.endswith(("maan", "mään")):
            continue  # suupieleen is no suupieli|maa
        if found is not None and (not guessed or sure(found.parts, language)):
            return found._replace(word=word, how="colloquial")
    for form in colloquial.twice_spoken(word, language):
        if look_up(form, language):  # compounds are not tried: so much could be anything
            found = written(form, language)
            return found._replace(word=word, how="colloquial") if found else None
    return None


def _open(word: str, language: str) -> Analysis:
    """A word that nothing built in knows."""
    if language == "fi" and voikko.available():
        read = voikko.analyse(word)
        if read is not None:
            return Analysis(word, read, (), word, "dictionary")
    cut = parts_behind_name(word, language)
    bases = names.base_forms(word, language)
    if cut:
        lemma = word[: cut[-1].start] + cut[-1].lemma
        return Analysis(word, _unique((lemma, *bases)), cut, word, "name")
    return Analysis(word, bases, (), word, "name" if len(bases) > 1 else "unknown")


def written(word: str, language: str) -> Analysis | None:
    """The analysis of a word of the written language; None when it is not one."""
    lemma = look_up(word, language)
    if lemma:
        nouns = noun_lemmas(word, language)
        first = preferred_noun(word, language, nouns)
        return Analysis(word, _unique((*first, lemma, *nouns)), parts(word, language), word, "dictionary")
    name = look_up_name(word, language)
    if name:
        return Analysis(word, _unique((name, word)), (), word, "name")
    if language == "fi" and word.endswith("sti") and len(word) > 6:
        adjective = look_up(word[:-3], "fi") or look_up(word[:-3] + "n", "fi")
        if adjective:  # keskitetysti: adverbs are made of any adjective
            return Analysis(word, _unique((word, adjective)), (), word, "dictionary")
    cut = parts(word, language)
    if cut:
        return Analysis(word, (word[: cut[-1].start] + cut[-1].lemma,), cut, word, "compound")
    return None


def _joined(word: str, language: str) -> Analysis:
    """``pipe-bridge``, ``CO2-päästöt``, ``ABB:n``: each side on its own, places in the whole."""
    if ":" in word:
        bases = names.base_forms(word, language)
        return Analysis(word, _unique((bases[-1], *bases)), (), word, "name")
    cut: list[Part] = []
    at = 0
    for piece in word.split("-"):
        inner = analyse(piece, language) if piece else None
        if inner is not None:
            if inner.parts and inner.form == piece:
                cut += [Part(at + p.start, at + p.end, p.lemma) for p in inner.parts]
            else:
                cut.append(Part(at, at + len(piece), inner.lemma))
        at += len(piece) + 1
    if not cut:
        return Analysis(word, (word,), (), word)
    lemma = word[: cut[-1].start] + cut[-1].lemma
    return Analysis(word, _unique((lemma, lemma.replace("-", ""))), tuple(cut), word, "compound")


def _unique(found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(form for form in found if form))


def lemma(word: str, language: str) -> str:
    """The likeliest dictionary form of a word, lower-cased."""
    return analyse(word, language).lemma


def lemmas(text: str, language: str) -> list[str]:
    """The likeliest lemma of every word of ``text``, in order."""
    return [analyse(word, language).lemma for word in words(text)]


@lru_cache(maxsize=300_000)
def lemma_keys(word: str, language: str) -> frozenset[str]:
    """Every key under which a word is found by search and by term matching.

    The word itself in lower case, its lemmas, the lemmas of its parts, and the
    smaller compounds inside it: ``höyryputkistossa`` is found by höyry, putkisto,
    putki and höyryputkisto.
    """
    known = analyse(word, language)
    keys = {known.word, *known.lemmas}
    if known.parts:
        keys.update(part.lemma for part in known.parts)
        keys |= runs(known.parts, known.form)
    keys.update(collectives(keys, language))
    return frozenset(keys)


def collectives(keys: Iterable[str], language: str) -> set[str]:
    """What collective nouns are made of: putkisto → putki, laitteisto → laite, laivasto → laiva."""
    if language != "fi":
        return set()
    found = set()
    for key in keys:
        for ending, instead in (("eisto", "e"), ("isto", "i"), ("istö", "i"), ("sto", ""), ("stö", "")):
            base = key[: -len(ending)] + instead
            if key.endswith(ending) and len(base) > 3 and ask(base, "fi") == base:
                found.add(base)
                break
    return found
