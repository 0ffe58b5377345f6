"""Which language each piece of speech is in, out of those that the project has.

Whisper is asked for each piece, and only for as much of the encoder as the piece is
long. What it answers is then tried: a stretch counts as another language than the
interview's only when it also *reads* better in it, that is, when decoding it in that
language gives the likelier text. Guessing alone calls an accent a language, and a
wrong language turns an answer into a translation or into gibberish.

A language outside the set is admitted for one recording, and told of, when it is as
clear as that: heard for five seconds at a time, and read better than in any of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.transcription.engine import Clip
from qualkit.transcription.units import Piece

if TYPE_CHECKING:
    from qualkit.audio.pcm import Pcm
    from qualkit.audio.stretch import Stretch
    from qualkit.transcription.engine import Engine
    from qualkit.transcription.settings import Job

Beat = Callable[[str, float, float], None]
"""Called with a stage, what is done and the total of it."""
Chances = Mapping[str, float]

ENOUGH_MS = 10_000
"""As much of a piece tells its language."""
SHORTEST_MS = 1_000
TRIED_MS = 20_000
"""As much of a stretch is decoded to see in which language it reads better."""
SURE, LIKELY = 0.9, 0.6
SURE_MS, LIKELY_MS = 2_500, 5_000
"""The language changes on a piece of 2.5 s that is surely (0.9), or of 5 s that is likely (0.6) another."""
CLEARLY = 0.06
"""By as much must the log probability of another language's text be higher; twice that for short stretches.

Real speech decoded in the wrong language lost 0.09–1.2; an accent 0.0–0.04.
"""
SAMPLES = 3
"""Pieces that are decoded in every language when the interview's own is not known."""
MOST_TRIED = 4


@dataclass(frozen=True, slots=True)
class Ear:
    """One track, and an engine to hear it with."""

    engine: Engine
    pcm: Pcm
    channel: int
    beat: Beat

    def likelihoods(self, start_ms: int, end_ms: int, languages: Sequence[str]) -> dict[str, float]:
        """How likely the text is, decoded in each language: mean log probability of its tokens."""
        sound = self.pcm.read(start_ms, min(end_ms, start_ms + TRIED_MS), self.channel)
        heard = self.engine.hear([Clip(sound, language) for language in languages])
        self.beat("languages", 0, 0)
        return {
            language: h.log_probability if h.words else -9.0
            for language, h in zip(languages, heard, strict=True)
        }


@dataclass(frozen=True, slots=True)
class Told:
    """The languages of a recording."""

    main: str
    pieces: Mapping[int, tuple[Piece, ...]]
    """Of each track."""
    strangers: tuple[str, ...] = ()
    """Those of the pieces that are none of the project's."""


