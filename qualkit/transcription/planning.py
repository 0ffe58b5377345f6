"""Making the plan of a recording: decode, measure, find speech, tell languages, cut units."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording decoded and measured: as much of its plan as takes no model."""

    facts: AudioFacts
    account: Decoded
    separate: bool
    tracks: tuple[Track, ...]
    """Without their pieces."""


def read_recording(job: Job, samples: Path, beat: Beat) -> Recorded:
    """Decode into ``samples``.

    :raises BadFile: the recording cannot be read.
    """
    path = Path(job.audio)
    facts = probe(path)
    account, loudness = decode_to(path, samples, beat)
    separate = account.channels == 2 and _separate(job, Pcm(samples, 2))
    levels = {channel: loudness[channel] for channel in ((0, 1) if separate else (MIX,))}
    tracks = tuple(
        Track(c, round(level.gain_db, 2), level.lufs, level.clipped) for c, level in levels.items()
    )
    return Recorded(facts, account, separate, tracks)


def make_plan(job: Job, samples: Path, recorded: Recorded, engine: Engine, beat: Beat) -> Plan:
    """Find speech in what was decoded into ``samples``, and plan the units."""
    account = recorded.account
    ears: dict[int, Ear] = {}
    found: dict[int, tuple[Stretch, ...]] = {}
    for track in recorded.tracks:
        pcm = Pcm(samples, account.channels, track.gain_db)
        ears[track.channel] = Ear(engine, pcm, track.channel, beat)
        beat("speech", 0, 1)
        found[track.channel] = activity.speech(
            activity.probabilities(pcm, track.channel), account.duration_ms
        )
    told = tell(job, ears, found)
    done = tuple(replace(t, pieces=told.pieces[t.channel]) for t in recorded.tracks)
    work = tuple(
        unit
        for t in done
        for unit in units(windows(t.pieces, account.duration_ms), t.channel, job.settings.batch)
    )
    return _assembled(recorded, job, told, done, work)


def _assembled(
    recorded: Recorded, job: Job, told: Told, tracks: tuple[Track, ...], work: tuple[Unit, ...]
) -> Plan:
    facts, account = recorded.facts, recorded.account
    return Plan(
        duration_ms=account.duration_ms,
        claimed_ms=account.claimed_ms,
        truncated=account.truncated,
        channels=account.channels,
        separate=recorded.separate,
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
