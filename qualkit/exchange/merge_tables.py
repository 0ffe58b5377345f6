"""Merging what has no history of its own: interviews, settings, memos, pseudonyms, and whole files."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from qualkit.agreement.plan import BLIND
from qualkit.exchange.foreign import KEPT, kept_bytes, read_kept
from qualkit.exchange.guids import ORIGINS, origins_bytes, read_origins
from qualkit.exchange.merge_files import Row, Side, ahead
from qualkit.exchange.merging import BOTH, OURS, THEIRS, Difference, Merging, Question, files_below
from qualkit.files.dismissed import dismissed, dismissed_bytes, dismissed_path
from qualkit.files.interviews import cells_of, read_interviews, write_interviews
from qualkit.files.memos import memo_of
from qualkit.files.project import CONFIG, toml_string
from qualkit.files.pseudonyms import pseudonyms_path, read_pseudonyms, write_pseudonyms
from qualkit.files.seen import GONE
from qualkit.files.settled import version_of
from qualkit.files.staging import digest_of
from qualkit.files.text import read_text
from qualkit.model import Interview

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qualkit.files.project import Project

SHORT = 400
"""Code points of a text that a difference shows."""


# ── interviews.csv ───────────────────────────────────────────────────────────


def merge_interviews(merging: Merging, mine: Side, other: Side) -> None:
    """Unite the rows: what one copy changed or took out, and what fills empty cells; the rest is settled."""
    data = merging.theirs_bytes("interviews.csv")
    if data is None or merging.untouched("interviews.csv", data):
        return
    former = {row.id: row for row in read_interviews(merging.ours)}
    theirs = {row.id: row for row in read_interviews(merging.theirs)}
    rows = {}
    whose = ahead(mine, other, "interviews.csv")
    for name in {**former, **theirs}:
        both = name in former and name in theirs
        holds = whose if both else merging.verdicts.get(name, whose)
        if holds:
            if row := (former if holds == OURS else theirs).get(name):
                rows[name] = row
        elif both:
            rows[name] = _row(merging, former[name], theirs[name], (mine, other))
        elif row := _lone(merging, former.get(name), theirs.get(name), (mine, other)):
            rows[name] = row
    if rows == former:
        return
    merging.took["interviews"] += sum(former.get(key) != row for key, row in rows.items())
    merging.took["interviews taken out"] += len(former.keys() - rows.keys())
    made = rewritten(merging.ours, "interviews.csv", lambda p: write_interviews(p, rows.values()))
    merging.put("interviews.csv", made)


def _lone(
    merging: Merging, ours: Interview | None, theirs: Interview | None, sides: tuple[Side, Side]
) -> Interview | None:
    """A row that one copy has: new there, or taken out in the other one, which holds or is asked."""
    row = ours or theirs
    if row is None:
        return None
    holding, lacking = (one.rows.get(row.id, Row()) for one in (sides if ours else sides[::-1]))
    if not lacking.cells:
        return row
    if cells_of(row) in lacking.cells and not holding.gone:
        return None
    words = ("there", "taken out") if ours else ("taken out", "there")
    cells = {key: value for key, value in cells_of(row).items() if value and key != "id"}
    shown = Difference(", ".join(f"{key}: {value}" for key, value in cells.items())[:SHORT], *words)
    question = Question(f"interview:{row.id}", "taken out in one copy, changed in the other", (shown,))
    versions = [_hash(cells_of(one)) if one else GONE for one in (ours, theirs)]
    return theirs if merging.decide(question, *versions) == THEIRS else ours


def _row(merging: Merging, ours: Interview, theirs: Interview, sides: tuple[Side, Side]) -> Interview:
    mine, other = cells_of(ours), cells_of(theirs)
    seen = [one.rows.get(ours.id, Row()) for one in sides]
    made, apart = dict(mine), []
    for name in {**mine, **other}:
        here, there = mine.get(name, ""), other.get(name, "")
        known, behind = seen[0].had(name, there), seen[1].had(name, here)
        if here == there:
            continue
        if known != behind:
            made[name] = here if known else there
        elif not (here and there):
            made[name] = here or there
        else:
            apart.append(name)
    if apart:
        question = Question(
            f"interview:{ours.id}",
            f"interviews.csv says otherwise in {', '.join(apart)}",
            tuple(Difference(n, mine[n], other[n]) for n in apart),
        )
        choice = merging.decide(question, *(_hash({n: c[n] for n in apart}) for c in (mine, other)))
        if choice == THEIRS:
            made |= {n: other[n] for n in apart}
    fields: dict[str, Any] = {n: made.pop(n) for n in list(made) if n in Interview.__dataclass_fields__}
    fields["speakers"] = int(fields["speakers"])
    return Interview(**fields, attributes=made)


# ── qualkit.toml ─────────────────────────────────────────────────────────────


def merge_settings(merging: Merging) -> None:
    """Unite the sites; settings that differ are settled, the file as a whole."""
    theirs, ours = merging.theirs_bytes(CONFIG), merging.ours_bytes(CONFIG)
    if theirs is None or ours is None or theirs == ours or merging.untouched(CONFIG, theirs):
        return
    mine, other = (_toml(project) for project in (merging.ours, merging.theirs))
    if mine == other:
        return
    our_sites, their_sites = mine.pop("sites", {}), other.pop("sites", {})
    same = all(our_sites.get(key, name) == name for key, name in their_sites.items())
    new = {key: name for key, name in their_sites.items() if key not in our_sites}
    text = read_text(merging.ours.config)
    if mine != other or not same:
        question = Question(
            "settings", f"{CONFIG} says otherwise", tuple(_settings(mine | our_sites, other | their_sites))
        )
        hashes = (_hash(mine | {"sites": our_sites}), _hash(other | {"sites": their_sites}))
        choice = merging.decide(question, *hashes)
        if not choice:
            return
        if choice == THEIRS:
            text = read_text(merging.theirs.config)
            new = {key: name for key, name in our_sites.items() if key not in their_sites}
            merging.took["settings"] += 1
    merging.took["sites"] += len(new) if text == read_text(merging.ours.config) else 0
    made = with_sites(text, new).encode("utf-8")
    if made != ours:
        merging.put(CONFIG, made)


def with_sites(text: str, sites: Mapping[str, str]) -> str:
    """The text of a ``qualkit.toml`` with more sites in its table."""
    if not sites:
        return text
    lines = "".join(f"{toml_string(key)} = {toml_string(name)}\n" for key, name in sites.items())
    header = re.search(r"^[ \t]*\[[ \t]*sites[ \t]*\][^\n]*\n?", text, re.MULTILINE)
    if header is None:
        return f"{text.rstrip()}\n\n[sites]\n{lines}"
    head = text[: header.end()]
    return (head if head.endswith("\n") else f"{head}\n") + lines + text[header.end() :]


def _toml(project: Project) -> dict[str, Any]:
    return tomllib.loads(read_text(project.config))


def _settings(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Difference]:
    names = [key for key in {**ours, **theirs} if ours.get(key) != theirs.get(key)]
    return [Difference(key, str(ours.get(key, "–")), str(theirs.get(key, "–"))) for key in names]


# ── pseudonyms.csv, guids.json, dismissed groups ─────────────────────────────


def merge_pseudonyms(merging: Merging) -> None:
    """Unite the rows; a name with two pseudonyms is settled."""
    path = pseudonyms_path(merging.ours).name
    data = merging.theirs_bytes(path)
    if data is None or data == merging.ours_bytes(path) or merging.untouched(path, data):
        return
    rows = {row.name: row for row in read_pseudonyms(merging.ours)}
    former = dict(rows)
    for row in read_pseudonyms(merging.theirs):
        mine = rows.setdefault(row.name, row)
        if mine == row:
            continue
        difference = Difference(row.name, f"{mine.pseudonym} ({mine.kind})", f"{row.pseudonym} ({row.kind})")
        question = Question(f"pseudonym:{row.name}", "two pseudonyms for one name", (difference,))
        if merging.decide(question, _hash(asdict(mine)), _hash(asdict(row))) == THEIRS:
            rows[row.name] = row
    if rows != former:
        merging.took["pseudonyms"] += sum(former.get(key) != row for key, row in rows.items())
        merging.put(path, rewritten(merging.ours, path, lambda p: write_pseudonyms(p, rows.values())))


def merge_origins(merging: Merging) -> None:
    """Unite the GUIDs that came from other tools; where both have one for a thing, the smaller one."""
    mine, other = read_origins(merging.ours), read_origins(merging.theirs)
    both = {key: min(mine.get(key, guid), guid) for key, guid in other.items()}
    if (made := {**mine, **both}) != dict(mine):
        merging.put(ORIGINS, origins_bytes(made))


def merge_kept(merging: Merging) -> None:
    """Unite what is kept for writing back to other tools."""
    mine, other = read_kept(merging.ours), read_kept(merging.theirs)
    data = kept_bytes([*mine, *other])
    if other and data != kept_bytes(mine):
        merging.put(KEPT, data)


def merge_dismissed(merging: Merging) -> None:
    """Unite the groups of passages that somebody has dismissed."""
    mine, other = dismissed(merging.ours), dismissed(merging.theirs)
    if other - mine:
        merging.took["dismissed groups"] += len(other - mine)
        path = dismissed_path(merging.ours).relative_to(merging.ours.root).as_posix()
        merging.put(path, dismissed_bytes(mine | other))


# ── Files as wholes ──────────────────────────────────────────────────────────


def merge_memos(merging: Merging, mine: Side, other: Side) -> None:
    """Unite the memos: new, changed, deleted; one that says two things is settled, or both are kept."""
    both = (merging.ours, merging.theirs)
    for path in sorted({path for project in both for path in files_below(project, "memos")}):
        theirs, ours = merging.theirs_bytes(path), merging.ours_bytes(path)
        if theirs == ours or (theirs is not None and merging.untouched(path, theirs)):
            continue
        holds = ahead(mine, other, path)
        if holds == OURS or (theirs is None and not other.newest(path)):
            continue
        if holds == THEIRS or (ours is None and not mine.newest(path)):
            merging.put(path, theirs, "memos deleted" if theirs is None else "memos")
        elif ours is None or theirs is None:
            _deleted_memo(merging, path, ours, theirs)
        else:
            _two_memos(merging, path, ours, theirs)


def _deleted_memo(merging: Merging, path: str, ours: bytes | None, theirs: bytes | None) -> None:
    name = Path(path).stem
    texts = [memo_of(Path(path), data).text[:SHORT] if data else "deleted" for data in (ours, theirs)]
    question = Question(
        f"memo:{name}", "deleted in one copy, changed in the other", (Difference(name, *texts),)
    )
    versions = [version_of(data) if data else GONE for data in (ours, theirs)]
    if merging.decide(question, *versions) == THEIRS:
        merging.put(path, theirs, "memos deleted" if theirs is None else "memos")


def _two_memos(merging: Merging, path: str, ours: bytes, theirs: bytes) -> None:
    name = Path(path).stem
    texts = ("", "")
    if path.endswith(".md"):
        memos = [memo_of(Path(path), data) for data in (ours, theirs)]
        if memos[0] == memos[1]:
            return
        texts = (memos[0].text, memos[1].text)
    difference = Difference(name, texts[0][:SHORT], texts[1][:SHORT])
    question = Question(f"memo:{name}", "two memos of one name", (difference,), (OURS, THEIRS, BOTH))
    choice = merging.decide(question, version_of(ours), version_of(theirs))
    if choice == THEIRS:
        merging.put(path, theirs, "memos")
    elif choice == BOTH:  # the same names whichever side is ours
        stays, goes = sorted((ours, theirs), key=version_of)
        merging.settle(f"memo:{name}", version_of(stays), version_of(goes))
        merging.put(path.replace(".md", f"-{version_of(goes)[:6]}.md"), goes, "memos")
        if stays != ours:
            merging.put(path, stays)


def merge_files(merging: Merging, folder: str) -> None:
    """Take in the files of a folder that are not here; one that differs is settled as a whole."""
    for path in files_below(merging.theirs, folder):
        if path == BLIND or path.endswith(".jsonl") or path in merging.left:
            continue
        theirs, ours = digest_of(merging.theirs.root / path), digest_of(merging.ours.root / path)
        if theirs == ours or merging.untouched(path, merging.theirs.root / path):
            continue
        if not ours:
            merging.put(path, merging.theirs.root / path, Path(folder).name)
            continue
        sizes = [f"{(p.root / path).stat().st_size} bytes" for p in (merging.ours, merging.theirs)]
        question = Question(f"file:{path}", "two files of one name", (Difference(path, *sizes),))
        if merging.decide(question, ours[:16], theirs[:16]) == THEIRS:
            merging.put(path, merging.theirs.root / path, Path(folder).name)


def rewritten(project: Project, path: str, write: Callable[[Project], None]) -> bytes:
    """A table of the project as it would be, in the manner of the file that is there."""
    with TemporaryDirectory(prefix="qualkit-") as folder:
        place = Path(folder) / path
        if (project.root / path).exists():
            place.write_bytes((project.root / path).read_bytes())
        write(replace(project, root=Path(folder)))
        return place.read_bytes()


def _hash(value: object) -> str:
    return version_of(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str))
