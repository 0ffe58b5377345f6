"""``qualkit suggest``: from segments to suggestions, an interview at a time.

Embeds what has no vector yet, scores every unit against the codebook, and
writes two files an interview: suggestions that people read, and the scores that
the learner starts from. Nothing a person wrote is touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qualkit.coding.background import background_texts
from qualkit.coding.embed import embed, embedding_model, vectors_of
from qualkit.coding.engine import Scorer, Scores, build_scorer, reasons, score
from qualkit.coding.experience_store import experience_of
from qualkit.coding.learn import KEPT, suggestion_id
from qualkit.coding.logistic import offered
from qualkit.coding.meaning import code_texts
from qualkit.coding.reader import readings
from qualkit.coding.scores import Scored, spans_of, write_scores
from qualkit.coding.units import Unit, units_of
from qualkit.coding.vectors import VectorCache, text_key
from qualkit.errors import BadFile
from qualkit.files.codebook import load_codebook
from qualkit.files.coded_units import units_beside
from qualkit.files.memory import unswept
from qualkit.files.segments import need_making, read_segments
from qualkit.files.suggestions import write_suggestions
from qualkit.files.transcript import load_transcript, transcript_ids
from qualkit.language.lemmas import lemma
from qualkit.language.remembered import recall, remember, words_file
from qualkit.language.tokens import words
from qualkit.language.wordlists import is_content
from qualkit.model import Step, Suggestion
from qualkit.segment import segment_project

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from numpy.typing import NDArray

    from qualkit.coding.encoder import EmbeddingModel
    from qualkit.files.project import Project

SAMPLE_OF_UNITS = 2_000
"""Units a language that the centre of the space is taken from."""


@dataclass(frozen=True, slots=True)
class SuggestSummary:
    """What a run of suggest made."""

    interviews: int
    units: int
    suggestions: int
    """Those shown."""
    silent: int
    """Units for which nothing is shown."""
    embedded: int
    """Texts that had no vector before this run; those that only a new reader read do not count."""
    model: str
    codebook: str


def suggest_project(
    project: Project, ids: Iterable[str] | None = None
) -> Generator[Step, None, SuggestSummary]:
    """Suggest codes for some interviews, or for every one that has a transcript.

    Interviews without current segments are segmented first.

    Raises:
        BadFile: the codebook has no code to give, or a file cannot be read.
        MissingModel: the embedding model is not here.
        UsageError: an interview is unknown.
    """
    from threadpoolctl import threadpool_limits

    codebook = load_codebook(project)
    if not codebook.codable:
        raise BadFile(
            project.codebook_path, "has no code that a passage could get.", "Add a code with `parent`."
        )
    wanted = tuple(ids) if ids is not None else transcript_ids(project)
    model = embedding_model(project)
    recalled = recall(words_file(project))
    units = yield from _units(project, wanted, model)
    experience = yield from experience_of(units_beside(project.codebook_path), model, project.work)
    texts = [text.text for text in code_texts(codebook)] + list(background_texts())
    every = [unit for one in units.values() for unit in one if not unit.backchannel]
    said = [text for unit in every for text in dict.fromkeys((unit.text, unit.context))]
    reader = experience.reader if experience else None
    of_codes = yield from embed(project.work, model, texts)
    cache = yield from embed(project.work, model, said, reader=reader)
    embedded = of_codes.made + cache.made
    own, read = _by_language(every, cache), readings(project.work, model, reader)
    shown = silent = 0
    # Many small products: threads for each cost more than they bring.
    with threadpool_limits(1, "blas"), unswept(old=True):
        scorer = build_scorer(codebook, cache.get, own, experience=experience, readings=read)
        for done, (interview, one) in enumerate(units.items()):
            yield Step("suggest", interview, done, len(units), "interviews")
            suggestions = _suggest(project, interview, one, scorer, model, cache)
            offered = {(s.start, s.end) for s in suggestions if s.shown}
            shown += sum(s.shown for s in suggestions)
            silent += len(one) - len(offered)
    remember(words_file(project), recalled)
    yield Step("suggest", "", len(units), len(units), "interviews")
    return SuggestSummary(
        len(units), sum(map(len, units.values())), shown, silent, embedded, model.id, codebook.hash
    )


def _units(
    project: Project, ids: Sequence[str], model: EmbeddingModel
) -> Generator[Step, None, dict[str, tuple[Unit, ...]]]:
    """The units of each interview, segmented now where they are not."""
    stale = [interview for interview in ids if need_making(project, interview)]
    if stale:
        yield from segment_project(project, stale, vectors_of(project.work, model))
    units = {}
    for interview in ids:
        try:
            transcript = load_transcript(project, interview)
        except BadFile:  # `qualkit check` tells of it; the other interviews go on
            continue
        units[interview] = units_of(transcript, read_segments(project, interview))
    return units


def _by_language(units: Sequence[Unit], cache: VectorCache) -> dict[str, NDArray[np.float32]]:
    """Vectors of a project's units by language, for the centre of the space."""
    grouped: dict[str, list[str]] = {}
    for unit in units:
        grouped.setdefault(unit.language, []).append(unit.text)
    return {
        language: cache.get(texts[:: max(1, len(texts) // SAMPLE_OF_UNITS)])
        for language, texts in sorted(grouped.items())
    }


def _suggest(
    project: Project,
    interview: str,
    units: tuple[Unit, ...],
    scorer: Scorer,
    model: EmbeddingModel,
    cache: VectorCache,
) -> list[Suggestion]:
    """Score one interview and write its two files."""
    read = [row for row, unit in enumerate(units) if not unit.backchannel]
    logits = np.full((len(units), len(scorer.codes)), -12.0, np.float32)
    gates = np.ones(len(units), np.float32)
    made: list[Suggestion] = []
    at = 0
    for scores in score(scorer, [units[row] for row in read], cache.get):
        logits[read[at : at + len(scores.units)]] = scores.logits
        gates[read[at : at + len(scores.units)]] = scores.gates
        made += suggestions_of(scorer, scores, model.id)
        at += len(scores.units)
    revision = units[0].revision if units else 0
    scored = Scored(
        interview=interview,
        revision=revision,
        model=model.id,
        codebook=scorer.codebook.hash,
        codes=scorer.codes,
        spans=spans_of([(unit.start, unit.end) for unit in units]),
        backchannel=np.array([unit.backchannel for unit in units], np.bool_),
        languages=tuple(unit.language for unit in units),
        keys=tuple(text_key(cache.prompt, unit.text) for unit in units),
        logits=logits,
        lemmas=tuple(content_lemmas(unit.text, unit.language) for unit in units),
        thresholds=scorer.thresholds,
        gates=gates,
        firmness=scorer.firmness,
        experience=scorer.experience.id if scorer.experience else "",
    )
    write_scores(project, scored)
    write_suggestions(project, model.id, interview, made, revision, scorer.codebook.hash)
    return made


def suggestions_of(scorer: Scorer, scores: Scores, model: str) -> list[Suggestion]:
    """The suggestions of scored units: what is shown, and what is only kept for ranking."""
    chance = scores.probabilities
    shown = offered(chance, scorer.thresholds, scores.gates)
    made = []
    for row, unit in enumerate(scores.units):
        for code in np.flatnonzero(chance[row] >= KEPT):
            p = float(chance[row, code])
            made.append(
                Suggestion(
                    suggestion_id(unit.interview, unit.revision, unit.start, unit.end, scorer.codes[code]),
                    unit.interview,
                    unit.revision,
                    unit.start,
                    unit.end,
                    scorer.codes[code],
                    round(p, 4),
                    model,
                    scorer.codebook.hash,
                    bool(shown[row, code]),
                    "",
                    reasons(scorer, scores, row, int(code)),
                )
            )
    return made


def content_lemmas(text: str, language: str) -> tuple[str, ...]:
    """The words of a text that mean something, in dictionary form and in order."""
    return tuple(lemma(word, language) for word in words(text) if is_content(word, language))
