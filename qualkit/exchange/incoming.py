"""What a file of another tool holds, in one shape for all doors: values only, nothing is in a project yet.

Positions count code points of :attr:`InSource.text`, which has LF line ends and is
otherwise as the other tool had it. Keys tie the parts together (GUIDs, database
ids); they need not be unique across kinds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from qualkit.model import Codebook, Interview, Memo, Site, Suggestion, Transcript


_UNITS = {
    "codepoint": "Unicode code points",
    "utf16": "UTF-16 units",
    "utf8": "UTF-8 bytes",
    "line": "whole lines",
    "quote": "the quotes themselves",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """How many things of a kind were read, and what became of them."""

    kind: str
    read: int
    mapped: int
    kept: int = 0
    """Kept beside the project as they were, for writing back."""
    note: str = ""

    @property
    def dropped(self) -> int:
        """How many are lost."""
        return self.read - self.mapped - self.kept


@dataclass(frozen=True, slots=True)
class Convention:
    """How a writer counts positions in a text."""

    unit: str = "codepoint"
    """``codepoint`` or ``utf16``; ``utf8`` bytes, whole ``line`` numbers, or found by the ``quote``."""
    crlf: int = 1
    """What a line end CR LF counts: 1 or 2."""
    bom: bool = False
    """Whether a byte-order mark in front counts."""
    end: str = "exclusive"
    score: float = 1.0
    """Share of the selections that fit, 0–1."""
    certain: bool = True
    """No other convention fits as well and reads otherwise."""
    crlf_seen: bool = False
    bom_seen: bool = False

    def describe(self) -> str:
        """In a few words for a person."""
        unit = _UNITS[self.unit]
        lines = f", CR LF counted as {self.crlf}" if self.crlf_seen else ""
        mark = f", byte-order mark {'counted' if self.bom else 'not counted'}" if self.bom_seen else ""
        return f"{unit}{lines}{mark}, end {self.end}"


@dataclass(frozen=True, slots=True)
class InCode:
    """A code of another tool."""

    key: str
    name: str
    parent: str = ""
    description: str = ""
    color: str = ""
    codable: bool = True


@dataclass(frozen=True, slots=True)
class InSource:
    """A text of another tool, with what is known of its recording."""

    key: str
    name: str
    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    """Attributes of the text itself."""
    times: tuple[tuple[int, int], ...] = ()
    """Position in the text and when it is said, in ms."""
    recording: str = ""
    """Member of the archive, or of the folder, that holds the audio; empty when there is none."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Keys of its ``audio`` and its ``transcript``, where they are things of their own."""


@dataclass(frozen=True, slots=True)
class InCoding:
    """A code given to a span of a source."""

    key: str
    source: str
    start: int
    end: int
    code: str
    coder: str = ""
    """The coder's name; empty when not told."""
    created: str = ""
    memo: str = ""
    claimed: str = ""
    """The quote as the writer put it down beside the positions; empty when it did not."""
    selection: str = ""
    """GUID of the passage, where something that is kept speaks of it."""


@dataclass(frozen=True, slots=True)
class InMemo:
    """A note of another tool."""

    key: str
    text: str
    about: str
    """``project``, ``source``, ``code`` or ``coding``."""
    target: str = ""
    """Key of the source, code or coding."""
    title: str = ""
    coder: str = ""
    created: str = ""
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class InCase:
    """A case: attributes, and the sources it holds."""

    key: str
    name: str
    values: Mapping[str, str]
    sources: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Own:
    """What a Qualkit wrote beside the standard's elements, for another Qualkit."""

    languages: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()
    codebook: Codebook | None = None
    interviews: tuple[Interview, ...] = ()
    transcripts: Mapping[str, Transcript] = field(default_factory=dict)
    """Source key → transcript."""
    ids: Mapping[str, str] = field(default_factory=dict)
    """``kind:key`` → id."""
    codings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Coding id → ``suggestion`` and ``bulk``."""
    memos: tuple[Memo, ...] = ()
    """Memos that the standard has no place for, whole."""
    filed: frozenset[str] = frozenset()
    """Ids of memos that stand in ``memos/`` and not in a journal."""
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True)
class Incoming:
    """Everything that a file of another tool holds and that a project can hold."""

    path: Path
    origin: str
    name: str
    codes: tuple[InCode, ...] = ()
    sources: tuple[InSource, ...] = ()
    codings: tuple[InCoding, ...] = ()
    memos: tuple[InMemo, ...] = ()
    cases: tuple[InCase, ...] = ()
    losses: tuple[Loss, ...] = ()
    convention: Convention = field(default_factory=Convention)
    own: Own = field(default_factory=Own)
    guids: bool = False
    """Whether keys are GUIDs worth keeping."""
    spelled: Mapping[str, str] = field(default_factory=dict)
    """Key → GUID as it was written, where that is another spelling."""
    others: Mapping[str, str] = field(default_factory=dict)
    """``coder:NAME`` and ``variable:NAME`` → key."""
    kept: tuple[Element, ...] = ()
    """What a project has no place for, to be written back: see :mod:`qualkit.exchange.foreign`."""
    quoted: bool = False
    """Whether what codings claim is the whole quote, and never a title that somebody gave them."""
