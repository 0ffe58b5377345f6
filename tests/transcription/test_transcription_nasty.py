"""Nasty files: each fails with a reason and a remedy or becomes a right transcript; the batch goes on."""

from __future__ import annotations

import math
import os
import random
import struct
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from qualkit.audio.probe import probe
from qualkit.errors import BadFile
from qualkit.files.transcript import load_transcript, transcript_ids
from qualkit.model import NoticeKind
from qualkit.transcription.batch import SUMMARY
from qualkit.transcription.summary import Outcome, clean
from tests.audio.sounds import RATE, encode, silence, talk, tone, write_wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Step
    from qualkit.transcription.summary import BatchSummary

    Run = Callable[..., tuple[list[Step], BatchSummary]]

SAID = [(0.5, 3.0)]
SHORT = ("blip.wav", "sample.wav", "silence.wav", "phone.wav", "nan.wav")
"""Without words, or with others than the rest."""
LONG_NAME = "pitkä " * 35


def riff(form: int, channels: int, rate: int, bits: int, data: bytes, claimed: int | None = None) -> bytes:
    """A WAV file with a header that says what it is told to say."""
    align = channels * bits // 8
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, form, channels, rate, rate * align, align, bits)
    size = len(data) if claimed is None else claimed
    return (
        struct.pack("<4sI", b"RIFF", 36 + len(data))
        + b"WAVE"
        + head
        + struct.pack("<4sI", b"data", size)
        + data
    )


def film_without_sound(path: Path) -> None:
    import av

    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for _ in range(5):
            out.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24"))
            )
        out.mux(stream.encode(None))


def protected(path: Path, kind: bytes) -> None:
    """An m4a whose sound is noise to us, and that calls itself ``kind``."""
    encode(path, tone(4), "aac", rate=44_100)
    raw = bytearray(path.read_bytes())
    start = raw.index(b"mdat") + 4
    (length,) = struct.unpack_from(">I", raw, start - 8)
    raw[start : start + length - 8] = random.Random(7).randbytes(length - 8)
    path.write_bytes(bytes(raw).replace(b"mp4a", kind))


