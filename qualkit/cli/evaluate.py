"""How good the engine is on anyone's data: ``evaluate coding``, ``transcript`` and ``models``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb

if TYPE_CHECKING:
    from qualkit.files.project import Project
    from qualkit.transcription.compare import Comparison, Measured
    from qualkit.transcription.settings import TranscribeSettings


@click.group("evaluate", epilog="Example: qualkit evaluate coding --gold coded.tsv --learn 8")
def evaluate() -> None:
    """Measure the engine on data of your own."""


@verb("coding", "qualkit evaluate coding --gold coded.tsv --learn 8")
@click.option(
    "--gold",
    type=click.Path(path_type=Path),
    required=True,
    help="Tab-separated: lang, codes (a;b or none), text.",
)
@click.option(
    "--codebook", "book", type=click.Path(path_type=Path), help="Codebook to use. Default: the project's."
)
@click.option(
    "--learn",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Also after so many decided examples a code.",
)
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=5, show_default=True, help="How often examples are drawn."
)
def coding(call: Call, gold: Path, book: Path | None, learn: int, seeds: int) -> None:
    """Score suggestions against labelled units: F1, precision, recall, calibration, per code and language.

    Baselines (words only, meaning only, TF-IDF) are scored in the same run.
    """
    import tempfile

    from qualkit.coding.embed import embedding_model, find_model
    from qualkit.coding.evaluate import as_dict, as_text, evaluate_coding
    from qualkit.errors import NoProject
    from qualkit.files.codebook import load_codebook, read_codebook
    from qualkit.files.coded_units import units_beside

    project: Project | None = None
    try:
        project = call.project()
    except NoProject:
        if book is None:
            raise
    if book is not None:
        codebook = read_codebook(book)
    else:
        assert project is not None
        codebook, book = load_codebook(project), project.codebook_path
    model = embedding_model(project) if project else find_model()
    with tempfile.TemporaryDirectory(prefix="qualkit-") as scratch:
        work = project.work if project else Path(scratch)
        steps = evaluate_coding(
            gold, codebook, model, work, learn=learn, seeds=seeds, coded=units_beside(book)
        )
        found = console.follow(steps, call.progress)
    if call.json:
        console.data_json(as_dict(found))
    else:
        console.data(as_text(found))


evaluate.add_command(coding)

_recording = click.option(
    "--recording", type=click.Path(path_type=Path), required=True, help="The sound, in any format."
)
_reference = click.option(
    "--reference",
    type=click.Path(path_type=Path),
    required=True,
    help="What is said in it: text with or without `Name:` and times, SRT, VTT, or a transcript (.json).",
)
_language = click.option("--language", help="Everything is in this language: fi, sv, en, …")


@verb("transcript", "qualkit evaluate transcript --recording talk.m4a --reference talk.txt --speakers 2")
@_recording
@_reference
@click.option("--rttm", type=click.Path(path_type=Path), help="Who speaks when, to measure speakers against.")
@click.option("--speakers", type=click.IntRange(0, 20), help="How many people speak; 0 to estimate.")
@click.option("--model", help="Whisper model: a name from `qualkit models list`, or a folder.")
@_language
@click.option("--minutes", type=click.FloatRange(0.1), help="Only the first so many minutes.")
def transcript(
    call: Call, recording: Path, reference: Path, rttm: Path | None, minutes: float | None, **options: Any
) -> None:
    """Transcribe a recording and measure it: words, characters, made-up words, coverage, speakers.

    Capitals and punctuation do not count; ä, ö and å do. Nothing is written to the project; inside one,
    its settings and hints are used.
    """
    from qualkit.transcription.compare import evaluate_transcript

    project, settings = _settings(call, options)
    steps = evaluate_transcript(
        recording, reference, settings, rttm=rttm, project=project, minutes=minutes or 0.0
    )
    found = console.follow(steps, call.progress)
    if call.json:
        console.data_json(found.as_dict())
    else:
        console.data(_transcript_text(found))


@verb("models", "qualkit evaluate models --recording talk.m4a --reference first-five-minutes.txt")
@_recording
@_reference
@click.option("--model", "models", multiple=True, help="Only this model; repeat for more.")
@_language
@click.option("--speakers", type=click.IntRange(0, 20), help="How many people speak; 0 to estimate.")
@click.option(
    "--minutes", type=click.FloatRange(0.1), default=5.0, show_default=True, help="How much is compared."
)
def models(
    call: Call, recording: Path, reference: Path, models: tuple[str, ...], minutes: float, **options: Any
) -> None:
    """Compare the Whisper models on this machine on a few minutes that you have corrected.

    Says which one to use: the fastest of those that are as good as the best and fit in memory.
    """
    from qualkit.transcription.compare import evaluate_models

    project, settings = _settings(call, options)
    steps = evaluate_models(recording, reference, settings, models=models, project=project, minutes=minutes)
    found = console.follow(steps, call.progress)
    if call.json:
        console.data_json(found.as_dict())
        return
    _models_table(found)


def _settings(call: Call, options: dict[str, Any]) -> tuple[Project | None, TranscribeSettings]:
    """The project around, if there is one, and the settings of transcription with ``options`` over them."""
    from qualkit.errors import NoProject
    from qualkit.transcription.settings import TranscribeSettings, project_settings

    given = {key: value for key, value in options.items() if value is not None}
    try:
        project = call.project()
    except NoProject:
        return None, TranscribeSettings(**given)
    return project, project_settings(project, **given)


def _transcript_text(found: Measured) -> str:
    score, errors, who = found.score, found.score.errors, found.score.speakers
    counts = f"{errors.substituted} wrong, {errors.missing} missing, {errors.added} too many"
    silent = f"{score.non_speech_s / 60:.1f} min of non-speech"
    rate = "" if score.made_up_a_minute is None else f", {score.made_up_a_minute:.1f} a minute"
    lines = [
        f"{found.model} ({found.engine}): {found.speed:.1f} × real time, {_memory(found.peak_mib)}",
        f"WER                     {_share(errors.wer)}  of {errors.reference_words} words: {counts}",
        f"CER                     {_share(errors.cer)}",
        f"made-up words           {score.made_up:6}  in {silent}{rate}",
        f"coverage                {_share(score.coverage)}  of {score.speech_s:.0f} s of speech",
    ]
    if who.der is not None:
        lines.append(
            f"DER                     {_share(who.der)}  ({_share(who.der_collar)} with a collar of 0.25 s): "
            f"missed {_share(who.missed)}, false {_share(who.false_alarm)}, confused {_share(who.confusion)}"
        )
    if who.words_by:
        lines.append(
            f"words, wrong speaker    {_share(who.wrong_share)}  {who.words_wrong} of {who.words_compared}"
        )
    lines.append("Where speech is: " + _SPEECH_BY[score.speech_by])
    return "\n".join(lines)


_SPEECH_BY = {
    "rttm": "by the RTTM file.",
    "reference": "nowhere, the reference is empty.",
    "voice activity": "by voice activity detection, as when transcribing; --rttm measures more strictly.",
}


def _models_table(found: Comparison) -> None:
    console.table(
        [
            (
                row.model,
                row.engine,
                _share(row.score.errors.wer),
                _share(row.score.errors.cer),
                f"{row.speed:.1f} ×",
                f"{row.load_s:.0f} s",
                _memory(row.peak_mib),
            )
            for row in found.rows
        ],
        ("model", "engine", "WER", "CER", "real time", "loading", "memory"),
    )
    for left in found.left_out:
        console.data(f"Not tried: {left}.")
    console.data(f"Use {found.use}: {found.why}.")
    console.data(f'In qualkit.toml, under [transcription]: model = "{found.use}"')


def _share(value: float | None) -> str:
    return "     –" if value is None else f"{value:6.1%}"


def _memory(mib: int) -> str:
    return f"{mib} MiB" if mib else "memory not known"


evaluate.add_command(transcript)
evaluate.add_command(models)
