"""Coded passages, each joined with its case: what every table, theme and report counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from qualkit.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from qualkit.files.project import Project
    from qualkit.files.settlements import Settlement
    from qualkit.model import Anchor, Coding, Interview, Suggestion, Transcript
    from qualkit.themes.settled import Settled

MARK = "#restricted"
"""In the memo of a coding: its words may not be printed for the public."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which passages count. Empty means all; by default only what a person has decided."""

    interviews: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    coders: tuple[str, ...] = ()
    since: str = ""
    """ISO date of the first interviews that count; an interview without a date then does not."""
    until: str = ""
    """ISO date of the last ones."""
    confidence: float = 0.0
    """Least score, 0–1, of a suggestion that counts."""
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
    """The interviewee agreed to be quoted, and the report's audience may read it."""
    decision: str = ""
    """``coded`` by hand, ``accepted`` or ``bulk-accepted`` from a suggestion, ``settled`` between coders
    who disagreed, or only ``suggested``."""
    suggestion: str = ""
    """Id of the suggestion it was accepted from."""
    restricted: bool = False
    """Shares words with something marked restricted."""
    date: str = ""
    """Of the interview, ISO 8601."""
    created: str = ""
    """When it was coded, ISO 8601 in UTC; empty for what only a machine proposes."""
    altered: bool = False
    """Names in it were replaced, so that it is verbatim but for them."""

    @property
    def voice(self) -> tuple[str, str]:
        """Who speaks, over the whole project: interview and speaker."""
        return self.interview, self.speaker


@dataclass(frozen=True, slots=True)
class Heard:
    """What the other tables need of a transcript, so that each is read once and then let go."""

    revision: int
    language: str
    duration_ms: int
    """To the end of the last turn."""
    turns: int
    words: int
    characters: int
    """Code points of the canonical text."""
    model: str
    """That transcribed it; empty for a text that was brought in."""
    voices: tuple[str, ...]
    """Ids of the speakers who are not the interviewer."""
    questions: tuple[tuple[str, str], ...] = field(repr=False)
    """Language and text of the interviewer's turns."""
    restricted: tuple[tuple[int, int], ...] = ()
    """Spans that share words with something marked restricted."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The passages of a selection, and what had to be left out."""

    passages: tuple[Passage, ...]
    unplaced: tuple[Coding, ...]
    """Codings whose words cannot be found for certain in the newest revision."""
    interviews: tuple[Interview, ...]
    """The cases of the selection, coded or not."""
    heard: Mapping[str, Heard] = field(default_factory=dict)
    """Interview → its transcript in short, for those transcribed."""


def gather(project: Project, selection: Selection) -> Gathered:
    """Every coded passage of the selection, in the order of interviews.csv and of the text.

    A passage that two coders gave the same code counts once. Where they disagreed and it was
    settled, what was settled counts in place of both their codings. Suggestions count only
    where ``selection.suggestions`` asks for them and no person decided otherwise.
    Interviews whose transcript cannot be read are left out.
    """
    from qualkit.errors import BadFile
    from qualkit.files.interviews import read_interviews
    from qualkit.files.settlements import settlements
    from qualkit.files.transcript import load_transcript, transcript_ids

    agreed: dict[str, list[Settlement]] = defaultdict(list)
    for one in settlements(project):
        agreed[one.interview].append(one)
    transcribed = set(transcript_ids(project))
    cases = tuple(i for i in read_interviews(project) if _chosen(i, selection))
    found: list[Passage] = []
    unplaced: list[Coding] = []
    heard: dict[str, Heard] = {}
    damaged: set[str] = set()
    for case in cases:
        if case.id in transcribed:
            try:
                transcript = load_transcript(project, case.id)
            except BadFile:  # `qualkit check` tells of it; the other interviews stand
                damaged.add(case.id)
                continue
            passages, closed = _of_interview(project, case, transcript, selection, agreed[case.id], unplaced)
            found += passages
            heard[case.id] = _heard(transcript, closed)
    return Gathered(tuple(found), tuple(unplaced), tuple(c for c in cases if c.id not in damaged), heard)


def _chosen(case: Interview, selection: Selection) -> bool:
    return (
        (not selection.interviews or case.id in selection.interviews)
        and (not selection.sites or case.site in selection.sites)
        and (not selection.roles or case.role in selection.roles)
        and (not selection.languages or case.language in selection.languages)
        and (not selection.since or case.date >= selection.since)
        and (not selection.until or "" < case.date <= selection.until)
    )


def _heard(transcript: Transcript, restricted: tuple[tuple[int, int], ...]) -> Heard:
    asking = {s.id for s in transcript.speakers if s.role == "interviewer"}
    return Heard(
        revision=transcript.revision,
        language=transcript.language,
        duration_ms=max((turn.end_ms or 0 for turn in transcript.turns), default=0),
        turns=len(transcript.turns),
        words=sum(len(turn.text.split()) for turn in transcript.turns),
        characters=len(transcript.text),
        model=str(transcript.provenance.get("model", "")) if transcript.source else "",
        voices=tuple(dict.fromkeys(t.speaker for t in transcript.turns if t.speaker not in asking)),
        questions=tuple(
            (t.language or transcript.language, t.text) for t in transcript.turns if t.speaker in asking
        ),
        restricted=restricted,
    )


