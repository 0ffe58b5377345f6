"""Words that betray a code: the codebook's terms found in speech as it is spoken.

A term is found by lemma, inside compounds (``höyrylinjan`` holds höyry), in
spoken forms, cut apart or misheard by one letter as Whisper writes it, as a
phrase with up to two words between, and from another language of the codebook
where the unit's own does not know the word. ``exclude_terms`` take a word back.
Everything is looked up by word type once and cached: a unit costs dictionary
look-ups only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, NamedTuple

from qualkit.coding.terms import FOREIGN, Known, Phrase, Single, Term, TermTable
from qualkit.language.tokens import Token, tokens
from qualkit.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qualkit.model import Codebook

GAP = 2
"""Most words between two words of a phrase."""
FEATURES = ("score", "strongest", "terms", "words", "phrases", "inside", "loose", "foreign", "excluded")
"""Columns of :meth:`LexicalIndex.features`."""
_SATURATION = 0.75
"""How sure one perfect word makes: two make 0.94."""


class TermMatch(NamedTuple):
    """A term found in a text: ``text[start:end]`` is what was said."""

    term: str
    """As the codebook writes it."""
    language: str
    """The term's language."""
    start: int
    end: int
    text: str
    kind: str
    """``word``, ``phrase``, ``inside`` (a compound), ``split``, ``stem``, ``derived``, ``misheard``."""
    weight: float
    """0–1: how directly it was said, times how much the term says."""
    foreign: bool = False
    """The term is of another language than the unit."""


@dataclass(frozen=True, slots=True)
class LexicalEvidence:
    """What the words of one unit say for one code."""

    code: str
    score: float
    """0–1: the weights of what matched, joined as if independent."""
    matches: tuple[TermMatch, ...]
    """In the order of the text, the best one for each place."""
    excluded: tuple[TermMatch, ...] = ()
    """Exclude terms that took a match back."""

    @property
    def matched(self) -> tuple[TermMatch, ...]:
        """The same as :attr:`matches`."""
        return self.matches

    @property
    def features(self) -> tuple[float, ...]:
        """The numbers that a learner sees, in the order of :data:`FEATURES`."""
        kinds = Counter(match.kind for match in self.matches)
        return (
            self.score,
            max((match.weight for match in self.matches), default=0.0),
            float(len({(match.term, match.language) for match in self.matches})),
            float(kinds["word"]),
            float(kinds["phrase"]),
            float(kinds["inside"] + kinds["split"] + kinds["stem"]),
            float(kinds["derived"] + kinds["misheard"]),
            float(sum(match.foreign for match in self.matches)),
            float(len(self.excluded)),
        )


class _Hit(NamedTuple):
    """A term in the words ``first`` to ``last`` of a unit."""

    first: int
    last: int
    single: Single

    def takes_back(self, other: _Hit) -> bool:
        """Whether this exclude term is what was really said where ``other`` was found.

        A phrase covers single words. In one word the more direct reading wins, then
        the longer one: ``rautatie`` takes ``tie`` back, ``röra`` does not take ``rör``.
        """
        if self.last < other.first or other.last < self.first:
            return False
        mine, theirs = self.last - self.first, other.last - other.first
        if mine != theirs:
            return mine > theirs
        return self.single.kind == "phrase" or self.single.strength >= other.single.strength


@dataclass(frozen=True, slots=True)
class _Line:
    """The words of a unit with what they say."""

    words: list[Known]
    walls: list[int]
    """Before each word: 1 after a comma (no gap crosses it), 2 after a sentence (no phrase does)."""

    def next_with(self, slot: int, index: int, gap: int) -> int:
        """The next word that fills a slot, over at most ``gap`` words and no comma; −1 when there is none."""
        for ahead in range(index + 1, min(index + 2 + gap, len(self.words))):
            if self.walls[ahead] == 2:
                return -1
            known = self.words[ahead]
            if slot in known.slots or (ahead == index + 1 and slot in known.loose):
                return ahead
            if self.walls[ahead]:
                return -1
        return -1

    def follow(self, phrase: Phrase, index: int) -> tuple[int, int]:
        """Where a phrase that begins at ``index`` ends, and the words between; −1 when it does not."""
        at, gaps = index, 0
        gap = 0 if phrase.term.excludes else GAP
        for step in range(1, len(phrase.words)):
            ahead = self.next_with(phrase.first_slot + step, at, gap)
            if ahead < 0:
                return -1, 0
            gaps += ahead - at - 1
            at = ahead
        return at, gaps


