"""Word errors on real clips in three languages, and who spoke on dialogues with a reference.

    python -m benchmarks.transcription.clips AUDIO OUT [--lock FILE]

AUDIO is the folder of real speech. Everything runs through ``qualkit transcribe`` in a project with the
languages Finnish, Swedish and English; the number of speakers is given, as a user gives it. The last table
takes the same diarization and asks what the speakers would be with one speaker a Whisper segment, the usual
way: segments and words by faster-whisper with its own defaults and word times, each segment to whoever
speaks longest in it.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.transcription.common import QUALKIT, make_project, observed, quiet_machine, sound_of
from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript
from qualkit.transcription.evaluate import HeardWord, heard_words, score, speaker_errors
from qualkit.transcription.guards import Heard
from qualkit.transcription.reference import Reference, parse_reference
from qualkit.transcription.results import read_diarization
from qualkit.transcription.speakers.simple import read_rttm
from qualkit.transcription.speakers.words import speakers_of
from qualkit.weights.store import model_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.files.project import Project
    from qualkit.transcription.speakers.diarizer import Diarization, Spoken

CLIPS = {
    "fi-css10": ("fi/css10_ensimmaisetnovellit_0040.wav", "fi", 1),
    "sv-lattlast": ("sv/lattlast.ogg", "sv", 1),
    "sv-three": ("sv/three_sentences.wav", "sv", 1),
    "en-jfk": ("en/jfk.flac", "en", 1),
    "en-shakespeare": ("en/shakespeare_part1.ogg", "en", 1),
    "dial-mf": ("dialogue/dial_mf.flac", "en", 2),
    "dial-3": ("dialogue/dial_3.flac", "en", 3),
}


def main() -> None:
    """Transcribe what is not transcribed yet, then the tables."""
    options = argparse.ArgumentParser()
    options.add_argument("audio", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--lock", type=Path)
    given = options.parse_args()
    root = make_project(given.out / "clips", {name: (clip[1], clip[2]) for name, clip in CLIPS.items()})
    for name, (file, _, _) in CLIPS.items():
        source = given.audio / file
        target = root / "recordings" / f"{name}{source.suffix}"
        if not target.exists():
            shutil.copy(source, target)
    with quiet_machine(given.lock):
        observed([*QUALKIT, "transcribe", "--project", root], given.out / "clips.log")
        project = load_project(root)
        words(project, given.audio)
        speakers(project, given.audio)


def words(project: Project, audio: Path) -> None:
    """WER and CER of the clips that have a text."""
    print("| clip | language | words | WER | CER | speech with words near it |")
    print("|---|---|---|---|---|---|")
    for name, (file, language, _) in CLIPS.items():
        path = (audio / file).with_suffix(".ref.txt")
        if not path.exists():
            continue
        text = parse_reference(path.read_text(encoding="utf-8"), path)
        transcript = load_transcript(project, name)
        duration = transcript.source.duration_ms if transcript.source else 0
        errors = score(transcript, text, duration_ms=duration).errors
        cover = transcript.provenance["coverage"]
        near = 1 - cover["without_text_ms"] / cover["speech_ms"]
        print(
            f"| {name} | {language} | {errors.reference_words} | {errors.wer:.1%} | {errors.cer:.1%} "
            f"| {near:.1%} |"
        )


def speakers(project: Project, audio: Path) -> None:
    """DER, and words in the wrong mouth: a speaker a word against a speaker a segment."""
    print(
        "\n| dialogue | speakers | DER | DER, 0.25 s collar | words with the wrong speaker: Qualkit "
        "| faster-whisper, a speaker a word | a speaker a segment |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, (file, _, count) in CLIPS.items():
        path = (audio / file).with_suffix(".rttm")
        if not path.exists():
            continue
        truth = read_rttm(path)
        transcript = load_transcript(project, name)
        duration = transcript.source.duration_ms if transcript.source else 0
        found = diarization(
            project, str(transcript.provenance["key"]), str(transcript.provenance["speakers_key"])
        )
        ours = speaker_errors(heard_words(transcript), Reference(()), duration, found.spoken, truth)
        a_word, a_segment = usual_way(audio / file, found)
        shares = []
        for heard in (a_word, a_segment):
            errors = speaker_errors(heard, Reference(()), duration, found.spoken, truth)
            shares.append(f"{errors.words_wrong} of {errors.words_compared} ({errors.wrong_share:.1%})")
        print(
            f"| {name} | {count} | {ours.der:.1%} | {ours.der_collar:.1%} "
            f"| {ours.words_wrong} of {ours.words_compared} ({ours.wrong_share:.1%}) | {' | '.join(shares)} |"
        )


def diarization(project: Project, key: str, speakers_key: str) -> Diarization:
    """What the diarizer found, from the work files."""
    found = read_diarization(project.work / "transcribe" / key / f"speakers-{speakers_key}.json")
    assert found is not None
    return found


def usual_way(path: Path, found: Diarization) -> tuple[list[HeardWord], list[HeardWord]]:
    """Words of faster-whisper as it comes: with a speaker a word, and with a speaker a segment."""
    from faster_whisper import WhisperModel

    model = WhisperModel(
        str(model_path("whisper-base")), device="cpu", compute_type="int8", local_files_only=True
    )
    segments, _ = model.transcribe(
        sound_of(path).astype("float32") / 32768, language="en", word_timestamps=True
    )
    by_word: list[HeardWord] = []
    by_segment: list[HeardWord] = []
    for segment in segments:
        words = [
            Heard(w.word.strip(), round(w.start * 1000), round(w.end * 1000), w.probability)
            for w in segment.words
        ]
        whose = speakers_of(words, found.spoken)
        one = longest(round(segment.start * 1000), round(segment.end * 1000), found.spoken)
        for word, speaker in zip(words, whose, strict=True):
            by_word.append(HeardWord(word.text, str(speaker), word.start_ms, word.end_ms))
            by_segment.append(HeardWord(word.text, str(one), word.start_ms, word.end_ms))
    return by_word, by_segment


def longest(start: int, end: int, spoken: Sequence[Spoken]) -> int:
    """Who speaks longest in a stretch."""
    heard: dict[int, int] = {}
    for s in spoken:
        heard[s.speaker] = heard.get(s.speaker, 0) + max(0, min(end, s.end_ms) - max(start, s.start_ms))
    return max(heard, key=lambda speaker: heard[speaker])


if __name__ == "__main__":
    main()
