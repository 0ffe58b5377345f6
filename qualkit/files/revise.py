"""Corrections of a transcript as pure functions: each returns the next revision, unsaved."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from qualkit.errors import UsageError
from qualkit.files.text import one_line
from qualkit.model import Speaker, Turn, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.model import Transcript

INTERVIEWER, INTERVIEWEE = "interviewer", "interviewee"
ROLES_BY, BY_PERSON = "interviewer_by", "person"
"""Key in a transcript's provenance that says how roles were told, and its value when a person gave them."""


def _next(transcript: Transcript, **changes: object) -> Transcript:
    return replace(transcript, revision=transcript.revision + 1, **changes)  # type: ignore[arg-type]


def with_text(transcript: Transcript, index: int, text: str) -> Transcript:
    """Turn ``index`` with another text; words that still stand there keep their times.

    Raises :class:`UsageError` for an empty text: a turn without words is taken away by merging it.
    """
    text = one_line(text).strip()
    if not text:
        raise UsageError("A turn needs some text.", "Merge it with the turn before instead.")
    turn = transcript.turns[index]
    return _with_turns(transcript, index, index + 1, [replace(turn, text=text, words=kept_words(turn, text))])


def kept_words(turn: Turn, text: str) -> tuple[Word, ...]:
    """The words of a turn that ``text`` still holds, at their new places."""
    if not turn.words:
        return ()
    from difflib import SequenceMatcher  # the desk opens without it

    old = [turn.text[w.start : w.end].strip() for w in turn.words]
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    new = [text[a:b] for a, b in spans]
    kept = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and a2 - a1 == b2 - b1):  # a word for a word keeps its time
            pairs = zip(turn.words[a1:a2], spans[b1:b2], strict=True)
            sure = tag != "equal"
            kept += [
                replace(w, start=s, end=e, confidence=None if sure else w.confidence) for w, (s, e) in pairs
            ]
    return tuple(kept)


def with_name(transcript: Transcript, speaker: str, name: str) -> Transcript:
    """The speaker under another name, everywhere."""
    name = one_line(name).strip()
    listed = transcript.speakers
    if all(s.id != speaker for s in listed):
        listed = (*listed, Speaker(speaker))
    return _next(transcript, speakers=tuple(replace(s, name=name) if s.id == speaker else s for s in listed))


def with_speaker(transcript: Transcript, turns: Sequence[int], speaker: str) -> Transcript:
    """The turns given to a speaker; one that is not listed yet is added."""
    chosen = set(turns)
    listed = transcript.speakers
    if all(s.id != speaker for s in listed):
        listed = (*listed, Speaker(speaker))
    given = tuple(replace(t, speaker=speaker) if i in chosen else t for i, t in enumerate(transcript.turns))
    return _next(transcript, speakers=listed, turns=given)


def with_role(transcript: Transcript, speaker: str, role: str) -> Transcript:
    """The speaker as ``interviewer``, ``interviewee`` or, with an empty role, neither; said by a person.

    Where the machine had guessed the roles, whoever else it had called interviewer becomes interviewee.
    Raises :class:`UsageError` for another role.
    """
    if role not in ("", INTERVIEWER, INTERVIEWEE):
        raise UsageError(
            f"{role!r} is no role.", f"Use {INTERVIEWER}, {INTERVIEWEE}, or nothing to take it away."
        )
    guessed = transcript.provenance.get(ROLES_BY) != BY_PERSON
    other = INTERVIEWEE if role == INTERVIEWER else INTERVIEWER

    def given(s: Speaker) -> Speaker:
        if s.id == speaker:
            return replace(s, role=role)
        clash = guessed and role == INTERVIEWER and s.role in ("", INTERVIEWER)
        return replace(s, role=other) if clash else s

    listed = transcript.speakers
    if all(s.id != speaker for s in listed):
        listed = (*listed, Speaker(speaker))
    made = {**transcript.provenance, ROLES_BY: BY_PERSON}
    return _next(transcript, speakers=tuple(given(s) for s in listed), provenance=made)


def swapped(transcript: Transcript, first: str, second: str, since: int | None = None) -> Transcript:
    """Two speakers exchanged: their names and roles, or from turn ``since`` on what they say.

    Raises :class:`UsageError` when the whole interview is meant and neither has a name or a role:
    nothing would change but two ids.
    """
    if since is not None:
        other = {first: second, second: first}
        turns = tuple(
            replace(t, speaker=other.get(t.speaker, t.speaker)) if i >= since else t
            for i, t in enumerate(transcript.turns)
        )
        return _next(transcript, turns=turns)
    one, two = transcript.speaker(first), transcript.speaker(second)
    if not (one.name or one.role or two.name or two.role):
        raise UsageError(f"Neither {first} nor {second} has a name or a role to exchange.", "Rename them.")
    new = {first: replace(two, id=first), second: replace(one, id=second)}
    speakers = tuple(new.get(s.id, s) for s in transcript.speakers)
    made = {**transcript.provenance, ROLES_BY: BY_PERSON}
    return _next(transcript, speakers=speakers, provenance=made)


def onwards(transcript: Transcript, index: int) -> list[int]:
    """Turn ``index`` and every later turn of the same speaker."""
    speaker = transcript.turns[index].speaker
    return [i for i, turn in enumerate(transcript.turns) if i >= index and turn.speaker == speaker]


