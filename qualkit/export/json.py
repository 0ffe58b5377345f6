"""The report as JSON, for programs: every quote with its place, and the picture as rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qualkit.picture import Cell
    from qualkit.report import Report
    from qualkit.themes.passages import Passage
    from qualkit.themes.theme import Theme

FORMAT = "qualkit-report/1"
"""1: first."""


def render(report: Report) -> str:
    """The report as one JSON document. Times in ms, positions in code points of the named revision."""
    return json.dumps(_report(report), ensure_ascii=False, indent=2) + "\n"


def _report(report: Report) -> dict[str, Any]:
    method = report.method
    return {
        "format": FORMAT,
        "title": report.title,
        "date": report.date,
        "language": report.language,
        "codebook": {"version": method.codebook_version, "hash": method.codebook_hash},
        "method": {name: getattr(method, name) for name in method.__slots__},
        "sites": [{"id": id_, "name": name} for id_, name in report.site_names.items()],
        "themes": [theme(t) for t in report.themes],
        "quotes": [quote(q) for q in report.quotes],
        "picture": [cell(c) for c in report.picture.cells.values()],
        "clusters": [
            {
                "id": c.id,
                "names": {lang: list(p) for lang, p in c.names.items()},
                "passages": len(c.members),
                "stability": round(c.stability, 3),
            }
            for c in report.clusters
        ],
        "withheld": [
            {"reason": w.reason, "passages": w.count, "interviews": list(w.interviews)}
            for w in report.withheld
        ],
    }


def theme(found: Theme) -> dict[str, Any]:
    """One theme in numbers; its quotes by id."""
    return {
        "code": found.code.id,
        "dimension": found.dimension,
        "name": dict(found.code.name),
        "passages": len(found.passages),
        "decided_by_person": found.by_person,
        "interviews": list(found.interviews),
        "speakers": found.speakers,
        "sites": dict(found.sites),
        "together": [
            {"code": t.code, "passages": t.passages, "jaccard": round(t.strength, 4), "few": t.few}
            for t in found.together
        ],
        "quotes": [q.id for q in found.quotes],
    }


def cell(found: Cell) -> dict[str, Any]:
    """One cell of the picture in numbers."""
    return {
        "site": found.site,
        "code": found.code,
        "passages": len(found.passages),
        "speakers": found.speakers,
        "aspects": dict(found.aspects),
        "asked": found.asked,
    }


def quote(passage: Passage) -> dict[str, Any]:
    """One quote with everything needed to find it again."""
    return {
        "id": passage.id,
        "interview": passage.interview,
        "speaker": passage.speaker,
        "speaker_name": passage.speaker_name,
        "role": passage.role,
        "site": passage.site,
        "language": passage.language,
        "code": passage.code,
        "start_ms": passage.start_ms,
        "end_ms": passage.end_ms,
        "revision": passage.revision,
        "start": passage.start,
        "end": passage.end,
        "quote": passage.quote,
        "coder": passage.coder,
        "decided_by": "person" if passage.by_person else "machine",
        "score": None if passage.score is None else round(passage.score, 3),
    }
