"""Transcription conventions: how pauses, overlaps, doubt and what was not understood are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

DOUBT = 0.5
"""A word is doubtful when the engine gave it less than this probability."""


@dataclass(frozen=True, slots=True)
class Convention:
    """One way of writing down how something was said. Empty marks leave it out."""

    name: str
    pause_s: float = 0.0
    """The shortest pause that is written; 0 writes none."""
    short: tuple[tuple[float, str], ...] = ()
    """Signs for pauses under a length in seconds; longer ones are written as ``(2.1)``."""
    overlap: tuple[str, str] = ("", "")
    """Around words that are said while somebody else speaks."""
    doubt: tuple[str, str] = ("", "")
    """Around words that were recognised with doubt."""
    unclear: str = ""
    """Speech without text; ``{s}`` is its length in seconds."""
    sampled: tuple[str, str] = ("", "")
    """Around a passage that was decoded by sampling."""
    bare: bool = False
    """Small letters and no punctuation: the turn is written as it sounds."""

    @property
    def plain(self) -> bool:
        """Whether it writes the words and nothing else."""
        return not (self.pause_s or self.overlap[0] or self.doubt[0] or self.unclear or self.bare)

    def pause(self, ms: int) -> str:
        """The sign for a pause; empty when it is too short for one."""
        seconds = ms / 1000
        if not self.pause_s or seconds < self.pause_s:
            return ""
        return next((sign for limit, sign in self.short if seconds < limit), f"({seconds:.1f})")

    def legend(self) -> str:
        """The marks in words, for the head of a file; empty when there are none."""
        return " · ".join(self._legend())

    def _legend(self) -> Iterator[str]:
        if self.pause_s:
            signs = [f"{sign} pause under {limit:g} s" for limit, sign in self.short if limit > self.pause_s]
            yield from signs
            least = max([self.pause_s, *(limit for limit, _ in self.short)])
            yield f"(2.1) pause in seconds, from {least:g} s"
        if self.overlap[0]:
            both = "words".join(self.overlap)
            yield f"{both} somebody else speaks too, ((overlap)) somewhere in the turn"
        if self.doubt[0]:
            yield f"{self.doubt[0]}word{self.doubt[1]} recognised with doubt"
        if self.unclear:
            yield f"{self.unclear.format(s='3.2')} speech that was not understood, with its seconds"
        if self.sampled[0]:
            yield f"{self.sampled[0]}passage{self.sampled[1]} decoded with doubt"


PLAIN = Convention("plain")
MARKED = Convention(
    "marked", 2.0, overlap=("[", "]"), doubt=("(", "?)"), unclear="(xxx {s})", sampled=("{", "}")
)
JEFFERSON = Convention("jefferson", 0.2, ((0.5, "(.)"),), ("[", "]"), ("(", ")"), "(xxx {s})", ("{", "}"))
GAT2 = Convention(
    "gat2", 0.2, ((0.5, "(-)"), (0.8, "(--)"), (1.0, "(---)")), ("[", "]"), ("(", ")"), "(xxx {s})",
    ("{", "}"), bare=True,
)  # fmt: skip
STYLES = {style.name: style for style in (PLAIN, MARKED, JEFFERSON, GAT2)}
"""What ``--style`` takes. Of Jefferson and GAT 2 it is the part that words and their times can give."""


def convention(style: str, pause_s: float | None = None) -> Convention:
    """The convention of that name, with another shortest pause when one is given.

    Raises :class:`UsageError` for a name that is not known and a pause that is none.
    """
    if style not in STYLES:
        raise UsageError(f"No style is called {style!r}.", f"Known are {', '.join(STYLES)}.")
    found = STYLES[style]
    if pause_s is None or found.plain:
        return found
    if not 0.1 <= pause_s <= 60:
        raise UsageError("The shortest pause is 0.1 to 60 seconds.")
    return replace(found, pause_s=pause_s)
