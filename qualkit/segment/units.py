"""Turns cut into meaning units by one of three rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qualkit.errors import UsageError
from qualkit.language.tokens import tokens
from qualkit.model import Segment
from qualkit.segment.clauses import Span, clauses, sentences
from qualkit.segment.hints import boundary_hints
from qualkit.segment.talk import interviewers, is_answer_noise, is_backchannel, is_question

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from qualkit.model import Transcript

    Embed = Callable[[list[str]], NDArray[np.float32]]

RULES = ("meaning", "sentence", "turn")
MEAN_WORDS = 40
"""How long a unit of a long answer is in the mean, unless the project says otherwise."""
ASKED_UNDER = 25
"""An answer of fewer words is read together with its question."""
BARE = 3
"""A longer answer that begins with a sentence of so few words (``On tullu.``) is, too."""
CUT_OVER = 1.4
"""Turns of more than this many means are cut."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A turn of an interviewee, or of anyone where nobody interviews."""

    index: int
    at: int
    language: str
    spans: list[Span]
    """Units so far, in the turn's own code points."""
    question: Span | None
    backchannel: bool


def segment_transcript(
    transcript: Transcript, rule: str = "meaning", mean_words: float = MEAN_WORDS, embed: Embed | None = None
) -> tuple[Segment, ...]:
    """The units of one transcript, in its order.

    ``turn``: each turn. ``sentence``: each sentence. ``meaning``: turns, the long
    ones cut where the subject changes, ``mean_words`` in the mean. ``embed`` gives
    one vector a text; without it words alone decide. What interviewers say is no
    unit of its own: it is the ``question`` of a short answer. A unit never crosses
    a turn, never begins or ends with white space, and holds whole words.
    Raises UsageError for an unknown rule or a mean that is not positive.
    """
    if rule not in RULES:
        raise UsageError(f"There is no segmentation rule {rule!r}.", f"Choose one of {', '.join(RULES)}.")
    if not mean_words >= 1:
        raise UsageError("A unit must be at least one word long in the mean.", "Set mean_words to 40 or so.")
    said = _said(transcript, rule)
    cut = _by_meaning(transcript, said, mean_words, embed) if rule == "meaning" else {}
    segments = []
    for turn in said:
        spans = cut.get(turn.index, turn.spans)
        for number, (start, end) in enumerate(spans):
            text = transcript.turns[turn.index].text[start:end]
            asked = turn.question if number == 0 and _leans(text, turn.language) else None
            segments.append(
                Segment(
                    interview=transcript.interview,
                    revision=transcript.revision,
                    start=turn.at + start,
                    end=turn.at + end,
                    question=asked,
                    backchannel=turn.backchannel,
                    language=turn.language,
                )
            )
    return tuple(segments)


def _leans(text: str, language: str) -> bool:
    """Whether an answer needs its question for sense: it is short, or begins with a bare *it has*."""
    if len(tokens(text)) < ASKED_UNDER:
        return True
    start, end = sentences(text, language)[0]
    return len(tokens(text[start:end])) <= BARE


def _said(transcript: Transcript, rule: str) -> list[_Said]:
    """The turns that may hold units, with the question that each answers."""
    asking = interviewers(transcript)
    question: Span | None = None
    asker = ""
    said = []
    for index, turn in enumerate(transcript.turns):
        language = turn.language or transcript.language
        at = transcript.turn_starts[index]
        whole = _whole(turn.text)
        if whole is None:
            continue
        noise = is_backchannel(turn.text, language)
        if turn.speaker in asking:
            if not noise:
                question = _question(turn.text, at, language)
                asker = turn.speaker
            continue
        answers = question if question is not None and turn.speaker != asker else None
        if noise and answers is not None and is_answer_noise(turn.text):
            noise = False
        spans = sentences(turn.text, language) if rule == "sentence" else [whole]
        said.append(_Said(index, at, language, spans, None if noise else answers, noise))
        if not noise:
            question = None
            if not asking and is_question(turn.text, language):
                question, asker = _question(turn.text, at, language), turn.speaker
    return said


def _whole(text: str) -> Span | None:
    """The turn without white space at its ends; None when there is no word in it."""
    if not any(c.isalnum() for c in text):
        return None
    left = len(text) - len(text.lstrip())
    return left, len(text.rstrip())


def _question(text: str, at: int, language: str) -> Span | None:
    """From the first question of a turn to its last, in the transcript's code points."""
    asks = [span for span in sentences(text, language) if is_question(text[slice(*span)], language)]
    if asks:
        return at + asks[0][0], at + asks[-1][1]
    return None


def clause_vectors(
    texts: list[str], turns: list[int], language: str, embed: Embed | None
) -> NDArray[np.float64]:
    """What the clauses of some turns are about: their words, and their meaning where ``embed`` gives it."""
    import numpy as np

    from qualkit.segment.partition import centred, smoothed
    from qualkit.segment.vectors import lexical_vectors

    said = lexical_vectors(texts, language)
    lengths = np.maximum(np.linalg.norm(said, axis=1, keepdims=True), 1e-12)
    if embed is None:
        return np.asarray(said / lengths, dtype=np.float64)
    return np.hstack([centred(smoothed(np.asarray(embed(texts)), turns)), said / lengths])


def _by_meaning(
    transcript: Transcript, said: list[_Said], mean_words: float, embed: Embed | None
) -> dict[int, list[Span]]:
    """Turn index → its units, for the turns long enough to be cut."""
    from qualkit.segment.partition import partition, price_for

    pieces: dict[int, list[Span]] = {}
    for turn in said:
        text = transcript.turns[turn.index].text
        if len(tokens(text)) > CUT_OVER * mean_words:
            found = clauses(transcript.turns[turn.index], turn.language)
            if len(found) > 1:
                pieces[turn.index] = found
    if not pieces:
        return {}
    texts = [transcript.turns[i].text[start:end] for i, found in pieces.items() for start, end in found]
    vectors = clause_vectors(texts, [len(found) for found in pieces.values()], transcript.language, embed)
    languages = {turn.index: turn.language for turn in said}
    long: dict[int, tuple[NDArray[np.float64], list[int], list[float]]] = {}
    at = 0
    for index, found in pieces.items():
        turn_of = transcript.turns[index]
        sizes = [len(tokens(turn_of.text[start:end])) for start, end in found]
        hints = boundary_hints(turn_of, found, languages[index])
        long[index] = (vectors[at : at + len(found)], sizes, hints)
        at += len(found)
    price = price_for(list(long.values()), mean_words)
    result = {}
    for index, (rows, sizes, hints) in long.items():
        starts = partition(rows, sizes, hints, price, mean_words)
        ends = [*starts[1:], len(sizes)]
        found = pieces[index]
        result[index] = [
            (found[first][0], found[last - 1][1]) for first, last in zip(starts, ends, strict=True)
        ]
    return result
