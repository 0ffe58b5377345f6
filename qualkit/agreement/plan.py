"""Which passages a second coder is to code: drawn by chance, those that nobody coded included.

A plan is ``agreement/plans/ID.json``: how it was drawn, and the anchor of every passage.
Its bundle is a copy of the project with these passages only to be coded, and with nothing
in it that would tell the second coder what the first one or the machine made of them.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.files.anchors import anchor, anchor_fields, anchor_from, reanchor
from qualkit.files.atomic import write_text
from qualkit.files.interviews import read_interviews
from qualkit.files.journal import now
from qualkit.files.names import names, new_id
from qualkit.files.segments import read_segments
from qualkit.files.transcript import load_transcript, transcript_ids

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project
    from qualkit.model import Anchor, Interview, Transcript

PLAN_FORMAT = 1
"""Version of ``agreement/plans/ID.json``. 1: first."""
BLIND_FORMAT = 1
"""Version of ``agreement/blind.json`` in a bundle. 1: first."""
BLIND = "agreement/blind.json"

_FORMAT = f"qualkit-plan/{PLAN_FORMAT}"
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Unit:
    """One passage of a plan."""

    interview: str
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Plan:
    """Passages drawn for a second coder."""

    id: str
    at: str
    by: str
    """Who drew them: the coder of the project."""
    second: str
    """Who is to code them; empty when that was left open."""
    seed: int
    sample: str
    """As asked for: ``20%`` or ``120``."""
    stratify: str
    """The column of interviews.csv that every value of is drawn from alike; empty for none."""
    population: int
    """How many passages there were to draw from."""
    units: tuple[Unit, ...]

    @property
    def interviews(self) -> tuple[str, ...]:
        """The interviews that passages were drawn from, in order."""
        return tuple(dict.fromkeys(unit.interview for unit in self.units))


def spans(project: Project, transcript: Transcript) -> tuple[Span, ...]:
    """The units of a text: meaning units, or turns that are no interviewer's where it was not segmented."""
    made = [s for s in read_segments(project, transcript.interview) if not s.backchannel]
    if made:
        return tuple((s.start, s.end) for s in made)
    return tuple(
        (at, at + len(turn.text))
        for at, turn in zip(transcript.turn_starts, transcript.turns, strict=True)
        if turn.text.strip() and transcript.speaker(turn.speaker).role != "interviewer"
    )


def draw(project: Project, sample: str = "20%", stratify: str = "", seed: int = 0, second: str = "") -> Plan:
    """Draw passages, the same ones for the same project and seed; nothing is written.

    ``sample`` is a share (``20%``) or a number of passages. With ``stratify``, a column of
    interviews.csv, every value of it is drawn from in proportion, and at least once where
    the sample is large enough. Raises :class:`UsageError` for what cannot be drawn.
    """
    strata: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    with_text = set(transcript_ids(project))
    transcripts: dict[str, Transcript] = {}
    for row in sorted(read_interviews(project), key=lambda row: row.id):
        if row.id in with_text:
            transcripts[row.id] = load_transcript(project, row.id)
            found = spans(project, transcripts[row.id])
            strata[_stratum(row, stratify)] += [(row.id, span) for span in found]
    population = sum(map(len, strata.values()))
    if not population:
        raise UsageError("There is no passage to draw.", "Transcribe or import interviews first.")
    wanted = shares({key: len(units) for key, units in strata.items()}, _size(sample, population))
    chosen: list[tuple[str, Span]] = []
    for key in sorted(strata):
        chance = random.Random(f"{seed}\0{key}")  # noqa: S311  the same seed draws the same passages
        chosen += chance.sample(strata[key], wanted[key])
    units = tuple(Unit(name, anchor(transcripts[name], *span)) for name, span in sorted(chosen))
    taken = sorted(i for i in {u.interview for u in units} if second and _worked(project, second, i))
    if taken:
        raise UsageError(
            f"{second} has coded {taken[0]} already.",
            f"To compare a coder with their earlier self, give the second round a name: --coder {second}-2.",
        )
    return Plan(new_id()[:8], now(), project.coder, second, seed, sample, stratify, population, units)


