"""Long work as a child process of the same program, so that the desk answers keys meanwhile."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qualkit.tui.language import _
from qualkit.tui.turn_lines import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMIT = 1 << 20
"""Longest line of progress that is read."""


@dataclass
class Job:
    """A stage at work; ``follow`` starts it and reads its progress until it ends."""

    root: Path
    verb: str
    process: asyncio.subprocess.Process | None = None
    running: bool = True
    stopped: bool = False
    talk: list[str] = field(default_factory=list)
    """The last lines that were not progress: why it failed."""

    async def follow(self, tell: Callable[[str], None]) -> None:
        """Run to the end; ``tell`` gets one line whenever there is news."""
        tell(_("{verb}: starting").format(verb=self.verb))
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "qualkit",
            self.verb,
            "--project",
            str(self.root),
            "--progress",
            "json",
            cwd=self.root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            limit=LIMIT,
        )
        assert self.process.stderr is not None
        pace = Pace()
        async for raw in self.process.stderr:
            line = raw.decode(errors="replace").strip()
            if text := pace.told(line, time.monotonic()):
                tell(text)
            elif line:
                self.talk = [*self.talk[-2:], line]
        code = await self.process.wait()
        self.running = False
        if self.stopped:
            tell(_("{verb}: stopped; what it finished is kept").format(verb=self.verb))
        elif code:
            tell(_("{verb}: failed. {why}").format(verb=self.verb, why=" ".join(self.talk)))
        else:
            tell(_("{verb}: done. {last}").format(verb=self.verb, last=self.talk[-1] if self.talk else ""))

    def stop(self) -> None:
        """Ask the process to end as Ctrl+C would."""
        if self.process is not None and self.process.returncode is None:
            self.stopped = True
            self.process.send_signal(signal.SIGINT)


def start(root: Path, verb: str) -> Job:
    """A job on a project; :meth:`Job.follow` sets it going."""
    return Job(root, verb)


@dataclass
class Pace:
    """What a line of progress says, with the time left worked out from how long what is done has taken."""

    began: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """Stage and item → when it was first heard of, and how far it was then."""

    def told(self, line: str, now: float) -> str:
        """A line of JSON progress as a person reads it; empty when it is no progress. ``now`` in seconds."""
        try:
            step = json.loads(line)
            total, done = float(step.get("total") or 0), float(step.get("done") or 0)
            parts = [str(step["stage"]), str(step["item"])]
            if total:
                parts.append(f"{min(1.0, done / total):.0%}")
                start, already = self.began.setdefault((step["stage"], step["item"]), (now, done))
                if already < done < total:
                    left = (now - start) / (done - already) * (total - done)
                    parts.append(_("{time} left").format(time=clock(int(1000 * left))))
            parts.append(f"({step['note']})" if step.get("note") else "")
            return " ".join(part for part in parts if part)
        except (ValueError, KeyError, TypeError, AttributeError):
            return ""
