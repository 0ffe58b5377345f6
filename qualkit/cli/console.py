"""What a command says: data on stdout, talk and progress on stderr."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from qualkit.model import Problem, Step

Result = TypeVar("Result")

PROGRESS = ("auto", "json", "none")
QUIET_SECONDS = 2.0
"""A line of plain progress is worth printing after this long."""


def steady_streams() -> None:
    """Make stdout and stderr take any text, whatever the terminal can show, and be there at all.

    What its encoding lacks is printed as ``\\xe4``. A descriptor that the caller has closed is
    opened on nothing: the next file opened would take its number, and get what libraries print.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def terminal() -> bool:
    """Whether a terminal is there that shows more than lines: the desk reads stdin and draws on stderr."""
    streams = (sys.__stdin__, sys.__stderr__)
    return os.environ.get("TERM") != "dumb" and all(
        stream is not None and stream.isatty() for stream in streams
    )


def data(text: str) -> None:
    """Print what was asked for, on stdout, with control characters made harmless."""
    click.echo(visible(text))


def data_json(value: object) -> None:
    """Print one JSON document on stdout."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        text = json.dumps(value, indent=2, default=str)
    click.echo(text)


def talk(text: str) -> None:
    """Say something to the person, on stderr, if anybody can hear it."""
    with suppress(OSError):
        click.echo(visible(text), err=True)


def fault(text: object) -> None:
    """Tell a failure, on stderr, in one line whatever the names in it hold."""
    talk("qualkit: " + str(text).replace("\n", "\\n"))


def visible(text: str) -> str:
    """The text with control characters and bidirectional overrides shown as ``\\x1b`` or ``\\u202e``.

    A transcript or a file name may hold escape sequences that a terminal would obey.
    """
    return "".join(c if c in "\n\t" or not _unsafe(c) else c.encode("unicode_escape").decode() for c in text)


def _unsafe(char: str) -> bool:
    code = ord(char)
    return (
        code < 32
        or 0x7F <= code < 0xA0
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or code in (0x200E, 0x200F, 0x2028, 0x2029)
        or 0xD800 <= code <= 0xDFFF
    )


def table(rows: Sequence[Sequence[object]], header: Sequence[str]) -> None:
    """Print rows under a header on stdout, each column as wide as its widest cell."""
    cells = [[visible(str(c)) for c in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    for row in ([*header], ["─" * w for w in widths], *cells):
        click.echo("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())


def problems(found: Sequence[Problem], as_json: bool) -> int:
    """Show problems, one a line, and return the exit code they deserve."""
    if as_json:
        data_json([{**asdict(p), "path": str(p.path)} for p in found])
    else:
        for problem in found:
            data(str(problem))
    return 1 if found else 0


def clock(ms: int | None) -> str:
    """``m:ss`` or ``h:mm:ss`` of a time in a recording; ``–`` when it has none."""
    if ms is None:
        return "–"
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def short(text: str, width: int = 60) -> str:
    """A quote or a text as a row of a table shows it: on one line, cut at ``width``."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


def span(seconds: float) -> str:
    """A duration for a person: ``8 s``, ``4 min``, ``6 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def follow(steps: Generator[Step, None, Result], mode: str) -> Result:
    """Run a stage to its end, showing how far it is on stderr, and return its result.

    ``mode`` is one of :data:`PROGRESS`: bars on a terminal and a line now and then
    elsewhere, one JSON object a line, or nothing.
    """
    if mode == "none":
        show: Iterable[None] = _silent()
    elif mode == "json":
        show = _json_lines()
    elif sys.stderr.isatty():
        show = _bars()
    else:
        show = _plain_lines()
    assert isinstance(show, Generator)
    next(show)
    try:
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                result: Result = end.value
                return result
            show.send(step)
    finally:
        show.close()
        steps.close()


Display = Generator[None, "Step", None]


def _silent() -> Display:
    while True:
        yield


def _json_lines() -> Display:
    while True:
        step = yield
        click.echo(json.dumps(asdict(step), ensure_ascii=False), err=True)


class _Clock:
    """Time left of each item of each stage, from how long what is done has taken."""

    def __init__(self) -> None:
        self.began: dict[tuple[str, str], tuple[float, float]] = {}

    def left(self, step: Step) -> float | None:
        now = time.monotonic()
        start, already = self.began.setdefault((step.stage, step.item), (now, step.done))
        fresh = step.done - already
        if not step.total or fresh <= 0:
            return None
        return (now - start) / fresh * max(0.0, step.total - step.done)


def _plain_lines() -> Display:
    clock_, said, last = _Clock(), 0.0, ("", "")
    while True:
        step = yield
        now, key = time.monotonic(), (step.stage, step.item)
        left = clock_.left(step)
        if key == last and now - said < QUIET_SECONDS and step.done < step.total:
            continue
        said, last = now, key
        talk(_line(step, left))


def _line(step: Step, left: float | None) -> str:
    parts = [" ".join(p for p in (step.stage, step.item) if p)]
    if step.total:
        parts.append(f"{min(1.0, step.done / step.total):4.0%}")
    if left is not None and step.done < step.total and not step.note.endswith(" left"):
        parts.append(f"{span(left)} left")
    if step.note:
        parts.append(step.note)
    return "  ".join(parts)


def _bars() -> Display:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("{task.fields[note]}", markup=False),
    )
    tasks: dict[tuple[str, str], TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as progress:
        while True:
            step = yield
            key = (step.stage, step.item)
            if key not in tasks:
                title = Text(visible(" ".join(p for p in key if p))).plain
                tasks[key] = progress.add_task(title, total=step.total or None, note="")
            note = visible(step.note)
            progress.update(tasks[key], completed=step.done, total=step.total or None, note=note)


def as_rows(records: Iterable[Mapping[str, object]], keys: Sequence[str]) -> list[list[object]]:
    """The chosen keys of each record, in order, for :func:`table`."""
    return [[record.get(key, "") for key in keys] for record in records]
