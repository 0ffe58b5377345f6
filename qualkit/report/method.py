"""How the findings came about, and what was withheld: counted from the project's own files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qualkit.files.project import Project
    from qualkit.model import Codebook
    from qualkit.themes.passages import Gathered


@dataclass(frozen=True, slots=True)
class Method:
    """How the findings came about, counted from the project's own files."""

    interviews: int
    transcribed: int
    duration_ms: int
    """Of the transcribed interviews, from the last word of each."""
    turns: int
    languages: Mapping[str, int]
    """Language → interviews."""
    coders: tuple[str, ...]
    codings: int
    """Passages that people have decided on."""
    bulk: int
    """Of those, accepted many at a time."""
    suggestions: int
    """Passages in this report that only a machine has proposed."""
    accepted: int
    rejected: int
    """Decisions of people on suggestions, over the whole selection."""
    settled: int
    """Passages that count as two coders settled them who had disagreed."""
    refused: int
    """Disagreements settled so that the code is not given."""
    embedding_model: str
    """``NAME@HASH`` that the suggestions come from, decided ones too; empty when there are none."""
    transcription_models: tuple[str, ...]
    by_machine: int
    """Interviews that one of these transcribed; the others were brought in as text."""
    codes: int
    """That can be given, in the part of the codebook the audience sees; accepted clusters are none."""
    codebook_version: str
    codebook_hash: str
    version: str
    """Of Qualkit."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that the report counts and does not print, and why."""

    reason: str
    """``no-consent``, ``unplaced``, ``restricted`` (words), ``restricted-code``."""
    count: int
    interviews: tuple[str, ...]


def withheld_of(whole: Gathered, shown: Gathered, *, public: bool) -> tuple[Withheld, ...]:
    """What is counted, or not even that, and not printed. ``whole`` is what there was before the audience."""
    kept = {p.id for p in shown.passages}
    closed = [p.interview for p in whole.passages if p.id not in kept]
    silent = [p.interview for p in whole.passages if p.id in kept and not p.quotable]
    secret = [p.interview for p in whole.passages if public and p.id in kept and p.quotable and p.restricted]
    lost = [c.interview for c in whole.unplaced]
    return tuple(
        Withheld(reason, len(interviews), tuple(dict.fromkeys(interviews)))
        for reason, interviews in (
            ("no-consent", silent),
            ("restricted-code", closed),
            ("restricted", secret),
            ("unplaced", lost),
        )
        if interviews
    )


def method_of(project: Project, gathered: Gathered, book: Codebook, ids: Sequence[str]) -> Method:
    """Everything that is counted of the method; ``ids`` are the interviews' ids in the project."""
    from qualkit import __version__
    from qualkit.files.journal import read_decisions
    from qualkit.files.settlements import NOT_GIVEN, settlements
    from qualkit.files.suggestions import read_suggestions
    from qualkit.model import Verdict
    from qualkit.report.clusters import DIMENSION

    heard = list(gathered.heard.values())
    decisions = [d for d in read_decisions(project, interviews=ids) if d.suggestion]
    verdicts = Counter(d.verdict for d in decisions)
    people = [p for p in gathered.passages if p.by_person]
    machine = [p for p in gathered.passages if not p.by_person]
    models = sorted({p.coder.removeprefix("model:") for p in machine if p.score is not None})
    if not models and decisions:
        models = sorted({s.model for s in read_suggestions(project, decisions[-1].interview)})
    return Method(
        interviews=len(ids),
        transcribed=len(heard),
        duration_ms=sum(h.duration_ms for h in heard),
        turns=sum(h.turns for h in heard),
        languages=dict(Counter(h.language for h in heard).most_common()),
        coders=tuple(sorted({p.coder for p in people})),
        codings=len(people),
        bulk=sum(p.decision == "bulk-accepted" for p in people),
        suggestions=len(machine),
        accepted=verdicts[Verdict.ACCEPT],
        rejected=verdicts[Verdict.REJECT],
        settled=sum(p.decision == "settled" for p in people),
        refused=sum(one.verdict == NOT_GIVEN for one in settlements(project, ids)),
        embedding_model=models[0] if models else "",
        transcription_models=tuple(sorted({h.model for h in heard} - {""})),
        by_machine=sum(bool(h.model) for h in heard),
        codes=sum(code.parent != DIMENSION for code in book.codable),
        codebook_version=book.version,
        codebook_hash=book.hash,
        version=__version__,
    )
