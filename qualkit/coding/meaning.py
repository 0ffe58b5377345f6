"""The reading by meaning: how near a unit is to what a codebook says of each code.

Three things make multilingual vectors usable here, each measured: the mean of
every *language* and kind of text is subtracted, because in these spaces a
language is a direction as strong as a topic; the space is whitened a little;
and a code is near when any of its texts is, softly (log-mean-exp), in whatever
language. Exclude rules are never embedded: to a vector, "not steam" is steam.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.background import BACKGROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from qualkit.model import Code, Codebook

    Array = NDArray[np.float32]

ABOUT, EXAMPLE, VOCABULARY = "definition", "example", "vocabulary"
TERMS_IN_TEXT = 10
"""Terms of a code that are strung together into one more text of it."""
TERM_TEXTS = 3
"""Of these texts, so many of the nearest count."""
SHARPNESS = 10.0
"""Of the soft maximum over a code's texts."""
WHITENING = 0.1
"""Share of the covariance that is whitened away; the rest of the space keeps its shape."""
OWN_UNITS = 50
"""Units of a project that weigh as much as the background in the centre of a language."""
BLOCK = 2_048
"""Units scored at a time: what memory use goes by."""


@dataclass(frozen=True, slots=True)
class CodeText:
    """One thing that a codebook says of a code, in one language."""

    code: int
    """Index among the codable codes."""
    kind: str
    """:data:`ABOUT`, :data:`EXAMPLE` or :data:`VOCABULARY`: what it counts as."""
    sort: str
    """``name``, ``definition``, ``include``, ``example`` or ``terms``: what it is centred with."""
    language: str
    text: str


def code_texts(codebook: Codebook) -> tuple[CodeText, ...]:
    """Everything a codebook says of its codable codes, exclude rules left out."""
    return tuple(text for index, code in enumerate(codebook.codable) for text in _texts(index, code))


def _texts(index: int, code: Code) -> Iterator[CodeText]:
    names = {language: name for language, name in code.name.items() if name.strip()} or {"": code.id}
    for language, name in names.items():
        yield CodeText(index, ABOUT, "name", language, name)
    for language, definition in code.definition.items():
        if definition.strip():
            yield CodeText(index, ABOUT, "definition", language, f"{code.name_in(language)}: {definition}")
    for language, rules in code.include.items():
        yield from (CodeText(index, ABOUT, "include", language, rule) for rule in rules if rule.strip())
    for language, quotes in code.examples.items():
        yield from (CodeText(index, EXAMPLE, "example", language, quote) for quote in quotes if quote.strip())
    for language, terms in code.terms.items():
        for at in range(0, len(terms), TERMS_IN_TEXT):
            few = ", ".join(terms[at : at + TERMS_IN_TEXT])
            yield CodeText(index, VOCABULARY, "terms", language, few)


@dataclass(frozen=True)
class Space:
    """A vector space in which units and code texts can be compared."""

    texts: tuple[CodeText, ...]
    targets: Array = field(repr=False)
    """Code texts × dimensions, centred, whitened, unit length."""
    null: Array = field(repr=False)
    """Background sentences, likewise."""
    centres: Mapping[str, Array] = field(repr=False)
    """Language → centre of speech in it; ``""`` for any other language."""
    whiten: Array = field(repr=False)
    codes: int = 0

    @cached_property
    def columns(self) -> dict[str, dict[int, NDArray[np.int32]]]:
        """Kind → code → which of the texts are of it."""
        found: dict[str, dict[int, list[int]]] = {kind: {} for kind in (ABOUT, EXAMPLE, VOCABULARY)}
        for index, text in enumerate(self.texts):
            found[text.kind].setdefault(text.code, []).append(index)
        return {
            kind: {code: np.asarray(indices, np.int32) for code, indices in of_code.items()}
            for kind, of_code in found.items()
        }

    def place(self, vectors: Array, languages: Sequence[str]) -> Array:
        """Vectors of units in this space, unit length."""
        return _unit(np.asarray((vectors - self._centres(languages)) @ self.whiten, np.float32))

    def _centres(self, languages: Sequence[str]) -> Array:
        other = self.centres[""]
        return np.stack([self.centres.get(language, other) for language in languages])


