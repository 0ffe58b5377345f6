"""Plain text: the head, a rule, and a line a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.export.transcripts.head import clock, head, label, title
from qualkit.export.transcripts.marks import written
from qualkit.transcription.readers.own import RULE

if TYPE_CHECKING:
    from qualkit.export.transcripts.head import Made
    from qualkit.model import Transcript


def txt(transcript: Transcript, made: Made) -> str:
    """A text file."""
    lines = [title(transcript)]
    lines += [f"{name}: {value}" for name, value in head(transcript, made)]
    lines += [RULE, ""]
    for one in written(transcript, made.style, made.doubt):
        when = f"[{clock(one.start_ms)}] " if one.start_ms is not None else ""
        if one.turn is None:
            lines.append(f"    {when}{one.text}")
        else:
            lines.append(f"{when}{label(transcript.speaker(one.turn.speaker))}: {one.text}")
        lines.append("")
    return "\n".join(lines)
