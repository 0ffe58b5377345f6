"""``qualkit evaluate transcript`` and ``evaluate models``: this machine's transcripts against a reference."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from qualkit.errors import UsageError
from qualkit.files.machine import machine_mib
from qualkit.transcription.apart import HeardApart, case_of, hear_apart
from qualkit.transcription.evaluate import TranscriptScore, heard_words, score, word_errors
from qualkit.transcription.reference import read_reference
from qualkit.transcription.speakers.simple import read_rttm
from qualkit.weights.catalogue import Kind
from qualkit.weights.store import installed

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Step
    from qualkit.transcription.reference import Reference
    from qualkit.transcription.settings import TranscribeSettings
    from qualkit.transcription.speakers.diarizer import Spoken

MINUTES = 5.0
"""What a person corrects in half an hour, and enough to tell models apart."""
SAME_WER = 0.01
"""Word error rates nearer than this count as equal: on five minutes, chance alone moves them as much."""
ROOM = 0.7
"""Share of the machine's memory that a model may take, so that the laptop stays usable."""
NIGHT_H = 8
ENGINES = (Kind.WHISPER.value, Kind.OPENAI_WHISPER.value)
"""Kinds of model that recognise speech; each is also the name of the engine that runs it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One model's transcript of a recording, measured."""

    model: str
    engine: str
    model_hash: str
    audio_s: float
    seconds: float
    """What it took, loading the model left out."""
    load_s: float
    peak_mib: int
    score: TranscriptScore

    @property
    def speed(self) -> float:
        """Times real time."""
        return self.audio_s / max(self.seconds, 0.01)

    def as_dict(self) -> dict[str, Any]:
        """As plain values; a share that is not defined is null."""
        found = asdict(self)
        found["score"]["speakers"]["wrong_share"] = self.score.speakers.wrong_share
        return {**found, "speed": round(self.speed, 2)}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The installed models on the same minutes."""

    rows: tuple[Measured, ...]
    left_out: tuple[str, ...]
    """Models that were not tried, and why."""
    use: str
    """Name of the model to use."""
    why: str

    def as_dict(self) -> dict[str, Any]:
        """As plain values."""
        rows = [row.as_dict() for row in self.rows]
        return {"use": self.use, "why": self.why, "left_out": list(self.left_out), "models": rows}


def evaluate_transcript(
    recording: Path,
    reference: Path,
    settings: TranscribeSettings,
    *,
    rttm: Path | None = None,
    project: Project | None = None,
    minutes: float = 0.0,
) -> Generator[Step, None, Measured]:
    """Transcribe a recording (its first ``minutes``) and measure it against a reference and an RTTM file.

    :raises BadFile: a file cannot be read.
    :raises MissingModel: the model is not on this machine.
    """
    said = read_reference(reference)
    truth = read_rttm(rttm) if rttm else ()
    if rttm and not truth:
        raise UsageError(f"{rttm} has no line that says who speaks.", "Give another file, or none.")
    speakers = _count(settings, recording, project, said, truth)
    heard = yield from hear_apart(
        recording, settings, speakers=speakers, project=project, seconds=60 * minutes
    )
    cut_off = bool(minutes) and heard.duration_ms >= 59_000 * minutes
    if cut_off:
        said = said.until(heard.duration_ms)
        truth = tuple(
            replace(s, end_ms=min(s.end_ms, heard.duration_ms))
            for s in truth
            if s.start_ms < heard.duration_ms
        )
    return _measured(settings, heard, said, truth)


def _count(
    settings: TranscribeSettings,
    recording: Path,
    project: Project | None,
    said: Reference,
    truth: Sequence[Spoken],
) -> int:
    """How many people speak: as asked, else as ``interviews.csv`` says, else as the references show."""
    if settings.speakers >= 0:
        return settings.speakers
    case = case_of(project, recording)
    if case:
        return case.speakers
    return len({s.speaker for s in truth}) or len(said.speakers) or 2


def _measured(
    settings: TranscribeSettings, heard: HeardApart, said: Reference, truth: Sequence[Spoken]
) -> Measured:
    return Measured(
        model=settings.model,
        engine=settings.engine,
        model_hash=heard.model_hash,
        audio_s=heard.duration_ms / 1000,
        seconds=round(max(0.0, heard.seconds - heard.load_s), 2),
        load_s=heard.load_s,
        peak_mib=heard.peak_mib,
        score=score(
            heard.transcript,
            said,
            duration_ms=heard.duration_ms,
            activity=heard.activity,
            spoken=heard.speakers.spoken if heard.speakers else (),
            truth=truth,
        ),
    )


# ── Models ───────────────────────────────────────────────────────────────────


def evaluate_models(
    recording: Path,
    reference: Path,
    settings: TranscribeSettings,
    *,
    models: Sequence[str] = (),
    project: Project | None = None,
    minutes: float = MINUTES,
) -> Generator[Step, None, Comparison]:
    """Let every installed Whisper model hear the first minutes of a recording, and say which to use.

    ``reference`` is what is said in those minutes. Where it goes further, or stops earlier, only what
    it shares with the recording's beginning is compared, the same words for every model.

    :raises BadFile: a file cannot be read.
    :raises UsageError: there is no model to compare, or nothing is said in the reference.
    """
    said = read_reference(reference)
    if not said.words:
        raise UsageError(f"{reference} holds no words.", "Correct the transcript of the first minutes.")
    chosen, left_out = _to_compare(models, settings, recording, project)
    if not chosen:
        raise UsageError("No Whisper model is on this machine.", "Run `qualkit models fetch --default`.")
    heard: list[tuple[TranscribeSettings, HeardApart]] = []
    speakers = _count(settings, recording, project, said, ())
    for model, engine in chosen:
        each = replace(settings, model=model, engine=engine)
        made = yield from hear_apart(
            recording, each, speakers=speakers, project=project, seconds=60 * minutes
        )
        heard.append((each, made))
    whole = heard[0][1].duration_ms
    cut_off = whole >= 59_000 * minutes
    said = said.until(whole) if cut_off else said
    rows = [_measured(each, made, said, ()) for each, made in heard]
    if cut_off:
        rows = _same_words(rows, [made for _, made in heard], said)
    use, why = recommend(rows)
    return Comparison(tuple(sorted(rows, key=_wer)), left_out, use, why)


def _to_compare(
    models: Sequence[str], settings: TranscribeSettings, recording: Path, project: Project | None
) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    kinds = {m.name: m.kind for m in installed()}
    if models:
        return [(m, kinds[m] if kinds.get(m) in ENGINES else settings.engine) for m in models], ()
    case = case_of(project, recording)
    language = settings.language or (case.language if case else "")
    chosen, left_out = [], []
    for name, kind in kinds.items():
        if kind not in ENGINES:
            continue
        if name.endswith(".en") and language not in ("", "en"):
            left_out.append(f"{name}: it hears English only")
        elif kind == Kind.OPENAI_WHISPER.value and not _has_openai():
            left_out.append(f"{name}: openai-whisper is not installed")
        else:
            chosen.append((name, kind))
    return chosen, tuple(left_out)


def _has_openai() -> bool:
    from importlib.util import find_spec

    return find_spec("whisper") is not None


def _same_words(rows: list[Measured], heard: Sequence[HeardApart], said: Reference) -> list[Measured]:
    """The rows with word errors over what the reference and the minutes heard share.

    How far the reference goes is where the model that got furthest in it stopped, so that a model
    which drops the end is not forgiven. What is heard after the reference's end is not counted.
    """
    texts = [[word.plain for word in heard_words(h.transcript)] for h in heard]
    end = max(overlap(said.words, text)[0] for text in texts)
    reference = said.words[:end]
    return [
        replace(
            row,
            score=replace(
                row.score, errors=word_errors(reference, text[: overlap(reference, text, whole=True)[1]])
            ),
        )
        for row, text in zip(rows, texts, strict=True)
    ]


def overlap(reference: Sequence[str], heard: Sequence[str], *, whole: bool = False) -> tuple[int, int]:
    """How much of the two, from their beginnings, is the same stretch of talk: lengths of both.

    The best alignment that reaches the end of either (of ``reference``, when ``whole``), a word that
    agrees counting 1 and every error −1.
    """
    import numpy as np

    ids = {word: n for n, word in enumerate(dict.fromkeys([*reference, *heard]))}
    theirs = np.array([ids[word] for word in heard], np.int64)
    steps = np.arange(len(theirs) + 1)
    row = -steps
    ends = [(int(row[-1]), 0, len(theirs))]
    for n, word in enumerate(reference, 1):
        best = row - 1
        best[1:] = np.maximum(best[1:], row[:-1] + np.where(theirs == ids[word], 1, -1))
        row = np.maximum.accumulate(best + steps) - steps  # a word that is too many costs 1
        ends.append((int(row[-1]), n, len(theirs)))
    last = [(int(value), len(reference), m) for m, value in enumerate(row)]
    _, mine, other = max(last if whole else [*ends, *last])
    return mine, other


def recommend(rows: Sequence[Measured], memory_mib: int | None = None) -> tuple[str, str]:
    """Which model to use: the fastest of those that are as good as the best and fit in memory."""
    memory = machine_mib() if memory_mib is None else memory_mib
    fit = [r for r in rows if not memory or not r.peak_mib or r.peak_mib <= ROOM * memory]
    pool = fit or list(rows)
    best = min(pool, key=_wer)
    equal = [r for r in pool if _wer(r) - _wer(best) <= SAME_WER]
    use = max(equal, key=lambda r: r.speed)
    why = f"{_wer(use):.1%} of words wrong, {use.speed:.1f} × real time ({NIGHT_H * use.speed:.0f} hours of"
    why += f" recording in a night of {NIGHT_H})"
    if use is not best:
        why += f"; {best.model} is not better by more than {100 * SAME_WER:.0f} point"
    if len(fit) < len(rows):
        why += "; others take more memory than this machine can spare"
    if len(rows) == 1:
        why += "; nothing to compare it with, `qualkit models list` says what can be fetched"
    elif _wer(use) > 0.2:
        why += "; no model here is good, fetch a larger one"
    return use.model, why


def _wer(row: Measured) -> float:
    return row.score.errors.wer if row.score.errors.wer is not None else 1.0
