"""How far to trust the codings: ``agree``."""

from __future__ import annotations

from dataclasses import asdict

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb


@verb("agree", "qualkit agree anna bo --json")
@click.argument("first")
@click.argument("second")
@click.option("--interview", "interviews", multiple=True, help="Only this interview; repeat for more.")
def agree(call: Call, first: str, second: str, interviews: tuple[str, ...]) -> None:
    """Compare two coders on the units of the interviews that both have worked on."""
    from qualkit.agreement.compare import agreement

    found = agreement(call.project(), first, second, interviews)
    if call.json:
        console.data_json(asdict(found))
        return
    console.data(f"{first} and {second}: {found.units} units in {', '.join(found.interviews)}")
    keys = ("percent", "kappa", "alpha", "ac1", "pabak", "f1", "masi")
    console.table(
        [
            (
                f"{row.kind} {row.name}".strip(),
                f"{row.table.both}/{row.table.first}/{row.table.second}/{row.table.neither}",
                *(_figure(row.measures.get(key)) if key in row.measures else "" for key in keys),
                _interval(row.intervals.get("alpha")),
            )
            for row in found.rows
        ],
        ("", "both/1st/2nd/none", "percent", "κ", "α", "AC1", "PABAK", "F1", "α of sets", "95 % of α"),
    )


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def _interval(value: tuple[float, float] | None) -> str:
    return "–" if value is None else f"{value[0]:.2f} to {value[1]:.2f}"
