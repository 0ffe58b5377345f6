"""The situational picture: what is said of each asset and service at each site, and what nobody was asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualkit.files.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.files.project import Project
    from qualkit.files.statuses import Judgement
    from qualkit.model import Code, Codebook, Site
    from qualkit.picture.status import Proposal
    from qualkit.themes.passages import Gathered, Heard, Passage

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
    judgements: tuple[Judgement, ...] = ()
    """What people have said of its status, the latest first: that one holds."""
    proposal: Proposal | None = None
    """What the wording suggests, as long as no person has decided."""
    carrying: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Passage id → its aspects."""

    @property
    def status(self) -> Status | None:
        """The status that holds: a person's, else the proposal's; None when there is neither."""
        if self.judgements:
            return self.judgements[0].status
        if not self.passages:
            return Status.NOT_DISCUSSED
        return self.proposal.status if self.proposal else None

    @property
    def decided(self) -> bool:
        """A person has set the status."""
        return bool(self.judgements)

    @property
    def strength(self) -> str:
        """How much the cell rests on: ``none``, a ``single`` voice, ``some`` (two), ``several`` (more)."""
        return ("none", "single", "some", "several")[min(3, self.speakers)]

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


def picture(
    project: Project,
    gathered: Gathered,
    book: Codebook,
    judged: Mapping[tuple[str, str], tuple[Judgement, ...]] | None = None,
) -> Picture:
    """The picture of the gathered passages over the sites of their interviews.

    ``judged`` are the statuses people have set; the project's by default.
    """
    from qualkit.files.statuses import read_statuses
    from qualkit.model import Site
    from qualkit.picture.status import propose

    names = {site.id: site for site in project.sites}
    here = dict.fromkeys(case.site for case in gathered.interviews if case.site)
    sites = tuple(names.get(site, Site(site, site)) for site in here)
    codes = tuple(c for c in book.codable if book.dimension(c.id) != ASPECT)

    interviews: Counter[str] = Counter()
    asked: set[tuple[str, str]] = set()
    topics = _Topics(book)
    for case in gathered.interviews:
        if case.id in gathered.heard:
            interviews[case.site] += 1
            asked |= {(case.site, code) for code in topics.asked(gathered.heard[case.id])}

    spoken: dict[tuple[str, str], list[Passage]] = defaultdict(list)
    for passage in gathered.passages:
        spoken[passage.site, passage.code].append(passage)
    aspects = aspects_of(gathered, book)
    judged = read_statuses(project) if judged is None else judged
    cells = {}
    order = {code.id: place for place, code in enumerate(book.codes)}
    for site in sites:
        for code in codes:
            passages = tuple(spoken[site.id, code.id])
            counted = Counter(a for p in passages for a in aspects[p.id])
            cells[site.id, code.id] = Cell(
                site.id,
                code.id,
                passages,
                dict(sorted(counted.items(), key=lambda item: (-item[1], order[item[0]]))),
                asked=bool(passages) or (site.id, code.id) in asked,
                judgements=judged.get((site.id, code.id), ()),
                proposal=propose(passages, aspects),
                carrying={p.id: tuple(sorted(aspects[p.id])) for p in passages if p.id in aspects},
            )
    return Picture(sites, codes, cells, interviews)


def aspects_of(gathered: Gathered, book: Codebook) -> Mapping[str, set[str]]:
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

    def asked(self, heard: Heard) -> set[str]:
        found: set[str] = set()
        for language, text in heard.questions:
            evidence = self._index.match(text, language)
            found |= {code for code, seen in evidence.items() if seen.matched}
        return found
