"""The report as PDF, set by Typst. The text reaches it as data, never as Typst code."""

from __future__ import annotations

import json
import tempfile
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.export import front
from qualkit.export.blocks import Bullets, Figure, Heading, Pair, Para, Quoted, Table
from qualkit.export.kit import visible
from qualkit.export.story import story
from qualkit.export.words import Words, words
from qualkit.report.printed import MANIFEST

if TYPE_CHECKING:
    from qualkit.export.blocks import Block
    from qualkit.export.kit import Kit
    from qualkit.report import Report


def files(kit: Kit) -> dict[str, bytes]:
    """``report.pdf``."""
    return {"report.pdf": _written(kit)}


def _written(kit: Kit) -> bytes:
    import typst

    report = kit.report
    w = words(report.language)
    with tempfile.TemporaryDirectory(prefix="qualkit-pdf-") as name:
        folder = Path(name)
        used: dict[str, str] = {}
        for chart, drawn in kit.charts.items():
            (folder / f"{chart}.svg").write_bytes(drawn.svg)
            used[chart] = visible(drawn.alt)
        content = {
            "title": visible(report.title),
            "subtitle": w("Qualitative situational picture, {date}", date=w.date(report.date)),
            "contents": w("Contents"),
            "language": w.language,
            "mark": front.mark(report, w),
            "blocks": [_block(b, report, w) for b in story(report, w)],
            "images": used,
        }
        (folder / "report.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        # What every quote should read, for `qualkit check --report`.
        quotes = [{"id": q.id, "quote": visible(q.quote)} for q in report.quotes]
        (folder / MANIFEST).write_text(json.dumps(quotes, ensure_ascii=False), encoding="utf-8")
        source = folder / "report.typ"
        source.write_bytes((resources("qualkit.export") / "templates" / "report.typ").read_bytes())
        made = typst.compile(
            str(source), root=str(folder), ignore_system_fonts=False, format="pdf", timestamp=946_684_800
        )
    assert isinstance(made, bytes)
    return made


def _block(block: Block, report: Report, w: Words) -> dict[str, Any]:  # noqa: PLR0911
    match block:
        case Heading():
            return {
                "kind": "heading", "level": block.level, "text": visible(block.text),
                "contents": block.anchor == "picture",
            }  # fmt: skip
        case Para():
            return {"kind": "para", "style": block.kind, **_para(block)}
        case Bullets():
            return {"kind": "bullets", "items": [_para(item) for item in block.items]}
        case Table():
            rows = [
                [
                    {
                        "text": visible(c.text),
                        "kind": c.kind,
                        "proposed": c.proposed,
                        "evidence": [e.number for e in c.evidence],
                    }
                    for c in r
                ]
                for r in block.rows
            ]
            header = [visible(text) for text in block.header]
            return {
                "kind": "table", "caption": visible(block.caption), "header": header, "rows": rows,
                "grid": block.grid, "name": block.name,
            }  # fmt: skip
        case Quoted():
            return {"kind": "quote", **_quote(block, report, w)}
        case Pair():
            return {
                "kind": "pair",
                "well": _quote(block.well, report, w),
                "ill": _quote(block.ill, report, w),
            }
        case Figure():
            return {"kind": "figure", "name": block.name, "caption": visible(block.caption)}


def _para(block: Para) -> dict[str, Any]:
    return {
        "text": visible(block.text),
        "evidence": [e.number for e in block.evidence],
        "see": block.see,
    }


def _quote(quoted: Quoted, report: Report, w: Words) -> dict[str, Any]:
    passage = quoted.passage
    return {
        "text": visible(passage.quote),
        "number": quoted.number,
        "home": quoted.home,
        "language": passage.language if passage.language in {"fi", "sv", "en"} else "en",
        "source": visible(w.source(passage, report.site_names)),
    }
