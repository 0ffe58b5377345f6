"""WebVTT and SubRip: turns cut into subtitles that can be read while they are heard."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError
from qualkit.export.transcripts.head import head, label, stamp, title
from qualkit.export.transcripts.marks import others, turn_pieces
from qualkit.transcription.readers.own import srt_escaped, srt_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qualkit.export.transcripts.head import Made
    from qualkit.model import Transcript, Turn

LETTERS, LONGEST_MS = 84, 7_000
"""Two lines of 42 letters, seven seconds: what subtitling guidelines ask for."""


def vtt(transcript: Transcript, made: Made) -> str:
    """A WebVTT file with a voice in every cue; the head is a note. Raises :class:`QualkitError`."""
    lines = ["WEBVTT", "", "NOTE", title(transcript)]
    lines += [f"{name}: {value}".replace("-->", "→") for name, value in head(transcript, made)]
    lines.append("")
    for turn, number, piece, text in _cues(transcript, made):
        start, end = piece.start_ms or 0, piece.end_ms or 0
        voice = html.escape(label(transcript.speaker(turn.speaker)), quote=False)
        lines += [f"{number[0]}-{number[1]}", f"{stamp(start)} --> {stamp(max(end, start + 1))}"]
        lines += [f"<v {voice}>{html.escape(text, quote=False)}", ""]
    return "\n".join(lines)


def srt(transcript: Transcript, made: Made) -> str:
    """A SubRip file, the speaker's name in front of each turn. Raises :class:`QualkitError`."""
    lines: list[str] = []
    for n, (turn, number, piece, text) in enumerate(_cues(transcript, made), start=1):
        start, end = piece.start_ms or 0, piece.end_ms or 0
        name = srt_name(label(transcript.speaker(turn.speaker))) if number[1] == 0 else ""
        lines += [str(n), f"{stamp(start, ',')} --> {stamp(max(end, start + 1), ',')}"]
        lines += [name + srt_escaped(text), ""]
    return "\n".join(lines)


def _cues(transcript: Transcript, made: Made) -> Iterator[tuple[Turn, tuple[int, int], Turn, str]]:
    """Turn, its number with the piece's, the piece, and how it is written."""
    turns = transcript.turns
    if all(turn.start_ms is None for turn in turns):
        raise QualkitError(
            f"{transcript.interview}: the transcript has no times, so there can be no subtitles.",
            "Export it --to txt or docx.",
        )
    last = 0
    for index, turn in enumerate(turns):
        if turn.start_ms is None:
            coming = next((t.start_ms for t in turns[index + 1 :] if t.start_ms is not None), last)
            turn = replace(turn, start_ms=last, end_ms=max(last, coming), words=())  # noqa: PLW2901
        elsewhere = others(turns, index)
        number = 0
        for piece in parts(turn):
            text = "".join(p.text for p in turn_pieces(piece, made.style, made.doubt, elsewhere)).strip()
            if text:
                yield turn, (index, number), piece, text
                number += 1
        last = max(last, turn.end_ms or 0)


def parts(turn: Turn) -> Iterator[Turn]:
    """A turn cut into subtitles, at the ends of sentences where there are any."""
    spans = [match.span() for match in re.finditer(r"\S+", turn.text)]
    assert turn.start_ms is not None
    assert turn.end_ms is not None
    begin = 0
    while begin < len(spans):
        end = _until(turn, spans, begin)
        yield _slice(turn, spans, begin, end)
        begin = end


def _until(turn: Turn, spans: list[tuple[int, int]], begin: int) -> int:
    """Where the subtitle that begins with a word ends: the word after its last one."""
    start = spans[begin][0]
    fits = begin + 1
    while (
        fits < len(spans)
        and spans[fits][1] - start <= LETTERS
        and _time(turn, spans[fits][1]) - _time(turn, start) <= LONGEST_MS
    ):
        fits += 1
    if fits < len(spans):
        stops = [n + 1 for n in range(begin, fits) if turn.text[spans[n][1] - 1] in ".!?…"]
        if stops and spans[stops[-1] - 1][1] - start > LETTERS // 3:
            fits = stops[-1]
    return fits


def _time(turn: Turn, position: int) -> int:
    """When a place of the text is said: by its words, else by its share of the text."""
    assert turn.start_ms is not None
    assert turn.end_ms is not None
    if turn.words:
        found = next((w for w in turn.words if w.end >= position), None)
        if found is not None:
            return found.end_ms if position >= found.end else found.start_ms
        return turn.end_ms
    return turn.start_ms + (turn.end_ms - turn.start_ms) * position // max(1, len(turn.text))


def _slice(turn: Turn, spans: list[tuple[int, int]], begin: int, end: int) -> Turn:
    a, b = spans[begin][0], spans[end - 1][1]
    words = tuple(
        replace(w, start=w.start - a, end=w.end - a) for w in turn.words if a <= w.start and w.end <= b
    )
    first, last = begin == 0, end == len(spans)
    start = turn.start_ms if first else (words[0].start_ms if words else _time(turn, a))
    stop = turn.end_ms if last else (words[-1].end_ms if words else _time(turn, b))
    return replace(turn, text=turn.text[a:b], words=words, start_ms=start, end_ms=max(stop or 0, start or 0))
