"""Every exception that Qualkit raises on purpose.

::

    QualkitError                exit 1   something in the material stops this call
    ├── BadFile                 exit 1   a file of the user's cannot be read as what it claims to be
    ├── Conflict                exit 1   another process or another revision got there first
    ├── UsageError              exit 2   the call makes no sense as given
    │   └── NoProject           exit 2   no qualkit.toml here or above
    └── Missing                 exit 3   something that can be installed or fetched
        └── MissingModel        exit 3   model weights that `qualkit models` brings

Faults in the user's files that can be listed together are
:class:`qualkit.model.Problem` values, not exceptions: exceptions are for calls
that cannot go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class QualkitError(Exception):
    """A call that cannot go on: one sentence that says why, and what to do next.

    ``message`` names the thing at fault; ``hint`` is the remedy, an imperative
    sentence. Neither ever holds transcript text.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class BadFile(QualkitError):
    """A file that cannot be read as what it claims to be. ``line`` counts from 1; 0 is unknown."""

    def __init__(self, path: Path, message: str, hint: str = "", line: int = 0) -> None:
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {message}", hint)
        self.path = path
        self.line = line
        self.reason = message
        """The fault without the place: what a :class:`~qualkit.model.Problem` says beside its path."""


class Conflict(QualkitError):
    """Another process holds the file, or wrote to it since it was read."""


class UsageError(QualkitError):
    """The call makes no sense as given: an unknown code, an unknown interview, a wrong option."""

    exit_code = 2


class NoProject(UsageError):
    """No ``qualkit.toml`` in this folder or any folder above it."""


class Missing(QualkitError):
    """Something that is not here and can be installed or fetched; the hint is the command."""

    exit_code = 3


class MissingModel(Missing):
    """Model weights that are not in the user's cache; the hint is the ``qualkit models`` command."""
