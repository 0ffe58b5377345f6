"""The charts of a report: heat map, theme network, saturation, coverage and interview timelines.

Drawn by matplotlib without its global state. Shades run from light to dark, so
that they read in grey; text from outside is never read as mathematics; the same
report gives the same bytes.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from qualkit.export.kit import visible
from qualkit.export.words import Words, words
from qualkit.files.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qualkit.report import Report

TIMELINES = 20
"""More interviews than this get no timeline each."""
DARK = 0.5
"""Grey (0–1) under which white letters are read better than dark ones."""
DEEP, PALE, WARM, INK = "#1f4e79", "#cfdfed", "#b3541e", "#1d2530"
FILLS = {
    Status.CRITICAL: "#8c2d19", Status.POOR: "#dd9145", Status.ADEQUATE: "#f3dd9b", Status.GOOD: "#e3efe0",
}  # fmt: skip
"""The colours of statuses, from dark to light as they read in grey; every format has the same."""
CODES = 40
"""Rows of the heat map at most: those most spoken of."""
SITES = 40


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in two formats, and what it shows in words."""

    svg: bytes
    png: bytes
    alt: str


def charts(report: Report) -> Mapping[str, Chart]:
    """Name → chart; charts that would show nothing are left out."""
    w = words(report.language)
    drawn: dict[str, Chart] = {}
    makers: tuple[tuple[str, Callable[[Report, Words], tuple[Any, str] | None]], ...] = (
        ("status", _status),
        ("heatmap", _heatmap),
        ("network", _network),
        ("saturation", _saturation),
        ("coverage", _coverage),
    )
    for name, make in makers:
        if made := make(report, w):
            drawn[name] = _saved(*made)
    return drawn


def timelines(report: Report) -> Mapping[str, Chart]:
    """Interview → its timeline: what is spoken of when. Empty over :data:`TIMELINES` interviews."""
    if len(report.cases) > TIMELINES:
        return {}
    w = words(report.language)
    made = {case: _timeline(report, case, w) for case in report.cases}
    return {case: _saved(*drawn) for case, drawn in made.items() if drawn}


def on_shade(shade: tuple[float, ...]) -> str:
    """The colour of letters that are read best on a shade, given as red, green and blue of 0–1."""
    red, green, blue = shade[:3]
    return "white" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < DARK else INK


def _figure(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=9)
    return figure, axes


def _saved(figure: Any, alt: str) -> Chart:
    import matplotlib as mpl
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
    svg, png = io.BytesIO(), io.BytesIO()
    settings: Any = {"svg.hashsalt": "qualkit", "svg.fonttype": "path", "font.family": "DejaVu Sans"}
    with mpl.rc_context(settings):
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=160, metadata={"Software": None})
    return Chart(svg.getvalue(), png.getvalue(), alt)


def _short(text: str, size: int = 34) -> str:
    """Text for a chart, its lines joined, cut where it would be too long, without characters no font has."""
    plain = " ".join(visible(text).split())
    plain = "".join(c if ord(c) < 0x2C00 else "□" for c in plain)
    return plain if len(plain) <= size else plain[: size - 1] + "…"


def _heatmap(report: Report, w: Words) -> tuple[Any, str] | None:
    sites = report.picture.sites[:SITES]
    codes = sorted(
        report.picture.codes,
        key=lambda c: -sum(len(report.picture.cell(s.id, c.id).passages) for s in sites),
    )[:CODES]
    codes = [c for c in report.picture.codes if c in codes]
    if not sites or not any(report.picture.cell(s.id, c.id).passages for s in sites for c in codes):
        return None
    figure, axes = _figure(2.8 + 0.95 * len(sites), 1.6 + 0.3 * len(codes))
    values = [[len(report.picture.cell(s.id, c.id).passages) for s in sites] for c in codes]
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("qualkit", ["#ffffff", PALE, DEEP])
    most = max(map(max, values))
    axes.imshow(values, cmap=shades, aspect="auto", vmin=0, vmax=most)
    for y, line in enumerate(values):
        for x, value in enumerate(line):
            cell = report.picture.cell(sites[x].id, codes[y].id)
            shown = w.number(value) if value else "?" if cell.asked else "·"
            color = on_shade(shades(value / most)) if value else WARM
            axes.text(x, y, shown, ha="center", va="center", fontsize=9, color=color)
    axes.set_xticks(range(len(sites)), [_short(s.name, 24) for s in sites], rotation=25, ha="right")
    axes.set_yticks(range(len(codes)), [_short(w.of_code(c), 40) for c in codes])
    axes.spines[:].set_visible(False)
    top = max(
        (len(report.picture.cell(s.id, c.id).passages), s.name, w.of_code(c)) for s in sites for c in codes
    )
    alt = w(
        "Heat map of passages: {codes} by {sites}. Most are on {code} at {site} ({count}).",
        codes=w.many("{count} code", "{count} codes", len(codes)),
        sites=w.many("{count} site", "{count} sites", len(sites)),
        code=top[2],
        site=top[1],
        count=w.number(top[0]),
    )
    return figure, alt


