"""From heard words and speakers to a transcript: turns of one speaker in one language, and notices."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from qualkit.audio.stretch import Stretch
from qualkit.model import Notice, NoticeKind, Source, Speaker, Transcript, Turn, Word
from qualkit.transcription import guards
from qualkit.transcription.plan import MIX, Plan
from qualkit.transcription.speakers.diarizer import Diarization, Spoken
from qualkit.transcription.speakers.words import overlaps, speakers_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qualkit.transcription.guards import Heard
    from qualkit.transcription.listen import WindowWords

PAUSE_MS = 4_000
"""One speaker's turn is cut at a pause this long."""
LONG_MS, BREATH_MS = 90_000, 400
"""A turn longer than this is cut at the next sentence that ends in a pause of 0.4 s."""
QUIET_LUFS = -45.0
CLIPPED = 0.001
"""Share of samples at full scale from which a recording counts as clipped."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A word with all that decides which turn it belongs to."""

    word: Heard
    speaker: int
    language: str
    sampled: bool


def assemble(
    interview: str,
    plan: Plan,
    windows: Mapping[int, Sequence[WindowWords]],
    found: Diarization,
    source: Source,
    provenance: Mapping[str, object],
) -> tuple[Transcript, dict[int, str]]:
    """The transcript of a recording from its plan, the windows of each unit, and who spoke.

    Also which id each of the diarization's speakers got; those without a word got none.
    A unit that is missing from ``windows``, or is empty there though it has
    windows in the plan, counts as quarantined.
    """
    said = _said(plan, windows, found)
    used = sorted({s.speaker for s in said})
    names = {speaker: f"S{i + 1}" for i, speaker in enumerate(used)}
    turns = tuple(_turn(group, names, plan.main_language, overlaps(found.spoken)) for group in _groups(said))
    speakers = tuple(Speaker(names[s]) for s in used) or (Speaker("S1"),)
    transcript = Transcript(
        interview=interview,
        language=plan.main_language,
        speakers=speakers,
        turns=turns,
        source=source,
        provenance={**provenance, "coverage": coverage(plan, windows)},
        notices=notices(plan, windows),
    )
    return transcript, names


def _said(plan: Plan, windows: Mapping[int, Sequence[WindowWords]], found: Diarization) -> list[_Said]:
    out: list[_Said] = []
    for track in plan.tracks:
        heard = [
            (word, window)
            for index, unit in enumerate(plan.units)
            if unit.track == track.channel
            for window in windows.get(index, ())
            for word in window.words
        ]
        words = [word for word, _ in heard]
        if plan.separate and track.channel != MIX and found.backend == "channels":
            who = [track.channel] * len(words)
        else:
            who = speakers_of(words, found.spoken)
        out += [
            _Said(word, speaker, window.language, window.sampled)
            for (word, window), speaker in zip(heard, who, strict=True)
        ]
    if len(plan.tracks) > 1:
        out = _by_phrases(out)
    return out


def _by_phrases(said: list[_Said]) -> list[_Said]:
    """Two channels as one text: phrases in order of their start, never cut into each other word by word."""
    phrases: list[list[_Said]] = []
    last: dict[int, list[_Said]] = {}
    for one in said:
        phrase = last.get(one.speaker)
        if (
            phrase
            and one.word.start_ms - phrase[-1].word.end_ms < 700
            and phrase[-1].word.text[-1:] not in ".!?…"
        ):
            phrase.append(one)
        else:
            phrases.append([one])
            last[one.speaker] = phrases[-1]
    phrases.sort(key=lambda p: p[0].word.start_ms)
    return [one for phrase in phrases for one in phrase]


