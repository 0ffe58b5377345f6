"""Decoding: every container, honest about damage, gaps and ends, with a flat memory."""

from __future__ import annotations

import os
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.audio.decode import CHUNK, Decoded, decode
from qualkit.audio.probe import AudioFacts, probe, probe_apart
from qualkit.errors import BadFile
from tests.audio.sounds import RATE, encode, silence, tone, write_wav
from tests.steps import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARED = Path(__file__).parents[2].parent / "shared" / "audio"


def read(path: Path, channels: int = 0) -> tuple[NDArray[np.int16], Decoded]:
    account, chunks = run(decode(path, channels=channels))
    return np.concatenate(chunks), account


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.mp3", "mp3"),
        ("a.m4a", "aac"),
        ("a.ogg", "libvorbis"),
        ("a.opus", "libopus"),
        ("a.wma", "wmav2"),
        ("a.mp4", "aac"),
        ("a.mkv", "aac"),
        ("a.mov", "aac"),
        ("a.webm", "libopus"),
        ("a.amr", "libopencore_amrnb"),
        ("a.aiff", "pcm_s16be"),
    ],
)
def test_every_container_is_decoded_whole(tmp_path: Path, name: str, codec: str) -> None:
    import av

    rate = {"libopus": 48_000, "libopencore_amrnb": 8_000}.get(codec, 44_100)
    try:
        path = encode(tmp_path / name, tone(4), codec, rate=rate)
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this PyAV cannot write {codec}")
    samples, account = read(path)
    assert abs(account.duration_ms - 4000) < 120
    assert account.bad_packets == 0
    assert not account.truncated
    assert np.abs(samples.astype(float)).mean() > 1000


def test_telephone_sound_is_brought_to_16_khz(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "phone.wav", tone(3, rate=8000), rate=8000)
    samples, account = read(path)
    assert abs(len(samples) - 3 * RATE) < 200
    assert account.channels == 1


def test_two_channels_stay_apart_and_six_are_mixed(tmp_path: Path) -> None:
    left, right = tone(2), silence(2)
    samples, account = read(write_wav(tmp_path / "two.wav", np.stack([left, right], axis=1)))
    assert account.channels == 2
    assert np.abs(samples[:, 0]).max() > 5000
    assert np.abs(samples[:, 1]).max() == 0
    _, mixed = read(write_wav(tmp_path / "six.wav", np.stack([left] * 6, axis=1)))
    assert mixed.channels == 1


def test_nan_samples_become_silence(tmp_path: Path) -> None:
    import struct

    sound = tone(2).astype("<f4")
    sound[8000:9000] = np.nan
    sound[9000:9100] = np.inf
    body = sound.tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, RATE, RATE * 4, 4, 32)
    data = struct.pack("<4sI", b"data", len(body))
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(body), b"WAVE") + form + data
    path = tmp_path / "nan.wav"
    path.write_bytes(head + body)
    samples, account = read(path)
    assert account.duration_ms == 2000
    assert not samples[8000:9000].any()
    assert samples[9050] == 32767


def test_a_corrupt_stretch_of_mp3_costs_only_itself(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp3", tone(30), "mp3", rate=44_100)
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 3000] = np.random.default_rng(1).integers(0, 256, 3000, np.uint8).tobytes()
    path.write_bytes(raw)
    samples, account = read(path)
    assert account.duration_ms > 29_000
    assert np.abs(samples[-RATE:].astype(float)).mean() > 1000
    assert account.bad_packets > 0
    assert account.damaged
    assert abs(account.damaged[0].start_ms - 15_000) < 1_500


def test_a_corrupt_packet_keeps_its_place_in_a_container_with_times(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", tone(20), "flac")
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 4000] = bytes(4000)
    path.write_bytes(raw)
    _, account = read(path)
    assert abs(account.duration_ms - 20_000) < 700
    assert account.damaged or account.gaps


def test_a_gap_in_the_times_is_filled_with_silence(tmp_path: Path) -> None:
    path = encode(tmp_path / "gap.mkv", tone(10), "aac", rate=RATE, jumps={5 * RATE: 10.0})
    samples, account = read(path)
    assert abs(account.duration_ms - 20_000) < 300
    (gap,) = account.gaps
    assert abs(gap.start_ms - 5_000) < 200
    assert abs(gap.end_ms - 15_000) < 200
    assert np.abs(samples[int(7 * RATE) : int(13 * RATE)]).max() < 50
    assert np.abs(samples[int(16 * RATE) : int(18 * RATE)]).max() > 1000


def test_a_broken_clock_does_not_make_days_of_silence(tmp_path: Path) -> None:
    path = encode(tmp_path / "jump.mkv", tone(10), "aac", rate=RATE, jumps={5 * RATE: 90_000.0})
    _, account = read(path)
    assert account.duration_ms < 11_000


