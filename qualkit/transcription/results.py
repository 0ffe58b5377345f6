"""Finished units and diarizations as they stand in the work files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qualkit.model import Notice, NoticeKind
from qualkit.transcription.guards import Heard
from qualkit.transcription.listen import WindowWords
from qualkit.transcription.speakers.diarizer import Diarization, Spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qualkit.transcription.units import Unit


def unit_entry(index: int, heard: Sequence[WindowWords]) -> dict[str, Any]:
    """One line of ``units.jsonl``."""
    return {"unit": index, "windows": [_window(w) for w in heard]}


def quarantined_entry(index: int, unit: Unit) -> dict[str, Any]:
    """The line of a unit that was given up."""
    del unit
    return {"unit": index, "quarantined": True, "windows": []}


def _window(w: WindowWords) -> dict[str, Any]:
    return {
        "start_ms": w.start_ms,
        "end_ms": w.end_ms,
        "language": w.language,
        "sampled": w.sampled,
        "words": [[h.text, h.start_ms, h.end_ms, h.probability, int(h.joined)] for h in w.words],
        "notices": [[n.kind.value, n.start_ms, n.end_ms, n.message] for n in w.notices],
    }


def windows_of(entry: Mapping[str, Any]) -> tuple[WindowWords, ...]:
    """The windows of a line of ``units.jsonl``."""
    return tuple(
        WindowWords(
            w["start_ms"],
            w["end_ms"],
            w["language"],
            tuple(Heard(t, a, b, p, bool(j)) for t, a, b, p, j in w["words"]),
            bool(w["sampled"]),
            tuple(Notice(NoticeKind(k), a, b, m) for k, a, b, m in w["notices"]),
        )
        for w in entry["windows"]
    )


def diarization_json(found: Diarization) -> str:
    """A diarization as JSON."""
    return json.dumps(
        {
            "format": 1,
            "backend": found.backend,
            "estimated": found.estimated,
            "voices": found.voices,
            "spoken": [[s.start_ms, s.end_ms, s.speaker] for s in found.spoken],
        }
    )


def read_diarization(path: Path) -> Diarization | None:
    """The diarization in a file; None when there is none or it is torn."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Diarization(
            tuple(Spoken(*s) for s in raw["spoken"]),
            raw["backend"],
            tuple(tuple(v) for v in raw["voices"]),
            bool(raw["estimated"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