def failing(folder: Path, outside: Path) -> dict[str, str]:
    """Files that must fail, each with a word of the reason."""
    talk_wav = write_wav(outside, talk(SAID, 4.0)).read_bytes()
    (folder / "empty.wav").write_bytes(b"")
    (folder / "one-byte.wav").write_bytes(b"R")
    (folder / "half-header.wav").write_bytes(talk_wav[:20])
    (folder / "no-samples.wav").write_bytes(talk_wav[:44])
    (folder / "no-channels.wav").write_bytes(riff(1, 0, 16_000, 16, bytes(4000)))
    (folder / "text.mp3").write_text("This is no music.\n" * 300)
    (folder / "archive.m4a").write_bytes(b"PK\x03\x04" + bytes(3000))
    (folder / "picture.ogg").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3000))
    (folder / "noise.m4a").write_bytes(random.Random(3).randbytes(50_000))
    (folder / "playlist.m4a").write_text("#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    (folder / "script.wav").write_text("ffconcat version 1.0\nfile '/etc/passwd'\n")
    whole = encode(outside.with_suffix(".m4a"), tone(6), "aac", rate=44_100).read_bytes()
    (folder / "no-index.m4a").write_bytes(whole[: len(whole) // 2])
    protected(folder / "protected.m4a", b"drms")
    protected(folder / "scrambled.m4a", b"mp4a")
    film_without_sound(folder / "film.mp4")
    (folder / "loop.wav").symlink_to(folder / "loop.wav")
    (folder / "nowhere.wav").symlink_to(folder / "not-there.wav")
    (folder / "outside.wav").symlink_to(outside)
    with (folder / "hole.mp3").open("wb") as hole:
        hole.truncate(200_000_000)
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.wav")
    reasons = dict.fromkeys((p.name for p in folder.iterdir()), "")
    return reasons | {
        "empty.wav": "empty",
        "film.mp4": "no audio track",
        "outside.wav": "out of the project",
        "scrambled.m4a": "no sound could be decoded",
    }


def fine(folder: Path) -> dict[str, set[NoticeKind]]:
    """Files that must become transcripts, each with the notices it must have at least."""
    said = talk(SAID, 4.0)
    wav = write_wav(folder / "wrong-suffix.mp3", said).read_bytes()
    for name in ("-dash.wav", "two\nlines.wav", "🔧 ääni.wav", "CON.wav", f"{LONG_NAME}.wav", "twin.wav"):
        (folder / name).write_bytes(wav)
    twin = np.concatenate([said, said])
    write_wav(folder / "twin.mkv", twin)
    if sys.platform == "linux":
        write_wav(folder / os.fsdecode(b"latin-\xe4\xe4ni.wav"), talk(SAID, 4.0, frequency=300))
    write_wav(folder / "blip.wav", tone(0.2))
    (folder / "sample.wav").write_bytes(riff(1, 1, 16_000, 16, b"\1\0"))
    write_wav(folder / "silence.wav", silence(6))
    flac = encode(folder / "cut.flac", talk([(0.5, 3.0), (6.0, 12.0)], 14.0), "flac").read_bytes()
    (folder / "cut.flac").write_bytes(flac[: len(flac) // 2])
    opus = encode(folder / "cut.opus", talk([(0.5, 3.0), (6.0, 12.0)], 14.0), "libopus", rate=48_000)
    raw = opus.read_bytes()
    opus.write_bytes(raw[: len(raw) // 2])
    (folder / "endless.wav").write_bytes(riff(1, 1, 16_000, 16, wav[44:], claimed=0xFFFFFFFF))
    floats = said.copy()
    floats[int(1.5 * RATE) : 2 * RATE] = math.nan
    (folder / "nan.wav").write_bytes(riff(3, 1, RATE, 32, floats.astype("<f4").tobytes()))
    write_wav(folder / "loud.wav", np.asarray(said * 20, np.float32))
    write_wav(folder / "quiet.wav", np.asarray(said * 10 ** (-40 / 20), np.float32))
    mp3 = bytearray(encode(folder / "hurt.mp3", talk([(0.5, 8.0)], 10.0), "mp3", rate=44_100).read_bytes())
    mp3[len(mp3) // 2 : len(mp3) // 2 + 3000] = random.Random(5).randbytes(3000)
    (folder / "hurt.mp3").write_bytes(mp3)
    encode(folder / "jump.mkv", said, "aac", jumps={2 * RATE: 90_000.0})
    write_wav(folder / "phone.wav", tone(2, rate=8_000), rate=8_000)
    none: set[NoticeKind] = set()
    found = {p.name: none for p in folder.iterdir()}
    return found | {
        "silence.wav": {NoticeKind.NO_SPEECH},
        "cut.flac": {NoticeKind.TRUNCATED},
        "cut.opus": {NoticeKind.TRUNCATED},
        "loud.wav": {NoticeKind.CLIPPED},
        "quiet.wav": {NoticeKind.QUIET},
        "hurt.mp3": {NoticeKind.DAMAGED},
    }


def test_more_than_25_nasty_files_in_one_night(project: Project, run: Run, tmp_path: Path) -> None:
    (project.recordings / "kilpi-01.wav").unlink()
    bad = failing(project.recordings, tmp_path / "outside.wav")
    (tmp_path / "fine").mkdir()
    good = fine(tmp_path / "fine")
    for path in (tmp_path / "fine").iterdir():
        path.rename(project.recordings / path.name)
    (project.recordings / "folder.wav").mkdir()
    _, summary = run(workers=2)
    assert len(bad) + len(good) > 40
    failed = {r.file: r.reason for r in summary.of(Outcome.FAILED)}
    assert set(failed) == set(bad)
    for name, reason in bad.items():
        assert failed[name], name
        assert reason in failed[name], name
    assert len(summary.of(Outcome.DONE)) == len(good)
    assert len(summary.recordings) == len(good) + len(bad)
    made = [load_transcript(project, interview) for interview in transcript_ids(project)]
    found = {t.source.file: t for t in made if t.source}
    assert len(found) == len(good)
    for name, kinds in good.items():
        transcript = found.pop(clean(name))
        assert kinds <= {n.kind for n in transcript.notices}, name
        begins = [turn.start_ms for turn in transcript.turns]
        if name not in SHORT:
            assert begins, name
            assert abs((begins[0] or 0) - 500) < 400, name
    text = (project.outputs / SUMMARY).read_text(encoding="utf-8")
    assert f"{len(good)} done" in text
    assert f"{len(bad)} failed" in text
    assert not any(ord(c) < 32 for c in text.replace("\n", ""))
    assert summary.exit_code == 1


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(BadFile, match="not an ordinary file"):
        probe(tmp_path / "pipe.wav")


def test_five_hours_of_silence_are_worked_through_and_hold_no_words(project: Project, run: Run) -> None:
    (project.recordings / "kilpi-01.wav").unlink()
    long = project.recordings / "long.wav"
    hours = 5 * 3600
    rate = 8_000
    long.write_bytes(riff(1, 1, rate, 16, b"", claimed=hours * rate * 2))
    with long.open("rb+") as sparse:
        sparse.truncate(44 + hours * rate * 2)
    _, summary = run()
    assert [r.outcome for r in summary.recordings] == [Outcome.DONE]
    transcript = load_transcript(project, "long")
    assert transcript.source is not None
    assert transcript.source.duration_ms == hours * 1000
    assert not transcript.turns
    assert [n.kind for n in transcript.notices] == [NoticeKind.NO_SPEECH]


@pytest.mark.skipif(not (sys.platform == "linux" and os.geteuid() == 0), reason="only root may mount")
def test_a_disk_that_is_really_full_fails_with_the_remedy_and_the_next_run_goes_on(
    project: Project, run: Run
) -> None:
    project.work.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(project.work)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        _, summary = run()
        (failed,) = summary.of(Outcome.FAILED)
        assert "could not be written" in failed.reason
        assert "run again" in failed.hint
        larger = ["mount", "-o", "remount,size=20m", str(project.work)]
        subprocess.run(larger, check=True)
        _, summary = run()
        assert summary.exit_code == 0
        assert len(load_transcript(project, "kilpi-01").turns) == 5
    finally:
        subprocess.run(["umount", "-l", str(project.work)], check=False)
