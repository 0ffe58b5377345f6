"""Who was heard: interviews, speakers, hours and passages by site, role and language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from qualkit.model import Interview
    from qualkit.themes.passages import Gathered


@dataclass(frozen=True, slots=True)
class Covered:
    """One site, role or language of the material."""

    by: str
    """``site``, ``role`` or ``language``."""
    group: str
    """Its id or name; empty where interviews.csv has none."""
    interviews: int
    transcribed: int
    coded: int
    """Interviews with at least one passage."""
    speakers: int
    duration_ms: int
    passages: int


def coverage(gathered: Gathered) -> tuple[Covered, ...]:
    """Rows by site, then role, then language, each in the order of interviews.csv."""
    ways: tuple[tuple[str, Callable[[Interview], str]], ...] = (
        ("site", lambda case: case.site),
        ("role", lambda case: case.role),
        ("language", lambda case: case.language),
    )
    passages = Counter(p.interview for p in gathered.passages)
    rows = []
    for by, key in ways:
        for group in dict.fromkeys(key(case) for case in gathered.interviews):
            cases = [case.id for case in gathered.interviews if key(case) == group]
            heard = [gathered.heard[i] for i in cases if i in gathered.heard]
            rows.append(
                Covered(
                    by=by,
                    group=group,
                    interviews=len(cases),
                    transcribed=len(heard),
                    coded=sum(1 for i in cases if passages[i]),
                    speakers=sum(len(h.voices) for h in heard),
                    duration_ms=sum(h.duration_ms for h in heard),
                    passages=sum(passages[i] for i in cases),
                )
            )
    return tuple(rows)
