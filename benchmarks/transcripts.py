"""Transcripts in and out in figures: character sets told rightly, what comes back of an export, speed.

python benchmarks/transcripts.py

The texts are the turns of the sample project's written interviews, cut into files of
1, 5 and 20 turns, so that short texts with few odd letters are among them.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from charset_normalizer import from_bytes

from qualkit.export.transcripts import FORMATS, Wanted, export_transcripts
from qualkit.files.project import find_project, init_project
from qualkit.files.transcript import load_transcript, save_transcript, transcript_ids
from qualkit.model import Speaker, Transcript, Turn, Word
from qualkit.transcription.readers import read_foreign
from qualkit.transcription.readers.charset import decoded

SETS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1252",
    "iso8859-15",
    "mac_roman",
    "cp850",
)


def character_sets(texts: list[str]) -> None:
    """How many files are decoded letter for letter, against charset-normalizer alone."""
    print("character set | files | right | charset-normalizer")
    for name in SETS:
        files = right = theirs = 0
        for text in texts:
            try:
                data = text.encode(name)
            except UnicodeEncodeError:
                continue
            files += 1
            right += decoded(Path("x"), data)[0] == text
            best = from_bytes(data).best()
            theirs += best is not None and str(best).removeprefix("\ufeff") == text
        print(f"{name} | {files} | {right} | {theirs}", flush=True)


def there_and_back(transcripts: list[Transcript]) -> None:
    """How many turns come back of an export as they went, with speaker and text."""
    print("format | turns | same speaker and text | same times")
    with tempfile.TemporaryDirectory() as folder:
        project = init_project(Path(folder) / "p")
        for transcript in transcripts:
            save_transcript(project, transcript)
        for kind in FORMATS:
            turns = same = timed = 0
            for path in export_transcripts(project, (), None, Wanted((kind,), "plain")).files:
                out, back = load_transcript(project, path.stem), read_foreign(path).transcript
                turns += len(out.turns)
                for ours, theirs in zip(out.turns, back.turns, strict=False):
                    names = out.speaker(ours.speaker).label == back.speaker(theirs.speaker).label
                    same += names and ours.text == theirs.text
                    timed += (ours.start_ms, ours.end_ms) == (theirs.start_ms, theirs.end_ms)
            print(f"{kind} | {turns} | {same} | {timed}", flush=True)


def long_one() -> Transcript:
    """Four hours of speech: 2,400 turns of 15 words with times."""
    turns = []
    for n in range(2_400):
        text, words = "", []
        for w in range(15):
            at = len(text) + bool(text)
            text += (" " if text else "") + f"sana{w}"
            start = n * 6_000 + w * 350
            words.append(Word(at, len(text), start, start + 300, 0.4 + w % 7 / 10))
        turns.append(Turn(f"S{n % 2 + 1}", text, n * 6_000, n * 6_000 + 5_200, tuple(words)))
    return Transcript("long", "fi", (Speaker("S1", "H"), Speaker("S2", "V")), tuple(turns))


def speed() -> None:
    """Seconds to write and to read four hours of speech."""
    print("format | write, s | read, s")
    with tempfile.TemporaryDirectory() as folder:
        project = init_project(Path(folder) / "p")
        save_transcript(project, long_one())
        for kind in FORMATS:
            began = time.perf_counter()
            (path,) = export_transcripts(project, (), None, Wanted((kind,))).files
            wrote = time.perf_counter()
            read_foreign(path)
            print(f"{kind} | {wrote - began:.2f} | {time.perf_counter() - wrote:.2f}", flush=True)


def main() -> None:
    """Print the three tables."""
    project = find_project(Path(__file__).parents[1])
    transcripts = [load_transcript(project, name) for name in transcript_ids(project)]
    texts = []
    for transcript in transcripts:
        lines = [f"{transcript.speaker(t.speaker).label}: {t.text}\n" for t in transcript.turns]
        texts += ["".join(lines[at : at + size]) for size in (1, 5, 20) for at in range(0, len(lines), size)]
    odd = [text for text in texts if not text.isascii()]
    character_sets(odd[:: max(1, len(odd) // 200)])
    there_and_back(transcripts)
    speed()


if __name__ == "__main__":
    main()
