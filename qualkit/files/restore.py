"""An earlier state of the project: shown, or brought back by writing on, never by taking away.

The coder's own journals get a step ``restore``, which undo takes back; an earlier
transcript becomes the next revision; an earlier codebook becomes the newest change; an
earlier status is judged anew; a theme is accepted anew or released; memos and rows of
``interviews.csv`` are written anew, and what stands there now is kept first. Others'
journals, themes and memos are theirs and stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from qualkit.errors import UsageError
from qualkit.files.atomic import write_bytes
from qualkit.files.chronicle import revisions
from qualkit.files.codebook_history import History
from qualkit.files.emergent import accepted_themes, put_back
from qualkit.files.interviews import read_interviews, row_told, rows_of, write_interviews
from qualkit.files.journal import journals
from qualkit.files.memos import memo_of
from qualkit.files.names import locate, require_inside
from qualkit.files.seen import GONE, TABLE, Files, present
from qualkit.files.statuses import Status, set_status, status_lines
from qualkit.files.text import read_bytes
from qualkit.files.transcript import load_transcript, save_transcript, transcript_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from qualkit.files.project import Project
    from qualkit.model import Coding

Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Turned:
    """One thing that was otherwise at that time."""

    kind: str
    """``journal``, ``transcript``, ``codebook``, ``status``, ``theme``, ``interview`` (a row) or ``memo``."""
    name: str
    text: str
    own: bool = True
    """False: another coder's, which restoring leaves as it is."""


@dataclass(frozen=True, slots=True)
class State:
    """The project as it was at a time."""

    at: str
    codings: tuple[Coding, ...]
    """All that held then, of all coders."""
    turned: tuple[Turned, ...]
    written: bool


def moment(text: str) -> str:
    """A time of day in UTC as journals write it, from what a person typed; local time without a zone.

    Raises :class:`UsageError` for what is no time.
    """
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is no time.", "Write 2026-11-24T12:00 (local time) or 2026-11-24T12:00:00Z."
        ) from None
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def restore(project: Project, at: str, *, write: bool = False) -> State:
    """What was otherwise at ``at`` (UTC, as :func:`moment` gives it); with ``write`` it is brought back.

    Raises :class:`~qualkit.errors.BadFile` for a damaged journal; then nothing has been written.
    """
    turned: list[Turned] = []
    todo: list[Callable[[], object]] = []
    codings = tuple(_journals(project, at, turned, todo))
    _codebook(project, at, turned, todo)
    _transcripts(project, at, turned, todo)
    _statuses(project, at, turned, todo)
    _themes(project, at, turned, todo)
    files = Files(project)
    if write:
        files.note()
    _table(project, files, at, turned, todo)
    _memos(project, files, at, turned, todo)
    if write:
        for action in todo:
            action()
        files.note()
    return State(at, codings, tuple(turned), write)


def _journals(
    project: Project, at: str, turned: list[Turned], todo: list[Callable[[], object]]
) -> list[Coding]:
    found: list[Coding] = []
    for journal in journals(project):
        then, now = journal.state_at(at), journal.state
        found += then.codings.values()
        if then == now:
            continue
        gone = [c for c in now.codings if c not in then.codings]
        back = [c for c in then.codings if c not in now.codings]
        other = [c for c in then.codings if c in now.codings and then.codings[c] != now.codings[c]]
        counts = ((len(back), "come back"), (len(gone), "go"), (len(other), "change"))
        text = ", ".join(f"{n} codings {word}" for n, word in counts if n) or "memos, decisions or bookmarks"
        own = journal.coder == project.coder
        turned.append(Turned("journal", f"{journal.coder}/{journal.interview}", text, own))
        if own:
            todo.append(lambda j=journal: j.restore(at))  # type: ignore[misc]
    return found


def _codebook(project: Project, at: str, turned: list[Turned], todo: list[Callable[[], object]]) -> None:
    if not project.codebook_path.is_file():
        return
    books = History(project)
    changes = {str(e["id"]): e for e in books.events() if e.get("op") == "change"}
    name = ""
    for event in books.events():
        change = changes.get(str(event["id"] if event.get("op") == "change" else event.get("of", "")))
        if change is None:
            continue
        before, after = str(change["before"]), str(change["after"])
        if event["op"] == "undo":
            before, after = after, before
        if str(event["at"]) > at:
            name = name or before  # the first one after that time tells what stood then
            break
        name = after
    if name and name != books.current():
        turned.append(Turned("codebook", project.codebook_path.name, f"as of {at}"))
        todo.append(lambda: books.put(f"restored as of {at}", name))


