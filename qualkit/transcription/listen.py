"""Hearing one unit: decode its windows, doubt what came of it, hear the doubtful again, keep the best.

Everything here depends on the unit alone, so that a run that was killed gives
the words that an uninterrupted one would have given.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.model import Notice, NoticeKind
from qualkit.transcription import guards
from qualkit.transcription.engine import SAMPLED, Clip, Engine, Hearing
from qualkit.transcription.guards import Fault, Heard
from qualkit.transcription.hints import hint_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qualkit.audio.pcm import Pcm
    from qualkit.audio.stretch import Stretch
    from qualkit.transcription.units import Unit, Window

TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0)
SHIFT_MS = 1_000
WHISPER_MS = 30_000
"""As much as an engine hears at once."""
MISSED_MS = 2_000
"""Speech without words of at least this length is heard again alone."""
SEED = 20_261_124


@dataclass(frozen=True, slots=True)
class WindowWords:
    """What was made of one window."""

    start_ms: int
    end_ms: int
    language: str
    words: tuple[Heard, ...]
    sampled: bool = False
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class _Take:
    """One attempt at a window."""

    words: tuple[Heard, ...]
    faults: tuple[Fault, ...]
    log_probability: float
    no_speech: float
    temperature: float = 0.0

    @property
    def rank(self) -> tuple[int, int, float]:
        """Higher is better: no loop, few faults, likely."""
        return (-(Fault.LOOP in self.faults), -len(self.faults), self.log_probability)


def hear_unit(engine: Engine, pcm: Pcm, unit: Unit, hints: Sequence[str] = ()) -> tuple[WindowWords, ...]:
    """The words of every window of a unit, on the recording's clock, with what to listen to again."""
    hotwords = hint_text(hints)
    clips = [
        Clip(pcm.read(w.start_ms, w.end_ms, unit.track), w.language, hotwords=hotwords) for w in unit.windows
    ]
    first = engine.hear(clips)
    out: list[WindowWords] = []
    before = ""
    for window, hearing in zip(unit.windows, first, strict=True):
        ear = _Ear(engine, pcm, unit.track, window, tuple(hints), before)
        done = ear.best(hearing)
        before = guards.joined_text(done.words)
        out.append(done)
    return tuple(out)


