"""The frozen Report that every writer renders: figures, themes, the picture, and where each came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.model import Step
from qualkit.picture import Picture, picture
from qualkit.themes.passages import Gathered, Passage, Selection, gather
from qualkit.themes.theme import Theme, themes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qualkit.coding.clusters import Cluster
    from qualkit.files.project import Project
    from qualkit.model import Codebook, Interview


@dataclass(frozen=True, slots=True)
class Method:
    """How the findings came about, counted from the project's own files."""

    interviews: int
    transcribed: int
    duration_ms: int
    """Of the transcribed interviews, from the last word of each."""
    turns: int
    languages: Mapping[str, int]
    """Language → interviews."""
    coders: tuple[str, ...]
    codings: int
    suggestions: int
    """Passages in this report that only a machine has proposed."""
    accepted: int
    rejected: int
    """Decisions of people on suggestions, over the whole selection."""
    embedding_model: str
    """``NAME@HASH`` that the suggestions come from; empty when there are none."""
    transcription_models: tuple[str, ...]
    codebook_version: str
    codebook_hash: str
    version: str
    """Of Qualkit."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that the report counts and does not print, and why."""

    reason: str
    """``no-consent``, ``unplaced``."""
    count: int
    interviews: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a writer needs; the same project and selection give the same report, the date aside."""

    title: str
    date: str
    """ISO 8601."""
    language: str
    """Of the words around the quotes."""
    selection: Selection
    codebook: Codebook
    cases: Mapping[str, Interview]
    site_names: Mapping[str, str]
    themes: tuple[Theme, ...]
    picture: Picture
    clusters: tuple[Cluster, ...]
    """Groups of passages that no code holds."""
    method: Method
    withheld: tuple[Withheld, ...]

    @property
    def quotes(self) -> tuple[Passage, ...]:
        """Every quote that is printed, each once, in the order of the report."""
        return tuple({q.id: q for theme in self.themes for q in theme.quotes}.values())


def build_report(
    project: Project, selection: Selection | None = None, language: str = ""
) -> Generator[Step, None, Report]:
    """Gather, count and choose quotes. ``language`` is fi, sv or en; the project's first by default.

    Without the embedding model's weights quotes are chosen by voice and order alone.
    """
    import datetime as dt

    from qualkit.coding.clusters import read_clusters
    from qualkit.files.codebook import load_codebook

    selection = selection or Selection()
    book = load_codebook(project)
    yield Step("report", "", 0, 4, "parts", "passages")
    gathered = gather(project, selection)
    yield Step("report", "", 1, 4, "parts", "quotes")
    vectors = yield from _vectors(project, gathered)
    found = themes(gathered, book, vectors)
    yield Step("report", "", 2, 4, "parts", "picture")
    grid = picture(project, gathered, book)
    yield Step("report", "", 3, 4, "parts", "method")
    report = Report(
        title=project.name,
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        language=language or project.languages[0],
        selection=selection,
        codebook=book,
        cases={case.id: case for case in gathered.interviews},
        site_names={site.id: site.name for site in grid.sites},
        themes=found,
        picture=grid,
        clusters=read_clusters(project),
        method=_method(project, gathered, book),
        withheld=_withheld(gathered),
    )
    yield Step("report", "", 4, 4, "parts")
    return report


def _vectors(
    project: Project, gathered: Gathered
) -> Generator[Step, None, Callable[[Sequence[Passage]], NDArray[np.float32] | None]]:
    """A function from passages to unit vectors, computed where they are missing."""
    from qualkit.coding.embed import embed, embedding_model
    from qualkit.errors import MissingModel

    def text(passage: Passage) -> str:
        return passage.quote.replace("\n", " ").strip()

    try:
        cache = yield from embed(project.work, embedding_model(project), map(text, gathered.passages))
    except MissingModel:
        return lambda _: None
    return lambda passages: cache.get([text(p) for p in passages])


def _withheld(gathered: Gathered) -> tuple[Withheld, ...]:
    silent = [p.interview for p in gathered.passages if not p.quotable]
    lost = [c.interview for c in gathered.unplaced]
    return tuple(
        Withheld(reason, len(interviews), tuple(dict.fromkeys(interviews)))
        for reason, interviews in (("no-consent", silent), ("unplaced", lost))
        if interviews
    )


def _method(project: Project, gathered: Gathered, book: Codebook) -> Method:
    from qualkit import __version__
    from qualkit.files.journal import read_decisions
    from qualkit.files.transcript import load_transcript, transcript_ids
    from qualkit.model import Verdict

    ids = [case.id for case in gathered.interviews]
    here = set(transcript_ids(project))
    transcripts = [load_transcript(project, i) for i in ids if i in here]
    decisions = [d for d in read_decisions(project, interviews=ids) if d.suggestion]
    verdicts = Counter(d.verdict for d in decisions)
    people = [p for p in gathered.passages if p.by_person]
    machine = [p for p in gathered.passages if not p.by_person]
    engines = {str(t.provenance.get("model", "")) for t in transcripts if t.source}
    return Method(
        interviews=len(ids),
        transcribed=len(transcripts),
        duration_ms=sum(max((turn.end_ms or 0 for turn in t.turns), default=0) for t in transcripts),
        turns=sum(len(t.turns) for t in transcripts),
        languages=dict(Counter(t.language for t in transcripts).most_common()),
        coders=tuple(sorted({p.coder for p in people})),
        codings=len(people),
        suggestions=len(machine),
        accepted=verdicts[Verdict.ACCEPT],
        rejected=verdicts[Verdict.REJECT],
        embedding_model=machine[0].coder.removeprefix("model:") if machine else "",
        transcription_models=tuple(sorted(engines - {""})),
        codebook_version=book.version,
        codebook_hash=book.hash,
        version=__version__,
    )