def _transcripts(project: Project, at: str, turned: list[Turned], todo: list[Callable[[], object]]) -> None:
    for interview in transcript_ids(project):
        known = revisions(project, interview)
        if any(not when for _, when, _ in known[1:]):
            continue  # saved by an earlier Qualkit, which did not write down when
        numbers = [number for number, when, _ in known if when <= at]
        if not numbers or numbers[-1] == known[-1][0]:
            continue
        then, now = (load_transcript(project, interview, n) for n in (numbers[-1], known[-1][0]))
        if replace(then, revision=now.revision, provenance=now.provenance) == now:
            continue
        turned.append(Turned("transcript", interview, f"revision {then.revision} of {now.revision}"))
        made = replace(then, revision=now.revision + 1)
        todo.append(lambda t=made: save_transcript(project, t))  # type: ignore[misc]


def _statuses(project: Project, at: str, turned: list[Turned], todo: list[Callable[[], object]]) -> None:
    then: dict[tuple[str, Cell], tuple[str, str]] = {}
    now: dict[tuple[str, Cell], tuple[str, str]] = {}
    for coder, line in status_lines(project):
        key = (coder, (str(line.get("site", "")), str(line.get("code", ""))))
        now[key] = (str(line.get("status", "")), str(line.get("reason", "")))
        if str(line["at"]) <= at:
            then[key] = now[key]
    for key, stood in now.items():
        wanted = then.get(key, ("", f"restored as of {at}"))
        if wanted == stood or (not wanted[0] and not stood[0]):
            continue
        coder, (site, code) = key
        own = coder == project.coder
        turned.append(Turned("status", f"{site}/{code}", wanted[0] or "none", own))
        if own:
            status = Status(wanted[0]) if wanted[0] else None
            todo.append(
                lambda s=site, c=code, v=status, r=wanted[1]: set_status(project, s, c, v, r)  # type: ignore[misc]
            )


def _themes(project: Project, at: str, turned: list[Turned], todo: list[Callable[[], object]]) -> None:
    """Accepted themes: what stood then is written once more, and what did not is released."""
    then, now = accepted_themes(project, at), accepted_themes(project)
    for ident in dict.fromkeys((*now, *then)):
        was, stands = then.get(ident), now.get(ident)
        if was == stands:
            continue
        told = "goes" if was is None else "comes back" if stands is None else "as it was"
        whose = {theme.coder for theme in (was, stands) if theme is not None}
        own = whose == {project.coder}
        turned.append(Turned("theme", ident, told, own))
        if own:
            todo.append(partial(put_back, project, ident, was))


def _table(
    project: Project, files: Files, at: str, turned: list[Turned], todo: list[Callable[[], object]]
) -> None:
    mark = files.at(at).get(TABLE, GONE)
    if mark == GONE or mark == present(project).get(TABLE):
        return
    data = files.copy(TABLE, mark)
    then = {row.id: row for row in rows_of(project.interviews, data)}
    now = {row.id: row for row in read_interviews(project)}
    # What is there of an interview is not taken away, and without a row nobody would see it.
    named = {path.rpartition("/")[2].rpartition(".")[0] for path in present(project) if path != TABLE}
    stay = [row for name, row in now.items() if name not in then and (name in named or row.recording)]
    names = sorted({*then, *now} - {row.id for row in stay})
    told = {name: row_told(now.get(name), then.get(name)) for name in names}
    turned += [Turned("interview", name, text) for name, text in told.items() if text]
    if not any(told.values()):
        return

    def write() -> None:
        write_bytes(project.interviews, data)
        if stay:
            write_interviews(project, [*read_interviews(project), *stay])

    todo.append(write)


def _memos(
    project: Project, files: Files, at: str, turned: list[Turned], todo: list[Callable[[], object]]
) -> None:
    now = present(project)
    for path, mark in sorted(files.at(at).items()):
        stands = now.get(path, GONE)
        if not path.startswith("memos/") or mark == stands:
            continue
        name = path.removeprefix("memos/")
        target = require_inside(project.root, locate(project.memos, name))
        data = files.copy(path, mark) if mark != GONE else b""
        whose = memo_of(target, data if mark != GONE else read_bytes(target)).coder
        own = whose in ("", project.coder)
        told = "goes" if mark == GONE else "comes back" if stands == GONE else "as it was"
        turned.append(Turned("memo", name.removesuffix(".md"), told, own))
        if own:
            todo.append(
                target.unlink if mark == GONE else lambda p=target, d=data: write_bytes(p, d)  # type: ignore[misc]
            )
