"""The options that every verb has, and the decorator that gives them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qualkit.cli import console

if TYPE_CHECKING:
    from qualkit.files.project import Project


@dataclass(frozen=True, slots=True)
class Call:
    """How a verb was called: where the project is and how to answer."""

    where: Path
    json: bool
    progress: str

    def project(self) -> Project:
        """The project at ``--project`` or around it. Raises NoProject."""
        from qualkit.files.project import find_project

        return find_project(self.where)

    def working(self) -> Project:
        """The project, about to be changed: what it holds now is noted first, so that it can be restored."""
        from qualkit.files.seen import note_files

        project = self.project()
        note_files(project)
        return project

    def sighted(self) -> Project:
        """The project. Raises UsageError in the bundle of a blind second coding: it must stay blind."""
        from qualkit.agreement.plan import is_blind
        from qualkit.errors import UsageError

        project = self.working()
        if is_blind(project):
            raise UsageError(
                "This is the bundle of a blind second coding, which must stay blind.",
                "Code it in the desk, and send it back.",
            )
        return project

    def tell_damaged(self) -> int:
        """Say which transcripts a stage left out because they cannot be read; the exit code that deserves."""
        from qualkit.files.transcript import check_transcript, transcript_ids, transcript_path

        project = self.project()
        found = [p for i in transcript_ids(project) for p in check_transcript(transcript_path(project, i))]
        for problem in found:
            console.talk(f"qualkit: left out: {problem}")
        return 1 if found else 0


Verb = Callable[..., int | None]
"""Returns the exit code; None is 0."""


def verb(name: str, example: str) -> Callable[[Verb], click.Command]:
    """Make a function a command: its first argument is a :class:`Call`, the rest are its own options.

    ``example`` is shown at the end of the command's help.
    """

    def wrap(function: Verb) -> click.Command:
        @functools.wraps(function)
        def run(project: Path, as_json: bool, progress: str, **options: Any) -> int | None:
            return function(Call(project, as_json, progress), **options)

        run = click.option(
            "--progress",
            type=click.Choice(console.PROGRESS),
            default="auto",
            show_default=True,
            help="Progress on stderr: for people, as JSON lines, or none.",
        )(run)
        run = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(run)
        run = click.option(
            "--project",
            type=click.Path(path_type=Path),
            default=Path(),
            show_default="the folder you are in",
            help="Project folder, or any folder inside it.",
        )(run)
        return click.command(name, epilog=f"Example: {example}")(run)

    return wrap


def over(command: click.Command) -> click.Group:
    """A command that has verbs of its own below it, and does its own work when none of them is named."""

    @click.pass_context
    def run(context: click.Context, /, **options: Any) -> Any:
        if context.invoked_subcommand is None:
            assert command.callback is not None
            return command.callback(**options)
        return None

    return click.Group(
        command.name,
        callback=run,
        invoke_without_command=True,
        params=command.params,
        help=command.help,
        epilog=command.epilog,
    )
