"""The codebook's terms compiled for look-up, and what one word of speech says about them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from math import sqrt
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from qualkit.language.compounds import runs
from qualkit.language.derivation import root
from qualkit.language.dictionary import ask
from qualkit.language.lemmas import Analysis, analyse, collectives
from qualkit.language.misheard import heard_for, run_together
from qualkit.language.names import base_forms
from qualkit.language.tokens import as_keyed, words
from qualkit.language.wordlists import is_content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.model import Codebook

T = TypeVar("T")
FOREIGN = 0.75
"""A word of another language than the unit's counts this much."""
EXPLAINED = 0.5
"""What is left of a word inside a compound that is a term of another code as a whole."""
_OPEN = frozenset({"unknown", "name"})
"""How a word was read when no dictionary of the language has it."""
MOST_WORDS = 200_000
"""Words of speech that are remembered at a time."""
_NONE: frozenset[Any] = frozenset()
_PLAIN = str.maketrans("äöåéü", "aoaeu")
SHORTEST_LEFT = 2
"""Fewest letters of a word that may make a term together with the next."""
_MISHEARD = 7
"""Fewest letters of a term that may be found with one letter wrong."""


class Term(NamedTuple):
    """One term of one code in one language."""

    code: str
    text: str
    language: str
    excludes: bool = False
    weight: float = 1.0
    """1 over the square root of how many codes share it."""


