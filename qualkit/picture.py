"""The situational picture: what is said of each asset and service at each site, and what nobody was asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.files.project import Project
    from qualkit.model import Code, Codebook, Site, Transcript
    from qualkit.themes.passages import Gathered, Passage

ASPECT = "aspect"
"""The dimension whose codes say *how* an asset is spoken of; the other dimensions are rows of the picture."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is said of one code at one site."""

    site: str
    code: str
    passages: tuple[Passage, ...]
    aspects: Mapping[str, int]
    """Aspect code → passages here that carry it too, commonest first."""
    asked: bool
    """An interviewer at this site brought it up, whether or not anybody answered."""

    @property
    def speakers(self) -> int:
        """Independent voices: the strength of the evidence."""
        return len({p.voice for p in self.passages})


@dataclass(frozen=True, slots=True)
class Picture:
    """The grid of sites and codes."""

    sites: tuple[Site, ...]
    codes: tuple[Code, ...]
    """Codable codes of every dimension but the aspects, in the codebook's order."""
    cells: Mapping[tuple[str, str], Cell]
    """(site id, code id) → cell, for every pair."""
    interviews: Mapping[str, int]
    """Site id → interviews transcribed."""

    @property
    def gaps(self) -> tuple[Cell, ...]:
        """Cells that nobody spoke of at a site where somebody was interviewed: the unasked first."""
        empty = [c for c in self.cells.values() if not c.passages and self.interviews.get(c.site)]
        return tuple(sorted(empty, key=lambda c: c.asked))

    def cell(self, site: str, code: str) -> Cell:
        """The cell of a site and a code of the grid."""
        return self.cells[site, code]


def picture(project: Project, gathered: Gathered, book: Codebook) -> Picture:
    """The picture of the gathered passages over the sites of their interviews."""
    from qualkit.files.transcript import load_transcript, transcript_ids
    from qualkit.model import Site

    names = {site.id: site for site in project.sites}
    here = dict.fromkeys(case.site for case in gathered.interviews if case.site)
    sites = tuple(names.get(site, Site(site, site)) for site in here)
    codes = tuple(c for c in book.codable if book.dimension(c.id) != ASPECT)

    transcribed = set(transcript_ids(project))
    interviews: Counter[str] = Counter()
    asked: set[tuple[str, str]] = set()
    topics = _Topics(book)
    for case in gathered.interviews:
        if case.id in transcribed:
            interviews[case.site] += 1
            asked |= {(case.site, code) for code in topics.asked(load_transcript(project, case.id))}

    spoken: dict[tuple[str, str], list[Passage]] = defaultdict(list)
    for passage in gathered.passages:
        spoken[passage.site, passage.code].append(passage)
    aspects = _aspects(gathered, book)
    cells = {}
    for site in sites:
        for code in codes:
            passages = tuple(spoken[site.id, code.id])
            counted = Counter(a for p in passages for a in aspects[p.id])
            cells[site.id, code.id] = Cell(
                site.id,
                code.id,
                passages,
                dict(counted.most_common()),
                asked=bool(passages) or (site.id, code.id) in asked,
            )
    return Picture(sites, codes, cells, interviews)


def _aspects(gathered: Gathered, book: Codebook) -> Mapping[str, set[str]]:
    """Passage id → the aspect codes given to the same words."""
    from qualkit.themes.passages import overlapping

    found: dict[str, set[str]] = defaultdict(set)
    for one, other in overlapping(gathered.passages):
        for passage, neighbour in ((one, other), (other, one)):
            if book.dimension(neighbour.code) == ASPECT:
                found[passage.id].add(neighbour.code)
    return found


class _Topics:
    """Finds the codes whose terms an interviewer says."""

    def __init__(self, book: Codebook) -> None:
        from qualkit.coding.lexical import LexicalIndex

        self._index = LexicalIndex(book)

    def asked(self, transcript: Transcript) -> set[str]:
        interviewers = {s.id for s in transcript.speakers if s.role == "interviewer"}
        found: set[str] = set()
        for turn in transcript.turns:
            if turn.speaker in interviewers:
                evidence = self._index.match(turn.text, turn.language or transcript.language)
                found |= {code for code, seen in evidence.items() if seen.matched}
        return found