def _status(report: Report, w: Words) -> tuple[Any, str] | None:
    """The picture itself: a square a cell, its word in it; hatched where only the wording proposes it."""
    sites, codes = report.picture.sites[:SITES], report.picture.codes
    cells = [report.picture.cell(s.id, c.id) for s in sites for c in codes]
    known = [c for c in cells if c.status in FILLS]
    if not known:
        return None
    figure, axes = _figure(3.2 + 1.25 * len(sites), 1.4 + 0.32 * len(codes))
    for x, site in enumerate(sites):
        for y, code in enumerate(codes):
            cell = report.picture.cell(site.id, code.id)
            face = FILLS.get(cell.status, "#ffffff") if cell.status else "#ffffff"
            axes.barh(y, 0.96, 0.92, x - 0.48, color=face, edgecolor="#ffffff", linewidth=0)
            shown = "·" if not cell.asked else "?" if not cell.passages else "–"
            if cell.status in FILLS:
                shown = w.status(cell.status) + ("" if cell.decided else " ◇")
            dark = cell.status is Status.CRITICAL
            axes.text(x, y, shown, ha="center", va="center", fontsize=8.5, color="white" if dark else INK,
                      fontweight="bold" if cell.decided else "normal")  # fmt: skip
    axes.set_xlim(-0.5, len(sites) - 0.5)
    axes.set_ylim(len(codes) - 0.5, -0.5)
    names = ["\n".join(wrap(_short(s.name, 40), 15, break_long_words=False)) for s in sites]
    axes.set_xticks(range(len(sites)), names, fontsize=8.5)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(codes)), [_short(w.of_code(c), 40) for c in codes])
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    counts = Counter(c.status for c in known)
    alt = w(
        "State of {sites} and {codes}: {counts}.",
        sites=w.many("{count} site", "{count} sites", len(sites)),
        codes=w.many("{count} code", "{count} codes", len(codes)),
        counts=", ".join(f"{w.status(s)} {w.number(counts[s])}" for s in FILLS if counts[s]),
    )
    return figure, alt


def _network(report: Report, w: Words) -> tuple[Any, str] | None:
    import networkx as nx

    graph = nx.Graph()
    for theme in report.themes:
        for other in theme.together:
            if not other.few:
                graph.add_edge(theme.code.id, other.code, weight=other.passages)
    if not graph.edges:
        return None
    edges = sorted(graph.edges(data="weight"), key=lambda e: (-e[2], *sorted(e[:2])))[:40]
    graph = nx.Graph()
    graph.add_weighted_edges_from((*sorted((a, b)), n) for a, b, n in edges)
    place = nx.circular_layout(sorted(graph))
    figure, axes = _figure(8, 7)
    most = edges[0][2]
    for a, b, n in edges:
        xs, ys = zip(place[a], place[b], strict=True)
        axes.plot(xs, ys, color=DEEP, alpha=0.25 + 0.6 * n / most, linewidth=0.8 + 5 * n / most, zorder=1)
        axes.text(sum(xs) / 2, sum(ys) / 2, w.number(n), fontsize=8, ha="center", va="center", zorder=2,
                  bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"})  # fmt: skip
    size = {t.code.id: len(t.passages) for t in report.themes}
    names = {c.id: w.of_code(c) for c in report.codebook.codes}
    largest = max(size.values())
    for node, (x, y) in sorted(place.items()):
        axes.scatter(
            [x], [y], s=120 + 900 * size.get(node, 0) / largest, color=PALE, edgecolor=DEEP, zorder=3
        )
        axes.text(x, y + 0.09, _short(names.get(node, node), 32), ha="center", fontsize=9, zorder=4,
                  bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.85})  # fmt: skip
    axes.set_xlim(-1.5, 1.5)
    axes.set_ylim(-1.25, 1.3)
    axes.set_axis_off()
    alt = w(
        "Network of codes spoken of together; the strongest link is {one} with {other} ({count}).",
        one=names.get(edges[0][0], ""),
        other=names.get(edges[0][1], ""),
        count=w.number(most),
    )
    return figure, alt


