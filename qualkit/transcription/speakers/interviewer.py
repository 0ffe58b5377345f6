"""Which voice is the interviewer's: by voice through the whole project, else by who asks.

An interviewer speaks in many interviews, an interviewee in one. Voices are kept
as vectors in ``.qualkit/voices``, not in transcripts: a voice print is personal
data and should not travel with the text.
"""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qualkit.files.atomic import write_text
from qualkit.files.revise import BY_PERSON, INTERVIEWEE, INTERVIEWER, ROLES_BY
from qualkit.files.transcript import load_transcript, save_transcript, transcript_ids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qualkit.files.project import Project
    from qualkit.model import Transcript

SAME = 0.80
"""Cosine of one voice over two recordings; measured ≥ 0.918 same, ≤ 0.669 different, same conditions."""
MARGIN = 0.08
"""The best speaker must be nearer than the next by this much."""
_ASKS = re.compile(
    r"(?:^|[.,!?]\s+)(?:(?:ja|joo|no|niin|och|ja|and|so|right|well)[, ]+)?"
    r"(?:entä|kuka|ketkä|mikä|mitä|missä|mihin|miten|miksi|milloin|kuinka|[^\W\d]{2,}(?:ko|kö)\b"
    r"|vad|hur|vem|vilka|vilken|varför|när|finns det|kan du|har ni"
    r"|what|who|how|why|where|which|could you|can you|do you|is there|are there)",
    re.IGNORECASE,
)
"""How a clause that asks begins. Whisper often writes no question mark."""
HOW = ROLES_BY
"""Key in the provenance: ``person``, ``voice`` or ``questions``."""


@dataclass(frozen=True, slots=True)
class Voices:
    """The voices of one interview."""

    interview: str
    interviewer: str
    """Name from ``interviews.csv``; only interviews with the same one are compared when both have one."""
    vectors: Mapping[str, Sequence[float]]
    """Speaker id → unit vector."""


def save_voices(project: Project, voices: Voices) -> None:
    """Keep the voices of an interview for the others to be compared with."""
    raw = {"interviewer": voices.interviewer, "vectors": {k: list(v) for k, v in voices.vectors.items()}}
    write_text(project.work / "voices" / f"{voices.interview}.json", json.dumps(raw))


def load_voices(project: Project) -> dict[str, Voices]:
    """Every interview's voices; files that cannot be read are left out, for all can be made again."""
    out: dict[str, Voices] = {}
    for path in sorted((project.work / "voices").glob("*.json")):
        with suppress(OSError, ValueError, KeyError, AttributeError):
            raw = json.loads(path.read_text(encoding="utf-8"))
            out[path.stem] = Voices(path.stem, str(raw["interviewer"]), dict(raw["vectors"]))
    return out


def similarity(a: Sequence[float], b: Sequence[float]) -> float:
    """Cosine."""
    top = sum(x * y for x, y in zip(a, b, strict=False))
    return top / (math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b)) or 1.0)


def recognise(project: Project, transcript: Transcript, voices: Voices) -> Transcript:
    """The transcript with roles, where they can be told; unchanged where a person has given them."""
    if transcript.provenance.get(HOW) == BY_PERSON or len(transcript.speakers) < 2:
        return transcript
    who, sure = _by_voice(project, voices)
    asks = by_questions(transcript)
    if who and (sure or not asks or asks == who):
        return _with_roles(transcript, who, "voice")
    return _with_roles(transcript, asks, "questions") if asks else transcript


def _by_voice(project: Project, voices: Voices) -> tuple[str, bool]:
    """The speaker whose voice is heard in other interviews too, and whether a person named it there."""
    known: list[Sequence[float]] = []
    others: list[Sequence[float]] = []
    ids = set(transcript_ids(project))
    for other in load_voices(project).values():
        same = not (voices.interviewer and other.interviewer) or voices.interviewer == other.interviewer
        if other.interview == voices.interview or not same:
            continue
        given = ""
        if other.interview in ids:
            before = load_transcript(project, other.interview)
            if before.provenance.get(HOW) == BY_PERSON:
                given = next((s.id for s in before.speakers if s.role == INTERVIEWER), "")
        if given in other.vectors:
            known.append(other.vectors[given])
        else:
            others += other.vectors.values()
    for pool in (known, others):
        scores = (
            sorted(
                ((max(similarity(v, o) for o in pool), s) for s, v in voices.vectors.items()), reverse=True
            )
            if pool
            else []
        )
        clear = len(scores) < 2 or scores[0][0] - scores[1][0] >= MARGIN
        if scores and scores[0][0] >= SAME and clear:
            return scores[0][1], pool is known
    return "", False


def by_questions(transcript: Transcript) -> str:
    """The speaker who asks at least three quarters of at least three questions and says less than half."""
    asked: dict[str, int] = {}
    said: dict[str, int] = {}
    for turn in transcript.turns:
        asks = max(turn.text.count("?"), len(_ASKS.findall(turn.text)))
        asked[turn.speaker] = asked.get(turn.speaker, 0) + asks
        said[turn.speaker] = said.get(turn.speaker, 0) + len(turn.text)
    total = sum(asked.values())
    if total < 3:
        return ""
    who = max(asked, key=lambda s: asked[s])
    fewest_words = said[who] < 0.5 * sum(said.values())
    return who if asked[who] >= 0.75 * total and fewest_words else ""


def _with_roles(transcript: Transcript, interviewer: str, how: str) -> Transcript:
    speakers = tuple(
        replace(s, role=INTERVIEWER if s.id == interviewer else INTERVIEWEE) for s in transcript.speakers
    )
    return replace(transcript, speakers=speakers, provenance={**transcript.provenance, HOW: how})


def recognise_all(project: Project, interviews: Sequence[str] = ()) -> tuple[str, ...]:
    """Look again at interviews whose interviewer no person has named, now that more voices are known.

    Saves a new revision of those that change, and returns their ids.
    """
    changed = []
    voices = load_voices(project)
    for interview in interviews or transcript_ids(project):
        if interview not in voices or interview not in transcript_ids(project):
            continue
        before = load_transcript(project, interview)
        after = recognise(project, before, voices[interview])
        if after.speakers != before.speakers:
            save_transcript(project, replace(after, revision=before.revision + 1))
            changed.append(interview)
    return tuple(changed)
