"""Playing a passage: a child process cuts it out of the recording and hands it to the system's player.

``QUALKIT_PLAYER`` names a player that takes a WAV file as its argument; ``null``
cuts and plays nothing, for machines without sound.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, Missing, QualkitError, UsageError
from qualkit.files.recordings import recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.files.project import Project

BEFORE_MS = 1000
"""Played before the passage, so that its first word is not cut."""
RATE = 24_000
PLAYERS: tuple[tuple[str, ...], ...] = (
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("afplay",),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
    ("mpv", "--no-video", "--really-quiet"),
    ("play", "-q"),
)
"""Tried in this order; all take a WAV file as their last argument."""


@dataclass
class Playing:
    """A passage that is being played, from ``start_ms`` since ``began``."""

    process: subprocess.Popen[bytes]
    start_ms: int
    end_ms: int
    began: float

    @property
    def at_ms(self) -> int:
        """Where in the recording the ear is, as near as the clock can tell."""
        return min(self.end_ms, self.start_ms + int(1000 * (time.monotonic() - self.began)))

    @property
    def running(self) -> bool:
        """Whether it still plays."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Silence at once."""
        if self.running:
            self.process.terminate()
            self.process.wait(timeout=5)


def play(project: Project, interview: str, start_ms: int, end_ms: int) -> Playing:
    """Begin to play ``[start_ms, end_ms)`` of an interview's recording.

    Raises :class:`UsageError` without a recording and :class:`Missing` without a player.
    """
    source = recording(project, interview)
    if source is None:
        raise UsageError(f"There is no recording of {interview}.", "Put it into recordings/.")
    player()
    start_ms = max(0, start_ms)
    process = subprocess.Popen(
        [sys.executable, "-m", "qualkit.tui.listen", str(source.path), str(start_ms), str(end_ms)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return Playing(process, start_ms, end_ms, time.monotonic())


def player() -> Sequence[str]:
    """The command that plays a WAV file; empty for ``null``. Raises :class:`Missing` when there is none."""
    wish = os.environ.get("QUALKIT_PLAYER", "")
    if wish:
        return () if wish == "null" else (wish,)
    for command in PLAYERS:
        if shutil.which(command[0]):
            return command
    if sys.platform == "win32":
        return ("winsound",)
    raise Missing("No program here plays sound.", "Install pipewire, alsa-utils, ffmpeg or mpv.")


def cut(path: Path, start_ms: int, end_ms: int, target: Path) -> int:
    """Write ``[start_ms, end_ms)`` of a recording as mono WAV; how many samples it has.

    Raises :class:`BadFile` when the recording cannot be decoded there.
    """
    import av
    from av.audio.resampler import AudioResampler

    samples = 0
    try:
        with av.open(str(path)) as container, wave.open(str(target), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            stream = container.streams.audio[0]
            container.seek(max(0, start_ms - 500) * 1000, backward=True)
            resampler = AudioResampler("s16", "mono", RATE)
            wanted = (end_ms - start_ms) * RATE // 1000
            for frame in container.decode(stream):
                if frame.time is None:
                    continue
                for piece in resampler.resample(frame):
                    data = piece.to_ndarray()[0]
                    late = round((start_ms / 1000 - frame.time) * RATE)
                    if samples == 0 and late > 0:
                        data = data[late:]
                    data = data[: wanted - samples]
                    out.writeframes(data.tobytes())
                    samples += len(data)
                if samples >= wanted:
                    break
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise BadFile(path, f"it cannot be played: {error}.", "Run `qualkit check`.") from None
    return samples


def main(arguments: Sequence[str]) -> int:
    """The child: cut, play, clean up."""
    # Leaving by an exception ends the player too and takes the cut away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    path, start_ms, end_ms = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    with tempfile.TemporaryDirectory(prefix="qualkit-") as folder:
        target = Path(folder) / "passage.wav"
        try:
            cut(path, start_ms, end_ms, target)
            command = player()
        except QualkitError as error:
            sys.stderr.write(f"{error}\n")
            return error.exit_code
        if command and command[0] == "winsound":
            import winsound

            winsound.PlaySound(str(target), winsound.SND_FILENAME)  # type: ignore[attr-defined,unused-ignore]
        elif command:
            return subprocess.run([*command, str(target)], check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