class Single(NamedTuple):
    """What one word says for one term."""

    term: Term
    kind: str
    weight: float
    strength: tuple[int, int]
    """How directly, and how many letters: a word that excludes must be at least as direct."""
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """A term of several words. Word *i* has slot ``first_slot + i``."""

    term: Term
    words: tuple[str, ...]
    first_slot: int
    any_order: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that a word says for a codebook."""

    singles: tuple[Single, ...] = ()
    slots: frozenset[int] = frozenset()
    loose: frozenset[int] = frozenset()
    """Slots that only the last part of the word fills: they hold for the next word, not over a gap."""
    wanted: frozenset[int] = frozenset()
    """Slots of which one must be filled too: the next where this word begins a phrase, the one before where
    it ends a phrase whose words may stand in any order."""
    begins: tuple[str, ...] = ()
    """The two letters with which the word begins, or its lemma."""
    goes_on: frozenset[str] = frozenset()
    """The two letters that follow the word, or its lemma, in terms written together."""
    open: bool = False
    """Whether no dictionary of the language has it."""

    def may_join(self, right: Known) -> bool:
        """Whether this word and the next may make a term together: a cheap look that misses none."""
        if self.open or right.open:
            return True
        return bool(self.goes_on) and any(two in self.goes_on for two in right.begins)


@dataclass
class _Tables:
    """Look-up tables of one language."""

    lemmas: dict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))
    forms: dict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))
    bare: dict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))
    """Terms that the dictionary takes for a form of another word: ``tank`` of the verb *tanka*."""
    roots: dict[str, list[Term]] = field(default_factory=lambda: defaultdict(list))
    halves: dict[tuple[int, str, bool], list[str]] = field(default_factory=lambda: defaultdict(list))
    """(Letters of a key, its first half, True) and (letters, its last half, False) → the keys."""
    plain: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """A key without its dots and rings → the keys."""
    ordered: list[str] = field(default_factory=list)
    """The keys, for those that begin with a word."""
    lemma_slots: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    form_slots: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


class TermTable:
    """Compiled terms with a cache by word: not frozen, but the same question always gets the same answer."""

    def __init__(self, codebook: Codebook) -> None:
        self._tables: dict[str, _Tables] = defaultdict(_Tables)
        self._phrases: list[Phrase] = []
        self._slots: list[int] = []
        self._cache: dict[tuple[str, str], Known] = {}
        listed = list(_listed(codebook))
        holders: dict[tuple[str, str], set[str]] = defaultdict(set)
        for one in listed:
            if not one.excludes:
                holders[one.language, one.key].add(one.code)
        for one in listed:
            count = 1 if one.excludes else len(holders[one.language, one.key])
            self._add(Term(one.code, one.text, one.language, one.excludes, 1.0 / sqrt(count)), one.words)
        for tables in self._tables.values():
            tables.ordered = sorted(tables.lemmas)
            for key in tables.ordered:
                if (size := len(key)) >= _MISHEARD:
                    # Most keys are plain, and translating costs more than seeing that.
                    tables.plain[key if key.isascii() else key.translate(_PLAIN)].add(key)
                    half = (size - 1) // 2
                    tables.halves[size, key[:half], True].append(key)
                    tables.halves[size, key[-half:], False].append(key)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that any term is written in."""
        return tuple(self._tables)

    def _add(self, term: Term, found: list[str]) -> None:
        tables = self._tables[term.language]
        if not found:
            return
        if len(found) > 1:
            self._add_phrase(term, found, tables)
            if len(found) == 2 and all(len(word) > 2 for word in found):
                tables.lemmas["".join(found)].append(term)
            return
        word = found[0]
        read = analyse(word, term.language)
        if is_inflected(read):
            for form in {word, read.form}:
                tables.forms[form].append(term)
            tables.bare[word].append(term)
            return
        if read.how == "colloquial" and term.text[:1].isupper():
            read = Analysis(word, (word,), (), word)
        for key in {read.lemma, word}:
            tables.lemmas[key].append(term)
        if "-" in word:
            tables.lemmas[word.replace("-", "")].append(term)
        if not term.excludes and len(read.lemma) > 5:
            stem = root(read.lemma, term.language)
            # What is left of verkkoaita must say more than verkko does.
            if stem and (not read.parts or len(stem) > len(read.parts[0].lemma)):
                tables.roots[stem].append(term)

    def _add_phrase(self, term: Term, found: list[str], tables: _Tables) -> None:
        first = len(self._slots)
        flexible = not term.excludes and len(found) == 2
        for word in found:
            slot = len(self._slots)
            self._slots.append(len(self._phrases))
            read = analyse(word, term.language)
            if is_inflected(read):
                for form in {word, read.form}:
                    tables.form_slots[form].append(slot)
                flexible = False
            else:
                tables.lemma_slots[read.lemma].append(slot)
                tables.form_slots[word].append(slot)
            flexible = flexible and is_content(word, term.language)
        self._phrases.append(Phrase(term, tuple(found), first, flexible))

    def phrase(self, slot: int) -> Phrase:
        """The phrase that a slot belongs to."""
        return self._phrases[self._slots[slot]]

    def word(self, word: str, language: str) -> Known:
        """What a normalised word of a unit in ``language`` says; without a language all count in full."""
        key = (word, language)
        known = self._cache.get(key)
        if known is None:
            if len(self._cache) > MOST_WORDS:
                self._cache.clear()
            known = self._cache[key] = self._know(word, language)
        return known

    def _know(self, word: str, language: str) -> Known:
        best: dict[Term, Single] = {}
        slots: set[int] = set()
        loose: set[int] = set()
        for other, tables in self._tables.items():
            # Phrases are safe in any language: all of their words have to be there.
            if other == language or not language:
                read = analyse(word, other)
                slots.update(self._slots_of(tables, read))
                if read.parts:
                    loose.update(tables.lemma_slots.get(read.parts[-1].lemma, ()))
            else:
                slots.update(tables.form_slots.get(word, ()))
                slots.update(tables.lemma_slots.get(ask(word, other) or word, ()))
        for other, factor in self._languages_for(word, language):
            if other not in self._tables:
                continue
            read = analyse(word, other)
            for single in self._singles(self._tables[other], read, other, factor, foreign=factor < 1):
                old = best.get(single.term)
                if old is None or (single.weight, single.strength) > (old.weight, old.strength):
                    best[single.term] = single
        singles = tuple(_explained(list(best.values())))
        wanted = {beside for slot in slots if (beside := self._wanted(slot)) >= 0}
        own = {other: analyse(word, other) for other in ((language,) if language else self._tables)}
        bases = [(base, other) for other, read in own.items() for base in {word, read.lemma}]
        joins = bases if len(word) >= SHORTEST_LEFT else []
        return Known(
            singles,
            _frozen(slots),
            _frozen(loose - slots),
            _frozen(wanted),
            tuple({intern(base[:2]) for base, _ in bases}),
            _frozen({two for base, other in joins for two in self._after(base, other)}),
            any(read.how in _OPEN for read in own.values()),
        )

    def _after(self, begin: str, language: str) -> set[str]:
        """The two letters after ``begin`` in the keys that begin with it."""
        size, found = len(begin), set[str]()
        ordered = self._tables[language].ordered if language in self._tables else []
        for at in range(bisect_right(ordered, begin), len(ordered)):
            if not ordered[at].startswith(begin):
                break
            found.add(ordered[at][size : size + 2])
        return found

    def _wanted(self, slot: int) -> int:
        """The slot beside ``slot`` that a phrase found from there needs; −1 where none is."""
        phrase = self.phrase(slot)
        if slot == phrase.first_slot:
            return slot + 1
        return slot - 1 if phrase.any_order else -1

    def _languages_for(self, word: str, language: str) -> list[tuple[str, float]]:
        if not language:
            return [(other, 1.0) for other in self._tables]
        if analyse(word, language).how not in _OPEN:
            return [(language, 1.0)]
        return [(language, 1.0), *((other, FOREIGN) for other in self._tables if other != language)]

    def _slots_of(self, tables: _Tables, read: Analysis) -> Iterator[int]:
        for form in {read.word, read.form}:
            yield from tables.form_slots.get(form, ())
        for lemma in read.lemmas:
            yield from tables.lemma_slots.get(lemma, ())

    def _singles(
        self, tables: _Tables, read: Analysis, language: str, factor: float, *, foreign: bool
    ) -> Iterator[Single]:
        """What the word says as it was read; guesses only where that says nothing."""
        function_word = not is_content(read.word, language)
        hit = False
        for key, kind, weight, level in readings(read, language):
            for term in tables.lemmas.get(key, ()) if key == read.word or not function_word else ():
                hit = True
                yield Single(term, kind, weight * factor * term.weight, (level, len(key)), foreign)
        for form in {read.word, read.form}:
            for term in tables.forms.get(form, ()):
                hit = True
                yield Single(term, "word", factor * term.weight, (4, len(form)), foreign)
        if hit or function_word:
            return
        for key, kind, weight, level, terms in self._guesses(tables, read, language, foreign=foreign):
            for term in terms:
                yield Single(term, kind, weight * factor * term.weight, (level, len(key)), foreign)

    def _guesses(
        self, tables: _Tables, read: Analysis, language: str, *, foreign: bool
    ) -> Iterator[tuple[str, str, float, int, list[Term]]]:
        """Key, kind, weight, directness and terms, by the first way that finds any.

        An ending taken off; the same root; one letter wrong in a word that no dictionary has.
        """
        bare = [base for base in base_forms(read.word, language)[1:] if base in tables.bare]
        if bare:
            yield bare[0], "word", 0.8, 2, tables.bare[bare[0]]
            return
        stem = root(read.lemma, language) if len(read.lemma) > 5 else ""
        if stem in tables.roots:
            yield stem, "derived", 0.55, 1, tables.roots[stem]
            return
        if read.how not in _OPEN or foreign:
            return
        for key, kind, weight in self._heard(tables, read, language):
            yield key, kind, weight, 1, [term for term in tables.lemmas[key] if not term.excludes]

    def _heard(self, tables: _Tables, read: Analysis, language: str) -> Iterator[tuple[str, str, float]]:
        """Keys of terms that speech recognition may have made this word of, with kind and weight."""
        keys = {key for base in read.lemmas for key in self._misheard(tables, base)}
        if keys:
            yield from ((key, "misheard", 0.6) for key in sorted(keys))
            return
        meant = [*heard_for(read.word, language)]
        kind, weight = "misheard", 0.55
        if not meant:
            meant = [analyse(word, language) for word in run_together(read.word, language)]
            kind, weight = "split", 0.7
        for each in meant:
            for key, _, sureness, level in readings(each, language):
                if level != 2 and key in tables.lemmas and is_content(each.word, language):
                    yield key, kind, weight * sureness

    @staticmethod
    def _misheard(tables: _Tables, word: str) -> set[str]:
        """Keys one letter away (wrong, missing, doubled, swapped), or the same without their dots."""
        if len(word) < _MISHEARD - 1:
            return set()
        found: set[str] = set()
        for size in range(max(_MISHEARD, len(word) - 1), len(word) + 2):
            # One letter can be wrong in one half only: the other stands as it is.
            half = (size - 1) // 2
            found.update(tables.halves.get((size, word[:half], True), ()))
            found.update(tables.halves.get((size, word[-half:], False), ()))
        return {key for key in found if _one_apart(key, word)} | tables.plain.get(
            word.translate(_PLAIN), set()
        )

    def joined(self, left: str, right: str, language: str) -> Iterator[Single]:
        """Terms that two neighbouring words make when written together."""
        for other in (language,) if language else tuple(self._tables):
            tables = self._tables.get(other)
            if tables is None or len(left) < SHORTEST_LEFT or len(right) < 3:
                continue
            first, second = analyse(left, other), analyse(right, other)
            tried = dict.fromkeys((left + second.lemma, left + right, first.lemma + second.lemma))
            hit = False
            for key in tried:
                if len(key) > 5:
                    for term in tables.lemmas.get(key, ()):
                        hit = True
                        yield Single(term, "split", 0.9 * term.weight, (3, len(key)))
            if not hit and _OPEN & {first.how, second.how} and len(left + right) > _MISHEARD + 1:
                for key in self._misheard(tables, left + second.lemma):
                    for term in tables.lemmas[key]:
                        if not term.excludes:
                            yield Single(term, "misheard", 0.55 * term.weight, (1, len(key)))