def build_space(
    codebook: Codebook,
    vectors: Callable[[Sequence[str]], Array],
    units: Mapping[str, Array] | None = None,
) -> Space:
    """The space of a codebook. ``vectors`` looks texts up, ``units`` are a project's own by language."""
    texts = code_texts(codebook)
    said = vectors([text.text for text in texts])
    background = {language: vectors(sentences) for language, sentences in BACKGROUND.items()}
    own = units or {}
    centres = _centres(texts, said, background, own)
    centred = said.copy()
    for group in sorted({(text.sort, text.language) for text in texts}):
        rows = [i for i, text in enumerate(texts) if (text.sort, text.language) == group]
        # A mean of a handful would carry the codes themselves away.
        peers = [i for i, text in enumerate(texts) if text.sort == group[0]] if len(rows) < 8 else rows
        centred[rows] -= said[peers].mean(axis=0) if len(peers) >= 8 else centres[""]
    null = np.concatenate([background[language] - centres[language] for language in BACKGROUND])
    sample = np.concatenate(
        [
            _unit(centred),
            _unit(null),
            *(_unit(v - centres.get(k, centres[""]))[:2_000] for k, v in own.items()),
        ]
    )
    whiten = _whitening(sample)
    return Space(texts, _unit(centred @ whiten), _unit(null @ whiten), centres, whiten, len(codebook.codable))


def _centres(
    texts: Sequence[CodeText], said: Array, background: Mapping[str, Array], own: Mapping[str, Array]
) -> dict[str, Array]:
    """Where speech in each language lies: background and examples, and the project's own units."""
    centres: dict[str, Array] = {}
    for language in sorted(set(background) | set(own)):
        examples = [i for i, t in enumerate(texts) if t.sort == "example" and t.language == language]
        rows = [background[language]] if language in background else []
        rows += [said[examples]] if examples else []
        units = own.get(language)
        if rows:
            fixed = np.concatenate(rows).mean(axis=0)
            share = len(units) / (len(units) + OWN_UNITS) if units is not None else 0.0
            centres[language] = fixed if units is None else (1 - share) * fixed + share * units.mean(axis=0)
        elif units is not None and len(units) >= OWN_UNITS:
            centres[language] = units.mean(axis=0)
    centres[""] = np.mean([centres[language] for language in sorted(centres)], axis=0)
    return centres


def _whitening(rows: Array) -> Array:
    """``Σ^-½`` of a covariance that is mostly kept round."""
    covariance = rows.T @ rows / len(rows)
    width = len(covariance)
    round_part = np.trace(covariance) / width * np.eye(width)
    values, axes = np.linalg.eigh(WHITENING * covariance + (1 - WHITENING) * round_part)
    return np.asarray((axes / np.sqrt(np.maximum(values, 1e-12))) @ axes.T, np.float32)


@dataclass(frozen=True)
class Nearness:
    """How near units are to codes by what the codebook says of them, with the text that was nearest."""

    about: Array = field(repr=False)
    """Units × codes."""
    example: Array = field(repr=False)
    vocabulary: Array = field(repr=False)
    null: Array = field(repr=False)
    """Units: nearness to talk about nothing."""
    nearest_about: NDArray[np.int32] = field(repr=False)
    """Units × codes: index into the space's texts; -1 where a code has none."""
    nearest_example: NDArray[np.int32] = field(repr=False)
    nearest_vocabulary: NDArray[np.int32] = field(repr=False)


def nearness(space: Space, placed: Array) -> Nearness:
    """Compare placed units with every code text."""
    similarity = placed @ space.targets.T
    about, near_about = _pool(space, similarity, ABOUT)
    example, near_example = _pool(space, similarity, EXAMPLE)
    vocabulary, near_vocabulary = _pool(space, similarity, VOCABULARY)
    null = placed @ space.null.T
    return Nearness(about, example, vocabulary, _soft(null), near_about, near_example, near_vocabulary)


def _pool(space: Space, similarity: Array, kind: str) -> tuple[Array, NDArray[np.int32]]:
    """Nearness by a code's texts of one kind, and the nearest; 0, the middle, for a code without any."""
    pooled = np.zeros((len(similarity), space.codes), np.float32)
    nearest = np.full((len(similarity), space.codes), -1, np.int32)
    for code, indices in space.columns[kind].items():
        part = similarity[:, indices]
        pooled[:, code] = _top(part) if kind == VOCABULARY else _soft(part)
        nearest[:, code] = indices[part.argmax(axis=1)]
    return pooled, nearest


def _soft(part: Array) -> Array:
    """Log-mean-exp along the last axis."""
    top = part.max(axis=1, keepdims=True)
    return np.asarray(top[:, 0] + np.log(np.exp(SHARPNESS * (part - top)).mean(axis=1)) / SHARPNESS)


def _top(part: Array) -> Array:
    """Mean of the nearest few."""
    few = min(TERM_TEXTS, part.shape[1])
    return np.asarray(np.partition(part, -few, axis=1)[:, -few:].mean(axis=1))


def _unit(rows: Array) -> Array:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)
