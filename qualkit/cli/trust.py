"""How far to trust the codings: ``agree`` and what is below it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qualkit.cli import console
from qualkit.cli.verb import Call, verb
from qualkit.errors import UsageError

if TYPE_CHECKING:
    from qualkit.agreement.compare import Agreement
    from qualkit.agreement.settling import Settled


class Agree(click.Group):
    """``agree anna bo`` is ``agree compare anna bo``: whatever is no subcommand is a coder."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``compare`` in front of two coders."""
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["compare", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A subcommand, or ``compare`` for a coder's name."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, "compare")


@click.group("agree", cls=Agree, epilog="Example: qualkit agree anna bo")
def agree() -> None:
    """Two coders compared (`agree anna bo`), and passages drawn for a blind second coding (`agree plan`)."""


@verb("compare", "qualkit agree compare anna bo --plan 1a2b3c4d")
@click.argument("first")
@click.argument("second", required=False, default="")
@click.option("--interview", "interviews", multiple=True, help="Only this interview; repeat for more.")
@click.option("--plan", default="", help="Only the passages drawn by this plan.")
@click.option("--then", default="", help="FIRST as of this date; without SECOND, against the same coder now.")
@click.option("--settled", is_flag=True, help="As it is after settling, too.")
@click.option("--methods", is_flag=True, help="A paragraph for the methods section instead of the table.")
@click.option("--lang", default="en", type=click.Choice(["fi", "sv", "en"]), help="Its language.")
def compare(
    call: Call,
    first: str,
    second: str,
    interviews: tuple[str, ...],
    plan: str,
    then: str,
    settled: bool,
    methods: bool,
    lang: str,
) -> None:
    """Compare two coders on the units of the interviews that both have worked on.

    `machine` is the newest model: its suggestions that are shown.
    """
    from qualkit.agreement.compare import agreement
    from qualkit.agreement.settling import before_and_after

    project, second = call.project(), second or first
    people = not then and "machine" not in (first, second)
    if settled and not people:
        raise UsageError("--settled is between two coders.", "Leave it out.")
    both = (
        before_and_after(project, first, second, interviews, plan)
        if settled or (methods and people)
        else None
    )
    found = both.before if both else agreement(project, first, second, interviews, plan, then=then)
    if methods:
        _methods(call, found, lang, both)
    elif call.json:
        console.data_json(asdict(both) if both else asdict(found))
    else:
        _tell(found, second)
        if both:
            console.data(f"\nAfter settling {both.settled} of {both.disagreements} disagreements:")
            _tell(both.after, second)


def _methods(call: Call, found: Agreement, lang: str, both: Settled | None) -> None:
    from qualkit.agreement.methods import methods
    from qualkit.files.codebook import load_codebook

    names = {code.id: code.name_in(lang) for code in load_codebook(call.project()).codes}
    text = methods(found, lang, names, both)
    if call.json:
        console.data_json({"language": lang, "text": text})
    else:
        console.data(text)


def _tell(found: Agreement, second: str) -> None:
    if found.untouched:
        console.talk(f"{second} has said nothing of {found.untouched} of the drawn passages.")
    console.data(f"{found.first} and {found.second}: {found.units} units in {', '.join(found.interviews)}")
    keys = ("percent", "kappa", "qualcoder", "alpha", "u_alpha", "cu_alpha", "ac1", "pabak", "f1", "masi")
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
        (
            *("", "both/1st/2nd/none", "percent", "κ", "QualCoder's", "α", "uα", "cuα", "AC1", "PABAK"),
            *("F1", "α of sets", "95 % of α"),
        ),
    )


@verb("settle", "qualkit agree settle anna bo --item 1a2b3c4d --keep second --reason 'only the pump'")
@click.argument("first")
@click.argument("second")
@click.option("--interview", "interviews", multiple=True, help="Only this interview; repeat for more.")
@click.option("--plan", default="", help="Only the passages drawn by this plan.")
@click.option("--item", default="", help="The disagreement to settle, by its id in the list.")
@click.option("--keep", type=click.Choice(["first", "second", "neither"]), help="Whose judgement holds.")
@click.option("--reason", default="", help="Why; kept with the decision.")
def settle(
    call: Call,
    first: str,
    second: str,
    interviews: tuple[str, ...],
    plan: str,
    item: str,
    keep: str | None,
    reason: str,
) -> None:
    """List where two coders disagree, or settle one disagreement with a reason."""
    from qualkit.agreement.settling import decide, disagreements

    project = call.working()
    found = disagreements(project, first, second, interviews, plan)
    if bool(item) != bool(keep):
        raise UsageError("--item and --keep go together.", "See `qualkit agree settle --help`.")
    if keep:
        wanted = next((one for one in found if one.id == item), None)
        if wanted is None:
            raise UsageError(f"There is no disagreement {item!r}.", "List them without --item.")
        done = decide(project, wanted, keep, reason, (first, second))
        if call.json:
            console.data_json(asdict(done))
        else:
            console.data(f"{wanted.interview} {wanted.code}: {done.verdict}, by {done.who}")
        return
    if call.json:
        console.data_json([asdict(one) for one in found])
        return
    console.table(
        [
            (
                one.id,
                one.interview,
                one.code,
                one.kind,
                *(console.short(c.anchor.quote, 40) if c else "–" for c in (one.first, one.second)),
                one.settled.verdict if one.settled else "open",
            )
            for one in found
        ],
        ("", "interview", "code", "", first, second, "settled"),
    )


@verb("plan", "qualkit agree plan --sample 20% --stratify site --seed 7 --coder bo")
@click.option("--sample", default="20%", show_default=True, help="A share of all passages, or a number.")
@click.option("--stratify", default="", help="Draw alike from every value of this column of interviews.csv.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same passages.")
@click.option("--coder", default="", help="Who is to code them.")
@click.option(
    "--to", type=click.Path(path_type=Path), help="New folder or .zip. Default: outputs/plan-ID.zip."
)
@click.option("--audio", is_flag=True, help="Put the recordings in too.")
def plan(call: Call, sample: str, stratify: str, seed: int, coder: str, to: Path | None, audio: bool) -> None:
    """Draw passages, uncoded ones too, and pack them for a second coder without anybody's codes."""
    from qualkit.agreement.bundle import write_bundle
    from qualkit.agreement.plan import draw, plan_path, write_plan

    project = call.working()
    drawn = draw(project, sample, stratify, seed, coder)
    write_plan(project, drawn)
    target = to or project.outputs / f"plan-{drawn.id}.zip"
    try:
        write_bundle(project, drawn, target, audio=audio)
    except BaseException:
        plan_path(project, drawn.id).unlink(missing_ok=True)
        raise
    if call.json:
        fields = {key: value for key, value in asdict(drawn).items() if key != "units"}
        console.data_json({**fields, "units": len(drawn.units), "bundle": str(target)})
        return
    console.data(
        f"Plan {drawn.id}: {len(drawn.units)} of {drawn.population} passages"
        f" in {len(drawn.interviews)} interviews, seed {seed}."
    )
    console.data(f"Bundle: {target}")
    console.talk(
        f"When it comes back: qualkit merge BUNDLE, then qualkit agree FIRST SECOND --plan {drawn.id}"
    )


for command in (compare, plan, settle):
    agree.add_command(command)


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{round(value, 2) + 0.0:.2f}"  # never -0.00


def _interval(value: tuple[float, float] | None) -> str:
    return "–" if value is None else f"{_figure(value[0])} to {_figure(value[1])}"
