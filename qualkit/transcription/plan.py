"""The plan of a recording: what was decoded, how loud it is, where speech is and in which language.

Made once, written down, and followed by every run after it: a killed run goes on
with the same windows, the same gain and the same hints.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qualkit.audio.stretch import Stretch
from qualkit.transcription.units import Piece, Unit, Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PLAN_FORMAT = 2
"""1: first. 2: the languages outside the project's set."""
MIX = -1


@dataclass(frozen=True, slots=True)
class Track:
    """What is heard by itself: the mix (channel −1), or one channel of two."""

    channel: int
    gain_db: float
    lufs: float
    clipped: float
    """Share of samples at full scale."""
    pieces: tuple[Piece, ...] = ()

    @property
    def speech(self) -> tuple[Stretch, ...]:
        """Where somebody speaks."""
        return tuple(Stretch(p.start_ms, p.end_ms) for p in self.pieces)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a recording's transcript is made from, but the words and the speakers."""

    duration_ms: int
    claimed_ms: int | None
    truncated: bool
    channels: int
    separate: bool
    """A speaker a channel, each heard alone."""
    damaged: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]
    packets: int
    bad_packets: int
    container: str
    codec: str
    sample_rate: int
    main_language: str
    strangers: tuple[str, ...]
    """Languages outside the project's set that are spoken all the same."""
    hints: tuple[str, ...]
    tracks: tuple[Track, ...]
    units: tuple[Unit, ...]

    def track(self, channel: int) -> Track:
        """The track of a channel."""
        return next(t for t in self.tracks if t.channel == channel)

    @property
    def unit_ms(self) -> int:
        """Sound in all units."""
        return sum(u.audio_ms for u in self.units)


def gain_db(tracks: Sequence[Track], channel: int) -> float:
    """What a channel is heard with; the mix of channels that are heard apart, with the least of theirs."""
    own = [t.gain_db for t in tracks if t.channel == channel]
    return own[0] if own else min(t.gain_db for t in tracks)


def plan_json(plan: Plan) -> str:
    """The plan as one JSON document."""
    return json.dumps({"format": PLAN_FORMAT, **asdict(plan)}, ensure_ascii=False)


def read_plan(path: Path) -> Plan | None:
    """The plan in a file; None when there is none, or one of another version or half written."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.pop("format") != PLAN_FORMAT:
            return None
        return _plan(raw)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _plan(raw: Mapping[str, Any]) -> Plan:
    fields = dict(raw)
    for name in ("damaged", "gaps"):
        fields[name] = _stretches(raw[name])
    fields["hints"] = tuple(raw["hints"])
    fields["strangers"] = tuple(raw["strangers"])
    fields["tracks"] = tuple(
        Track(**{**t, "pieces": tuple(Piece(**p) for p in t["pieces"])}) for t in raw["tracks"]
    )
    fields["units"] = tuple(
        Unit(u["track"], tuple(Window(**{**w, "speech": _stretches(w["speech"])}) for w in u["windows"]))
        for u in raw["units"]
    )
    return Plan(**fields)


def _stretches(raw: Sequence[Mapping[str, int]]) -> tuple[Stretch, ...]:
    return tuple(Stretch(**s) for s in raw)
