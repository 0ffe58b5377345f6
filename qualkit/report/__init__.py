"""The frozen Report that every writer renders: figures, themes, the picture, and where each came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from qualkit.model import Step
from qualkit.picture import Picture, picture
from qualkit.picture.candidates import Candidate, Weights, candidates, weights
from qualkit.report.agreement import Agreed, agreed
from qualkit.report.coverage import Covered, coverage
from qualkit.report.method import Method, Withheld, method_of, withheld_of
from qualkit.report.saturation import Saturation, pair_saturation, saturation
from qualkit.report.scenes import Scene, scenes
from qualkit.themes.passages import Gathered, Passage, Selection, gather
from qualkit.themes.theme import Theme, themes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qualkit.coding.clusters import Cluster
    from qualkit.files.project import Project
    from qualkit.model import Codebook, Interview
    from qualkit.report.pseudonyms import Masks


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
    candidates: tuple[Candidate, ...] = ()
    """Infrastructure that would gain from being developed together, the first first."""
    weights: Weights | None = None
    coverage: tuple[Covered, ...] = ()
    saturation: Saturation | None = None
    pairs: Saturation | None = None
    """Saturation of pairs of codes."""
    agreement: Agreed | None = None
    scenes: tuple[Scene, ...] = ()
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    """Every passage that counts: the rows of the tables."""
    audience: str = "project"
    """``project`` or ``public``."""
    pseudonyms: bool = False
    unmasked: int = 0
    """Names that the language models see in printed quotes and that pseudonyms.csv does not have."""
    unkept: str = ""
    """Why there are no new vectors, so that quotes were chosen by those there were; else empty."""
    interviewers: tuple[str, ...] = ()
    characters: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Interview → code points of its transcript."""
    sounds: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Quote → its sound as MP3, where the report shall be listened to (:mod:`qualkit.report.sound`)."""
    mute: tuple[Withheld, ...] = ()
    """Quotes that then have no sound, and why."""

    @property
    def quotes(self) -> tuple[Passage, ...]:
        """Every quote that is printed, each once, in the order of the report."""
        return tuple({q.id: q for theme in self.themes for q in theme.printed}.values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report shall be."""

    language: str = ""
    """Of the words around the quotes; the project's first by default."""
    audience: str = "project"
    pseudonyms: bool = False


def build_report(
    project: Project, selection: Selection | None = None, language: str = "", wanted: Wanted | None = None
) -> Generator[Step, None, Report]:
    """Gather, count and choose quotes. ``language`` is fi, sv or en; the project's first by default.

    Without the embedding model's weights quotes are chosen by voice and order alone.
    """
    from qualkit.files.codebook import load_codebook
    from qualkit.files.statuses import read_statuses
    from qualkit.language.remembered import recall, words_file
    from qualkit.report.clusters import (
        accepted_clusters,
        all_clusters,
        outside_codebook,
        printable,
        with_codes,
        with_passages,
    )
    from qualkit.report.privacy import for_public, without_codes
    from qualkit.themes.passages import restricted_codes

    selection, wanted = selection or Selection(), wanted or Wanted()
    language = language or wanted.language or project.languages[0]
    public = wanted.audience == "public"
    weighting = weights(project)
    book = load_codebook(project)
    yield Step("report", "", 0, 5, "parts", "passages")
    gathered = gather(project, selection)
    clusters = all_clusters(project)
    accepted = accepted_clusters(project, clusters, book)
    gathered = whole = with_passages(project, gathered, accepted, selection)
    masks = _masks(project, whole, wanted, language)
    mask = masks.text if masks else lambda text: text
    clusters = printable(project, clusters, gathered, mask, public=public)
    outside = outside_codebook(clusters, gathered, accepted)
    book = full_book = with_codes(book, clusters, accepted)
    interviews = [case.id for case in gathered.interviews]
    judged = read_statuses(project)
    if public:
        codes = restricted_codes(project)
        closed = {c.id for c in book.codes} - {c.id for c in without_codes(book, codes).codes}
        gathered, book = for_public(gathered, closed), without_codes(book, codes)
    back = {masks.interview(i): i for i in interviews} if masks else {i: i for i in interviews}
    if masks:
        gathered, whole = masks.gathered(gathered), masks.gathered(whole)
        judged = masks.judgements(judged)
    shown = masks.project(project) if masks else project
    yield Step("report", "", 1, 5, "parts", "quotes")
    recall(words_file(project))
    vectors, unkept = yield from _vectors(project, gathered)
    found = themes(gathered, book, vectors)
    yield Step("report", "", 2, 5, "parts", "picture")
    grid = picture(shown, gathered, book, judged)
    ranked = candidates(grid, book, weighting, project.setting("picture", "targets", "infrastructure"))
    yield Step("report", "", 3, 5, "parts", "method")
    codes_of = _codes_of(gathered)
    held = sorted(
        (case for case in gathered.interviews if case.id in gathered.heard),
        key=lambda c: (c.date or "9999", c.id),
    )
    order = [case.id for case in held]
    report = Report(
        title=shown.name,
        date=today(),
        language=language,
        selection=masks.selection(selection) if masks else selection,
        codebook=book,
        cases={case.id: case for case in gathered.interviews},
        site_names={site.id: site.name for site in grid.sites},
        themes=found,
        picture=grid,
        clusters=outside,
        method=replace(method_of(project, gathered, book, interviews), codebook_hash=full_book.hash),
        withheld=withheld_of(whole, gathered, public=public),
        candidates=ranked,
        weights=weighting,
        coverage=coverage(gathered),
        saturation=saturation(codes_of, order),
        pairs=pair_saturation(codes_of, order),
        agreement=agreed(project, interviews, book, language, masks.coder if masks else str),
        passages=gathered.passages,
        audience=wanted.audience,
        unkept=unkept,
        characters={i: h.characters for i, h in gathered.heard.items()},
        pseudonyms=masks is not None,
        interviewers=()
        if masks
        else tuple(dict.fromkeys(c.interviewer for c in gathered.interviews if c.interviewer)),
    )
    yield Step("report", "", 4, 5, "parts", "contexts")
    printed = [(q, back[q.interview]) for q in report.quotes]
    report = replace(
        report,
        scenes=scenes(project, printed, gathered.heard, mask, public=public),
        unmasked=_unmasked(report) if masks else 0,
    )
    _make_room(report)
    yield Step("report", "", 5, 5, "parts")
    return report