def shares(sizes: dict[str, int], total: int) -> dict[str, int]:
    """How many to take of each group: in proportion, largest remainders first, one of each where it can."""
    population = sum(sizes.values())
    exact = {key: total * size / population for key, size in sizes.items()}
    taken = {key: min(sizes[key], int(part)) for key, part in exact.items()}
    if total >= sum(size > 0 for size in sizes.values()):
        taken = {key: max(number, min(1, sizes[key])) for key, number in taken.items()}
    order = sorted(sizes, key=lambda key: (int(exact[key]) - exact[key], key))
    while sum(taken.values()) < total:
        key = next(k for k in (*order, *sorted(sizes)) if taken[k] < sizes[k] and taken[k] <= exact[k])
        taken[key] += 1
    while sum(taken.values()) > total:
        key = max((k for k in taken if taken[k] > 1), key=lambda k: (taken[k] - exact[k], k))
        taken[key] -= 1
    return taken


def _size(sample: str, population: int) -> int:
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(%?)", sample.strip())
    if not found:
        raise UsageError(f"{sample!r} is no size of a sample.", "Write 20% or a number of passages.")
    number = float(found[1].replace(",", "."))
    size = -(-number * population // 100) if found[2] else number
    if not 1 <= size <= population:
        raise UsageError(
            f"A sample of {sample} cannot be drawn from {population} passages.", "Write for instance 20%."
        )
    return int(size)


def _stratum(row: Interview, column: str) -> str:
    if not column:
        return ""
    if column in row.attributes:
        return row.attributes[column]
    if column in ("attributes", "id") or not hasattr(row, column):
        raise UsageError(f"interviews.csv has no column {column!r}.", "Name one, such as site or language.")
    return str(getattr(row, column))


def _worked(project: Project, coder: str, interview: str) -> bool:
    return (project.codings / coder / f"{interview}.jsonl").is_file()


# ── Files ────────────────────────────────────────────────────────────────────


def plan_path(project: Project, plan_id: str) -> Path:
    """Where a plan stands."""
    return project.root / "agreement" / "plans" / f"{plan_id}.json"


def write_plan(project: Project, plan: Plan) -> Path:
    """Keep a plan in the project, atomically."""
    fields = {**asdict(plan), "units": None}
    units = [
        json.dumps({"interview": u.interview, "anchor": anchor_fields(u.anchor)}, ensure_ascii=False)
        for u in plan.units
    ]
    head = json.dumps({"format": _FORMAT, **fields}, ensure_ascii=False, indent=1)
    path = plan_path(project, plan.id)
    write_text(path, head.replace('"units": null', '"units": [\n  ' + ",\n  ".join(units) + "\n ]") + "\n")
    return path


def plan_ids(project: Project) -> tuple[str, ...]:
    """The plans of a project."""
    return names(project.root / "agreement" / "plans", ".json")


def read_plan(project: Project, plan_id: str) -> Plan:
    """A plan of the project. Raises :class:`UsageError` when there is none, :class:`BadFile`."""
    path = plan_path(project, plan_id)
    if plan_id not in plan_ids(project):
        raise UsageError(
            f"There is no plan {plan_id!r}.", f"Known are {', '.join(plan_ids(project)) or 'none'}."
        )
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        content = json.loads(path.read_bytes())
        if content.pop("format") == _FORMAT:
            units = [Unit(str(u["interview"]), anchor_from(u["anchor"])) for u in content.pop("units")]
            return Plan(**content, units=tuple(units))
    raise BadFile(path, "this is no plan.", "Take it from a copy.")


def planned(project: Project, plan: Plan) -> dict[str, tuple[Span, ...]]:
    """Interview → its drawn passages in the newest transcript, without those whose place is not certain."""
    found: dict[str, list[Span]] = {}
    for interview in plan.interviews:
        transcript = load_transcript(project, interview)
        for unit in plan.units:
            if unit.interview == interview and (place := reanchor(unit.anchor, transcript)) is not None:
                found.setdefault(interview, []).append((place.start, place.end))
    return {interview: tuple(sorted(set(places))) for interview, places in found.items()}


def is_blind(project: Project) -> bool:
    """Whether a project is the bundle of a plan: only what was drawn is to be coded."""
    return (project.root / BLIND).is_file()
