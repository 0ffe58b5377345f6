"""Coded passages, each joined with its case: what every table, theme and report counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualkit.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qualkit.files.project import Project
    from qualkit.model import Anchor, Coding, Interview, Suggestion, Transcript


@dataclass(frozen=True, slots=True)
class Selection:
    """Which passages count. Empty means all; by default only what a person has decided."""

    interviews: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    coders: tuple[str, ...] = ()
    suggestions: bool = False
    """Also what the machine suggests and nobody has decided on; such passages stay marked."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A coded stretch of an interview. ``quote`` is verbatim: ``transcript.text[start:end]``."""

    id: str
    """Of the coding, or of the suggestion."""
    interview: str
    site: str
    role: str
    language: str
    code: str
    revision: int
    start: int
    end: int
    start_ms: int | None
    end_ms: int | None
    quote: str = field(repr=False)
    speaker: str
    """Id of the first interviewee who speaks in it, else of its first speaker."""
    speaker_name: str
    coder: str
    """A person's name, or ``model:NAME@HASH``."""
    by_person: bool
    score: float | None
    quotable: bool
    """The interviewee agreed to be quoted."""

    @property
    def voice(self) -> tuple[str, str]:
        """Who speaks, over the whole project: interview and speaker."""
        return self.interview, self.speaker


@dataclass(frozen=True, slots=True)
class Gathered:
    """The passages of a selection, and what had to be left out."""

    passages: tuple[Passage, ...]
    unplaced: tuple[Coding, ...]
    """Codings whose words cannot be found for certain in the newest revision."""
    interviews: tuple[Interview, ...]
    """The cases of the selection, coded or not."""


def gather(project: Project, selection: Selection) -> Gathered:
    """Every coded passage of the selection, in the order of interviews.csv and of the text.

    A passage that two coders gave the same code counts once. Suggestions count only
    where ``selection.suggestions`` asks for them and no person decided otherwise.
    """
    from qualkit.files.interviews import read_interviews
    from qualkit.files.transcript import load_transcript, transcript_ids

    transcribed = set(transcript_ids(project))
    cases = tuple(i for i in read_interviews(project) if _chosen(i, selection))
    found: list[Passage] = []
    unplaced: list[Coding] = []
    for case in cases:
        if case.id in transcribed:
            transcript = load_transcript(project, case.id)
            found += _of_interview(project, case, transcript, selection, unplaced)
    return Gathered(tuple(found), tuple(unplaced), cases)


def _chosen(case: Interview, selection: Selection) -> bool:
    return (
        (not selection.interviews or case.id in selection.interviews)
        and (not selection.sites or case.site in selection.sites)
        and (not selection.roles or case.role in selection.roles)
        and (not selection.languages or case.language in selection.languages)
    )


def _of_interview(
    project: Project,
    case: Interview,
    transcript: Transcript,
    selection: Selection,
    unplaced: list[Coding],
) -> Iterator[Passage]:
    from qualkit.files.anchors import reanchor
    from qualkit.files.journal import read_codings

    taken: list[Passage] = []
    coders = selection.coders or None
    for coding in sorted(read_codings(project, interviews=[case.id], coders=coders), key=lambda c: c.created):
        if selection.codes and coding.code not in selection.codes:
            continue
        anchor = reanchor(coding.anchor, transcript)
        if anchor is None:
            unplaced.append(coding)
            continue
        passage = _passage(case, transcript, coding.id, coding.code, anchor.start, anchor.end, coding.coder)
        if not any(_same(passage, other) for other in taken):
            taken.append(passage)
    if selection.suggestions:
        taken += _suggested(project, case, transcript, selection, taken)
    return iter(sorted(taken, key=lambda p: (p.start, p.end, p.code)))


def _suggested(
    project: Project,
    case: Interview,
    transcript: Transcript,
    selection: Selection,
    coded: Sequence[Passage],
) -> Iterator[Passage]:
    from qualkit.files.suggestions import read_suggestions

    decided = _decided(project, case.id, transcript)
    for suggestion in read_suggestions(project, case.id):
        if not suggestion.shown or suggestion.revision != transcript.revision:
            continue
        if selection.codes and suggestion.code not in selection.codes:
            continue
        if any(
            a.start < suggestion.end and a.end > suggestion.start and code in ("", suggestion.code)
            for code, a in decided
        ):
            continue
        passage = _from_suggestion(case, transcript, suggestion)
        interviewer = transcript.speaker(passage.speaker).role == "interviewer"
        if not interviewer and not any(_same(passage, other) for other in coded):
            yield passage


def _decided(project: Project, interview: str, transcript: Transcript) -> list[tuple[str, Anchor]]:
    """Code and place of every decision; an empty code is "nothing here"."""
    from qualkit.files.anchors import reanchor
    from qualkit.files.journal import read_decisions

    placed = []
    for decision in read_decisions(project, interviews=[interview]):
        anchor = reanchor(decision.anchor, transcript)
        if anchor is not None:
            placed.append(("" if decision.verdict is Verdict.NOTHING else decision.code, anchor))
    return placed


def _from_suggestion(case: Interview, transcript: Transcript, suggestion: Suggestion) -> Passage:
    return _passage(
        case,
        transcript,
        suggestion.id,
        suggestion.code,
        suggestion.start,
        suggestion.end,
        f"model:{suggestion.model}",
        suggestion.score,
    )


def _passage(
    case: Interview,
    transcript: Transcript,
    ident: str,
    code: str,
    start: int,
    end: int,
    coder: str,
    score: float | None = None,
) -> Passage:
    turns = [transcript.turns[i] for i in transcript.turns_in(start, end)]
    speakers = [transcript.speaker(t.speaker) for t in turns]
    speaker = next((s for s in speakers if s.role != "interviewer"), speakers[0])
    language = next(
        (t.language for t in turns if t.speaker == speaker.id and t.language), transcript.language
    )
    start_ms, end_ms = transcript.times(start, end)
    return Passage(
        id=ident,
        interview=case.id,
        site=case.site,
        role=case.role,
        language=language,
        code=code,
        revision=transcript.revision,
        start=start,
        end=end,
        start_ms=start_ms,
        end_ms=end_ms,
        quote=transcript.text[start:end],
        speaker=speaker.id,
        speaker_name=speaker.label,
        coder=coder,
        by_person=score is None,
        score=score,
        quotable=case.consent != "no-quote",
    )


def _same(passage: Passage, other: Passage) -> bool:
    """Two coders meant the same: one code, and spans that share more than half of the shorter one."""
    shared = min(passage.end, other.end) - max(passage.start, other.start)
    shorter = min(passage.end - passage.start, other.end - other.start)
    return passage.code == other.code and shared * 2 > shorter


def overlapping(passages: Iterable[Passage]) -> Iterator[tuple[Passage, Passage]]:
    """Pairs of passages of one interview that share text and carry different codes, each pair once."""
    active: list[Passage] = []
    for passage in sorted(passages, key=lambda p: (p.interview, p.start, p.end, p.code)):
        active = [p for p in active if p.interview == passage.interview and p.end > passage.start]
        yield from ((p, passage) for p in active if p.code != passage.code)
        active.append(passage)
