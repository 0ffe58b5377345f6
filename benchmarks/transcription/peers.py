"""Speed, memory and word errors beside ``openai-whisper`` and ``whisper-ctranslate2``: same weights, sound.

    python -m venv PEERS && PEERS/bin/pip install whisper-ctranslate2==0.5.8 openai-whisper==20250625
    python -m benchmarks.transcription.peers AUDIO OUT --peers PEERS/bin [--rounds 3] [--minutes 11]

AUDIO is the folder of real speech (``en/``, ``librispeech/``). One recording is made of it: first what has
a reference text (182 s), then ten readers of LibriSpeech (13 min). Each tool runs as its users run it, as a
command with its own default settings, from start to the written transcript: ``whisper``, ``whisper-
ctranslate2`` and ``qualkit transcribe``, which also tells the speakers apart, times each word and tells the
language of each stretch. ``qualkit, text only`` leaves out the speakers, as the other two do. The tools
take turns; a run that is on record in OUT is not done again. ``whisper`` gets the same weights, turned back
into its own form, and both peers run at the low priority that Qualkit gives its worker, so that what else
the machine does slows all of them alike.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.transcription.common import (
    QUALKIT,
    RATE,
    Results,
    in_a_row,
    make_project,
    observed,
    quiet_machine,
    write_wav,
)
from qualkit.files.project import load_project
from qualkit.files.transcript import load_transcript
from qualkit.transcription.evaluate import word_errors
from qualkit.transcription.reference import plain_words
from qualkit.weights.store import model_path

SAID = ("en/shakespeare_part1", "en/jfk")
TOOLS = ("whisper-ctranslate2", "qualkit", "openai-whisper", "qualkit, text only")


def recording(audio: Path, path: Path, minutes: float = 60.0) -> None:
    """Make the recording, of so many minutes at most."""
    found = [next(p for p in (audio / name).parent.glob(f"{Path(name).name}.[fo]*")) for name in SAID]
    readers = sorted((audio / "librispeech").glob("*.flac"))
    if not path.exists():
        whole = np.concatenate([in_a_row(found, 2), in_a_row(readers, 0.6)])
        write_wav(path, whole[: int(minutes * 60 * RATE)])


def run(tool: str, wav: Path, out: Path, peers: Path, weights: Path) -> tuple[Any, str]:
    """Run one tool once; returns what it cost, and its text."""
    made = out / "made"
    shutil.rmtree(made, ignore_errors=True)
    log = out / "log.txt"
    if tool.startswith("qualkit"):
        diarizer = 'diarizer = "none"' if "text only" in tool else ""
        root = make_project(made, {"talk": ("en", 2)}, settings=diarizer)
        shutil.copy(wav, root / "recordings" / "talk.wav")
        ran = observed([*QUALKIT, "transcribe", "--project", root], log)
        turns = load_transcript(load_project(root), "talk").turns
        return ran, " ".join(turn.text for turn in turns)
    if tool == "whisper-ctranslate2":
        model = ["--model_directory", model_path("whisper-base"), "--local_files_only", "True"]
    else:
        model = ["--model", weights]
    ran = observed(
        [
            "nice",
            "-n",
            "10",
            peers / tool.replace("openai-", ""),
            wav,
            *model,
            "--output_dir",
            made,
            "--output_format",
            "json",
        ],
        log,
    )
    segments = json.loads((made / f"{wav.stem}.json").read_text(encoding="utf-8"))["segments"]
    return ran, " ".join(segment["text"] for segment in segments)


def main() -> None:
    """All tools in turn, then the table."""
    options = argparse.ArgumentParser()
    options.add_argument("audio", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--peers", type=Path, required=True)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--minutes", type=float, default=60.0, help="cut the recording")
    options.add_argument("--lock", type=Path)
    options.add_argument("--tools", nargs="*", default=TOOLS)
    given = options.parse_args()
    results = Results(given.out / "peers.jsonl")
    recording(given.audio, given.out / "talk.wav", given.minutes)
    weights = given.out / "base.pt"
    if not weights.exists():
        from qualkit.weights.checkpoint import whisper_checkpoint

        whisper_checkpoint(model_path("whisper-base"), weights)
    said = [
        word for name in SAID for word in plain_words((given.audio / f"{name}.ref.txt").read_text("utf-8"))
    ]
    for turn in range(given.rounds):
        for tool in given.tools if turn % 2 == 0 else given.tools[::-1]:
            if results.get(f"{tool} {turn}"):
                continue
            with quiet_machine(given.lock):
                ran, text = run(tool, given.out / "talk.wav", given.out, given.peers, weights)
            wrong, rest = parted(said, plain_words(text))
            value = {
                "wall_s": ran.wall_s,
                "cpu_s": ran.cpu_s,
                "peak_mib": ran.peak_mib,
                "wer": wrong,
                "rest": rest,
            }
            results.keep(f"{tool} {turn}", value)
            print(tool, {k: v for k, v in value.items() if k != "rest"}, flush=True)
    table(results, given.tools, given.rounds, (given.out / "talk.wav").stat().st_size / 2 / RATE)


def parted(said: list[str], heard: list[str]) -> tuple[float, list[str]]:
    """WER of the part with a reference, and the words after it; the border is where the errors are fewest.

    Segments of the peers reach over the pause between the two parts, so times cannot tell where it is.
    """
    ends = range(max(1, len(said) - 60), min(len(heard), len(said) + 60) + 1)
    wrong, end = min((word_errors(said, heard[:end]).wer or 0.0, end) for end in ends)
    return wrong, heard[end:]


def table(results: Results, tools: list[str], rounds: int, seconds: float) -> None:
    """The medians, one line a tool."""
    print(f"\n{seconds / 60:.1f} min of speech\n")
    print(
        "| command | seconds (each run) | × real time | CPU seconds | peak memory | WER "
        "| words of the rest | differing from openai-whisper |"
    )
    print("|---|---|---|---|---|---|---|---|")
    other = results.get("openai-whisper 0")
    for tool in tools:
        ran = [r for r in (results.get(f"{tool} {turn}") for turn in range(rounds)) if r]
        if not ran:
            continue
        wall = median(r["wall_s"] for r in ran)
        each = ", ".join(f"{r['wall_s']:.0f}" for r in ran)
        differs = f"{word_errors(other['rest'], ran[0]['rest']).wer:.1%}" if other else ""
        print(
            f"| {tool} | {wall:.0f} ({each}) | {seconds / wall:.1f} "
            f"| {median(r['cpu_s'] for r in ran):.0f} | {max(r['peak_mib'] for r in ran):.0f} MiB "
            f"| {ran[0]['wer']:.1%} | {len(ran[0]['rest'])} | {differs} |"
        )


if __name__ == "__main__":
    main()
