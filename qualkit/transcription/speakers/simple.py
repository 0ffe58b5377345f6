"""The two backends without a model: everybody is one speaker, or an RTTM file says who speaks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.transcription.speakers.diarizer import Beat, Diarization, Spoken

if TYPE_CHECKING:
    from qualkit.audio.pcm import Pcm


class OneSpeaker:
    """Gives every word to one speaker."""

    name = "none"

    def diarize(self, pcm: Pcm, count: int, beat: Beat) -> Diarization:
        """One stretch over all of it, however many are asked for."""
        del count
        beat(1, 1)
        return Diarization((Spoken(0, pcm.duration_ms, 0),), self.name)


class Rttm:
    """Takes who speaks from an RTTM file: ``path`` itself, or ``NAME.rttm`` in the folder ``path``."""

    name = "rttm"

    def __init__(self, path: Path, recording: str) -> None:
        if not str(path) or str(path) == ".":
            raise UsageError("The backend rttm needs a file or folder.", "Set diarizer_path.")
        self.path = path / f"{Path(recording).stem}.rttm" if path.is_dir() else path

    def diarize(self, pcm: Pcm, count: int, beat: Beat) -> Diarization:
        """The file's stretches; ``count`` is not needed."""
        del pcm, count
        beat(1, 1)
        return Diarization(read_rttm(self.path), self.name)


def read_rttm(path: Path) -> tuple[Spoken, ...]:
    """Stretches of an RTTM file, speakers numbered in order of appearance.

    :raises BadFile: unreadable, with the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(path, "it cannot be read as RTTM.", "Check its name.") from error
    rows: list[tuple[int, int, str]] = []
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            start, length, who = float(fields[3]), float(fields[4]), fields[7]
        except (IndexError, ValueError):
            raise BadFile(
                path,
                "this is not a line of RTTM.",
                "SPEAKER file 1 START LENGTH <NA> <NA> NAME <NA> <NA>.",
                number,
            ) from None
        if length > 0 and start >= 0:
            rows.append((round(start * 1000), round((start + length) * 1000), who))
    rows.sort()
    order: dict[str, int] = {}
    for _, _, who in rows:
        order.setdefault(who, len(order))
    return tuple(Spoken(start, end, order[who]) for start, end, who in rows)
