"""What the writers share: the report, its charts drawn once, the user's template, harmless text."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from qualkit.report.harmless import cell, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qualkit.export.charts import Chart
    from qualkit.report import Report

EPOCH = (2000, 1, 1, 0, 0, 0)
"""The time of every file inside a zipped format, so that the same report gives the same bytes."""


@dataclass
class Kit:
    """One report on its way into several formats."""

    report: Report
    template: Path | None = None
    """The user's own Word file."""
    drawn: Mapping[str, Chart] | None = field(default=None, repr=False)
    """Charts to use instead of drawing them; ``{}`` for none."""

    @cached_property
    def charts(self) -> Mapping[str, Chart]:
        """The charts by name; drawn when first asked for."""
        if self.drawn is not None:
            return self.drawn
        from qualkit.export.charts import charts

        return charts(self.report)


def repacked(data: bytes) -> bytes:
    """A zip file with every time set to :data:`EPOCH`."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            new.writestr(info, old.read(entry.filename))
    return target.getvalue()


__all__ = ["Kit", "cell", "repacked", "visible"]
