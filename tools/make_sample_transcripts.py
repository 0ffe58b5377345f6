"""Builds the written sample interviews in ``transcripts/`` from their texts in ``tools/sample_interviews/``.

``python tools/make_sample_transcripts.py`` writes them; with ``--check`` it compares and
writes nothing (exit code 1 when a committed file differs from its text).

A text has ``# key: value`` lines at its head and one ``SPEAKER: words`` line a turn;
other lines that begin with ``#`` are notes. Times are worked out from the words, so
they are plausible and always the same.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
import zlib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXTS = Path(__file__).resolve().parent / "sample_interviews"
TRANSCRIPTS = ROOT / "transcripts"

BACKCHANNEL_WORDS = 2
CHARACTERS_A_SECOND = {"fi": 14.5, "sv": 14.0, "en": 15.0}
"""Unhurried speech in an interview, pauses inside a turn not counted."""


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of a sample text."""

    speaker: str
    text: str
    respelled: str = ""
    """How a voice of another language has to read it; empty when as written."""


@dataclass(frozen=True, slots=True)
class SampleText:
    """A sample interview as somebody wrote it."""

    id: str
    language: str
    speakers: tuple[tuple[str, str, str], ...]
    """Id, name and role of each."""
    turns: tuple[Said, ...]
    recorded: bool = False
    """It is spoken in ``recordings/``, so its transcript is the transcriber's to make."""
    notes: dict[str, str] = field(default_factory=dict)


def read_text(path: Path) -> SampleText:
    """The sample interview in one text file. Raises ``ValueError`` naming the line that it cannot read."""
    notes: dict[str, str] = {}
    turns: list[Said] = []
    lines = unicodedata.normalize("NFC", path.read_text(encoding="utf-8")).splitlines()
    for number, line in enumerate(lines, start=1):
        if line.startswith("#~ ") and turns:
            turns[-1] = Said(turns[-1].speaker, turns[-1].text, line[3:].strip())
        elif line.startswith("#"):
            key, colon, value = line[1:].partition(":")
            if colon and not turns and key.strip() in {"language", "speakers", "recorded"}:
                notes[key.strip()] = value.strip()
        elif line.strip():
            speaker, colon, said = line.partition(": ")
            if not colon or not said.strip() or " " in speaker:
                raise ValueError(f"{path}:{number}: expected 'SPEAKER: words'")
            turns.append(Said(speaker, said.strip()))
    try:
        speakers = tuple(
            (first.split(" ", 1)[0], first.split(" ", 1)[1].rsplit(" ", 1)[0], first.rsplit(" ", 1)[1])
            for first in (part.strip() for part in notes["speakers"].split(";"))
        )
        language = notes["language"]
    except (KeyError, IndexError) as error:
        raise ValueError(f"{path}:1: needs '# language: fi' and '# speakers: ID NAME ROLE; …'") from error
    unknown = {turn.speaker for turn in turns} - {speaker[0] for speaker in speakers}
    if unknown:
        raise ValueError(f"{path}: speakers not in its head: {', '.join(sorted(unknown))}")
    return SampleText(path.stem, language, speakers, tuple(turns), notes.get("recorded") == "yes", notes)


def _spread(*parts: object) -> float:
    """A number from 0 to 1 that only depends on ``parts``: the same pauses on every machine."""
    return (zlib.crc32("|".join(map(str, parts)).encode()) % 1000) / 999


def timed(text: SampleText) -> list[dict[str, object]]:
    """The turns as the transcript file has them, with times in ms."""
    at = 800
    out: list[dict[str, object]] = []
    for index, turn in enumerate(text.turns):
        speed = CHARACTERS_A_SECOND[text.language] * (0.88 + 0.24 * _spread(text.id, turn.speaker, index))
        stops = sum(turn.text.count(mark) for mark in ".?!…") + turn.text.count(",") / 2
        length = round(len(turn.text) / speed * 1000 + 250 * max(0.0, stops - 1))
        short = len(turn.text.split()) <= BACKCHANNEL_WORDS
        at += round((120 if short else 260) + 900 * _spread(text.id, index, "gap") ** 2)
        out.append(
            {"speaker": turn.speaker, "start_ms": at, "end_ms": at + max(length, 350), "text": turn.text}
        )
        at += max(length, 350)
    return out


def transcript(text: SampleText) -> dict[str, object]:
    """The transcript file of a written sample interview."""
    return {
        "format": "qualkit-transcript/1",
        "interview": text.id,
        "revision": 1,
        "language": text.language,
        "speakers": [{"id": i, "name": name, "role": role} for i, name, role in text.speakers],
        "source": None,
        "provenance": {
            "kind": "written sample",
            "note": "Written for the sample project, never said. People, firms and places are invented.",
            "made_by": "tools/make_sample_transcripts.py",
        },
        "notices": [],
        "turns": timed(text),
    }


def as_json(value: dict[str, object]) -> str:
    """The file's text: a turn a line, so that a change of one word is a change of one line."""
    turns = value["turns"]
    assert isinstance(turns, list)
    head = {key: entry for key, entry in value.items() if key != "turns"}
    lines = ",\n".join("  " + json.dumps(turn, ensure_ascii=False) for turn in turns)
    top = ",\n".join(
        f" {json.dumps(key)}: {json.dumps(entry, ensure_ascii=False)}" for key, entry in head.items()
    )
    return f'{{\n{top},\n "turns": [\n{lines}\n ]\n}}\n'


def main() -> int:
    """Writes or checks every written sample transcript; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on a difference")
    check = parser.parse_args().check
    differing = []
    texts = [text for text in map(read_text, sorted(TEXTS.glob("*.txt"))) if not text.recorded]
    for text in texts:
        path, made = TRANSCRIPTS / f"{text.id}.json", as_json(transcript(text))
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != made:
                differing.append(path)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made, encoding="utf-8")
    for path in differing:
        print(f"{path}: differs from its text; run python tools/make_sample_transcripts.py", file=sys.stderr)
    print(f"{len(texts)} written sample interviews {'checked' if check else 'written'}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
