"""The work on one recording as it stands on disk, so that nothing that was finished is done again.

``.qualkit/transcribe/KEY/``, where KEY tells the sound, the model and the
settings that change the text (not the file's name, nor the speakers):

``plan.json``        the plan
``units.jsonl``      one line a finished unit, each synced to disk before the next begins
``speakers-K.json``  who spoke, for one choice of backend and number
``audio.s16``        decoded samples, removed when all is done
``attempts.json``    how often each unit failed, written by the parent
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.errors import QualkitError
from qualkit.transcription.settings import ALGORITHM, Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.model import Transcript

ATTEMPTS = 2
"""After this many failures a unit is put in quarantine."""
SPEAKERS = "speakers"
"""Name under which attempts at the diarization count."""
PLAN = "plan"
FINGERPRINT = "fingerprint"
"""Key in the provenance of :func:`fingerprint` when the transcript was made."""


def text_key(job: Job) -> str:
    """Names everything that the text depends on: sound, weights and settings."""
    s = job.settings
    return _digest(
        {
            "algorithm": ALGORITHM,
            "audio": job.sha256,
            "model": job.model_hash,
            "engine": s.engine,
            "language": s.language,
            "languages": sorted(s.languages),
            "main": job.main_language,
            "beam": s.beam,
            "batch": s.batch,
            "hotwords": s.hotwords,
            "words": list(s.words),
            "channels": s.channels,
            "separate": s.channels == "auto" and [s.diarizer in ("auto", "channels"), job.speakers in (0, 2)],
            "device": s.device,
            "compute": s.compute,
        }
    )


def speakers_key(job: Job) -> str:
    """Names what the speakers depend on besides the sound."""
    s = job.settings
    extra = ""
    if s.diarizer_path:
        extra = str(Path(s.diarizer_path).absolute())
    if s.diarizer == "rttm":
        from qualkit.transcription.speakers.simple import Rttm

        with suppress(OSError):
            extra = hashlib.sha256(Rttm(Path(s.diarizer_path), job.file).path.read_bytes()).hexdigest()
    return _digest(
        {"backend": s.diarizer, "count": job.speakers, "models": job.speaker_hash, "extra": extra}
    )[:12]


def fingerprint(transcript: Transcript) -> str:
    """Tells whether a person has changed a transcript since it was made: its turns, and who says them."""
    lines = "".join(f"{turn.speaker}\t{turn.text}\n" for turn in transcript.turns)
    return hashlib.sha256(lines.encode()).hexdigest()[:24]


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Work:
    """A folder of work."""

    folder: Path

    @property
    def plan(self) -> Path:
        """``plan.json``."""
        return self.folder / "plan.json"

    @property
    def samples(self) -> Path:
        """``audio.s16``."""
        return self.folder / "audio.s16"

    @property
    def units(self) -> Path:
        """``units.jsonl``."""
        return self.folder / "units.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the worker."""
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        """What the worker's libraries wrote."""
        return self.folder / "worker.log"

    def speakers(self, key: str) -> Path:
        """``speakers-KEY.json``."""
        return self.folder / f"speakers-{key}.json"

    def finished(self) -> dict[int, Mapping[str, Any]]:
        """The finished units. A torn last line, and any line that is no JSON, counts as not written."""
        out: dict[int, Mapping[str, Any]] = {}
        try:
            raw = self.units.read_bytes()
        except FileNotFoundError:
            return out
        for line in raw.split(b"\n")[:-1]:
            with suppress(ValueError, KeyError, TypeError, UnicodeDecodeError):
                entry = json.loads(line)
                out[int(entry["unit"])] = entry
        return out

    def mend(self) -> None:
        """Cut off a torn last line, so that the next one begins on a line of its own."""
        with suppress(FileNotFoundError), self.units.open("rb+") as file:
            raw = file.read()
            whole = raw.rfind(b"\n") + 1
            if whole != len(raw):
                file.truncate(whole)
                os.fsync(file.fileno())

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one finished unit and wait until it is on the disk.

        :raises QualkitError: the disk is full.
        """
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            with self.units.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise QualkitError(
                f"{self.units}: a finished unit could not be written ({error.strerror or error}).",
                "Make room on the disk, then run `qualkit transcribe` again: it goes on from here.",
            ) from error

    def attempts(self) -> dict[str, int]:
        """How often each unit (by number as text) failed."""
        try:
            raw = json.loads((self.folder / "attempts.json").read_text(encoding="utf-8"))
            return {str(k): int(v) for k, v in raw.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def failed(self, what: str) -> int:
        """Count one more failure of a unit and return how many there are now."""
        from qualkit.files.atomic import write_text

        counts = self.attempts()
        counts[what] = counts.get(what, 0) + 1
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(self.folder / "attempts.json", json.dumps(counts))
        return counts[what]

    def attempts_clear(self, what: str) -> None:
        """Forget the failures of one unit or step, so that the next batch tries it again."""
        from qualkit.files.atomic import write_text

        counts = {k: v for k, v in self.attempts().items() if k != what}
        write_text(self.folder / "attempts.json", json.dumps(counts))

    def forgive(self) -> None:
        """Forget failures and quarantined units, so that they are tried afresh."""
        (self.folder / "attempts.json").unlink(missing_ok=True)
        kept = [e for _, e in sorted(self.finished().items()) if not e.get("quarantined")]
        if self.units.exists():
            from qualkit.files.atomic import write_text

            lines = (json.dumps(e, ensure_ascii=False, separators=(",", ":")) + "\n" for e in kept)
            write_text(self.units, "".join(lines))


def work_of(root: Path, job: Job) -> Work:
    """The folder of a job's work."""
    return Work(root / ".qualkit" / "transcribe" / text_key(job))