@dataclass(frozen=True, slots=True)
class _Ear:
    """One window, and all that is needed to hear it again."""

    engine: Engine
    pcm: Pcm
    track: int
    window: Window
    hints: tuple[str, ...]
    before: str

    def best(self, hearing: Hearing) -> WindowWords:
        take = self._take(hearing, self.window.start_ms, self.hints)
        if take.faults and self.hints:
            take = max(take, self._again(self.window.start_ms, self.window.end_ms), key=lambda t: t.rank)
        if take.faults and not self._silent(take):
            take = self._insist(take)
        if self._silent(take) or guards.over_music(
            guards.joined_text(take.words), self.window.speech_ms, take.log_probability, take.no_speech
        ):
            return self._silence(take)
        words, notices = self._without_inventions(take.words)
        words = self._with_missed(words)
        if Fault.LOOP in take.faults:
            notices.append(self._notice(NoticeKind.LOOP, "the same words again and again"))
        sampled = take.temperature >= SAMPLED
        if sampled:
            notices.append(self._notice(NoticeKind.SAMPLED, f"decoded at temperature {take.temperature:g}"))
        return WindowWords(
            self.window.start_ms, self.window.end_ms, self.window.language, words, sampled, tuple(notices)
        )

    def _again(self, start_ms: int, end_ms: int, temperature: float = 0.0) -> _Take:
        sound = self.pcm.read(start_ms, end_ms, self.track)
        seed = SEED + start_ms
        clip = Clip(sound, self.window.language, temperature=temperature, seed=seed)
        return self._take(self.engine.hear([clip])[0], start_ms, ())

    def _take(self, hearing: Hearing, at_ms: int, hints: tuple[str, ...]) -> _Take:
        words = tuple(
            Heard(w.text, at_ms + w.start_ms, at_ms + w.end_ms, w.probability, w.joined)
            for w in hearing.words
        )
        words = guards.snapped(words, self.window.speech)
        words = tuple(w for w in words if w.end_ms > self.window.start_ms and w.start_ms < self.window.end_ms)
        return self._judged(words, hearing.log_probability, hearing.no_speech, hearing.temperature, hints)

    def _judged(
        self,
        words: tuple[Heard, ...],
        log_probability: float,
        no_speech: float,
        temperature: float,
        hints: tuple[str, ...] = (),
    ) -> _Take:
        found = guards.faults(
            guards.joined_text(words),
            self.window.speech_ms,
            log_probability=log_probability,
            before=self.before,
            hints=hints,
        )
        return _Take(words, found, log_probability, no_speech, temperature)

    def _insist(self, take: _Take) -> _Take:
        """Shifted by a second, then in two halves, then sampled: the first without fault, else the best."""
        best = take
        for new in self._attempts():
            if not new.faults:
                return new
            best = max(best, new, key=lambda t: t.rank)
        return best

    def _attempts(self) -> Iterator[_Take]:
        start, end = self.window.start_ms, self.window.end_ms
        yield self._again(max(0, start - SHIFT_MS), min(end, start - SHIFT_MS + WHISPER_MS))
        yield self._halves()
        for temperature in TEMPERATURES:
            yield self._again(start, end, temperature)

    def _halves(self) -> _Take:
        """The window in two, cut at its widest pause."""
        speech = self.window.speech
        gaps = [(b.start_ms - a.end_ms, (a.end_ms + b.start_ms) // 2) for a, b in itertools.pairwise(speech)]
        middle = (self.window.start_ms + self.window.end_ms) // 2
        cut = max(gaps)[1] if gaps else middle
        parts = [self._again(self.window.start_ms, cut), self._again(cut, self.window.end_ms)]
        return self._judged(
            parts[0].words + parts[1].words,
            min(p.log_probability for p in parts),
            max(p.no_speech for p in parts),
            0.0,
        )

    def _silent(self, take: _Take) -> bool:
        """Whisper's own rule: nobody speaks, and what it says all the same is unlikely."""
        return not take.words or (
            take.no_speech > guards.NO_SPEECH and take.log_probability < guards.LOG_PROBABILITY
        )

    def _silence(self, take: _Take) -> WindowWords:
        notices = (
            (self._notice(NoticeKind.PHANTOM, "text was made up where nobody spoke"),) if take.words else ()
        )
        return WindowWords(
            self.window.start_ms,
            self.window.end_ms,
            self.window.language,
            self._with_missed(()),
            False,
            notices,
        )

    def _without_inventions(self, words: tuple[Heard, ...]) -> tuple[tuple[Heard, ...], list[Notice]]:
        drop: set[int] = set(guards.astray(words, self.window.speech))
        for start, end in guards.phantoms(words, self.window.speech):
            drop.update(range(start, end))
        notices: list[Notice] = []
        if drop:
            gone = [words[i] for i in sorted(drop)]
            notices.append(
                Notice(
                    NoticeKind.PHANTOM,
                    gone[0].start_ms,
                    gone[-1].end_ms,
                    f"{len(gone)} words were made up where nobody spoke",
                )
            )
        return tuple(w for i, w in enumerate(words) if i not in drop), notices

    def _with_missed(self, words: tuple[Heard, ...]) -> tuple[Heard, ...]:
        """Speech that no word covers is heard once more, alone."""
        for missed in guards.uncovered(words, self.window.speech, MISSED_MS):
            if (
                missed.end_ms - missed.start_ms > 0.9 * (self.window.end_ms - self.window.start_ms)
                and not words
            ):
                continue
            found = self._alone(missed)
            words = tuple(sorted((*words, *found), key=lambda w: (w.start_ms, w.end_ms)))
        return words

    def _alone(self, missed: Stretch) -> tuple[Heard, ...]:
        start = max(self.window.start_ms, missed.start_ms - 200)
        end = min(self.window.end_ms, missed.end_ms + 200)
        ear = replace(self, window=replace(self.window, start_ms=start, end_ms=end, speech=(missed,)))
        take = ear._again(start, end)
        if take.faults or ear._silent(take):
            return ()
        words, _ = ear._without_inventions(take.words)
        sure = sum(w.probability for w in words) / len(words) if words else 0.0
        return words if sure >= 0.4 else ()

    def _notice(self, kind: NoticeKind, message: str) -> Notice:
        return Notice(kind, self.window.start_ms, self.window.end_ms, message)
