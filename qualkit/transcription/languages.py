"""Which language each piece of speech is in, out of those that the project has.

Whisper is asked for each piece, and only for as much of the encoder as the piece is
long. What it answers is then tried: a stretch counts as another language than the
interview's only when it also *reads* better in it, that is, when decoding it in that
language gives the likelier text. Guessing alone calls an accent a language, and a
wrong language turns an answer into a translation or into gibberish.
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


def tell(
    job: Job, ears: Mapping[int, Ear], found: Mapping[int, Sequence[Stretch]]
) -> tuple[str, dict[int, tuple[Piece, ...]]]:
    """The interview's main language, and each track's pieces with their own."""
    settings = job.settings
    among = [settings.language] if settings.language else list(settings.languages)
    main = settings.language or job.main_language
    if main and main not in among:
        among.append(main)
    if len(among) < 2:
        main = main or (among or ["en"])[0]
        return main, {c: tuple(Piece(s.start_ms, s.end_ms, main) for s in p) for c, p in found.items()}
    # a shorter piece never changes the language, so it is asked for only to find the main one
    least = SURE_MS if main else SHORTEST_MS
    chances = {c: _chances(ears[c], pieces, among, least) for c, pieces in found.items()}
    if not main:
        main = _main(ears, found, chances, among)
    told = {}
    for channel, pieces in found.items():
        guessed = guess(pieces, chances[channel], main)
        told[channel] = tuple(_confirmed(ears[channel], guessed, main))
    return main, told


def _chances(ear: Ear, pieces: Sequence[Stretch], among: Sequence[str], least_ms: int) -> list[Chances]:
    out: list[Chances] = []
    for i, piece in enumerate(pieces):
        if piece.end_ms - piece.start_ms < least_ms:
            out.append({})
        else:
            end = min(piece.end_ms, piece.start_ms + ENOUGH_MS)
            out += ear.engine.languages([ear.pcm.read(piece.start_ms, end, ear.channel)], among)
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
    """The pieces again; a run of another language that reads no better in it goes back to the main one."""
    out: list[Piece] = []
    i = 0
    while i < len(guessed):
        end = i + 1
        while end < len(guessed) and guessed[end].language == guessed[i].language:
            end += 1
        run = guessed[i:end]
        if run[0].language != main and not _reads_better(ear, run, main):
            run = [replace(p, language=main) for p in run]
        out += run
        i = end
    return out


def _reads_better(ear: Ear, run: Sequence[Piece], main: str) -> bool:
    """Whether the longest pieces of a run are likelier text in its language than in the main one."""
    longest = sorted(run, key=lambda p: (p.start_ms - p.end_ms, p.start_ms))[:SAMPLES]
    gain = weight = 0.0
    for piece in longest:
        likely = ear.likelihoods(piece.start_ms, piece.end_ms, (main, run[0].language))
        length = piece.end_ms - piece.start_ms
        gain += length * (likely[run[0].language] - likely[main])
        weight += length
    return gain / weight >= (CLEARLY if weight >= LIKELY_MS else 2 * CLEARLY)


def _main(
    ears: Mapping[int, Ear],
    found: Mapping[int, Sequence[Stretch]],
    chances: Mapping[int, Sequence[Chances]],
    among: Sequence[str],
) -> str:
    """The language that the longest pieces read best in, of the few that are guessed most."""
    weight = dict.fromkeys(among, 0.0)
    every = []
    for channel, pieces in found.items():
        for piece, chance in zip(pieces, chances[channel], strict=True):
            length = piece.end_ms - piece.start_ms
            every.append((length, channel, piece))
            for language, p in chance.items():
                weight[language] += p * length
    if not every:
        return among[0]
    tried = sorted(among, key=lambda language: -weight[language])[:MOST_TRIED]
    score = dict.fromkeys(tried, 0.0)
    every.sort(key=lambda e: (-e[0], e[1], e[2].start_ms))
    for _, channel, piece in every[:SAMPLES]:
        for language, p in ears[channel].likelihoods(piece.start_ms, piece.end_ms, tried).items():
            score[language] += p
    return max(tried, key=lambda language: score[language])
