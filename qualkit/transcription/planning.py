"""Making the plan of a recording: decode, measure, find speech, tell languages, cut units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qualkit.audio.decode import Decoded, decode
from qualkit.audio.loudness import Loudness, LoudnessMeter
from qualkit.audio.pcm import Pcm
from qualkit.audio.probe import AudioFacts, probe
from qualkit.errors import QualkitError
from qualkit.transcription import activity
from qualkit.transcription.plan import MIX, Plan, Track
from qualkit.transcription.settings import Job
from qualkit.transcription.speakers.channels import are_separate
from qualkit.transcription.units import languages, units, windows

if TYPE_CHECKING:
    from qualkit.audio.stretch import Stretch
    from qualkit.transcription.engine import Engine

Beat = Callable[[str, float, float], None]
"""Called with a stage, what is done and the total of it."""
LANGUAGE_MS = 10_000
"""As much of a piece is enough to tell its language."""
SHORTEST_MS = 1_000


def decode_to(path: Path, target: Path, beat: Beat) -> tuple[Decoded, Mapping[int, Loudness]]:
    """Write the samples of a recording to ``target``; returns the account and how loud each track is.

    :raises BadFile: nothing can be decoded.
    :raises QualkitError: the disk is full.
    """
    facts = probe(path)
    meters: dict[int, LoudnessMeter] = {}
    part = target.with_suffix(".part")
    chunks = decode(path)
    done = 0
    try:
        with part.open("wb") as out:
            while True:
                try:
                    chunk = next(chunks)
                except StopIteration as end:
                    account: Decoded = end.value
                    break
                tracks = {MIX: chunk[:, 0] if chunk.shape[1] == 1 else chunk.mean(axis=1).astype(np.int16)}
                if chunk.shape[1] == 2:
                    tracks |= {0: chunk[:, 0], 1: chunk[:, 1]}
                for channel, samples in tracks.items():
                    meters.setdefault(channel, LoudnessMeter()).add(samples)
                out.write(chunk.astype("<i2").tobytes())
                done += len(chunk)
                beat("decode", done / 16_000, (facts.duration_ms or 0) / 1000)
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise QualkitError(
            f"{target.parent}: the decoded sound could not be written ({error.strerror or error}).",
            "An hour takes 115 MB (two channels 230 MB) while it is worked on: make room, then run again.",
        ) from error
    return account, {channel: meter.result() for channel, meter in meters.items()}


def make_plan(job: Job, samples: Path, engine: Engine, beat: Beat) -> Plan:
    """Decode into ``samples`` and plan the units.

    :raises BadFile: the recording cannot be read.
    """
    path = Path(job.audio)
    facts = probe(path)
    account, loudness = decode_to(path, samples, beat)
    separate = account.channels == 2 and _separate(job, Pcm(samples, 2))
    tracks: list[Track] = []
    main = job.settings.language or job.main_language
    found: dict[int, tuple[Stretch, ...]] = {}
    for channel in (0, 1) if separate else (MIX,):
        level = loudness[channel]
        tracks.append(Track(channel, round(level.gain_db, 2), level.lufs, level.clipped))
        pcm = Pcm(samples, account.channels, tracks[-1].gain_db)
        beat("speech", 0, 1)
        found[channel] = activity.speech(activity.probabilities(pcm, channel), account.duration_ms)
    chances = {
        t.channel: _chances(job, Pcm(samples, account.channels, t.gain_db), t.channel, found[t.channel], engine, beat)
        for t in tracks
    }
    if not main:
        every = [(p, c) for t in tracks for p, c in zip(found[t.channel], chances[t.channel], strict=True)]
        main, _ = languages([p for p, _ in every], [c for _, c in every], "")
        main = main or (job.settings.languages or ("en",))[0]
    done: list[Track] = []
    work = []
    for track in tracks:
        _, pieces = languages(found[track.channel], chances[track.channel], main)
        done.append(Track(track.channel, track.gain_db, track.lufs, track.clipped, pieces))
        work += units(windows(pieces, account.duration_ms), track.channel, job.settings.batch)
    return _assembled(facts, account, job, main, done, tuple(work), separate=separate)


def _assembled(
    facts: AudioFacts, account: Decoded, job: Job, main: str, tracks: list[Track], work: tuple, *, separate: bool
) -> Plan:
    return Plan(
        duration_ms=account.duration_ms,
        claimed_ms=account.claimed_ms,
        truncated=account.truncated,
        channels=account.channels,
        separate=separate,
        damaged=account.damaged,
        gaps=account.gaps,
        packets=account.packets,
        bad_packets=account.bad_packets,
        container=facts.container,
        codec=facts.codec,
        sample_rate=facts.sample_rate,
        main_language=main,
        hints=job.hotwords,
        tracks=tuple(tracks),
        units=work,
    )


def _separate(job: Job, pcm: Pcm) -> bool:
    chosen = job.settings.channels
    if chosen != "auto":
        return chosen == "separate"
    if job.settings.diarizer == "channels":
        return True
    return job.settings.diarizer == "auto" and job.speakers in (0, 2) and are_separate(pcm)


def _chances(
    job: Job, pcm: Pcm, channel: int, pieces: Sequence[Stretch], engine: Engine, beat: Beat
) -> list[Mapping[str, float]]:
    """How probable each language is in each piece; nothing is asked when only one can be."""
    among = [job.settings.language] if job.settings.language else list(job.settings.languages)
    if job.main_language and job.main_language not in among and not job.settings.language:
        among.append(job.main_language)
    if len(among) < 2:
        return [dict.fromkeys(among, 1.0) for _ in pieces]
    out: list[Mapping[str, float]] = []
    for i, piece in enumerate(pieces):
        if piece.end_ms - piece.start_ms < SHORTEST_MS:
            out.append({})
        else:
            end = min(piece.end_ms, piece.start_ms + LANGUAGE_MS)
            out += engine.languages([pcm.read(piece.start_ms, end, channel)], among)
        beat("languages", i + 1, len(pieces))
    return out
