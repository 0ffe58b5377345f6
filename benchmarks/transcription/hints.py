"""Whether hints for spelling help: the sample recordings with them and without.

    python -m benchmarks.transcription.hints [PROJECT]

PROJECT (this repository by default) gives the hints, from its sites and its codebook, as a night does; the
references are those of the sample interviews. Counted are word errors, and how many of the words of the
reference that stand in the hints come out as they are spelt there (inflected words do not count).
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.files.project import load_project
from qualkit.transcription.apart import case_of, hear_apart
from qualkit.transcription.evaluate import heard_words, word_errors
from qualkit.transcription.hints import hints
from qualkit.transcription.reference import plain_words, read_reference
from qualkit.transcription.settings import project_settings

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.transcription.settings import TranscribeSettings

SAMPLES = ("kilpisalo-01", "jarnskata-01", "hiililuoto-01")
HERE = Path(__file__).parents[2]


def main() -> None:
    """One line a recording and way."""
    project = load_project(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
    settings = replace(project_settings(project), diarizer="none")
    print("| recording | hints | WER | CER | hinted words right |")
    print("|---|---|---|---|---|")
    for name in SAMPLES:
        recording = next(project.recordings.glob(f"{name}.*"))
        said = read_reference(HERE / "tools" / "sample_interviews" / f"{name}.txt").words
        given = {
            w for hint in hints(project, case_of(project, recording), settings) for w in plain_words(hint)
        }
        wanted = Counter(word for word in said if word in given)
        for on in (True, False):
            heard = heard_in(recording, replace(settings, hotwords=on), project)
            wrong, got = word_errors(said, heard), Counter(heard)
            right = sum(min(count, got[word]) for word, count in wanted.items())
            print(
                f"| {name} | {'on' if on else 'off'} | {wrong.wer:.1%} | {wrong.cer:.1%} "
                f"| {right} of {wanted.total()} |",
                flush=True,
            )


def heard_in(recording: Path, settings: TranscribeSettings, project: Project) -> list[str]:
    """The words of a recording, transcribed apart from the project."""
    steps = hear_apart(recording, settings, project=project)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return [word.plain for word in heard_words(end.value.transcript)]


if __name__ == "__main__":
    main()
