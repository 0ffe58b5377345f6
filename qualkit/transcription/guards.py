"""What tells text that was said from text that was made up, and speech from silence about it.

Pure functions over words and stretches of time; the engine is not known here.
"""

from __future__ import annotations

import itertools
import re
import zlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from qualkit.audio.stretch import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPEATS = 4
LONGEST_PHRASE = 12
SHORTEST_PHRASE = 3
COMPRESSION = 2.4
CHARACTERS_A_SECOND = 25.0
WORDS_A_SECOND = 0.3
LOG_PROBABILITY = -1.0
NO_SPEECH = 0.6
MUSIC_NO_SPEECH, MUSIC_LOG_PROBABILITY = 0.5, -1.3
"""Measured over made music: 0.55–0.86, and −0.95 to −2.1."""
NEAR_MS = 500
"""Words cover the speech around them up to this far."""
LEFT_OUT_MS = 1_000
"""Shorter stretches of uncovered speech are breaths and the ends of words."""
EDGE_MS = 200
"""Voice activity begins late and ends early by about this much."""
ASTRAY_MS = 1_000
"""A word further than this from any speech was not said."""


class Fault(StrEnum):
    """Why a hearing is not to be believed as it is."""

    LOOP = "loop"
    DENSE = "more text than can be said"
    SPARSE = "less text than was said"
    SAME = "the text of the window before"
    UNLIKELY = "the engine itself doubts it"
    ECHO = "the hints come back as text"


@dataclass(frozen=True, slots=True)
class Heard:
    """A word on the recording's clock, as it is kept in the work file."""

    text: str
    start_ms: int
    end_ms: int
    probability: float
    joined: bool = False


def joined_text(words: Sequence[Heard]) -> str:
    """The words in order, with spaces where there are any."""
    return "".join(w.text if w.joined or not i else " " + w.text for i, w in enumerate(words))


def plain(text: str) -> list[str]:
    """Words without punctuation and case, for comparing."""
    return re.findall(r"\w+", text.casefold())


def loop(words: Sequence[str]) -> range | None:
    """Where the same 3–12 words come four times running; None when they do not."""
    for size in range(SHORTEST_PHRASE, LONGEST_PHRASE + 1):
        run = 0
        for i in range(size, len(words)):
            run = run + 1 if words[i] == words[i - size] else 0
            if run >= size * (REPEATS - 1):
                return range(i + 1 - size * REPEATS, i + 1)
    return None


