"""The nouns of Qualkit as frozen values. Standard library only; behaviour lives in the layers above.

Positions are half-open ranges of **Unicode code points** of a transcript's
canonical text unless a name ends in ``_ms`` (milliseconds from the start of the
recording). Languages are ISO 639-1 codes (``fi``, ``sv``, ``en``). Times of day
are ISO 8601 in UTC (``2026-11-24T12:00:00Z``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = ("fi", "sv", "en")
CONTEXT = 32
"""Code points of context that an anchor keeps on each side of its quote."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault in one of the user's files, collected and shown together with others."""

    path: Path
    line: int
    """Counted from 1; 0 when the fault has no line."""
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.message} {self.hint}".rstrip()


@dataclass(frozen=True, slots=True)
class Step:
    """How far a stage has got. Long stages are generators of steps that return their result."""

    stage: str
    """The verb at work: ``transcribe``, ``suggest``, …"""
    item: str
    """The recording or interview at work; empty for the stage as a whole."""
    done: float
    total: float
    """In ``unit``; 0 when not known yet."""
    unit: str = "items"
    note: str = ""
    """A few words for a person: ``speakers``, ``kept: done before``."""


# ── Cases ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Site:
    """An industrial area or plant that interviews are about."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Interview:
    """One row of ``interviews.csv``: the case that a transcript belongs to."""

    id: str
    site: str = ""
    date: str = ""
    """ISO 8601 (``2026-11-24``) however the file wrote it; empty when not given."""
    language: str = ""
    role: str = ""
    """The interviewee's role at the site: ``plant manager``."""
    interviewer: str = ""
    consent: str = ""
    """What the interviewee agreed to: ``quote``, ``no-quote``; empty is not asked."""
    speakers: int = 2
    """How many people speak in the recording; 0 asks for an estimate."""
    recording: str = ""
    """File name in ``recordings/`` when it is not ``ID.*``."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Every further column."""


# ── Transcripts ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice in one interview."""

    id: str
    name: str = ""
    role: str = ""
    """``interviewer``, ``interviewee`` or empty."""

    @property
    def label(self) -> str:
        """What a reader is shown: the name, or the id when there is none."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a turn: ``turn.text[start:end]``, and when it was said."""

    start: int
    """Code points from the start of the turn's text, as ``end``."""
    end: int
    start_ms: int
    end_ms: int
    confidence: float | None = None
    """The engine's probability, 0–1; None when it gave none."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says until another takes over. ``text`` is NFC without line breaks."""

    speaker: str
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    """None for imported text without times."""
    words: tuple[Word, ...] = ()
    language: str = ""
    """Empty: the transcript's language."""
    overlap: bool = False
    """Somebody else speaks over part of it."""
    sampled: bool = False
    """Decoded at a temperature of 0.6 or more: read with doubt."""


class NoticeKind(StrEnum):
    """What a listener should know about a stretch of a recording."""

    DAMAGED = "damaged"
    GAP = "gap"
    TRUNCATED = "truncated"
    NO_SPEECH = "no-speech"
    OTHER_LANGUAGE = "other-language"
    SPEECH_WITHOUT_TEXT = "speech-without-text"
    LOOP = "loop"
    PHANTOM = "phantom"
    SAMPLED = "sampled"
    QUARANTINED = "quarantined"
    QUIET = "quiet"
    CLIPPED = "clipped"


@dataclass(frozen=True, slots=True)
class Notice:
    """A stretch of the recording to listen to again, and why."""

    kind: NoticeKind
    start_ms: int
    end_ms: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The recording that a transcript was made from."""

    file: str
    """Name inside ``recordings/``."""
    sha256: str
    duration_ms: int


@dataclass(frozen=True)
class Transcript:
    """One revision of what was said in an interview."""

    interview: str
    language: str
    speakers: tuple[Speaker, ...]
    turns: tuple[Turn, ...]
    revision: int = 1
    source: Source | None = None
    provenance: Mapping[str, object] = field(default_factory=dict)
    """Engine, model and its hash, settings, versions, time: what a data-management plan quotes."""
    notices: tuple[Notice, ...] = ()

    @cached_property
    def text(self) -> str:
        """The canonical text that anchors count in: turns in order, one a line, LF between."""
        return "\n".join(turn.text for turn in self.turns)

    @cached_property
    def turn_starts(self) -> tuple[int, ...]:
        """Where each turn begins in :attr:`text`."""
        starts, at = [], 0
        for turn in self.turns:
            starts.append(at)
            at += len(turn.text) + 1
        return tuple(starts)

    def turn_at(self, position: int) -> int:
        """Index of the turn that holds code point ``position`` (a line break belongs to the turn before)."""
        return max(0, bisect_right(self.turn_starts, position) - 1)

    def turns_in(self, start: int, end: int) -> range:
        """Indices of the turns that share text with ``[start, end)``."""
        if not self.turns:
            return range(0)
        return range(self.turn_at(start), self.turn_at(max(start, end - 1)) + 1)

    def times(self, start: int, end: int) -> tuple[int | None, int | None]:
        """When ``[start, end)`` was said, in ms: by words where there are any, else by turns."""
        begins: int | None = None
        ends: int | None = None
        for index in self.turns_in(start, end):
            turn, at = self.turns[index], self.turn_starts[index]
            said = [w for w in turn.words if at + w.start < end and at + w.end > start]
            first = said[0].start_ms if said else turn.start_ms
            last = said[-1].end_ms if said else turn.end_ms
            if begins is None:
                begins = first
            ends = last if last is not None else ends
        return begins, ends

    def speaker(self, speaker_id: str) -> Speaker:
        """The speaker with this id; one without a name when the transcript does not list it."""
        return next((s for s in self.speakers if s.id == speaker_id), Speaker(speaker_id))


@dataclass(frozen=True, slots=True)
class Segment:
    """A proposed unit of coding (a *meaning unit*) of one transcript revision."""

    interview: str
    revision: int
    start: int
    end: int
    question: tuple[int, int] | None = None
    """The question it answers, where the unit needs it for sense."""
    backchannel: bool = False
    """Only listening noises (``joo``, ``mm``): nothing to code."""
    language: str = ""


# ── Codebook ─────────────────────────────────────────────────────────────────

Texts = Mapping[str, str]
"""Language → text."""
Lists = Mapping[str, tuple[str, ...]]
"""Language → texts."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a codebook, in every language it is written in."""

    id: str
    name: Texts
    parent: str = ""
    """Id of the code above; empty for a *dimension*."""
    definition: Texts = field(default_factory=dict)
    include: Lists = field(default_factory=dict)
    exclude: Lists = field(default_factory=dict)
    examples: Lists = field(default_factory=dict)
    terms: Lists = field(default_factory=dict)
    """Words that betray the code, in dictionary form."""
    exclude_terms: Lists = field(default_factory=dict)
    """Words that look like a term and are not (``vesimies``)."""
    color: str = ""
    """``#rrggbb``."""
    codable: bool = True
    """False: only groups others, as a dimension does."""
    retired: bool = False
    """Kept for old codings, offered to nobody."""

    def name_in(self, language: str) -> str:
        """The name in ``language``, else in the first language that has one, else the id."""
        return self.name.get(language) or next((n for n in self.name.values() if n), self.id)

    def definition_in(self, language: str) -> str:
        """The definition in ``language``, else in the first language that has one, else empty."""
        return self.definition.get(language) or next((d for d in self.definition.values() if d), "")


