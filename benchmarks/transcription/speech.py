"""Word errors, speakers and speed of a project's transcripts against reference texts.

    python benchmarks/transcription/speech.py PROJECT REFERENCES

REFERENCES holds ``ID.txt``: plain text, or ``S1: words`` lines as in ``tools/sample_interviews``. Letters and
digits are compared in lower case without punctuation; a number written in figures counts as an error.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import jiwer

from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript, transcript_ids


def plain(text: str) -> str:
    """Words in lower case, single spaces."""
    return " ".join(re.findall(r"\w+", text.lower()))


def main(root: Path, references: Path) -> None:
    """One line a transcript that has a reference."""
    project = load_project(root)
    print("| interview | language | words | WER | CER | turns with the right speaker |")
    print("|---|---|---|---|---|---|")
    for interview in transcript_ids(project):
        file = references / f"{interview}.txt"
        transcript = load_transcript(project, interview)
        if not file.is_file() or transcript.source is None:
            continue
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        turns = [tuple(line.split(": ", 1)) for line in lines if re.match(r"S\d+: ", line)]
        said = plain(" ".join(turn[1] for turn in turns) if turns else " ".join(lines))
        heard = plain(transcript.text)
        right = ""
        if turns and len(turns) == len(transcript.turns):
            same = sum(a[0] == b.speaker for a, b in zip(turns, transcript.turns, strict=True))
            right = f"{same} of {len(turns)}"
        print(
            f"| {interview} | {transcript.language} | {len(said.split())} | {jiwer.wer(said, heard):.1%} "
            f"| {jiwer.cer(said, heard):.1%} | {right or '–'} |"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
