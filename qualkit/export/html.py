"""The report as one HTML file: no network, searchable, every quote a click from its context, prints well."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files as resources
from typing import TYPE_CHECKING

from qualkit.audio.excerpt import MIME
from qualkit.export import front, sections
from qualkit.export.blocks import Heading
from qualkit.export.story import story
from qualkit.export.words import clock, words

if TYPE_CHECKING:
    from qualkit.export.kit import Kit


def files(kit: Kit) -> dict[str, bytes]:
    """``report.html``."""
    return {"report.html": render(kit).encode("utf-8")}


def render(kit: Kit) -> str:
    """The report as an HTML page that stands alone. Everything from outside is escaped by the template.

    The one script is Qualkit's own and the page allows no other: the content
    security policy names its hash.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("qualkit.export", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    report = kit.report
    w = words(report.language)
    blocks = list(story(report, w))
    script = (resources("qualkit.export") / "templates" / "report.js").read_text(encoding="utf-8").strip()
    return (
        environment.get_template("report.html.jinja").render(
            report=report,
            w=w,
            mark=front.mark(report, w),
            blocks=[(type(block).__name__, block) for block in blocks],
            contents=[b for b in blocks if isinstance(b, Heading) and b.anchor and b.level < 3],
            scenes={scene.passage for scene in report.scenes},
            sounds={quote: base64.b64encode(data).decode() for quote, data in report.sounds.items()},
            mime=MIME,
            heard=sections.sound_lines(report, w),
            clock=clock,
            script=script,
            digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            images={
                name: (base64.b64encode(chart.svg).decode(), chart.alt) for name, chart in kit.charts.items()
            },
        )
        + "\n"
    )
