"""The report as one HTML file: no script, no network, prints well."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from qualkit.export import sections
from qualkit.export.words import words

if TYPE_CHECKING:
    from qualkit.report import Report


def render(report: Report) -> str:
    """The report as an HTML page that stands alone. Everything from outside is escaped by the template."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("qualkit.export", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    w = words(report.language)
    rows = list(sections.grid(report, w))
    page = environment.get_template("report.html.jinja").render(
        report=report,
        w=w,
        s=sections,
        picture=[(dimension, list(group)) for dimension, group in groupby(rows, key=lambda row: row[0])],
        dimensions=[
            (report.codebook.by_id[dimension], list(group))
            for dimension, group in groupby(report.themes, key=lambda theme: theme.dimension)
        ],
    )
    return page + "\n"
