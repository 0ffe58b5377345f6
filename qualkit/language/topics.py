"""Words and phrases that can name what a text is about: nouns and noun phrases in dictionary form.

Function words, generic verbs, numerals, vague nouns (*asia*, *grej*, *thing*) and the names of people
name no topic; the list ``topicless`` in ``data/words-*.toml`` holds what grammar does not tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qualkit.errors import MissingModel
from qualkit.language.dictionary import ask
from qualkit.language.lemmas import analyse
from qualkit.language.pipelines import Name, NounPhrase, dictionary_phrases, read
from qualkit.language.tokens import as_keyed, tokens
from qualkit.language.wordlists import is_content, word_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MARK = re.compile(r"\[[^\]\n]*\]")
"""What the transcript notes and nobody said: ``[laughs]``."""
_OPEN = ("name", "unknown")
LONGEST = 50
"""Code points of a phrase; a longer one is a sentence."""


def names_topic(lemma: str, language: str) -> bool:
    """Whether a word in dictionary form can name a topic at all."""
    return is_content(lemma, language) and lemma not in word_list("topicless", language)


def is_unknown_name(form: str, language: str) -> bool:
    """Whether a word is written as a name and no dictionary knows it as anything else."""
    return form[0].isupper() and analyse(as_keyed(form), language).how in _OPEN


def topics(texts: Sequence[str], language: str) -> list[frozenset[str]]:
    """For each text the nouns and noun phrases that can name it; names of people are none.

    Without the language's spaCy package nouns are those that the dictionary is sure of.
    """
    try:
        readings: Iterable[tuple[Iterable[NounPhrase], tuple[Name, ...]]] = [
            (reading.phrases, reading.names) for reading in read(texts, language)
        ]
    except MissingModel:
        readings = [(dictionary_phrases(text, language), ()) for text in texts]
    return [
        frozenset(_named(text, phrases, names, language))
        for text, (phrases, names) in zip(texts, readings, strict=True)
    ]


def _named(text: str, phrases: Iterable[NounPhrase], names: tuple[Name, ...], language: str) -> Iterator[str]:
    known = [(n.start, n.end) for n in names if n.kind in ("place", "organisation")]
    closed = [(n.start, n.end) for n in names if n.kind == "person"]
    closed += [mark.span() for mark in _MARK.finditer(text)]
    closed += [
        (token.start, token.end)
        for token in tokens(text)
        if is_unknown_name(text[token.start : token.end], language)
        and not _within(token.start, token.end, known)
    ]
    for phrase in phrases:
        if not phrase.noun or _within(phrase.start, phrase.end, closed):
            continue
        words = phrase.base.split()
        head = words[-1]
        if not names_topic(head, language) or _is_no_noun(head, language):
            continue
        if analyse(head, language).how in _OPEN and not _within(phrase.start, phrase.end, known):
            continue  # a slip of the tongue or of the transcript
        yield head
        while not names_topic(words[0], language):
            words = words[1:]
        several = " ".join(words)
        if 1 < len(words) < 4 and len(several) < LONGEST and all(names_topic(w, language) for w in words):
            yield several


def _is_no_noun(lemma: str, language: str) -> bool:
    """What a parser, or none, took for a noun: försiktig makes försiktighet, vetää vetäminen."""
    if language == "sv":
        return bool(ask(f"{lemma}het", "sv"))
    return language == "fi" and lemma.endswith(("aa", "ää")) and bool(ask(f"{lemma[:-1]}minen", "fi"))


def _within(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < b and end > a for a, b in spans)