def test_a_file_cut_off_is_told_from_its_header(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", tone(20), "flac")
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    _, account = read(path)
    assert account.truncated
    assert account.claimed_ms is not None
    assert account.duration_ms < 11_000


def test_chunks_are_small_however_long_the_recording(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "long.wav", silence(200))
    assert max(len(chunk) for chunk in decode(path)) <= CHUNK


BAD = {
    "empty.wav": b"",
    "text.mp3": b"This is not music.\n" * 400,
    "noise.m4a": np.random.default_rng(5).integers(0, 256, 60_000, np.uint8).tobytes(),
    "header.wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "zip.mp4": b"PK\x03\x04" + bytes(2000),
    "playlist.m4a": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    "concat.wav": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "picture.ogg": b"\x89PNG\r\n\x1a\n" + bytes(500),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_what_is_no_recording_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name])
    with pytest.raises(BadFile) as caught:
        read(path)
    assert name in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    import av

    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for _ in range(5):
            out.mux(
                stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24"))
            )
        out.mux(stream.encode(None))
    with pytest.raises(BadFile, match="no audio track"):
        probe(path)


def test_missing_and_forbidden_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        probe(tmp_path / "gone.wav")
    (tmp_path / "folder.wav").mkdir()
    with pytest.raises(BadFile, match="folder"):
        probe(tmp_path / "folder.wav")
    path = write_wav(tmp_path / "secret.wav", tone(1))
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.chmod(stat.S_IRWXU)
        pytest.skip("this user may read everything")
    with pytest.raises(BadFile, match="may not be read"):
        probe(path)


@pytest.mark.parametrize("name", ["-x.wav", "a\nb.wav", "🔧 ääni.wav", "http:x.wav", "'; rm -rf.wav"])
def test_a_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    path = write_wav(tmp_path / name, tone(1))
    assert probe(path).duration_ms == 1000


def test_a_short_blip_is_a_recording(tmp_path: Path) -> None:
    _, account = read(write_wav(tmp_path / "blip.wav", tone(0.2)))
    assert account.duration_ms == 200


def test_probing_apart_answers_for_each_file(tmp_path: Path) -> None:
    good = write_wav(tmp_path / "good.wav", tone(1))
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no")
    found = probe_apart([good, bad, tmp_path / "gone.wav"])
    assert isinstance(found[good], AudioFacts)
    assert "not a recording" in str(found[bad])
    assert "no such file" in str(found[tmp_path / "gone.wav"])


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared recordings")
@pytest.mark.parametrize("name", ["en/jfk.flac", "sv/lattlast.ogg", "en/fw_hotwords.mp3"])
def test_real_recordings_decode_as_long_as_they_claim(name: str) -> None:
    _, account = read(SHARED / name)
    assert account.claimed_ms is not None
    assert abs(account.duration_ms - account.claimed_ms) < 50
    assert not account.damaged
    assert not account.gaps


@pytest.mark.parametrize("extra", [b"", b"junk\x03\x00\x00\x00abc\x00"])
def test_a_wav_that_is_cut_off_is_shorter_than_it_says(tmp_path: Path, extra: bytes) -> None:
    seconds = np.zeros(8_000 * 4, "<i2").tobytes()
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8_000, 16_000, 2, 16)
    body = b"WAVE" + head + extra + struct.pack("<4sI", b"data", len(seconds))
    path = tmp_path / "cut.wav"
    path.write_bytes(
        struct.pack("<4sI", b"RIFF", len(body) + len(seconds)) + body + seconds[: len(seconds) // 2]
    )
    _, account = read(path)
    assert (account.claimed_ms, account.duration_ms) == (4_000, 2_000)
    assert account.truncated


@pytest.mark.parametrize(("name", "codec"), [("a.ogg", "flac"), ("a.opus", "libopus")])
def test_an_ogg_file_without_its_last_page_is_cut_off(tmp_path: Path, name: str, codec: str) -> None:
    path = encode(tmp_path / name, tone(20), codec, rate=48_000)
    raw = path.read_bytes()
    assert not read(path)[1].truncated
    path.write_bytes(raw + bytes(5000))  # padding after the end is no cut
    assert not read(path)[1].truncated
    last = raw.rfind(b"OggS")
    for length in (len(raw) // 2, last, len(raw) - 1, last + 20):
        path.write_bytes(raw[:length])
        assert read(path)[1].truncated, length


def test_a_page_mark_inside_the_sound_is_not_taken_for_a_page(tmp_path: Path) -> None:
    from qualkit.audio.ogg import ogg_is_cut_off

    page = b"OggS\0\x04" + bytes(20) + bytes([1, 40])
    path = tmp_path / "a.ogg"
    path.write_bytes(page + b"OggS\0\xff" + bytes(34))
    assert not ogg_is_cut_off(path)
    path.write_bytes(page + b"OggS\0\xff" + bytes(33))
    assert ogg_is_cut_off(path)
    path.write_bytes(b"RIFF" + bytes(40))
    assert not ogg_is_cut_off(path)
