"""Opening a recording with PyAV so that a file can only ever be what it is: bytes of sound."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import av.container

DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,mp3,wav,w64,ogg,flac,asf,asf_o,amr,amrnb,amrwb,matroska,webm,matroska,webm,aac,aiff,au,"
    "caf,avi,flv,mpegts,mpeg,ac3,eac3,ape,wv,tta,ast,xwma,oma,gsm,alaw,mulaw,dss"
)
"""Demuxers of sound and film files. Playlists (``hls``, ``concat``, ``dash``) are left
out: they would make the library open other files, or the network."""

FORMATS_HINT = "Export it again as m4a, mp3, wav, ogg, opus, flac, wma, amr, mp4, mkv, mov or webm."


@contextmanager
def opened(path: Path) -> Iterator[av.container.InputContainer]:
    """The file as a PyAV container with at least one audio stream.

    The library reads from an open file, never from a name, so that a recording
    called ``-x.wav`` or ``http:…`` is only a name, and one that is moved away
    while it is read can be read to its end.

    :raises BadFile: it cannot be read, is empty, is no sound, or holds no audio track.
    """
    import av

    av.logging.set_level(av.logging.PANIC)
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise BadFile(path, "it is not an ordinary file.", "Put the recording itself in its place.")
            if facts.st_size == 0:
                raise BadFile(path, "the file is empty.", "Copy the recording again from where it was made.")
            with _container(path, file) as container:
                if not container.streams.audio:
                    raise BadFile(
                        path, "there is no audio track in it.", "Check that the right file was copied."
                    )
                yield container
    except FileNotFoundError as error:
        raise BadFile(path, "there is no such file.", "Check the name in interviews.csv.") from error
    except PermissionError as error:
        raise BadFile(path, "it may not be read.", "Give yourself read permission on it.") from error
    except IsADirectoryError as error:
        raise BadFile(path, "it is a folder, not a recording.") from error


def _without_waiting(name: str, flags: int) -> int:
    """A pipe with nobody at its other end is opened at once, rather than waited for all night."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _container(path: Path, file: Any) -> av.container.InputContainer:
    import av

    options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}
    try:
        container: av.container.InputContainer = av.open(
            file, mode="r", metadata_errors="ignore", options=options
        )
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadFile(path, f"it is not a recording that can be read ({reason}).", FORMATS_HINT) from error
    return container