@dataclass(frozen=True)
class Codebook:
    """A tree of codes. The roots are its *dimensions*."""

    name: Texts
    codes: tuple[Code, ...]
    version: str = "1"
    languages: tuple[str, ...] = LANGUAGES
    hash: str = ""
    """SHA-256 over the parsed content, so that comments and layout do not matter."""

    @cached_property
    def by_id(self) -> Mapping[str, Code]:
        """Code id → code."""
        return {code.id: code for code in self.codes}

    @cached_property
    def codable(self) -> tuple[Code, ...]:
        """The codes a passage can get, in the codebook's order."""
        return tuple(c for c in self.codes if c.codable and not c.retired)

    def dimension(self, code_id: str) -> str:
        """Id of the root above a code; the code itself when it is one, or is unknown."""
        seen: set[str] = set()
        at = code_id
        while at in self.by_id and self.by_id[at].parent and at not in seen:
            seen.add(at)
            at = self.by_id[at].parent
        return at

    @cached_property
    def _below(self) -> Mapping[str, tuple[Code, ...]]:
        found: dict[str, list[Code]] = {}
        for code in self.codes:
            found.setdefault(code.parent, []).append(code)
        return {parent: tuple(codes) for parent, codes in found.items()}

    def children(self, code_id: str) -> tuple[Code, ...]:
        """The codes directly below one; the dimensions for ``""``."""
        return self._below.get(code_id, ())


# ── Codings ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a passage stands in one revision, with enough of it to find it again in the next."""

    revision: int
    start: int
    end: int
    quote: str
    before: str = ""
    after: str = ""
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Coding:
    """A code that a coder gave to a passage."""

    id: str
    interview: str
    code: str
    coder: str
    anchor: Anchor
    created: str
    suggestion: str = ""
    """Id of the suggestion it was accepted from."""
    memo: str = ""
    bulk: str = ""
    """Id of the bulk acceptance it was part of; empty when decided one by one."""


class Verdict(StrEnum):
    """What a person said of a suggestion, or of a whole passage."""

    ACCEPT = "accept"
    REJECT = "reject"
    NOTHING = "nothing"
    """The passage holds nothing that the codebook asks about."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided on a passage: the evidence that the engine learns from."""

    id: str
    interview: str
    coder: str
    anchor: Anchor
    verdict: Verdict
    code: str = ""
    """Empty with ``Verdict.NOTHING``."""
    suggestion: str = ""
    created: str = ""


@dataclass(frozen=True, slots=True)
class Memo:
    """A researcher's note on a passage, a coding, a code, an interview or the project."""

    id: str
    about: str
    """``project``, ``interview:ID``, ``code:ID`` or ``coding:ID``."""
    coder: str
    created: str
    text: str
    title: str = ""
    anchor: Anchor | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing the score of a suggestion was made of."""

    kind: str
    """``term``, ``definition``, ``example``, ``decided``, ``context``, ``excluded``."""
    text: str
    """The word matched, the definition or example that is near, the neighbour decided before."""
    weight: float
    """Its part of the score in logits; negative speaks against."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code that the machine proposes for a passage, and why."""

    id: str
    interview: str
    revision: int
    start: int
    end: int
    code: str
    score: float
    """Calibrated probability that a researcher would give this code, 0–1."""
    model: str
    """``NAME@HASH`` of the embedding model."""
    codebook: str
    """Hash of the codebook it was made with."""
    shown: bool = True
    """At or over the code's threshold; the others are kept for ranking and for learning."""
    verdict: str = ""
    """The engine's own standing for this code: ``certified``, ``useful``, ``too little evidence``, …"""
    reasons: tuple[Reason, ...] = ()
