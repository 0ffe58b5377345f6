"""The report as PDF, set by Typst. The text reaches it as data, never as Typst code."""

from __future__ import annotations

import json
import tempfile
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.export.blocks import Bullets, Figure, Heading, Pair, Para, Quoted, Table
from qualkit.export.kit import visible
from qualkit.export.story import story
from qualkit.export.words import Words, words

if TYPE_CHECKING:
    from qualkit.export.blocks import Block
    from qualkit.export.kit import Kit
    from qualkit.report import Report
    from qualkit.themes.passages import Passage


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
            "mark": w("◇ machine suggestions are counted, undecided") if report.method.suggestions else "",
            "blocks": [_block(b, report, w) for b in story(report, w)],
            "images": used,
        }
        (folder / "report.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
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
            return {"kind": "heading", "level": block.level, "text": visible(block.text)}
        case Para():
            return {"kind": "para", "style": block.kind, "text": visible(block.text)}
        case Bullets():
            return {"kind": "bullets", "items": [visible(item) for item in block.items]}
        case Table():
            rows = [
                [{"text": visible(c.text), "kind": c.kind, "proposed": c.proposed} for c in r]
                for r in block.rows
            ]
            header = [visible(text) for text in block.header]
            return {
                "kind": "table", "caption": visible(block.caption), "header": header, "rows": rows,
                "grid": block.grid,
            }  # fmt: skip
        case Quoted():
            return {"kind": "quote", **_quote(block.passage, report, w)}
        case Pair():
            return {
                "kind": "pair",
                "well": _quote(block.well, report, w),
                "ill": _quote(block.ill, report, w),
            }
        case Figure():
            return {"kind": "figure", "name": block.name, "caption": visible(block.caption)}


def _quote(passage: Passage, report: Report, w: Words) -> dict[str, Any]:
    mark = "" if passage.by_person else " · ◇"
    site = report.site_names.get(passage.site, passage.site)
    return {
        "text": visible(passage.quote),
        "language": passage.language if passage.language in {"fi", "sv", "en"} else "en",
        "source": visible(f"{w.place(passage)} · {site}{mark} · {w.trail(passage)}"),
    }
