"""Two copies of one project made one: ``qualkit merge``.

Each coder writes journals of their own, so most of it unites without a question. What
cannot is listed with both versions, and nothing is written until all of it is settled.
The result says the same whichever copy is merged into which, and merging again changes
nothing.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from qualkit.agreement.plan import BLIND, BLIND_FORMAT, plan_path
from qualkit.errors import BadFile, UsageError
from qualkit.exchange import merge_tables as tables
from qualkit.exchange import merge_texts as texts
from qualkit.exchange.foreign import FILES
from qualkit.exchange.merge_files import merge_deleted, merge_seen, side
from qualkit.exchange.merge_lines import FORKS, Copy, newer, tail, together
from qualkit.exchange.merging import BOTH, OURS, THEIRS, Difference, Merging, Question, files_below
from qualkit.files import emergent, settlements, statuses
from qualkit.files.journal import check_journal
from qualkit.files.lines import check_lines
from qualkit.files.names import fault_in_id
from qualkit.files.project import CONFIG, load_project
from qualkit.files.seen import check_seen
from qualkit.files.settled import FILE, read_settled, settled_bytes, united, version_of
from qualkit.files.staging import apply_changes, recover
from qualkit.files.text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qualkit.files.project import Project
    from qualkit.model import Problem

JOURNALS = ("codings", "statuses", "themes", "agreement")
"""Folders whose ``.jsonl`` files grow line by line."""


@dataclass(frozen=True)
class Merged:
    """What a merge did, or would do."""

    took: Mapping[str, int]
    """Kind → how many came in."""
    questions: tuple[Question, ...]
    """What cannot unite and is not settled; while there is any, nothing is written."""
    faults: tuple[Problem, ...]
    """Journals that are damaged or were changed after they were written, and cannot be united."""
    written: bool
    files: tuple[str, ...]
    """The files that changed, as paths from the project's folder."""
    unasked: tuple[str, ...] = ()
    """What ``settle`` names and no question is about (any more)."""


def merge(
    project: Project, other: Path, settle: Mapping[str, str] | None = None, *, write: bool = True
) -> Merged:
    """Bring another copy of the project in: a folder, or the ``.zip`` of one.

    ``settle`` says for an item of :attr:`Merged.questions` which version holds. All is
    written or nothing. Raises :class:`UsageError` for another project's copy,
    :class:`BadFile` for what cannot be read.
    """
    with opened_copy(other) as root:
        theirs = load_project(root)
        if theirs.root.resolve() == project.root.resolve():
            raise UsageError(f"{other}: this is the project itself.", "Name another copy of it.")
        if write:
            recover(project)
        plan = _plan(project, theirs)
        if not plan:
            _require_kin(project, theirs)
        merging = Merging(
            project,
            theirs,
            dict(settle or {}),
            {str(path): str(mark) for path, mark in plan.get("files", {}).items()},
            united(read_settled(project.root), read_settled(theirs.root)),
        )
        _everything(merging)
        ready = write and not merging.questions and not merging.faults
        if ready:
            apply_changes(project, merging.changes)
        return Merged(
            {kind: number for kind, number in merging.took.items() if number},
            tuple(merging.questions),
            tuple(merging.faults),
            ready,
            tuple(merging.changes),
            tuple(sorted(set(merging.choices) - merging.answered)),
        )


def _everything(merging: Merging) -> None:
    merging.faults += check_seen(merging.theirs)
    ours, theirs = side(merging.ours), side(merging.theirs)
    merge_deleted(merging, ours, theirs)
    tables.merge_settings(merging)
    tables.merge_interviews(merging, ours, theirs)
    texts.merge_transcripts(merging)
    texts.merge_codebooks(merging)
    for folder in JOURNALS:
        _journals(merging, folder)
    tables.merge_memos(merging, ours, theirs)
    tables.merge_pseudonyms(merging)
    tables.merge_origins(merging)
    tables.merge_kept(merging)
    tables.merge_dismissed(merging)
    for folder in ("recordings", "agreement", FILES):
        tables.merge_files(merging, folder)
    _suggestions(merging)
    data = settled_bytes(merging.settled)
    if merging.settled and data != merging.ours_bytes(FILE):
        merging.put(FILE, data)
    merge_seen(merging, ours, theirs)


def _suggestions(merging: Merging) -> None:
    """Suggestions can be made again; those that ours has none of are taken along."""
    for path in files_below(merging.theirs, "suggestions"):
        if not (merging.ours.root / path).exists():
            merging.put(path, merging.theirs.root / path)


# ── Journals ─────────────────────────────────────────────────────────────────


def _journals(merging: Merging, folder: str) -> None:
    for path in files_below(merging.theirs, folder, (FORKS,)):
        if not path.endswith(".jsonl") or path in merging.left:
            continue
        if f"/{FORKS}/" in path:
            if not (merging.ours.root / path).exists():
                merging.put(path, merging.theirs.root / path)
            continue
        theirs = _copy(merging.theirs, path)
        known = (merging.ours.root / path).exists() and _copy(merging.ours, path).data == theirs.data
        if not known and (faults := _check(folder, theirs.path)):
            merging.faults += faults
            continue
        if not (merging.ours.root / path).exists():
            merging.put(path, theirs.data, _kind(folder))
            continue
        ours = _copy(merging.ours, path)
        found = newer(ours, theirs)
        if found == THEIRS:
            merging.put(path, theirs.data, _kind(folder))
        elif not found and (faults := _check(folder, ours.path)):
            merging.faults += faults  # not written on, but changed by hand
        elif not found:
            _fork(merging, path, ours, theirs)