def _groups(said: Sequence[_Said]) -> list[list[_Said]]:
    groups: list[list[_Said]] = []
    for one in said:
        if groups and not _takes_over(groups[-1], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _takes_over(group: Sequence[_Said], one: _Said) -> bool:
    last = group[-1]
    if one.word.joined and one.speaker == last.speaker:
        return False
    if one.speaker != last.speaker or one.language != last.language:
        return True
    pause = one.word.start_ms - last.word.end_ms
    long = last.word.end_ms - group[0].word.start_ms > LONG_MS
    return pause >= PAUSE_MS or (long and pause >= BREATH_MS and last.word.text[-1:] in ".!?…")


def _turn(group: Sequence[_Said], names: Mapping[int, str], main: str, crossed: Sequence[Stretch]) -> Turn:
    text, words = _text([one.word for one in group])
    start = group[0].word.start_ms
    end = max(start, *(one.word.end_ms for one in group))
    language = group[0].language
    return Turn(
        speaker=names[group[0].speaker],
        text=text,
        start_ms=start,
        end_ms=end,
        words=words,
        language="" if language == main else language,
        overlap=any(o.start_ms < end and o.end_ms > start for o in crossed),
        sampled=any(one.sampled for one in group),
    )


def _text(words: Sequence[Heard]) -> tuple[str, tuple[Word, ...]]:
    """The canonical text of words (NFC, single spaces), and where each stands in it."""
    text = ""
    out: list[Word] = []
    for word in words:
        clean = " ".join(unicodedata.normalize("NFC", word.text).split())
        if not clean:
            continue
        if word.joined and out:
            joined = unicodedata.normalize("NFC", text[out[-1].start :] + clean)
            text = text[: out[-1].start] + joined
            last = out.pop()
            confidence = min(last.confidence or 0.0, word.probability)
            out.append(
                Word(
                    last.start, len(text), last.start_ms, max(last.end_ms, word.end_ms), round(confidence, 3)
                )
            )
            continue
        start = len(text) + bool(text)
        text = f"{text} {clean}" if text else clean
        out.append(
            Word(start, len(text), word.start_ms, max(word.start_ms, word.end_ms), round(word.probability, 3))
        )
    return text, tuple(out)


# ── Notices ──────────────────────────────────────────────────────────────────


def notices(plan: Plan, windows: Mapping[int, Sequence[WindowWords]]) -> tuple[Notice, ...]:
    """Everything a listener should know, in order of time."""
    out = [
        Notice(NoticeKind.DAMAGED, s.start_ms, s.end_ms, "this part of the file is damaged")
        for s in plan.damaged
    ]
    out += [Notice(NoticeKind.GAP, s.start_ms, s.end_ms, "the recording pauses here") for s in plan.gaps]
    if plan.truncated:
        missing = ((plan.claimed_ms or 0) - plan.duration_ms) // 1000
        message = "the file is cut off: " + (
            f"its header promises {missing} s more" if missing > 0 else "the mark of its end is missing"
        )
        out.append(Notice(NoticeKind.TRUNCATED, plan.duration_ms, plan.duration_ms, message))
    for track in plan.tracks:
        out += _levels(plan, track.lufs, track.clipped)
    if not any(track.pieces for track in plan.tracks):
        out.append(
            Notice(NoticeKind.NO_SPEECH, 0, plan.duration_ms, "speech was expected and none was found")
        )
    out += _strangers(plan)
    for index, unit in enumerate(plan.units):
        heard = windows.get(index, ())
        out += [notice for window in heard for notice in window.notices]
        if not heard and unit.windows:
            message = "decoding failed twice here; nothing was transcribed"
            out.append(
                Notice(NoticeKind.QUARANTINED, unit.windows[0].start_ms, unit.windows[-1].end_ms, message)
            )
    for channel, missed in _missed(plan, windows):
        side = f" on channel {channel + 1}" if channel != MIX else ""
        out.append(
            Notice(
                NoticeKind.SPEECH_WITHOUT_TEXT,
                missed.start_ms,
                missed.end_ms,
                f"somebody speaks{side}; no text",
            )
        )
    unique = dict.fromkeys(out)
    return tuple(sorted(unique, key=lambda n: (n.start_ms, n.end_ms, n.kind.value)))


def _strangers(plan: Plan) -> list[Notice]:
    """Stretches in a language that is none of the project's."""
    out = []
    for track in plan.tracks:
        for language, run in groupby(track.pieces, lambda p: p.language):
            pieces = list(run)
            if language in plan.strangers:
                message = f"sounds like {language}, none of the project's languages; heard as that"
                out.append(Notice(NoticeKind.OTHER_LANGUAGE, pieces[0].start_ms, pieces[-1].end_ms, message))
    return out


def _levels(plan: Plan, lufs: float, clipped: float) -> list[Notice]:
    out = []
    if -70 < lufs < QUIET_LUFS:
        message = f"very quiet ({lufs:.0f} LUFS); it was amplified"
        out.append(Notice(NoticeKind.QUIET, 0, plan.duration_ms, message))
    if clipped > CLIPPED:
        message = f"overdriven: {clipped:.1%} of the samples are at full scale"
        out.append(Notice(NoticeKind.CLIPPED, 0, plan.duration_ms, message))
    return out


def _missed(plan: Plan, windows: Mapping[int, Sequence[WindowWords]]) -> list[tuple[int, Stretch]]:
    out = []
    for track in plan.tracks:
        given_up = [
            Stretch(u.windows[0].start_ms, u.windows[-1].end_ms)
            for i, u in enumerate(plan.units)
            if u.track == track.channel and u.windows and not windows.get(i)
        ]
        words = [
            word
            for i, unit in enumerate(plan.units)
            if unit.track == track.channel
            for window in windows.get(i, ())
            for word in window.words
        ]
        out += [
            (track.channel, missed)
            for missed in guards.uncovered(words, track.speech)
            if not any(g.start_ms <= missed.start_ms and missed.end_ms <= g.end_ms for g in given_up)
        ]
    return out


def coverage(plan: Plan, windows: Mapping[int, Sequence[WindowWords]]) -> dict[str, int]:
    """Milliseconds of detected speech, and how many of them no word is near (stretches over a second)."""
    speech = sum(s.end_ms - s.start_ms for track in plan.tracks for s in track.speech)
    missed = sum(m.end_ms - m.start_ms for _, m in _missed(plan, windows))
    return {"speech_ms": speech, "without_text_ms": missed}


def one_speaker(plan: Plan) -> Diarization:
    """A diarization for when there is none."""
    return Diarization((Spoken(0, plan.duration_ms, 0),), "none")