def _make_room(report: Report) -> None:
    """Drop the dictionaries after a large report: its writers need the memory, and no dictionary."""
    from qualkit.files.memory import hand_back
    from qualkit.language.dictionary import let_go
    from qualkit.themes.phrases import MANY

    if len(report.passages) > MANY:
        let_go()
        hand_back()


def _codes_of(gathered: Gathered) -> dict[str, set[str]]:
    """Interview → its codes."""
    found: dict[str, set[str]] = {}
    for passage in gathered.passages:
        found.setdefault(passage.interview, set()).add(passage.code)
    return found


def today() -> str:
    """Today in ISO 8601; ``SOURCE_DATE_EPOCH`` sets it for builds that must come out the same."""
    import datetime as dt
    import os

    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = dt.datetime.fromtimestamp(int(fixed), dt.UTC) if fixed.isdigit() else dt.datetime.now(dt.UTC)
    return now.date().isoformat()


def _masks(project: Project, gathered: Gathered, wanted: Wanted, language: str) -> Masks | None:
    """The pseudonyms, with rows for what has none yet written to pseudonyms.csv."""
    if not wanted.pseudonyms:
        return None
    from qualkit.files.pseudonyms import read_pseudonyms, write_pseudonyms
    from qualkit.report.pseudonyms import complete, masks

    rows = read_pseudonyms(project)
    full = complete(project, gathered, rows, language)
    if full != rows:
        write_pseudonyms(project, full)
    return masks(full, dict.fromkeys(case.site for case in gathered.interviews))


def _unmasked(report: Report) -> int:
    """How many names of people and firms the language models still see in the quotes."""
    from qualkit.errors import MissingModel
    from qualkit.language.pipelines import names

    count = 0
    for language in ("fi", "en", "sv"):
        texts = [q.quote for q in report.quotes if q.language == language]
        try:
            found = names(texts, language) if texts else []
        except MissingModel:
            continue
        count += len(
            {
                name.text
                for text, seen in zip(texts, found, strict=True)
                for name in seen
                if name.kind in {"person", "organisation"}
                and "[" not in text[max(0, name.start - 1) : name.end]
            }
        )
    return count


EMBEDDED = 300
"""At most so many passages are embedded for a report; the suggestions have brought the others."""


def _vectors(
    project: Project, gathered: Gathered
) -> Generator[Step, None, tuple[Callable[[Sequence[Passage]], NDArray[np.float32] | None], str]]:
    """A function from passages to unit vectors; zero where one is missing and too many are.

    And why there are no new ones: they only help to choose, so a full disk or memory stops nothing.
    """
    from qualkit.coding.apart import embed_apart
    from qualkit.coding.embed import cache_folder, embedding_model
    from qualkit.coding.vectors import open_cache, text_key
    from qualkit.errors import MissingModel, QualkitError
    from qualkit.files.atomic import refusal

    def text(passage: Passage) -> str:
        return passage.quote.replace("\n", " ").strip()

    texts = [text(p) for p in gathered.passages]
    unkept = ""
    try:
        model = embedding_model(project)
        cache = open_cache(cache_folder(project.work, model))
        missing = cache.missing(texts) if cache else list(dict.fromkeys(texts))
        if missing:
            try:
                cache = yield from embed_apart(project.work, model, missing[:: -(-len(missing) // EMBEDDED)])
            except QualkitError as error:
                unkept = str(error)
    except MissingModel:
        return lambda _: None, ""
    except OSError as error:
        unkept = str(refusal(project.work, error))
    if cache is None:
        return lambda _: None, unkept

    def rows(passages: Sequence[Passage]) -> NDArray[np.float32] | None:
        import numpy as np

        found = np.zeros((len(passages), cache.dimensions), np.float32)
        keys = [text_key(cache.prompt, text(p)) for p in passages]
        here = [i for i, key in enumerate(keys) if key in cache.rows]
        if here:
            found[here] = cache.get([text(passages[i]) for i in here])
        return found

    return rows, unkept