def _saturation(report: Report, w: Words) -> tuple[Any, str] | None:
    found = report.saturation
    if found is None or len(found.new) < 2:
        return None
    figure, axes = _figure(8, 3.6)
    places = range(1, len(found.new) + 1)
    axes.bar(places, found.new, color=PALE, edgecolor=DEEP, label=w("New codes"))
    axes.plot(places, found.total, color=DEEP, marker="o", markersize=3, label=w("All codes so far"))
    if found.reached:
        axes.axvline(found.reached, color=WARM, linestyle="--", label=w("Saturation reached"))
    axes.set_xlabel(w("Interviews in the order they were held"))
    axes.legend(frameon=False, fontsize=9)
    alt = w(
        "New codes by interview: {total} after {count}.",
        total=w.many("{count} code", "{count} codes", found.total[-1]),
        count=w.many("{count} interview", "{count} interviews", len(found.new)),
    )
    return figure, alt


def _coverage(report: Report, w: Words) -> tuple[Any, str] | None:
    rows = [c for c in report.coverage if c.by == "site"][:SITES]
    if not rows:
        return None
    figure, axes = _figure(8, 1.2 + 0.45 * len(rows))
    names = [_short(report.site_names.get(r.group, r.group) or "–") for r in rows]
    axes.barh(range(len(rows)), [r.passages for r in rows], color=PALE, edgecolor=DEEP)
    for y, r in enumerate(rows):
        told = w.many("{count} interview", "{count} interviews", r.transcribed)
        axes.text(r.passages, y, f" {w.number(r.passages)} · {told}", va="center", fontsize=9)
    axes.set_yticks(range(len(rows)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, max(1, *(r.passages for r in rows)) * 1.3)
    axes.set_xlabel(w("Passages"))
    alt = w(
        "Passages by site: {sites}.",
        sites=", ".join(f"{n} {w.number(r.passages)}" for n, r in zip(names, rows, strict=True)),
    )
    return figure, alt


def _timeline(report: Report, case: str, w: Words) -> tuple[Any, str] | None:
    passages = [p for p in report.passages if p.interview == case and p.start_ms is not None]
    if not passages:
        return None
    names = {c.id: w.of_code(c) for c in report.codebook.codes}
    held = {p.code for p in passages}
    codes = [c.id for c in report.codebook.codes if c.id in held]
    figure, axes = _figure(9, 1.2 + 0.28 * len(codes))
    for p in passages:
        start, end = (p.start_ms or 0) / 60_000, (p.end_ms or p.start_ms or 0) / 60_000
        face = DEEP if p.by_person else PALE
        axes.barh(codes.index(p.code), max(0.05, end - start), left=start, color=face, edgecolor=DEEP)
    axes.set_yticks(range(len(codes)), [_short(names.get(c, c), 40) for c in codes])
    axes.invert_yaxis()
    axes.set_xlabel(w("Minutes"))
    axes.set_title(_short(case, 60), fontsize=10, loc="left")
    most = Counter(p.code for p in passages).most_common(1)[0][0]
    alt = w(
        "Timeline of {interview}: {passages}, most on {code}.",
        interview=case,
        passages=w.many("{count} passage", "{count} passages", len(passages)),
        code=names.get(most, most),
    )
    return figure, alt
