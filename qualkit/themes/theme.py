"""Themes: the passages of a code, or of a cluster nobody had named, counted and made visible."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualkit.themes.contrast import Opposites, opposites
from qualkit.themes.differences import Difference, differences
from qualkit.themes.passages import Gathered, Passage, overlapping
from qualkit.themes.phrases import key_phrases
from qualkit.themes.quotes import choose_quotes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qualkit.model import Code, Codebook

QUOTES = 4
SMALL = 5
"""Fewer passages than this together are too few to speak of a connection."""


@dataclass(frozen=True, slots=True)
class Together:
    """Another code that is given to the same words."""

    code: str
    passages: int
    strength: float
    """Jaccard index of the two codes over overlapping passages, 0–1 (the *c-coefficient* of ATLAS.ti)."""

    @property
    def few(self) -> bool:
        """Too few passages to speak of a connection."""
        return self.passages < SMALL


@dataclass(frozen=True, slots=True)
class Theme:
    """What is said under one code."""

    code: Code
    dimension: str
    passages: tuple[Passage, ...]
    quotes: tuple[Passage, ...]
    """Chosen for being typical, for contrast, and for as many voices as possible."""
    together: tuple[Together, ...]
    """Strongest first."""
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Language → key phrases in dictionary form, the most telling first."""
    opposites: tuple[Opposites, ...] = ()
    """Who disagrees: statements that judge it well and ill, side by side."""
    by_site: tuple[Difference, ...] = ()
    by_role: tuple[Difference, ...] = ()

    @property
    def printed(self) -> tuple[Passage, ...]:
        """Every passage that is printed word for word, each once."""
        pairs = (p for o in self.opposites for p in (o.well, o.ill))
        return tuple({p.id: p for p in (*self.quotes, *pairs)}.values())

    @property
    def interviews(self) -> tuple[str, ...]:
        """Ids of the interviews it is spoken of in, in order of appearance."""
        return tuple(dict.fromkeys(p.interview for p in self.passages))

    @property
    def sites(self) -> Mapping[str, int]:
        """Site → passages."""
        return Counter(p.site for p in self.passages)

    @property
    def speakers(self) -> int:
        """How many independent voices speak of it."""
        return len({p.voice for p in self.passages})

    @property
    def by_person(self) -> int:
        """How many of the passages a person has decided on."""
        return sum(p.by_person for p in self.passages)


def themes(
    gathered: Gathered,
    book: Codebook,
    vectors: Callable[[Sequence[Passage]], NDArray[np.float32] | None] = lambda _: None,
    quotes: int = QUOTES,
    *,
    words: bool = True,
) -> tuple[Theme, ...]:
    """One theme a code that somebody speaks of, in the codebook's order.

    ``vectors`` gives one unit row a passage, for choosing quotes; None where there are none.
    Without ``words`` no key phrases are looked for, which is much faster.
    """
    by_code: dict[str, list[Passage]] = defaultdict(list)
    for passage in gathered.passages:
        by_code[passage.code].append(passage)
    together = _together(gathered.passages, by_code)
    phrases = key_phrases({c: [p for p in ps if p.quotable] for c, ps in by_code.items()}) if words else {}
    sites, roles = Counter(p.site for p in gathered.passages), Counter(p.role for p in gathered.passages)
    found = []
    for code in book.codes:
        passages = by_code.get(code.id)
        if not passages:
            continue
        rows = vectors(passages)
        found.append(
            Theme(
                code=code,
                dimension=book.dimension(code.id),
                passages=tuple(passages),
                quotes=_with_every_site(passages, rows, choose_quotes(passages, rows, quotes)),
                together=together[code.id],
                phrases=phrases.get(code.id, {}),
                opposites=opposites(passages, rows, terms=code.terms),
                by_site=differences(passages, sites, lambda p: p.site),
                by_role=differences(passages, roles, lambda p: p.role),
            )
        )
    return tuple(found)


def _with_every_site(
    passages: Sequence[Passage], vectors: NDArray[np.float32] | None, chosen: tuple[Passage, ...]
) -> tuple[Passage, ...]:
    """The chosen quotes and one from each site that would be silent: a cell of the picture can be checked."""
    if not chosen:
        return chosen
    heard = {p.site for p in chosen}
    silent: dict[str, list[int]] = defaultdict(list)
    for index, passage in enumerate(passages):
        if passage.quotable and passage.site not in heard:
            silent[passage.site].append(index)
    more = [
        choose_quotes([passages[i] for i in rows], None if vectors is None else vectors[rows], 1)
        for rows in silent.values()
    ]
    return (*chosen, *(quote for found in more for quote in found))


def _together(
    passages: Sequence[Passage], by_code: Mapping[str, Sequence[Passage]]
) -> Mapping[str, tuple[Together, ...]]:
    pairs: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for one, other in overlapping(passages):
        pairs[one.code, other.code].add((one.id, other.id))
        pairs[other.code, one.code].add((other.id, one.id))
    found: dict[str, list[Together]] = defaultdict(list)
    for (code, other_code), shared in pairs.items():
        mine, theirs = {a for a, _ in shared}, {b for _, b in shared}
        both = min(len(mine), len(theirs))
        union = len(by_code[code]) + len(by_code[other_code]) - both
        found[code].append(Together(other_code, both, both / union if union else 0.0))
    return defaultdict(
        tuple,
        {c: tuple(sorted(ts, key=lambda t: (t.few, -t.strength, t.code))) for c, ts in found.items()},
    )
