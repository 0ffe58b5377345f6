"""The states of hundreds of interviews, read by a child process so that keys are answered meanwhile.

`python -m qualkit.tui.states FOLDER` prints a line of JSON for each interview as it is read.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.errors import QualkitError
from qualkit.files.state import InterviewState, interview_states

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qualkit.model import Interview

TOGETHER = 10
"""Interviews read in one go: the list of recordings is read once for them."""
FIELDS = (
    "recorded",
    "transcribed",
    "turns",
    "segments",
    "suggestions",
    "decided",
    "codings",
    "coders",
    "stale",
)


async def follow(
    root: Path, interviews: Mapping[str, Interview], tell: Callable[[Sequence[InterviewState]], None]
) -> None:
    """Start the child and hand over states as they come; ends with it, and ends it when cancelled."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "qualkit.tui.states",
        str(root),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        while line := await process.stdout.readline():
            found = [
                InterviewState(interviews[name], **{**facts, "coders": tuple(facts["coders"])})
                for name, facts in json.loads(line)
                if name in interviews
            ]
            tell(found)
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()


def facts(state: InterviewState) -> dict[str, Any]:
    """A state as JSON holds it."""
    return {name: getattr(state, name) for name in FIELDS}


def main(arguments: Sequence[str]) -> int:
    """The child."""
    from qualkit.files.interviews import read_interviews
    from qualkit.files.project import load_project

    project = load_project(Path(arguments[0]))
    ids = [interview.id for interview in read_interviews(project)]
    for at in range(0, len(ids), TOGETHER):
        found = []
        part = ids[at : at + TOGETHER]
        try:
            found += [(s.interview.id, facts(s)) for s in interview_states(project, part)]
        except QualkitError:  # one of them is damaged: the others are told all the same
            for name in part:
                with suppress(QualkitError):
                    found += [(s.interview.id, facts(s)) for s in interview_states(project, [name])]
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
