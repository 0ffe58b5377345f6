"""The report as JSON, for programs: every quote with its place, and the picture as rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qualkit.picture.candidates import PARTS

if TYPE_CHECKING:
    from qualkit.export.kit import Kit
    from qualkit.picture import Cell
    from qualkit.picture.candidates import Candidate
    from qualkit.report import Report
    from qualkit.themes.passages import Passage
    from qualkit.themes.theme import Theme

FORMAT = "qualkit-report/1"
"""1: first."""


def files(kit: Kit) -> dict[str, bytes]:
    """``report.json``; ``report.schema.json`` beside this module is its JSON Schema."""
    return {"report.json": render(kit.report).encode("utf-8")}


def render(report: Report) -> str:
    """The report as one JSON document. Times in ms, positions in code points of the named revision."""
    return json.dumps(_report(report), ensure_ascii=False, indent=2) + "\n"


def _report(report: Report) -> dict[str, Any]:
    method = report.method
    return {
        "format": FORMAT,
        "audience": report.audience,
        "pseudonyms": report.pseudonyms,
        "selection": {name: getattr(report.selection, name) for name in report.selection.__slots__},
        "title": report.title,
        "date": report.date,
        "language": report.language,
        "codebook": {"version": method.codebook_version, "hash": method.codebook_hash},
        "method": {name: getattr(method, name) for name in method.__slots__},
        "sites": [{"id": id_, "name": name} for id_, name in report.site_names.items()],
        "themes": [theme(t) for t in report.themes],
        "quotes": [quote(q) for q in report.quotes],
        "picture": [cell(c) for c in report.picture.cells.values()],
        "candidates": [candidate(c) for c in report.candidates],
        "weights": dict(zip(PARTS, report.weights.shares(), strict=True)) if report.weights else None,
        "coverage": [{n: getattr(c, n) for n in c.__slots__} for c in report.coverage],
        "saturation": {
            name: {n: getattr(found, n) for n in found.__slots__}
            for name, found in (("codes", report.saturation), ("pairs", report.pairs))
            if found
        },
        "agreement": {n: getattr(report.agreement, n) for n in report.agreement.__slots__}
        if report.agreement
        else None,
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
        "phrases": {language: list(phrases) for language, phrases in found.phrases.items()},
        "differences": [
            {
                "by": by,
                "group": d.group,
                "passages": d.passages,
                "expected": round(d.expected, 2),
                "g2": round(d.g2, 2),
            }
            for by, rows in (("site", found.by_site), ("role", found.by_role))
            for d in rows
        ],
        "opposites": [{"well": o.well.id, "ill": o.ill.id} for o in found.opposites],
        "quotes": [q.id for q in found.quotes],
    }


def candidate(found: Candidate) -> dict[str, Any]:
    """One candidate for joint development, with the parts of its score."""
    return {
        "code": found.code.id,
        "score": round(found.score, 4),
        **{part: round(getattr(found, part), 4) for part in PARTS},
        "sites": list(found.sites),
        "speakers": found.voices,
        "best_place": found.best,
        "worst_place": found.worst,
        "in_top_three": round(found.in_top, 3),
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
        "strength": found.strength,
        "status": found.status,
        "status_by": found.judgements[0].coder if found.decided else ("machine" if found.proposal else None),
        "status_reason": found.judgements[0].reason if found.decided else None,
        "status_date": found.judgements[0].at[:10] if found.decided else None,
        "proposal": None
        if found.proposal is None
        else {
            "status": found.proposal.status,
            "score": found.proposal.score,
            "speakers": found.proposal.voices,
            "well": found.proposal.well,
            "ill": found.proposal.ill,
        },
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
        "decision": passage.decision,
        "suggestion": passage.suggestion or None,
        "altered": passage.altered,
        "score": None if passage.score is None else round(passage.score, 3),
    }