def find_speaker(transcript: Transcript, who: str) -> str:
    """The id of a speaker by id or name. Raises :class:`UsageError` when it is nobody's, or several's."""
    ids = [s.id for s in transcript.speakers]
    if who in ids:
        return who
    named = [s.id for s in transcript.speakers if s.name.casefold() == one_line(who).strip().casefold()]
    if len(named) == 1:
        return named[0]
    fault = "nobody" if not named else "several speakers"
    raise UsageError(f"{who!r} is {fault} in {transcript.interview}.", f"Speakers are {', '.join(ids)}.")


def find_turns(transcript: Transcript, where: str) -> range:
    """Turns by number from 1 (``12``), several (``12-15``), or the one that is said at a time (``4:05``).

    Raises :class:`UsageError` when there is no such turn.
    """
    if found := re.fullmatch(r"(?:(\d+):)?(\d{1,3}):(\d{2})", where):
        ms = ((int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3])) * 1000
        begun = [
            i for i, t in enumerate(transcript.turns) if t.start_ms is not None and t.start_ms < ms + 1000
        ]
        if not begun:
            raise UsageError(f"Nothing is said by {where} in {transcript.interview}.")
        ends = [t.end_ms for t in transcript.turns if t.end_ms is not None]
        if begun[-1] == len(transcript.turns) - 1 and ends and ms >= max(ends) + 1000:
            raise UsageError(f"Nothing is said at {where} in {transcript.interview} any more.")
        return range(begun[-1], begun[-1] + 1)
    numbers = re.fullmatch(r"(\d+)(?:-(\d+))?", where)
    if not numbers:
        raise UsageError(f"{where!r} is no turn.", "Give a number (12), several (12-15) or a time (4:05).")
    first, last = int(numbers[1]), int(numbers[2] or numbers[1])
    if not 1 <= first <= last <= len(transcript.turns):
        raise UsageError(f"{transcript.interview} has turns 1 to {len(transcript.turns)}, not {where}.")
    return range(first - 1, last)


def free_speaker(transcript: Transcript) -> str:
    """An id that no speaker has yet: ``S3``."""
    taken = {s.id for s in transcript.speakers} | {t.speaker for t in transcript.turns}
    return next(f"S{n}" for n in range(1, len(taken) + 2) if f"S{n}" not in taken)


def split(transcript: Transcript, position: int) -> Transcript:
    """The turn that holds a code point as two turns that meet there."""
    index = transcript.turn_at(position)
    turn, at = transcript.turns[index], position - transcript.turn_starts[index]
    head, tail = turn.text[:at].rstrip(), turn.text[at:]
    skipped = at + len(tail) - len(tail.lstrip())
    tail = tail.strip()
    if not head or not tail:
        raise UsageError("Nothing would be left on one side.", "Select the word that begins the new turn.")
    before = tuple(w for w in turn.words if w.end <= len(head))
    after = tuple(
        replace(w, start=w.start - skipped, end=w.end - skipped) for w in turn.words if w.start >= skipped
    )
    middle = before[-1].end_ms if before else after[0].start_ms if after else None
    if middle is None and turn.start_ms is not None and turn.end_ms is not None:  # by share of the text
        middle = turn.start_ms + (turn.end_ms - turn.start_ms) * at // len(turn.text)
    if turn.start_ms is None:
        middle = None
    starts = after[0].start_ms if after else middle
    return _with_turns(
        transcript,
        index,
        index + 1,
        [
            replace(turn, text=head, words=before, end_ms=middle),
            replace(turn, text=tail, words=after, start_ms=starts if middle is not None else None),
        ],
    )


def merged(transcript: Transcript, index: int) -> Transcript:
    """Turn ``index`` joined to the turn before it, under that turn's speaker."""
    if index < 1:
        raise UsageError("There is no turn before the first one.")
    first, second = transcript.turns[index - 1], transcript.turns[index]
    shift = len(first.text) + 1
    words = (*first.words, *(replace(w, start=w.start + shift, end=w.end + shift) for w in second.words))
    timed = first.start_ms is not None and second.end_ms is not None
    both = replace(
        first,
        text=f"{first.text} {second.text}",
        words=words,
        end_ms=second.end_ms if timed else first.end_ms,
        overlap=first.overlap or second.overlap,
        sampled=first.sampled or second.sampled,
    )
    return _with_turns(transcript, index - 1, index + 1, [both])


def moved_words(transcript: Transcript, start: int, end: int) -> Transcript:
    """The words ``[start, end)`` given to the turn they touch: the one before theirs, or the one after.

    Raises :class:`UsageError` when they stand at neither end of one turn, or are all of it.
    """
    index = transcript.turn_at(start)
    begin = transcript.turn_starts[index]
    text = transcript.turns[index].text
    before = not text[: max(0, start - begin)].strip()
    after = not text[max(0, end - begin) :].strip()
    if end > begin + len(text) or before == after:
        hint = "Select words from the first or up to the last of a turn; `merge` joins whole turns."
        raise UsageError("Words are moved from one end of a turn.", hint)
    if before:
        moved = merged(split(transcript, end), index)
    elif index + 1 == len(transcript.turns):
        raise UsageError("There is no turn after the last one.")
    else:
        moved = merged(split(transcript, start), index + 2)
        after_it = transcript.turns[index + 1]
        joined = replace(moved.turns[index + 1], speaker=after_it.speaker, language=after_it.language)
        moved = _with_turns(moved, index + 1, index + 2, [joined])
    return replace(moved, revision=transcript.revision + 1)


def _with_turns(transcript: Transcript, start: int, end: int, turns: Sequence[Turn]) -> Transcript:
    return _next(transcript, turns=(*transcript.turns[:start], *turns, *transcript.turns[end:]))
