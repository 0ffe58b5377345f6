"""Searching the whole project: words in any form, and filters such as ``site:`` and ``code:``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, overload

from qualkit.errors import QualkitError, UsageError
from qualkit.files.index import renew, search
from qualkit.files.journal import read_codings
from qualkit.files.transcript import load_transcript, transcript_path
from qualkit.tui.books import cases_of
from qualkit.tui.quotes_screen import Quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from qualkit.files.index import Hit
    from qualkit.files.project import Project
    from qualkit.model import Coding, Interview, Step, Transcript

FILTERS = ("site", "interview", "language", "role", "code", "coder", "confidence")
LEMMATISER = "qualkit.language"
"""Whose lemmas the index holds."""
LIMIT = 1000
"""Most turns that one search brings."""


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, taken apart."""

    words: str
    filters: dict[str, str] = field(default_factory=dict)


def parse(text: str) -> Query:
    """``putki site:kilpi``: words, and filters by name. Raises UsageError for a filter that stands twice."""
    words, filters = [], {}
    for part in text.split():
        name, colon, value = part.partition(":")
        if colon and name in FILTERS and value:
            if name in filters:
                raise UsageError(f"The filter {name}: stands twice.", "Leave one of them out.")
            filters[name] = value
        else:
            words.append(part)
    return Query(" ".join(words), filters)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a list shows of a transcript beside its text; a fifth of the time that reading all of it takes."""

    stamp: int
    labels: dict[str, str]
    roles: dict[str, str]
    times: tuple[int | None, ...]
    sure: tuple[float | None, ...]
    """For each turn how sure the speech recogniser was of its words on average, 0–1; None for typed ones."""


_facts: dict[str, _Facts] = {}


def _mean(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def limits(text: str) -> tuple[float, float]:
    """``<0.6``, ``>80%``, or ``0.6`` for under it: least and most confidence. Raises UsageError."""
    number = text.lstrip("<>").removesuffix("%").replace(",", ".")
    try:
        limit = float(number) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise UsageError(
            f"confidence:{text} is no limit.", "Write confidence:<0.6 or confidence:>80%."
        ) from None
    return (limit, 1.0) if text.startswith(">") else (0.0, limit)


def _as_sure(project: Project, interview: str, turn: int, wanted: tuple[float, float]) -> bool:
    facts = _facts_of(project, interview)
    sure = facts.sure[turn] if facts and turn < len(facts.sure) else None
    return sure is not None and wanted[0] <= sure <= wanted[1]


def _facts_of(project: Project, interview: str) -> _Facts | None:
    """Speakers and times of an interview, kept while its file stays the same; None when it cannot be read."""
    path = transcript_path(project, interview)
    try:
        stamp = path.stat().st_mtime_ns
        held = _facts.get(str(path))
        if held is None or held.stamp != stamp:
            content = json.loads(path.read_bytes())
            speakers = content["speakers"]
            held = _facts[str(path)] = _Facts(
                stamp,
                {s["id"]: s.get("name") or s["id"] for s in speakers},
                {s["id"]: s.get("role") or "" for s in speakers},
                tuple(turn.get("start_ms") for turn in content["turns"]),
                tuple(
                    _mean(word.get("confidence") for word in turn.get("words", ()))
                    for turn in content["turns"]
                ),
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # `qualkit check` tells about it
        return None
    return held


class Found(Sequence[Quote]):
    """What was found: each place is looked up when it is shown, so that thousands come at once."""

    def __init__(self, count: int, quote: Callable[[int], Quote]) -> None:
        self._count, self._quote = count, quote

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Quote: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Quote]: ...
    def __getitem__(self, index: int | slice) -> Quote | Sequence[Quote]:
        """One place, or some."""
        if isinstance(index, slice):
            return [self._quote(i) for i in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return self._quote(index % self._count)


def prepare(project: Project) -> Iterator[Step]:
    """Bring the index up to date, so that the next search answers at once."""
    return renew(project, _keys, LEMMATISER)


def find(project: Project, text: str) -> Found:
    """The turns that hold the words and pass the filters; with filters only, the coded passages that do.

    Raises :class:`UsageError` for a filter that stands twice.
    """
    query = parse(text)
    cases = cases_of(project)
    wanted = [
        i.id
        for i in cases.values()
        if query.filters.get("site", i.site) == i.site and i.id.startswith(query.filters.get("interview", ""))
    ]
    if "confidence" in query.filters:
        limits(query.filters["confidence"])  # a mistake is told before anything is read
    codings: tuple[Coding, ...] = ()
    if not query.words or "code" in query.filters or "coder" in query.filters:
        coder = query.filters.get("coder")
        codings = tuple(
            c
            for c in read_codings(project, interviews=wanted, coders=[coder] if coder else None)
            if query.filters.get("code", c.code) == c.code
        )
    if not query.words:
        return _of_codings(project, codings, query, cases)
    hits = search(
        project,
        query.words,
        language=query.filters.get("language", ""),
        interviews=wanted,
        lemmatise=_keys,
        lemmatiser=LEMMATISER,
        limit=LIMIT,
    )
    return _of_hits(project, hits, codings, query, cases)


@lru_cache(maxsize=50_000)
def _keys(word: str, language: str) -> frozenset[str]:
    from qualkit.language.lemmas import lemma_keys

    return lemma_keys(word, language)


def _of_hits(
    project: Project,
    hits: Iterable[Hit],
    codings: tuple[Coding, ...],
    query: Query,
    cases: Mapping[str, Interview],
) -> Found:
    if "code" in query.filters or "coder" in query.filters:
        spans: dict[str, list[Coding]] = {}
        for coding in codings:
            spans.setdefault(coding.interview, []).append(coding)
        hits = [
            hit
            for hit in hits
            if any(
                c.anchor.start < hit.at + len(hit.text) and c.anchor.end > hit.at
                for c in spans.get(hit.interview, ())
            )
        ]
    if role := query.filters.get("role"):
        hits = [h for h in hits if (f := _facts_of(project, h.interview)) and f.roles.get(h.speaker) == role]
    if "confidence" in query.filters:
        wanted = limits(query.filters["confidence"])
        hits = [h for h in hits if _as_sure(project, h.interview, h.turn, wanted)]
    listed = tuple(hits)

    def quote(index: int) -> Quote:
        hit = listed[index]
        facts = _facts_of(project, hit.interview)
        times = facts.times if facts else ()
        return Quote(
            hit.interview,
            facts.labels.get(hit.speaker, hit.speaker) if facts else hit.speaker,
            hit.spans[0][0] if hit.spans else hit.at,
            times[hit.turn] if hit.turn < len(times) else None,
            hit.text,
            cases[hit.interview].site if hit.interview in cases else "",
            hit.kind,
            tuple((a - hit.at, b - hit.at) for a, b in hit.spans),
        )

    return Found(len(listed), quote)


def _of_codings(
    project: Project, codings: Iterable[Coding], query: Query, cases: Mapping[str, Interview]
) -> Found:
    """Coded passages, each with who said it."""
    wanted = limits(query.filters["confidence"]) if "confidence" in query.filters else None
    transcripts: dict[str, Transcript | None] = {}
    found: list[Quote] = []
    for coding in codings:
        if coding.interview not in transcripts:
            try:
                transcripts[coding.interview] = load_transcript(project, coding.interview)
            except QualkitError:  # `qualkit check` tells about it
                transcripts[coding.interview] = None
        transcript = transcripts[coding.interview]
        if transcript is None:
            continue
        turn = transcript.turn_at(coding.anchor.start)
        if wanted is not None and not _as_sure(project, coding.interview, turn, wanted):
            continue
        speaker = transcript.speaker(transcript.turns[turn].speaker)
        if query.filters.get("role", speaker.role) == speaker.role:
            found.append(
                Quote(
                    coding.interview,
                    speaker.label,
                    coding.anchor.start,
                    coding.anchor.start_ms,
                    coding.anchor.quote,
                    cases[coding.interview].site if coding.interview in cases else "",
                    f"{coding.code}, {coding.coder}",
                )
            )
    return Found(len(found), found.__getitem__)


def by_meaning(project: Project, near: Sequence[tuple[str, int, int, float]]) -> Found:
    """Passages found by meaning, nearest first: interview, start, end, cosine each."""
    cases = cases_of(project)
    transcripts: dict[str, Transcript] = {}

    def quote(index: int) -> Quote:
        interview, start, end, cosine = near[index]
        if interview not in transcripts:
            transcripts[interview] = load_transcript(project, interview)
        transcript = transcripts[interview]
        turn = transcript.turns[transcript.turn_at(start)]
        return Quote(
            interview,
            transcript.speaker(turn.speaker).label,
            start,
            transcript.times(start, end)[0],
            transcript.text[start:end],
            cases[interview].site if interview in cases else "",
            f"{cosine:.2f}",
        )

    return Found(len(near), quote)
