"""Other views of a transcript: without fillers, under pseudonyms. What is stored stays as it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from qualkit.files.revise import kept_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qualkit.model import Transcript, Turn, Word
    from qualkit.report.pseudonyms import Masks

FILLERS = {
    "fi": r"ö{2,}h*|öh+m*|ä{2,}h*|äh+m*|ö+m+",
    "sv": r"e+h+m*|ö+h+m*|ä+h+m*|ö{2,}|ä{2,}",
    "en": r"u+h+m*|u+m+|e+r+m+|e+rm*|e+h+",
}
"""Sounds that only fill a pause, by language. Listening noises (``mm``, ``joo``) are answers and stay."""

_TOKEN = re.compile(r"[-–—…]*(?P<word>[^\W\d_]+)[-–—]*(?P<after>[,.;:!?…]*)")
_ENDS = ".!?…"


def clean(transcript: Transcript, extra: Iterable[str] = ()) -> Transcript:
    """Clean verbatim: fillers left out, and turns that held nothing else.

    ``extra`` are words to leave out besides (``niinku``, ``tota``), in any language.
    Repetitions, false starts and listening noises stay: they are what was said.
    """
    more = [re.escape(word.strip().casefold()) for word in extra if word.strip()]
    turns = []
    for turn in transcript.turns:
        language = turn.language or transcript.language
        known = [FILLERS[language]] if language in FILLERS else list(FILLERS.values())
        kept = without(turn, re.compile("|".join([*known, *more])))
        if re.search(r"\w", kept.text):
            turns.append(kept)
    return replace(transcript, turns=tuple(turns))


def without(turn: Turn, filler: re.Pattern[str]) -> Turn:
    """A turn without its fillers. A comma behind one goes with it, a sentence's end and its capital stay."""
    kept: list[str] = []
    moved: list[tuple[int, int, int]] = []
    at = length = 0
    capital = False
    for token in turn.text.split(" "):
        start, at = at, at + len(token) + 1
        found = _TOKEN.fullmatch(token)
        begins = not kept or kept[-1][-1:] in _ENDS
        if found and filler.fullmatch(found["word"].casefold()) and not _acronym(found["word"]):
            capital = capital or (begins and found["word"][0].isupper())
            end = next((sign for sign in found["after"] if sign in _ENDS), "")
            if end and kept and kept[-1][-1:] not in _ENDS:
                shorter = kept[-1].rstrip(",;:") + end
                length += len(shorter) - len(kept[-1])
                kept[-1] = shorter
            continue
        if capital and (letter := re.search(r"\w", token)):
            place = letter.start()
            token = token[:place] + token[place].upper() + token[place + 1 :]  # noqa: PLW2901
            capital = False
        new = length + 1 if kept else 0
        kept.append(token)
        moved.append((start, new, len(token)))
        length = new + len(token)
    text = " ".join(kept)
    return turn if text == turn.text else replace(turn, text=text, words=_moved(turn.words, moved, text))


def _acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper() and word.isascii()


def _moved(words: Iterable[Word], tokens: list[tuple[int, int, int]], text: str) -> tuple[Word, ...]:
    """The words whose token is still there, at its new place."""
    out = []
    starts = [old for old, _, _ in tokens]
    for word in words:
        n = bisect_right(starts, word.start) - 1
        if n < 0:
            continue
        old, new, size = tokens[n]
        if word.start >= old + size:
            continue  # it stood in a filler
        limit = new + len(text[new:].split(" ", 1)[0])
        begin, end = new + word.start - old, min(limit, new + word.end - old)
        if begin < end:
            out.append(replace(word, start=begin, end=end))
    return tuple(out)


def masked(transcript: Transcript, masks: Masks) -> Transcript:
    """A transcript under pseudonyms: its text, its speakers and its own name.

    The hints that recognition was given (names of sites and firms) and the
    recording's file name are left out.
    """
    turns = []
    for turn in transcript.turns:
        text = masks.text(turn.text)
        same = text == turn.text
        turns.append(turn if same else replace(turn, text=text, words=kept_words(turn, text)))
    source = transcript.source
    hidden = {"hints", "file", "coverage", "revised"}  # the last names a coder
    return replace(
        transcript,
        interview=masks.interview(transcript.interview),
        turns=tuple(turns),
        speakers=tuple(replace(s, name=masks.plain(s.name)) for s in transcript.speakers),
        source=source and replace(source, file=""),
        provenance={k: v for k, v in transcript.provenance.items() if k not in hidden},
    )
