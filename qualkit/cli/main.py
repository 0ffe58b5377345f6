"""The entry point: finds the verb, and turns every known fault into one line and an exit code.

Exit codes: 0 ok · 1 problems found · 2 usage or configuration · 3 something missing
that can be installed or fetched · 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qualkit import __version__
from qualkit.cli.console import data_json, fault, steady_streams, talk
from qualkit.errors import QualkitError

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = {
    "init": "project",
    "add": "project",
    "status": "project",
    "check": "project",
    "transcribe": "river",
    "speakers": "speakers",
    "segment": "river",
    "suggest": "river",
    "review": "desk",
    "code": "desk",
    "themes": "themes",
    "picture": "findings",
    "search": "findings",
    "report": "findings",
    "agree": "trust",
    "merge": "merge",
    "history": "audit",
    "restore": "audit",
    "export": "exchange",
    "import": "exchange",
    "evaluate": "evaluate",
    "codebook": "codebook",
    "models": "models",
    "demo": "demo",
}
"""Verb → the module of this package that holds it, in the order of the work."""


class Verbs(click.Group):
    """The group of all verbs; a verb's module is imported when the verb is used or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of the work, not of the alphabet."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds a verb."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"qualkit.cli.{VERBS[cmd_name]}")
        found = getattr(module, cmd_name)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest verb when one is misspelt."""
        if args[0] not in VERBS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else "qualkit --help lists the verbs."
            raise click.UsageError(f"No such verb '{args[0]}'. {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: qualkit init study && cd study && qualkit add ~/interviews/*.m4a && qualkit transcribe",
)
@click.version_option(__version__, prog_name="qualkit")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """From recorded interviews to a situational picture. Nothing leaves this machine.

    Without a verb: open the review desk on the project around you.
    """
    if ctx.invoked_subcommand is None:
        from qualkit.cli.desk import review

        ctx.invoke(review, project=Path(), as_json=False, progress="auto", interview=None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run ``qualkit`` and exit with its code."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    steady_streams()
    if args[:2] != ["models", "fetch"]:
        from qualkit.weights.offline import block_network

        block_network()
    sys.exit(_run(args))


def _run(args: list[str]) -> int:
    try:
        result = cli.main(args=args, prog_name="qualkit", standalone_mode=False)
        _flush()
    except click.UsageError as error:
        talk(f"{error.ctx.get_usage()}\nqualkit: {error.format_message()}" if error.ctx else str(error))
        return 2
    except (click.Abort, KeyboardInterrupt):
        talk("qualkit: interrupted; what was finished is kept.")
        return 130
    except SystemExit:
        # The reader (`| head`) has gone: click leaves like this, and only then.
        _silence()
        return 0
    except BrokenPipeError:
        _silence()
        return 0
    except Exception as error:
        if os.environ.get("QUALKIT_DEBUG"):
            raise
        known = _known(error)
        if "--json" in args:
            with suppress(OSError):
                data_json({"error": known.message, "hint": known.hint})
        fault(known)
        return known.exit_code
    return result if isinstance(result, int) else 0


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _silence() -> None:
    """Point stdout and stderr at nothing, so that the flush at the exit stays quiet."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)


def _known(error: Exception) -> QualkitError:
    """Any exception as one with a remedy. Its own text is kept out: it may quote a transcript."""
    if isinstance(error, QualkitError):
        return error
    if isinstance(error, OSError):
        where = error.filename if isinstance(error.filename, str) else ""
        what = f"{where or 'What is printed here, or a file'}: {error.strerror or type(error).__name__}."
        return QualkitError(what, "Check disk space and permissions.")
    return QualkitError(
        f"A fault in Qualkit itself ({type(error).__name__}).",
        "Your files are as they were; run again with QUALKIT_DEBUG=1 to see where.",
    )
