"""Every chart as SVG and PNG, with what it shows in words beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.export.charts import timelines
from qualkit.export.kit import visible

if TYPE_CHECKING:
    from qualkit.export.kit import Kit


def files(kit: Kit) -> dict[str, bytes]:
    """``charts/NAME.svg`` and ``.png``, and ``charts/alt-texts.txt``."""
    drawn = dict(kit.charts)
    drawn |= {f"timeline-{case}": chart for case, chart in timelines(kit.report).items()}
    made: dict[str, bytes] = {}
    for name, chart in drawn.items():
        made[f"charts/{name}.svg"] = chart.svg
        made[f"charts/{name}.png"] = chart.png
    if drawn:
        lines = (f"{name}: {visible(chart.alt)}" for name, chart in drawn.items())
        made["charts/alt-texts.txt"] = ("\n".join(lines) + "\n").encode("utf-8")
    return made