def _check(folder: str, path: Path) -> list[Problem]:
    if folder == "codings":
        return check_journal(path)
    name, version = {
        "statuses": (statuses.NAME, statuses.STATUSES_FORMAT),
        "themes": (emergent.NAME, emergent.EMERGENT_FORMAT),
        "agreement": (settlements.NAME, settlements.SETTLEMENTS_FORMAT),
    }[folder]
    return check_lines(path, name, version)


def _kind(folder: str) -> str:
    return {"codings": "journals", "agreement": "settlements"}.get(folder, folder)


def _copy(project: Project, path: str) -> Copy:
    place = project.root / path
    forks = place.parent / FORKS
    kept = sorted(forks.glob(f"{place.stem}-????????????.jsonl")) if forks.is_dir() else []
    return Copy(place, read_bytes(place), tuple(read_bytes(fork) for fork in kept))


def _fork(merging: Merging, path: str, ours: Copy, theirs: Copy) -> None:
    """A coder's journal that was written on in both copies: a person says which lines hold."""
    folder, _, name = path.removeprefix("agreement/").partition("/")
    mine, other = tail(ours, theirs)
    shown = tuple(Difference(word, _told(a), _told(b)) for word, a, b in (("since then", mine, other),))
    item = f"{'journal' if folder == 'codings' else folder}:{name.removesuffix('.jsonl')}"
    question = Question(item, "written on in both copies", shown, (OURS, THEIRS, BOTH))
    choice = merging.choices.get(item, "")
    if choice not in question.choices:
        merging.decide(question, version_of(ours.data), version_of(theirs.data))
        return
    merging.answered.add(item)
    kept = {OURS: ours.data, THEIRS: theirs.data}.get(choice) or together(ours, theirs)
    if choice != BOTH:
        lost = theirs.data if choice == OURS else ours.data
        place = Path(path)
        merging.put(
            f"{place.parent.as_posix()}/{FORKS}/{place.stem}-{sha256(lost).hexdigest()[:12]}.jsonl", lost
        )
    if kept != ours.data:
        merging.put(path, kept, _kind(folder))


def _told(lines: list[dict[str, Any]]) -> str:
    """What lines of a journal did, for a person: how many, from when to when, and the first of them."""
    if not lines:
        return "nothing"
    first = ", ".join(
        f"{line.get('op')} {line.get('code') or line.get('of') or ''}".strip() for line in lines[:5]
    )
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    return f"{lines[0].get('at', '')} to {lines[-1].get('at', '')}: {first}{more}"


# ── Whether it is the same project ───────────────────────────────────────────


def _plan(project: Project, theirs: Project) -> dict[str, Any]:
    """What a plan's bundle says of itself; empty for a plain copy. Raises :class:`BadFile`."""
    path = theirs.root / BLIND
    if not path.exists():
        return {}
    try:
        content = json.loads(read_bytes(path))
        known = plan_path(project, str(content["plan"]))
        if (
            content["format"] == f"qualkit-blind/{BLIND_FORMAT}"
            and isinstance(content["files"], dict)
            and not fault_in_id(str(content["plan"]))
            and known.is_file()
            and version_of(read_bytes(known)) == content["mark"]
        ):
            return dict(content)
    except (ValueError, KeyError, TypeError, OSError):
        raise BadFile(path, "this is no bundle of a plan.", "Ask the second coder for it again.") from None
    raise BadFile(
        path, "this bundle belongs to another project.", "Merge it where `qualkit agree plan` was run."
    )


def _require_kin(ours: Project, theirs: Project) -> None:
    """Raises :class:`UsageError` when nothing shows that both are copies of one project."""
    mine, other = (texts.all_texts(project) for project in (ours, theirs))
    both = mine.keys() & other.keys()
    if any(mine[name] & other[name] for name in both):
        return
    if _openings(ours) & _openings(theirs):
        return
    books = {p.codebook_path.read_bytes() for p in (ours, theirs) if p.codebook_path.is_file()}
    if not both and ours.name == theirs.name and len(books) == 1:
        return
    raise UsageError(
        f"{theirs.root}: this is a copy of another project ({theirs.name}).",
        "Copies share at least one transcript or journal.",
    )


def _openings(project: Project) -> set[bytes]:
    found = set()
    for path in files_below(project, "codings"):
        if path.endswith(".jsonl"):
            with (project.root / path).open("rb") as file:
                found.add(file.readline().strip())
    return found - {b""}


@contextmanager
def opened_copy(path: Path) -> Iterator[Path]:
    """The folder of a copy; an archive is unpacked for the time being. Raises :class:`BadFile`."""
    if path.is_dir():
        yield path
        return
    from qualkit.files.archive import MAX_MEDIA, opened

    with TemporaryDirectory(prefix="qualkit-") as folder, opened(path) as archive:
        names = archive.names()
        roots = [n.removesuffix(CONFIG) for n in names if n.rpartition("/")[2] == CONFIG and n.count("/") < 2]
        if len(roots) != 1:
            raise BadFile(path, f"it holds {len(roots) or 'no'} {CONFIG}.", "Name a copy of the project.")
        for name in names:
            if name.startswith(roots[0]):
                target = Path(folder) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as out:
                    for block in archive.blocks(name, MAX_MEDIA):
                        out.write(block)
        yield Path(folder) / roots[0]
