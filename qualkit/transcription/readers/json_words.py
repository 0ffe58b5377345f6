"""JSON of Whisper, WhisperX, whisper.cpp and programs that write the same: words with times."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.files.shape import parse_json
from qualkit.transcription.readers.said import Said, plain, worded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from qualkit.transcription.readers.said import Notes

SAMPLED = 0.6
"""Whisper's temperature from which text counts as sampled."""
_HINT = "Known are the JSON of Whisper, WhisperX, whisper.cpp and Qualkit."
_LANGUAGES = {"finnish": "fi", "swedish": "sv", "english": "en"}


def json_pieces(path: Path, text: str, notes: Notes) -> tuple[list[Said], str, str]:
    """What is said, the language, and which program's JSON it is. Raises :class:`BadFile` with the place."""
    content = parse_json(path, text)
    if isinstance(content, list):
        content = {"segments": content}
    if not isinstance(content, dict):
        raise BadFile(path, "this is no transcript.", _HINT)
    if isinstance(content.get("transcription"), list):
        language = (
            content.get("result", {}).get("language", "") if isinstance(content.get("result"), dict) else ""
        )
        return _cpp(path, content["transcription"]), _language(language), "whisper.cpp"
    segments = content.get("segments")
    if not isinstance(segments, list):
        raise BadFile(path, "this is no transcript: it has no segments.", _HINT)
    crossed = "word_segments" in content or any(
        isinstance(s, dict) and ("speaker" in s or any("score" in w for w in _words(s))) for s in segments
    )
    said: list[Said] = []
    loose = _loose(content, segments)
    for n, segment in enumerate(segments):
        place = f"segments[{n}]"
        if not isinstance(segment, dict):
            raise BadFile(path, f"{place} must be an object.", _HINT)
        said += _segment(path, {**segment, "words": loose[n]} if n in loose else segment, place, notes)
    return said, _language(content.get("language")), "whisperx" if crossed else "whisper"


def _language(value: object) -> str:
    name = value.strip().lower() if isinstance(value, str) else ""
    name = _LANGUAGES.get(name, name)
    return name if 2 <= len(name) <= 3 and name.isascii() and name.isalpha() else ""


def _words(segment: Mapping[str, Any]) -> list[dict[str, Any]]:
    words = segment.get("words")
    return [w for w in words if isinstance(w, dict)] if isinstance(words, list) else []


def _loose(content: Mapping[str, Any], segments: list[Any]) -> dict[int, list[dict[str, Any]]]:
    """Words that stand beside the segments (OpenAI's interface), shared among them by time."""
    words = _words(content)
    if not words or any(_words(s) for s in segments if isinstance(s, dict)):
        return {}
    shared: dict[int, list[dict[str, Any]]] = {}
    n = 0
    for word in words:
        at = word.get("start")
        while (
            n + 1 < len(segments)
            and isinstance(at, int | float)
            and isinstance(segments[n + 1], dict)
            and isinstance(begin := segments[n + 1].get("start"), int | float)
            and at >= begin
        ):
            n += 1
        shared.setdefault(n, []).append({**word, "word": f" {word.get('word', '')}"})
    return shared


def _ms(path: Path, value: object, place: str) -> int | None:
    """Seconds as ms; None where there are none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadFile(path, f"{place} must be a number of seconds.", "Export it again.")
    if not -1 <= value < 1e7:
        raise BadFile(path, f"{place} is no time in a recording.", "Export it again.")
    return max(0, round(value * 1000))


def _segment(path: Path, segment: Mapping[str, Any], place: str, notes: Notes) -> Iterator[Said]:
    text = segment.get("text", "")
    if not isinstance(text, str):
        raise BadFile(path, f"{place}.text must be text.", _HINT)
    start, end = (
        _ms(path, segment.get("start"), f"{place}.start"),
        _ms(path, segment.get("end"), f"{place}.end"),
    )
    speaker = _speaker(segment.get("speaker"))
    heat = segment.get("temperature")
    sampled = isinstance(heat, int | float) and heat >= SAMPLED
    words = _words(segment)
    if not words:
        if said := plain(text):
            if start is None or end is None:
                start = end = None
            yield Said(said, speaker, start, None if end is None else max(end, start or 0), sampled=sampled)
        return
    last = speaker
    told = []
    for n, word in enumerate(words):
        where = f"{place}.words[{n}]"
        raw = word.get("word", word.get("text", ""))
        if not isinstance(raw, str):
            raise BadFile(path, f"{where}.word must be text.", _HINT)
        last = _speaker(word.get("speaker")) or last
        begin, stop = (
            _ms(path, word.get("start"), f"{where}.start"),
            _ms(path, word.get("end"), f"{where}.end"),
        )
        if begin is None or stop is None:
            notes.tell("a word has no time of its own")
        told.append((last, (raw, begin, stop, _sure(word))))
    for who, group in groupby(told, key=lambda one: one[0]):
        said, placed = worded(piece for _, piece in group)
        if not said:
            continue
        whole = who == speaker and len(told) and all(one == who for one, _ in told)
        first = placed[0].start_ms if placed else start
        final = max(w.end_ms for w in placed) if placed else end
        if whole and not placed:
            first, final = start, end
        if first is None or final is None:
            first = final = None
        yield Said(
            said, who, first, None if final is None else max(final, first or 0), placed, sampled=sampled
        )


def _speaker(value: object) -> str | None:
    name = plain(value) if isinstance(value, str) else ""
    return name or None


def _sure(word: Mapping[str, Any]) -> float | None:
    value = word.get("probability", word.get("score", word.get("confidence")))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _cpp(path: Path, segments: list[Any]) -> list[Said]:
    said = []
    for n, segment in enumerate(segments):
        offsets = segment.get("offsets") if isinstance(segment, dict) else None
        text = segment.get("text") if isinstance(segment, dict) else None
        if not isinstance(offsets, dict) or not isinstance(text, str):
            raise BadFile(path, f"transcription[{n}] has no text or no offsets.", _HINT)
        begin, stop = offsets.get("from"), offsets.get("to")
        if type(begin) is not int or type(stop) is not int:
            raise BadFile(path, f"transcription[{n}].offsets must be whole numbers of ms.", _HINT)
        if words := plain(text):
            speaker = _speaker(segment.get("speaker"))
            said.append(Said(words, speaker, max(0, begin), max(0, begin, stop), line=0))
    return said