def _walls(text: str, found: Sequence[Token]) -> list[int]:
    walls = [0] * len(found)
    for index in range(1, len(found)):
        between = text[found[index - 1].end : found[index].start]
        if between != " ":
            ends = any(mark in between for mark in ".?!;…")
            walls[index] = 2 if ends else 1 if any(mark in between for mark in ",:–—") else 0
    return walls


@dataclass(frozen=True)
class LexicalIndex:
    """The terms of a codebook, ready to be looked for. Build once, match many."""

    codebook: Codebook
    commonness: Mapping[tuple[str, str], float] = field(default_factory=dict, repr=False)
    """(language, term) → 0–1 factor: how much the term says in this project; 1 when not counted."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_table", TermTable(self.codebook))

    @property
    def table(self) -> TermTable:
        """The compiled terms."""
        found: TermTable = self.__dict__["_table"]
        return found

    def match(
        self, text: str, language: str = "", found: Sequence[Token] | None = None
    ) -> Mapping[str, LexicalEvidence]:
        """Code id → evidence, for the codes that any word speaks for or that an exclude term took back.

        ``language`` empty or unknown: every language of the codebook counts in full.
        Never fails on any text; positions are code points of ``text``. ``found``: its words, if known.
        """
        found = tokens(text) if found is None else found
        if not found:
            return {}
        hits = self._hits(text, found, language if language in LANGUAGES else "")
        by_code: dict[str, list[_Hit]] = {}
        for hit in hits:
            by_code.setdefault(hit.single.term.code, []).append(hit)
        evidence = (self._evidence(code, of_code, text, found) for code, of_code in by_code.items())
        return {each.code: each for each in evidence if each.matches or each.excluded}

    def scores(self, texts: Sequence[str], languages: Sequence[str] | str = "") -> NDArray[np.float32]:
        """Units × codable codes: the scores alone."""
        import numpy as np

        column = {code.id: index for index, code in enumerate(self.codebook.codable)}
        result = np.zeros((len(texts), len(column)), dtype=np.float32)
        for row, evidence in enumerate(self.match_all(texts, languages)):
            for code, found in evidence.items():
                if code in column:
                    result[row, column[code]] = found.score
        return result

    def features(self, texts: Sequence[str], languages: Sequence[str] | str = "") -> NDArray[np.float32]:
        """Units × codable codes × :data:`FEATURES`."""
        import numpy as np

        column = {code.id: index for index, code in enumerate(self.codebook.codable)}
        result = np.zeros((len(texts), len(column), len(FEATURES)), dtype=np.float32)
        for row, evidence in enumerate(self.match_all(texts, languages)):
            for code, found in evidence.items():
                if code in column:
                    result[row, column[code]] = found.features
        return result

    def match_all(
        self, texts: Sequence[str], languages: Sequence[str] | str = ""
    ) -> Iterable[Mapping[str, LexicalEvidence]]:
        """:meth:`match` for many texts; one language for all or one each."""
        each = [languages] * len(texts) if isinstance(languages, str) else languages
        return (self.match(text, language) for text, language in zip(texts, each, strict=True))

    def counted_in(self, texts: Sequence[str], languages: Sequence[str] | str = "") -> LexicalIndex:
        """The same index with terms weighed by how rare they are in a project.

        A term in every tenth unit still says nearly as much as a rare one; one that is
        in half of them says little. Under 50 units nothing is known, and nothing changes.
        """
        if len(texts) < 50:
            return self
        seen: Counter[tuple[str, str]] = Counter()
        for evidence in self.match_all(texts, languages):
            terms = {(m.language, m.term) for found in evidence.values() for m in found.matches}
            seen.update(terms)
        total = len(texts)
        weights = {
            term: max(0.3, min(1.0, 0.3 + 0.7 * log(total / count) / log(10))) for term, count in seen.items()
        }
        return LexicalIndex(self.codebook, {term: weight for term, weight in weights.items() if weight < 1})

    # ── one unit ─────────────────────────────────────────────────────────────

    def _hits(self, text: str, found: Sequence[Token], language: str) -> list[_Hit]:
        table = self.table
        line = _Line([table.word(token.word, language) for token in found], _walls(text, found))
        hits = [_Hit(at, at, single) for at, known in enumerate(line.words) for single in known.singles]
        return hits + self._split(line.words, found, language) + self._phrases(line, language)

    def _split(self, known: list[Known], found: Sequence[Token], language: str) -> list[_Hit]:
        """Compounds written apart: ``höyry linja``, ``säkerhets vakt``."""
        table = self.table
        return [
            _Hit(index, index + 1, single)
            for index, (left, right) in enumerate(pairwise(known))
            if left.may_join(right)
            for single in table.joined(found[index].word, found[index + 1].word, language)
        ]

    def _phrases(self, line: _Line, language: str) -> list[_Hit]:
        table = self.table
        hits: list[_Hit] = []
        for index, known in enumerate(line.words):
            if not known.wanted:
                continue
            # Most first words stand alone: the cheap look at the words that may be next spares the search.
            filled: set[int] = set()
            for near in line.words[index + 1 : index + 2 + GAP]:
                filled.update(known.wanted & near.slots, known.wanted & near.loose)
            for slot in sorted(filled):
                phrase = table.phrase(slot)
                if slot == phrase.first_slot:
                    other = line.next_with(slot, index, GAP)
                    if other > 0:
                        hits.append(_Hit(index, other, _said(phrase, 0.85, language)))
                else:
                    last, gaps = line.follow(phrase, index)
                    if last >= 0:
                        hits.append(_Hit(index, last, _said(phrase, 1.0 - 0.05 * gaps, language)))
        return hits

    def _evidence(self, code: str, hits: list[_Hit], text: str, found: Sequence[Token]) -> LexicalEvidence:
        against = [hit for hit in hits if hit.single.term.excludes]
        kept: list[_Hit] = []
        used: list[_Hit] = []
        for hit in hits:
            if hit.single.term.excludes:
                continue
            over = [other for other in against if other.takes_back(hit)]
            if over:
                used += [other for other in over if other not in used]
            else:
                kept.append(hit)
        best = self._best_places(kept)
        silence = 1.0
        for hit in best:
            silence *= 1.0 - _SATURATION * self._weight(hit)
        return LexicalEvidence(
            code,
            1.0 - silence,
            tuple(self._as_match(hit, text, found) for hit in best),
            tuple(self._as_match(hit, text, found) for hit in used),
        )

    def _best_places(self, hits: list[_Hit]) -> list[_Hit]:
        """The strongest hit of every place, and of every term its strongest place."""
        taken: set[int] = set()
        terms: set[Term] = set()
        chosen = []
        for hit in sorted(
            hits, key=lambda h: (-self._weight(h), h.first - h.last, h.first, h.single.term.text)
        ):
            places = set(range(hit.first, hit.last + 1))
            if hit.single.term in terms or places & taken:
                continue
            taken |= places
            terms.add(hit.single.term)
            chosen.append(hit)
        return sorted(chosen, key=lambda h: h.first)

    def _weight(self, hit: _Hit) -> float:
        return hit.single.weight * self.commonness.get((hit.single.term.language, hit.single.term.text), 1.0)

    def _as_match(self, hit: _Hit, text: str, found: Sequence[Token]) -> TermMatch:
        start, end = found[hit.first].start, found[hit.last].end
        term = hit.single.term
        return TermMatch(
            term.text,
            term.language,
            start,
            end,
            text[start:end],
            hit.single.kind,
            self._weight(hit),
            hit.single.foreign,
        )


def _said(phrase: Phrase, weight: float, language: str) -> Single:
    term = phrase.term
    foreign = bool(language) and term.language != language
    factor = FOREIGN if foreign else 1.0
    return Single(term, "phrase", weight * factor * term.weight, (3, len(term.text)), foreign)