def _frozen(some: set[T]) -> frozenset[T]:
    """A frozen set; one and the same for all that are empty, as most are."""
    return frozenset(some) if some else _NONE


def _explained(found: list[Single]) -> list[Single]:
    """Halves what a shorter reading says where a longer term of another code is what was said.

    ``rikkihappo`` is an acid before it is anything ``rikki``.
    """
    terms = [single for single in found if not single.term.excludes]
    result = [single for single in found if single.term.excludes]
    for single in terms:
        longer = any(
            other.strength[1] > single.strength[1] and other.term.code != single.term.code
            for other in terms
            if other.kind in {"word", "inside"} and not other.foreign
        )
        if longer and single.kind in {"inside", "stem"}:
            result.append(single._replace(weight=EXPLAINED * single.weight))
        else:
            result.append(single)
    return result


def readings(read: Analysis, language: str) -> Iterator[tuple[str, str, float, int]]:
    """Keys of a word with kind, weight and directness: 3 the word, 2 another reading of it, 1 inside it."""
    sure = 0.8 if read.how in _OPEN and len(read.lemmas) > 1 else 0.95 if read.how == "colloquial" else 1.0
    for rank, lemma in enumerate(read.lemmas):
        if read.how in _OPEN:
            yield lemma, "word", 1.0 if lemma == read.word else sure, 3
        else:
            yield lemma, "word", sure if rank == 0 else 0.7, 3 if rank == 0 else 2
    if read.word not in read.lemmas:
        yield read.word, "word", 0.9, 2
    for part in read.parts:
        if len(part.lemma) > 2:
            yield part.lemma, "inside", 0.85, 1
    if read.parts:
        for run in runs(read.parts, read.form):
            yield run, "inside", 0.9, 1
    for base in collectives((*read.lemmas[:1], *(part.lemma for part in read.parts)), language):
        yield base, "stem", 0.75, 1