def tell(job: Job, ears: Mapping[int, Ear], found: Mapping[int, Sequence[Stretch]]) -> Told:
    """The interview's main language, and each track's pieces with their own."""
    settings = job.settings
    among = [settings.language] if settings.language else list(settings.languages)
    main = settings.language or job.main_language
    if main and main not in among:
        among.append(main)
    if len(among) < 2:
        main = main or (among or ["en"])[0]
        return Told(main, {c: tuple(Piece(s.start_ms, s.end_ms, main) for s in p) for c, p in found.items()})
    # a shorter piece never changes the language, so it is asked for only to find the main one
    least = SURE_MS if main else SHORTEST_MS
    every = [
        _Asked(piece, c, chance)
        for c, pieces in found.items()
        for piece, chance in zip(pieces, _chances(ears[c], pieces, least), strict=True)
    ]
    strangers = _strangers(ears, every, among)
    main = main or _main(ears, [a for a in every if a.best not in strangers], among)
    told = {}
    for channel, pieces in found.items():
        chances = [_among(a.chances, [*among, *strangers]) for a in every if a.channel == channel]
        told[channel] = tuple(_confirmed(ears[channel], guess(pieces, chances, main), main))
    heard = {p.language for pieces in told.values() for p in pieces}
    return Told(main, told, tuple(language for language in strangers if language in heard))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A piece and what Whisper says to it."""

    piece: Stretch
    channel: int
    chances: Chances

    @property
    def ms(self) -> int:
        """How long it is."""
        return self.piece.end_ms - self.piece.start_ms

    @property
    def best(self) -> str:
        """The likeliest of all languages; empty where it was not asked."""
        return max(self.chances, key=lambda language: self.chances[language]) if self.chances else ""


def _among(chances: Chances, languages: Sequence[str]) -> Chances:
    """The chances of some languages, which sum to 1."""
    some = {language: chances.get(language, 0.0) for language in languages} if chances else {}
    total = sum(some.values()) or 1.0
    return {language: chance / total for language, chance in some.items()}


def _longest(asked: Sequence[_Asked]) -> list[_Asked]:
    return sorted(asked, key=lambda a: (-a.ms, a.channel, a.piece.start_ms))[:SAMPLES]


def _strangers(ears: Mapping[int, Ear], every: Sequence[_Asked], among: Sequence[str]) -> tuple[str, ...]:
    """Languages outside ``among`` that pieces of five seconds are surely in, and read clearly better in."""
    sure = [a for a in every if a.ms >= LIKELY_MS and a.chances.get(a.best, 0.0) > SURE]
    out = []
    for language in dict.fromkeys(a.best for a in sure if a.best not in among):
        gains = []
        for asked in _longest([a for a in sure if a.best == language]):
            start, end = asked.piece.start_ms, asked.piece.end_ms
            likely = ears[asked.channel].likelihoods(start, end, [language, *among])
            gains.append(likely[language] - max(likely[known] for known in among))
        if sum(gains) / len(gains) >= 2 * CLEARLY:
            out.append(language)
    return tuple(out)


def _chances(ear: Ear, pieces: Sequence[Stretch], least_ms: int) -> list[Chances]:
    out: list[Chances] = []
    for i, piece in enumerate(pieces):
        if piece.end_ms - piece.start_ms < least_ms:
            out.append({})
        else:
            end = min(piece.end_ms, piece.start_ms + ENOUGH_MS)
            out += ear.engine.languages([ear.pcm.read(piece.start_ms, end, ear.channel)])
        ear.beat("languages", i + 1, len(pieces))
    return out


def guess(pieces: Sequence[Stretch], chances: Sequence[Chances], main: str) -> tuple[Piece, ...]:
    """Each piece with the language that Whisper guesses, keeping to the one before it unless it is sure.

    A piece changes the language only when it is long and likely enough another,
    so that a cough does not turn a Finnish interview Swedish.
    """
    out: list[Piece] = []
    now = main
    for piece, chance in zip(pieces, chances, strict=True):
        length = piece.end_ms - piece.start_ms
        best = max(chance, key=lambda language: chance[language]) if chance else now
        if best != now:
            p = chance[best]
            if (p > SURE and length >= SURE_MS) or (p > LIKELY and length >= LIKELY_MS):
                now = best
        out.append(Piece(piece.start_ms, piece.end_ms, now))
    return tuple(out)


def _confirmed(ear: Ear, guessed: Sequence[Piece], main: str) -> list[Piece]:
    """The pieces again; what reads no better in another language goes back to the main one."""
    out: list[Piece] = []
    i = 0
    while i < len(guessed):
        end = i + 1
        while end < len(guessed) and guessed[end].language == guessed[i].language:
            end += 1
        run = guessed[i:end]
        out += run if run[0].language == main else _tried(ear, run, main)
        i = end
    return out


def _tried(ear: Ear, run: Sequence[Piece], main: str) -> list[Piece]:
    """A run of another language: kept when its longest pieces are likelier text in it than in the main one.

    If they are not as a whole, those that are by themselves are kept, when they are five seconds long.
    """
    other = run[0].language
    gains: dict[Piece, float] = {}
    for piece in sorted(run, key=lambda p: (p.start_ms - p.end_ms, p.start_ms))[:SAMPLES]:
        likely = ear.likelihoods(piece.start_ms, piece.end_ms, (main, other))
        gains[piece] = likely[other] - likely[main]
    weight = sum(p.end_ms - p.start_ms for p in gains)
    gain = sum((p.end_ms - p.start_ms) * g for p, g in gains.items()) / weight
    if gain >= (CLEARLY if weight >= LIKELY_MS else 2 * CLEARLY):
        return list(run)
    kept = {p for p, g in gains.items() if g >= CLEARLY and p.end_ms - p.start_ms >= LIKELY_MS}
    return [p if p in kept else replace(p, language=main) for p in run]


def _main(ears: Mapping[int, Ear], every: Sequence[_Asked], among: Sequence[str]) -> str:
    """The language that the longest pieces read best in, of the few that are guessed most."""
    if not every:
        return among[0]
    weight = dict.fromkeys(among, 0.0)
    for asked in every:
        for language, p in _among(asked.chances, among).items():
            weight[language] += p * asked.ms
    tried = sorted(among, key=lambda language: -weight[language])[:MOST_TRIED]
    score = dict.fromkeys(tried, 0.0)
    for asked in _longest(every):
        start, end = asked.piece.start_ms, asked.piece.end_ms
        for language, p in ears[asked.channel].likelihoods(start, end, tried).items():
            score[language] += p
    return max(tried, key=lambda language: score[language])
