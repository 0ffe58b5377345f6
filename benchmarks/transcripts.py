"""Transcripts in and out in figures: character sets told rightly, what comes back of an export, speed.

python benchmarks/transcripts.py

The texts are the turns of the sample project's written interviews, cut into files of
1, 5 and 20 turns, so that short texts with few odd letters are among them.
"""

from __future__ import annotations

import tempfile
import time
from html import escape
from pathlib import Path

from charset_normalizer import from_bytes

from qualkit.export.transcripts import FORMATS, Wanted, export_transcripts
from qualkit.export.transcripts.head import clock, stamp
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


def written(transcript: Transcript) -> dict[str, str]:
    """A transcript as typists and other programs write it, with times to the second or the millisecond."""
    said = [
        (transcript.speaker(t.speaker).label, t.start_ms or 0, t.end_ms or 0, t.text)
        for t in transcript.turns
    ]
    timed = [(n, stamp(a), stamp(b), f"{who}: {text}") for n, (who, a, b, text) in enumerate(said)]
    return {
        "Name: …": "".join(f"{who}: {text}\n" for who, _, _, text in said),
        "[00:01:02] Name: …": "".join(f"[{clock(a)}] {who}: {text}\n" for who, a, _, text in said),
        "Name (00:01:02): …": "".join(f"{who} ({clock(a)}): {text}\n" for who, a, _, text in said),
        "Name  00:01:02, text below": "".join(f"{who}  {clock(a)}\n{text}\n\n" for who, a, _, text in said),
        "Zoom .vtt": "WEBVTT\n\n" + "".join(f"{n}\n{a} --> {b}\n{text}\n\n" for n, a, b, text in timed),
        "Teams .vtt": "WEBVTT\n\n"
        + "".join(
            f"id/{n}-0\n{stamp(a)} --> {stamp(b)}\n<v {who}>{escape(text)}</v>\n\n"
            for n, (who, a, b, text) in enumerate(said)
        ),
        "Name: … .srt": "".join(f"{n}\n{a} --> {b}\n{text}\n\n" for n, a, b, text in timed),
    }


def forms(transcripts: list[Transcript]) -> None:
    """How many words end up in the right speaker's mouth, in order, for every form."""
    print("form | words | with the right speaker | text the same")
    counts: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for transcript in transcripts:
            for form, text in written(transcript).items():
                path = Path(folder) / f"a{form[-4:] if form[-4] == '.' else '.txt'}"
                path.write_text(text, encoding="utf-8")
                ours, theirs = _by_word(transcript), _by_word(read_foreign(path).transcript)
                tally = counts.setdefault(form, [0, 0, 0])
                tally[0] += len(ours)
                tally[1] += sum(one == other for one, other in zip(ours, theirs, strict=False))
                tally[2] += [word for _, word in ours] == [word for _, word in theirs]
    for form, (words, right, same) in counts.items():
        print(f"{form} | {words} | {right} | {same} of {len(transcripts)}", flush=True)


def _by_word(transcript: Transcript) -> list[tuple[str, str]]:
    return [(transcript.speaker(t.speaker).label, word) for t in transcript.turns for word in t.text.split()]


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
    forms(transcripts)
    there_and_back(transcripts)
    speed()


if __name__ == "__main__":
    main()