def is_inflected(read: Analysis) -> bool:
    """Whether a term is given in another than its dictionary form: it is then found in that form only."""
    if "-" in read.word or read.how in _OPEN:
        return False
    return read.form not in read.lemmas if read.how == "colloquial" else read.word not in read.lemmas


class _Listed(NamedTuple):
    """A term where a codebook lists it."""

    code: str
    excludes: bool
    language: str
    text: str
    words: list[str]
    key: str
    """The same for all codes that list the term, whatever form they write it in."""


def _listed(codebook: Codebook) -> Iterator[_Listed]:
    """Every term of a codebook."""
    for code in codebook.codable:
        for excludes, lists in ((False, code.terms), (True, code.exclude_terms)):
            for language, texts in lists.items():
                for text in dict.fromkeys(texts):
                    # Most terms are one word, and cutting costs more than seeing that.
                    found = [as_keyed(text)] if text.isalpha() else words(text)
                    key = analyse(found[0], language).lemma if len(found) == 1 else " ".join(found)
                    yield _Listed(code.id, excludes, language, text, found, key)


def _one_apart(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes one the other."""
    if one == other:
        return True
    if len(one) == len(other):
        wrong = [at for at in range(len(one)) if one[at] != other[at]]
        if len(wrong) == 1:
            return True
        return (
            len(wrong) == 2
            and wrong[1] == wrong[0] + 1
            and (one[wrong[0]] == other[wrong[1]] and one[wrong[1]] == other[wrong[0]])
        )
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
