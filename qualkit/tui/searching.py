"""Searching the whole project: words in any form, and filters such as ``site:`` and ``code:``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError, UsageError
from qualkit.files.index import search
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import read_codings
from qualkit.files.transcript import load_transcript
from qualkit.tui.quotes_screen import Quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qualkit.files.index import Hit
    from qualkit.files.project import Project
    from qualkit.model import Coding, Interview, Transcript

FILTERS = ("site", "interview", "language", "role", "code", "coder")
LIMIT = 2000
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


def find(project: Project, text: str) -> tuple[Quote, ...]:
    """The turns that hold the words and pass the filters; with filters only, the coded passages that do."""
    query = parse(text)
    cases = {i.id: i for i in read_interviews(project)}
    wanted = [
        i.id
        for i in cases.values()
        if query.filters.get("site", i.site) == i.site and i.id.startswith(query.filters.get("interview", ""))
    ]
    codings: tuple[Coding, ...] = ()
    if "code" in query.filters or "coder" in query.filters:
        coder = query.filters.get("coder")
        codings = tuple(
            c
            for c in read_codings(project, interviews=wanted, coders=[coder] if coder else None)
            if query.filters.get("code", c.code) == c.code
        )
    transcripts = _Transcripts(project)
    if not query.words:
        return tuple(_of_codings(codings, transcripts, query, cases))
    hits = search(
        project,
        query.words,
        language=query.filters.get("language", ""),
        interviews=wanted,
        lemmatise=_keys,
        lemmatiser="qualkit.language",
        limit=LIMIT,
    )
    return tuple(_of_hits(hits, codings, transcripts, query, cases))


@lru_cache(maxsize=50_000)
def _keys(word: str, language: str) -> frozenset[str]:
    from qualkit.language.lemmas import lemma_keys

    return lemma_keys(word, language)


class _Transcripts:
    """Transcripts read once a search."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.read: dict[str, Transcript | None] = {}

    def get(self, interview: str) -> Transcript | None:
        if interview not in self.read:
            try:
                self.read[interview] = load_transcript(self.project, interview)
            except QualkitError:  # `qualkit check` tells about it
                self.read[interview] = None
        return self.read[interview]


def _of_hits(
    hits: Iterable[Hit],
    codings: tuple[Coding, ...],
    transcripts: _Transcripts,
    query: Query,
    cases: dict[str, Interview],
) -> Iterable[Quote]:
    filtered = "code" in query.filters or "coder" in query.filters
    for hit in hits:
        transcript = transcripts.get(hit.interview)
        if transcript is None:
            continue
        speaker = transcript.speaker(hit.speaker)
        if query.filters.get("role", speaker.role) != speaker.role:
            continue
        end = hit.at + len(hit.text)
        if filtered and not any(
            c.interview == hit.interview and c.anchor.start < end and c.anchor.end > hit.at for c in codings
        ):
            continue
        at = hit.spans[0][0] if hit.spans else hit.at
        yield Quote(
            hit.interview,
            speaker.label,
            at,
            transcript.turns[hit.turn].start_ms,
            hit.text,
            cases[hit.interview].site if hit.interview in cases else "",
            hit.kind,
            tuple((a - hit.at, b - hit.at) for a, b in hit.spans),
        )


def _of_codings(
    codings: Iterable[Coding], transcripts: _Transcripts, query: Query, cases: dict[str, Interview]
) -> Iterable[Quote]:
    for coding in codings:
        transcript = transcripts.get(coding.interview)
        if transcript is None:
            continue
        speaker = transcript.speaker(transcript.turns[transcript.turn_at(coding.anchor.start)].speaker)
        if query.filters.get("role", speaker.role) == speaker.role:
            yield Quote(
                coding.interview,
                speaker.label,
                coding.anchor.start,
                coding.anchor.start_ms,
                coding.anchor.quote,
                cases[coding.interview].site if coding.interview in cases else "",
                f"{coding.code}, {coding.coder}",
            )
