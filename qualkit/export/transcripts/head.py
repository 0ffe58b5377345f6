"""How a transcript was made, in lines that a data-management plan can quote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qualkit.transcription.readers.own import PLAIN_STYLE, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qualkit.export.transcripts.convention import Convention
    from qualkit.model import Speaker, Transcript

_CONSENT = {
    "quote": "may be quoted",
    "no-quote": "may not be quoted",
    "": "not recorded: ask before you quote",
}


@dataclass(frozen=True, slots=True)
class Made:
    """How an export was asked for."""

    style: Convention
    doubt: float
    tool: str
    """``qualkit 0.1.0``."""
    time: str
    """ISO 8601 in UTC."""
    clean: bool = False
    fillers: tuple[str, ...] = ()
    pseudonyms: bool = False
    consent: str = ""

    def describe(self) -> dict[str, Any]:
        """The same for a JSON file's provenance."""
        return {
            "tool": self.tool,
            "created": self.time,
            "clean": self.clean,
            "fillers": list(self.fillers),
            "pseudonyms": self.pseudonyms,
            "consent": self.consent,
        }


def title(transcript: Transcript) -> str:
    """The first line of a file, by which Qualkit knows its own."""
    return f"{SIGNATURE}: {transcript.interview}, revision {transcript.revision}"


def head(transcript: Transcript, made: Made) -> Iterator[tuple[str, str]]:
    """What it is and how it was made, as pairs of a name and a value on one line."""
    p = transcript.provenance
    yield "Language", transcript.language
    if transcript.source:
        seconds = transcript.source.duration_ms // 1000
        yield "Recording", f"{transcript.source.file or 'not named'}, {clock(seconds * 1000)}"
        yield "SHA-256 of the recording", transcript.source.sha256
    if "model" in p:
        yield "Model", f"{p['model']} (hash {p.get('model_hash', 'not recorded')})"
    if "engine" in p:
        yield "Engine", _flat(p["engine"])
    if "settings" in p:
        yield "Settings", _flat(p["settings"])
    if "speakers" in p:
        yield "Speakers found by", _flat(p["speakers"])
    if "imported" in p:
        told = {k: p[k] for k in ("file", "encoding", "sha256") if k in p}
        yield "Imported", ", ".join(filter(None, (_flat(p["imported"]), _flat(told))))
    if "tool" in p or "created" in p:
        by = f"{p.get('tool', '')} {p.get('created', '')}".strip()
        yield "Imported by" if "imported" in p else "Transcribed", by
    if transcript.notices:
        kinds = sorted({n.kind.value for n in transcript.notices})
        yield "Notices", f"{len(transcript.notices)} ({', '.join(kinds)})"
    yield "Consent", _CONSENT.get(made.consent, made.consent)
    yield "Exported", f"{made.tool} {made.time}"
    if made.clean:
        more = f", and {', '.join(made.fillers)}" if made.fillers else ""
        yield "View", f"clean verbatim: fillers left out{more}"
    if made.pseudonyms:
        yield "Names", "replaced by pseudonyms in square brackets"
    style = made.style
    assert f"Style: {style.name}" == PLAIN_STYLE or not style.plain
    yield "Style", style.name
    if legend := style.legend():
        doubt = f" · doubt: probability under {made.doubt:g}" if style.doubt[0] else ""
        yield "Marks", legend + doubt


def _flat(value: object) -> str:
    """A value of the provenance on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{_key(k)} {_flat(v)}" for k, v in value.items() if v not in ("", None, [], {}))
    if isinstance(value, list | tuple):
        return " ".join(_flat(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def _key(key: object) -> str:
    return str(key).replace("_", " ")


def label(speaker: Speaker) -> str:
    """A speaker's name as it stands in front of a turn: no colon, no brackets."""
    plain = " ".join(speaker.label.translate(_SIGNS).split())[:80].strip()
    return plain or speaker.id


_SIGNS: Mapping[int, str] = str.maketrans(dict.fromkeys(":[]<>{}\n\t", " "))


def clock(ms: int) -> str:
    """``01:02:03``."""
    seconds = ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def stamp(ms: int, point: str = ".") -> str:
    """``01:02:03.450``, with a comma for SubRip."""
    return f"{clock(ms)}{point}{ms % 1000:03}"