def compression(text: str) -> float:
    """How many times shorter zlib makes it; loops compress well. 1 for short texts."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if len(raw) >= 60 else 1.0


def faults(
    text: str, speech_ms: int, *, log_probability: float = 0.0, before: str = "", hints: Sequence[str] = ()
) -> tuple[Fault, ...]:
    """What is wrong with the text of a window that holds ``speech_ms`` of speech."""
    words = plain(text)
    seconds = speech_ms / 1000
    found: list[Fault] = []
    if loop(words) is not None or compression(text) > COMPRESSION:
        found.append(Fault.LOOP)
    if seconds > 0 and len(text) > 40 and len(text) / seconds > CHARACTERS_A_SECOND:
        found.append(Fault.DENSE)
    if seconds >= 3 and len(words) / seconds < WORDS_A_SECOND:
        found.append(Fault.SPARSE)
    if len(words) >= 4 and words == plain(before):
        found.append(Fault.SAME)
    if words and log_probability < LOG_PROBABILITY:
        found.append(Fault.UNLIKELY)
    if echoes(words, hints):
        found.append(Fault.ECHO)
    return tuple(found)


def over_music(text: str, speech_ms: int, log_probability: float, no_speech: float) -> bool:
    """Whether text that was heard again and stays doubtful is what Whisper writes over music.

    Used where voice activity detection has taken music for speech. The engine itself then gives "nobody
    speaks" an even chance, and its text is unlikely or is a word or two over half a minute. Speech in
    noise (telephone band, 3 dB) had no such window in five recordings; what is dropped here is listed
    as speech without text.
    """
    if not plain(text):
        return True
    sparse = Fault.SPARSE in faults(text, speech_ms)
    return no_speech > MUSIC_NO_SPEECH and (log_probability < MUSIC_LOG_PROBABILITY or sparse)


def echoes(words: Sequence[str], hints: Sequence[str]) -> bool:
    """Whether the text is little but hints in a row, which is how hotwords are hallucinated."""
    if len(hints) < 2 or len(words) < 2:
        return False
    hinted = {w for hint in hints for w in plain(hint)}
    order = [w for hint in hints for w in plain(hint)]
    share = sum(w in hinted for w in words) / len(words)
    pairs = set(itertools.pairwise(order))
    run = sum(pair in pairs for pair in itertools.pairwise(words))
    return (share >= 0.8 and len(words) >= 3) or run >= 3


PHANTOMS = re.compile(
    r"""(
      tekstity(s|kset)\s*:.* | tekstitys\s+(ja\s+\w+\s+)?\w+\s+\w+
    | suomennos\s*:.* | suomentanut.* | käännös\s*:.*
    | kiitos\s+(kun|että)\s+katsoi(t|tte)(\s+videon)? | kiitos\s+katsomisesta | tilaa\s+kanava(ni)?.*
    | undertexter\s+(från|av|till)\b.* | undertextning.* | textning(\s+av)?\s*[:\w].*(stina|btistudios|sdi).*
    | svensktextning\.nu.* | översättning\s*:.* | tack\s+för\s+att\s+(du|ni)\s+(har\s+)?titta(t|de|r)?.*
    | prenumerera\s+på.* | www\.btistudios\.com
    | thank(s|\s+you)(\s+\w+){0,3}\s+for\s+watching.* | (please\s+)?(like\s+and\s+)?subscribe(\s+to.*)?
    | subtitles\s+by.* | (captions|transcript(ion)?)\s+by.*
    | .*amara\.org.* | .*castingwords.* | .*opensubtitles.*
    | see\s+you\s+(in\s+the\s+)?next\s+(video|time) | i'?ll\s+see\s+you\s+in\s+the\s+next\s+video
    | [\[(*♪]\W*(music|musiikkia?|musik|applause|taputukset|applåder)\W* | [♪♫\s.…*–-]+
    )[\s.!?…]*""",
    re.IGNORECASE | re.VERBOSE,
)
"""Lines that Whisper learnt from the credits of subtitled films and says into silence."""


def sentences(words: Sequence[Heard]) -> Iterator[tuple[int, int]]:
    """Half-open ranges of words, each up to a full stop."""
    start = 0
    for i, word in enumerate(words):
        if word.text[-1:] in ".!?…♪" or i == len(words) - 1:
            yield start, i + 1
            start = i + 1


def phantoms(words: Sequence[Heard], speech: Sequence[Stretch]) -> list[tuple[int, int]]:
    """Sentences known from subtitle credits that nobody said here.

    One that the engine is sure of in the middle of other speech is left: it may
    have been said.
    """
    whole = len(plain(joined_text(words)))
    out: list[tuple[int, int]] = []
    for start, end in sentences(words):
        part = words[start:end]
        text = joined_text(part)
        if not PHANTOMS.fullmatch(text.strip()):
            continue
        alone = len(plain(text)) == whole
        unsure = sum(w.probability for w in part) / len(part) < 0.75
        if (
            alone
            or unsure
            or _covered_ms(part[0].start_ms, part[-1].end_ms, speech)
            < 0.5 * (part[-1].end_ms - part[0].start_ms)
        ):
            out.append((start, end))
    return out


def snapped(words: Sequence[Heard], speech: Sequence[Stretch]) -> tuple[Heard, ...]:
    """Words with their times taken out of the pauses.

    The attention of the decoder parks a word that borders on a pause over the whole
    pause: "How" then begins where the speaker before stopped. A word that lies over a
    pause goes to the side on which it has more sound, one that begins or ends in
    silence to the edge of it.
    """
    out: list[Heard] = []
    for word in words:
        start, end = word.start_ms, word.end_ms
        inside = [
            (min(end, s.end_ms + EDGE_MS) - max(start, s.start_ms - EDGE_MS), s)
            for s in speech
            if s.start_ms - EDGE_MS < end and s.end_ms + EDGE_MS > start
        ]
        if inside:
            _, piece = max(inside, key=lambda found: (found[0], found[1].start_ms))
            start, end = max(start, piece.start_ms - EDGE_MS), min(end, piece.end_ms + EDGE_MS)
        out.append(replace(word, start_ms=start, end_ms=max(start, end)))
    for i in range(1, len(out)):
        if out[i].start_ms < out[i - 1].start_ms:
            out[i] = replace(
                out[i], start_ms=out[i - 1].start_ms, end_ms=max(out[i].end_ms, out[i - 1].start_ms)
            )
    return tuple(out)


def astray(words: Sequence[Heard], speech: Sequence[Stretch]) -> list[int]:
    """Words that lie more than a second from any speech."""
    return [
        i
        for i, w in enumerate(words)
        if not any(w.end_ms > s.start_ms - ASTRAY_MS and w.start_ms < s.end_ms + ASTRAY_MS for s in speech)
    ]


def uncovered(
    words: Sequence[Heard], speech: Sequence[Stretch], least_ms: int = LEFT_OUT_MS
) -> list[Stretch]:
    """The coverage audit: stretches of speech of at least ``least_ms`` that no word is near."""
    spans = sorted((w.start_ms - NEAR_MS, w.end_ms + NEAR_MS) for w in words)
    out: list[Stretch] = []
    i = 0
    for piece in speech:
        at = piece.start_ms
        while i and spans[i - 1][1] > piece.start_ms:
            i -= 1
        while i < len(spans) and spans[i][0] < piece.end_ms:
            start, end = spans[i]
            if start - at >= least_ms and start > at:
                out.append(Stretch(at, start))
            at = max(at, end)
            i += 1
        if piece.end_ms - at >= least_ms:
            out.append(Stretch(at, piece.end_ms))
    return out


def _covered_ms(start: int, end: int, speech: Sequence[Stretch]) -> int:
    return sum(max(0, min(end, s.end_ms) - max(start, s.start_ms)) for s in speech)
