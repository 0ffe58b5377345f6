"""Making the plan of a recording: decode, measure, find speech, tell languages, cut units."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qualkit.audio.decode import Decoded, decode
from qualkit.audio.loudness import Loudness, LoudnessMeter
from qualkit.audio.pcm import Pcm
from qualkit.audio.probe import AudioFacts, probe
from qualkit.errors import QualkitError
from qualkit.transcription import activity
from qualkit.transcription.languages import Beat, Ear, Told, tell
from qualkit.transcription.plan import MIX, Plan, Track
from qualkit.transcription.speakers.channels import are_separate
from qualkit.transcription.units import Unit, units, windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.audio.stretch import Stretch
    from qualkit.transcription.engine import Engine
    from qualkit.transcription.settings import Job


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
    found: dict[int, tuple[Stretch, ...]] = {}
    for channel in (0, 1) if separate else (MIX,):
        level = loudness[channel]
        tracks.append(Track(channel, round(level.gain_db, 2), level.lufs, level.clipped))
        pcm = Pcm(samples, account.channels, tracks[-1].gain_db)
        beat("speech", 0, 1)
        found[channel] = activity.speech(activity.probabilities(pcm, channel), account.duration_ms)
    ears = {
        t.channel: Ear(engine, Pcm(samples, account.channels, t.gain_db), t.channel, beat) for t in tracks
    }
    told = tell(job, ears, found)
    done = [replace(t, pieces=told.pieces[t.channel]) for t in tracks]
    work = [
        unit
        for t in done
        for unit in units(windows(t.pieces, account.duration_ms), t.channel, job.settings.batch)
    ]
    return _assembled(facts, account, job, told, tuple(done), tuple(work), separate=separate)


def _assembled(
    facts: AudioFacts,
    account: Decoded,
    job: Job,
    told: Told,
    tracks: tuple[Track, ...],
    work: tuple[Unit, ...],
    *,
    separate: bool,
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
        main_language=told.main,
        strangers=told.strangers,
        hints=job.hotwords,
        tracks=tracks,
        units=work,
    )


def _separate(job: Job, pcm: Pcm) -> bool:
    chosen = job.settings.channels
    if chosen != "auto":
        return chosen == "separate"
    if job.settings.diarizer == "channels":
        return True
    return job.settings.diarizer == "auto" and job.speakers in (0, 2) and are_separate(pcm)
