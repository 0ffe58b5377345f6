"""What a speech recogniser is to Qualkit: windows of sound in, words with times out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from qualkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from qualkit.transcription.settings import TranscribeSettings

Sound = NDArray[np.float32]
"""Mono samples at 16 kHz in −1…1."""
SAMPLED = 0.6
"""From this temperature on, text is marked as sampled."""


@dataclass(frozen=True, slots=True)
class Clip:
    """At most 30 s of sound in one language."""

    sound: Sound
    language: str
    hotwords: str = ""
    temperature: float = 0.0
    seed: int = 0
    """Of the sampling at temperatures above 0: the same clip gives the same words in every run."""


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word as an engine hears it; times in ms from the start of the clip."""

    text: str
    """Without spaces around it."""
    start_ms: int
    end_ms: int
    probability: float
    joined: bool = False
    """It continues the word before without a space."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """What an engine makes of one clip."""

    words: tuple[HeardWord, ...]
    log_probability: float
    """Mean over the tokens."""
    no_speech: float
    """The engine's own probability that nobody speaks."""
    temperature: float = 0.0

    @property
    def text(self) -> str:
        """The words in order."""
        return "".join(w.text if w.joined or not i else " " + w.text for i, w in enumerate(self.words))

    @property
    def confidence(self) -> float:
        """Mean probability of the words; 0 without any."""
        return sum(w.probability for w in self.words) / len(self.words) if self.words else 0.0


PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
"""Punctuation that belongs to the word after it, and to the word before."""


def cleaned(entries: Iterable[tuple[str, float, float, float]], length_ms: int) -> tuple[HeardWord, ...]:
    """Words from an alignment (text, start and end in seconds, probability): no empty ones, times inside."""
    words: list[HeardWord] = []
    for text, begins, ends, probability in entries:
        if text.strip():
            start, end = max(0, round(float(begins) * 1000)), min(length_ms, round(float(ends) * 1000))
            joined = not text.startswith(" ") and bool(words)
            words.append(HeardWord(text.strip(), min(start, end), end, round(float(probability), 3), joined))
    return tuple(words)


class Engine(Protocol):
    """A speech recogniser with its weights loaded."""

    name: str
    version: str
    device: str
    compute: str

    def languages(self, sounds: Sequence[Sound]) -> list[Mapping[str, float]]:
        """For each sound, how probable each language that the model knows is; each sums to 1."""
        ...

    def hear(self, clips: Sequence[Clip]) -> list[Hearing]:
        """The words of each clip. Results depend on the clips alone, not on what was heard before."""
        ...


def open_engine(settings: TranscribeSettings, model: Path, threads: int = 0) -> Engine:
    """The engine that the settings name, with the weights in ``model``.

    :raises MissingModel: the folder holds no weights of that engine's kind.
    """
    if settings.engine == "faster-whisper":
        from qualkit.transcription.faster import FasterWhisper

        return FasterWhisper(model, settings, threads)
    if settings.engine == "openai-whisper":
        from qualkit.transcription.openai import OpenAIWhisper

        return OpenAIWhisper(model, settings, threads)
    raise UsageError(f"There is no engine {settings.engine!r}.")