def restricted_codes(project: Project) -> frozenset[str]:
    """The codes that a public report may not show: ``restricted_codes`` under ``[privacy]``."""
    return _listed(project, "restricted_codes")


def _listed(project: Project, key: str) -> frozenset[str]:
    from qualkit.errors import BadFile

    value = project.settings.get("privacy", {}).get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadFile(project.config, f"privacy.{key} must be a list of ids.", f'Write {key} = ["water"].')
    return frozenset(value)


def _of_interview(
    project: Project,
    case: Interview,
    transcript: Transcript,
    selection: Selection,
    agreed: Sequence[Settlement],
    unplaced: list[Coding],
) -> tuple[list[Passage], tuple[tuple[int, int], ...]]:
    """The passages, and the spans that are restricted whichever codes were selected."""
    from qualkit.files.anchors import reanchor
    from qualkit.files.journal import read_codings
    from qualkit.files.suggestions import read_suggestions
    from qualkit.themes.settled import settled_of

    taken: list[Passage] = []
    by_code: dict[str, list[Passage]] = defaultdict(list)
    codes, quotes = restricted_codes(project), _listed(project, "restricted_quotes")
    closed: list[tuple[int, int]] = []
    codings = sorted(read_codings(project, interviews=[case.id]), key=lambda c: (c.created, c.coder, c.id))
    settled = settled_of(agreed, codings, transcript)
    for coding in codings:
        anchor = reanchor(coding.anchor, transcript)
        if anchor is not None and (coding.code in codes or coding.id in quotes or MARK in coding.memo):
            closed.append((anchor.start, anchor.end))
        if not _counts(coding, selection) or coding.id in settled.gone:
            continue
        if anchor is None:
            unplaced.append(coding)
            continue
        passage = _coded(case, transcript, coding, anchor)
        if coding.id in settled.holds:
            passage = replace(passage, decision="settled")
        if not any(_same(passage, other) for other in by_code[coding.code]):
            by_code[coding.code].append(passage)
            taken.append(passage)
    suggested = (
        [s for s in read_suggestions(project, case.id) if s.shown and s.revision == transcript.revision]
        if selection.suggestions or codes or quotes
        else []
    )
    closed += [(s.start, s.end) for s in suggested if s.code in codes or s.id in quotes]
    if selection.suggestions:
        decided = _decided(project, case.id, transcript, settled)
        taken += _suggested(case, transcript, selection, suggested, by_code, decided)
    if closed:
        taken = [replace(p, restricted=_touches(p.start, p.end, closed)) for p in taken]
    return sorted(taken, key=lambda p: (p.start, p.end, p.code)), tuple(sorted(closed))


def _counts(coding: Coding, selection: Selection) -> bool:
    return (not selection.coders or coding.coder in selection.coders) and (
        not selection.codes or coding.code in selection.codes
    )


def _touches(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start < b and end > a for a, b in spans)


def _coded(case: Interview, transcript: Transcript, coding: Coding, anchor: Anchor) -> Passage:
    how = "bulk-accepted" if coding.bulk else "accepted" if coding.suggestion else "coded"
    return make_passage(
        case,
        transcript,
        coding.id,
        coding.code,
        anchor.start,
        anchor.end,
        coding.coder,
        decision=how,
        suggestion=coding.suggestion,
        created=coding.created,
    )


def _suggested(
    case: Interview,
    transcript: Transcript,
    selection: Selection,
    suggested: Sequence[Suggestion],
    coded: Mapping[str, Sequence[Passage]],
    decided: Sequence[tuple[str, Anchor]],
) -> Iterator[Passage]:
    for suggestion in suggested:
        if suggestion.score < selection.confidence:
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
        if not interviewer and not any(_same(passage, other) for other in coded.get(passage.code, ())):
            yield passage


def _decided(
    project: Project, interview: str, transcript: Transcript, settled: Settled
) -> list[tuple[str, Anchor]]:
    """Code and place of every decision, what was settled as not given among them; "" is "nothing here"."""
    from qualkit.files.anchors import reanchor
    from qualkit.files.journal import read_decisions

    placed = []
    for decision in read_decisions(project, interviews=[interview]):
        anchor = reanchor(decision.anchor, transcript)
        if anchor is not None:
            placed.append(("" if decision.verdict is Verdict.NOTHING else decision.code, anchor))
    return [*placed, *settled.refused]


def _from_suggestion(case: Interview, transcript: Transcript, suggestion: Suggestion) -> Passage:
    return make_passage(
        case,
        transcript,
        suggestion.id,
        suggestion.code,
        suggestion.start,
        suggestion.end,
        f"model:{suggestion.model}",
        suggestion.score,
        decision="suggested",
        suggestion=suggestion.id,
    )


def make_passage(
    case: Interview,
    transcript: Transcript,
    ident: str,
    code: str,
    start: int,
    end: int,
    coder: str,
    score: float | None = None,
    *,
    decision: str = "",
    suggestion: str = "",
    created: str = "",
) -> Passage:
    """A passage of an interview: ``score`` None makes it a person's."""
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
        decision=decision,
        suggestion=suggestion,
        date=case.date,
        created=created,
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
