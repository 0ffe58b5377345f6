"""Merging what has a history of its own: transcripts with their revisions, codebooks with their snapshots.

The copy whose newest state the other one knows as an earlier state is behind. Where both
have gone on from a common one, a person settles it; what was settled against stays in
``.revisions`` under its hash, so that the passages coded in it can be found and nobody is
asked again. A settled transcript is a new revision: numbers that both sides have given out
to different texts are not used for either.
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from qualkit.errors import BadFile
from qualkit.exchange.merging import OURS, THEIRS, Difference, Merging, Question, files_below
from qualkit.files.codebook import read_codebook
from qualkit.files.codebook_history import FORMAT, NAME, snapshot
from qualkit.files.journal import now
from qualkit.files.lines import chained, parse
from qualkit.files.names import new_id
from qualkit.files.settled import version_of
from qualkit.files.transcript import read_transcript, write_transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qualkit.files.project import Project
    from qualkit.model import Codebook, Transcript

SHOWN = 20
"""Differences that a question lists."""
_T = TypeVar("_T")
_REVISION = re.compile(r"(?P<id>.+)\.r(?P<number>\d+)(?P<fork>-[0-9a-f]{12})?\.json")

Line = dict[str, bytes]
"""File name in ``transcripts`` or ``.revisions`` → its bytes."""


def _parsed(read: Callable[[Path], _T], data: bytes, shown: Path) -> _T:
    """What bytes say as the file that ``shown`` is. Raises :class:`BadFile` that names it."""
    with TemporaryDirectory(prefix="qualkit-") as folder:
        path = Path(folder) / shown.name
        path.write_bytes(data)
        try:
            return read(path)
        except BadFile as error:
            raise BadFile(shown, error.reason, error.hint, error.line) from None


# ── Transcripts ──────────────────────────────────────────────────────────────


def merge_transcripts(merging: Merging) -> None:
    """Unite all transcripts. Raises :class:`BadFile` for one that cannot be read."""
    ours, theirs = _transcripts(merging.ours), _transcripts(merging.theirs)
    for interview in sorted(theirs):
        mine, other = ours.get(interview, {}), theirs[interview]
        if mine == other or f"transcripts/{interview}.json" in merging.left:
            continue
        result = _united(merging, interview, mine, other)
        for name, data in result.items():
            if mine.get(name) != data:
                kind = "transcripts" if name == "" else ""
                merging.put(_path(interview, name), data, kind)


def all_texts(project: Project) -> dict[str, set[bytes]]:
    """Interview → every revision there is of its transcript, as bytes."""
    return {interview: set(files.values()) for interview, files in _transcripts(project).items()}


def _transcripts(project: Project) -> dict[str, Line]:
    """Interview → its files: ``""`` is the newest revision, ``r2`` and ``r2-HASH`` those before it."""
    found: dict[str, Line] = {}
    for path in files_below(project, "transcripts", (".revisions",)):
        name = Path(path).name
        data = (project.root / path).read_bytes().replace(b"\r\n", b"\n")
        if "/.revisions/" not in path and name.endswith(".json"):
            found.setdefault(name.removesuffix(".json"), {})[""] = data
        elif parts := _REVISION.fullmatch(name):
            key = f"r{parts['number']}{parts['fork'] or ''}"
            found.setdefault(parts["id"], {})[key] = data
    return {interview: files for interview, files in found.items() if "" in files}


def _path(interview: str, name: str) -> str:
    return f"transcripts/.revisions/{interview}.{name}.json" if name else f"transcripts/{interview}.json"


def _united(merging: Merging, interview: str, ours: Line, theirs: Line) -> Line:
    if not ours:
        _parsed(read_transcript, theirs[""], merging.theirs.transcripts / f"{interview}.json")
        return theirs
    if merging.untouched(_path(interview, ""), theirs[""]):
        return ours
    head, other = ours[""], theirs[""]
    known, others = other in ours.values(), head in theirs.values()
    if head == other or (known and not others):
        return {**_archive(ours, theirs), "": head}
    if others and not known:
        _parsed(read_transcript, other, merging.theirs.transcripts / f"{interview}.json")
        return {**_archive(theirs, ours), "": other}
    return _settled(merging, interview, ours, theirs)


def _settled(merging: Merging, interview: str, ours: Line, theirs: Line) -> Line:
    """Both sides have gone on from a common revision, or have none."""
    head, other = ours[""], theirs[""]
    mine = _parsed(read_transcript, head, merging.ours.transcripts / f"{interview}.json")
    their = _parsed(read_transcript, other, merging.theirs.transcripts / f"{interview}.json")
    question = Question(
        f"transcript:{interview}",
        f"corrected on both sides (our revision {mine.revision}, their revision {their.revision})",
        tuple(_turns(mine, their)),
    )
    choice = merging.decide(question, version_of(head), version_of(other))
    if not choice:
        return ours
    number = max(mine.revision, their.revision) + 1
    kept, line, lost = (mine, ours, theirs) if choice == OURS else (their, theirs, ours)
    return {**_archive(_closed(line, kept), _forked(lost)), "": _written(replace(kept, revision=number))}


def _closed(line: Line, newest: Transcript) -> Line:
    """A line of revisions whose newest one is an earlier one now."""
    return {**line, f"r{newest.revision}": line[""]}


def _forked(line: Line) -> Line:
    number = re.search(rb'"revision": (\d+)', line[""])
    return {**line, f"r{int(number[1]) if number else 1}": line[""]}


def _archive(first: Line, second: Line) -> Line:
    """Earlier revisions of both: the first one's keep their names, others get their hash into it."""
    made = {name: data for name, data in first.items() if name}
    for name, data in second.items():
        if not name or data in made.values() or data == first[""]:
            continue
        fork = f"{name.partition('-')[0]}-{sha256(data).hexdigest()[:12]}"
        made[name if name not in made and "-" not in name else fork] = data
    return made


def _written(transcript: Transcript) -> bytes:
    with TemporaryDirectory(prefix="qualkit-") as folder:
        path = Path(folder) / "transcript.json"
        write_transcript(path, transcript)
        return path.read_bytes()


def _turns(ours: Transcript, theirs: Transcript) -> Iterator[Difference]:
    left = [f"{ours.speaker(t.speaker).label}: {t.text}" for t in ours.turns]
    right = [f"{theirs.speaker(t.speaker).label}: {t.text}" for t in theirs.turns]
    shown = 0
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        shown += 1
        if shown > SHOWN:
            yield Difference("…", "", "")
            return
        yield Difference(f"turn {a1 + 1}", "\n".join(left[a1:a2]), "\n".join(right[b1:b2]))
    if not shown:
        yield Difference("beside the words", "times, words or notices", "differ")


# ── Codebooks ────────────────────────────────────────────────────────────────


def merge_codebooks(merging: Merging) -> None:
    """Unite all codebooks and their snapshots. Raises :class:`BadFile` for one that cannot be read."""
    names = {p for p in files_below(merging.theirs, "codebooks") if p.endswith((".yaml", ".yml"))}
    chosen = merging.theirs.codebook_path
    if chosen.is_file() and chosen.is_relative_to(merging.theirs.root):
        names.add(chosen.relative_to(merging.theirs.root).as_posix())
    for path in sorted(names):
        ours, theirs = merging.ours_bytes(path), merging.theirs_bytes(path)
        if theirs is None:
            continue
        folder, stem = path.rpartition("/")[0], Path(path).stem
        revisions = f"{folder}/.revisions" if folder else ".revisions"
        mine, other = (_snapshots(p, revisions, stem) for p in (merging.ours, merging.theirs))
        for name in sorted(other - mine):
            merging.put(name, merging.theirs.root / name)
        choice = _codebook(merging, path, ours, theirs, (mine, other))
        _history(merging, f"{revisions}/{stem}", choice, (ours or b"", theirs))


def _codebook(
    merging: Merging, path: str, ours: bytes | None, theirs: bytes, snapshots: tuple[set[str], set[str]]
) -> str:
    """Which codebook holds; the file is changed where it is theirs. ``""``: not told, or the same."""
    if ours == theirs or merging.untouched(path, theirs):
        return ""
    if ours is None:
        merging.put(path, theirs, "codebooks")
        return THEIRS
    mine = _parsed(read_codebook, ours, merging.ours.root / path)
    other = _parsed(read_codebook, theirs, merging.theirs.root / path)
    if mine.hash == other.hash:
        return ""
    stem = Path(path).stem
    known = any(name.endswith(f"/{snapshot(stem, theirs)}.yaml") for name in snapshots[0])
    behind = any(name.endswith(f"/{snapshot(stem, ours)}.yaml") for name in snapshots[1])
    if merging.untouched(path, ours) or (behind and not known):
        choice = THEIRS
    elif known and not behind:
        return OURS
    else:
        question = Question(f"codebook:{stem}", "edited on both sides", tuple(_codes(mine, other)))
        choice = merging.decide(question, version_of(ours), version_of(theirs))
        if choice and question.item in merging.answered:
            _kept(merging, path, ours, theirs)
            if choice == THEIRS:
                merging.put(path, theirs, "codebooks")
            return f"settled {choice}"
    if choice == THEIRS:
        merging.put(path, theirs, "codebooks")
    return choice


def _kept(merging: Merging, path: str, *versions: bytes) -> None:
    """Both versions as snapshots, so that each copy knows the other's."""
    folder, stem = path.rpartition("/")[0], Path(path).stem
    for data in versions:
        name = f"{folder}/.revisions/{snapshot(stem, data)}.yaml"
        if not (merging.ours.root / name).exists():
            merging.put(name, data)


def _history(merging: Merging, path: str, choice: str, versions: tuple[bytes, bytes]) -> None:
    """The journals of the codebook's changes: the one of the codebook that holds, the other beside it."""
    live = f"{path}.jsonl"
    ours, theirs = merging.ours_bytes(live) or b"", merging.theirs_bytes(live) or b""
    for name in files_below(merging.theirs, Path(path).parent.as_posix(), (".revisions",)):
        if name.startswith(f"{path}.merged-") and merging.ours_bytes(name) is None:
            merging.put(name, merging.theirs.root / name)
    first, second = (theirs, ours) if choice.endswith(THEIRS) else (ours, theirs)
    result = second if second.startswith(first) and not choice else first
    for data in (first, second):
        if data and not result.startswith(data):
            aside = f"{path}.merged-{sha256(data).hexdigest()[:12]}.jsonl"
            if merging.ours_bytes(aside) is None:
                merging.put(aside, data)
    if choice.startswith("settled"):
        kept, dropped = versions if choice.endswith(OURS) else versions[::-1]
        result += _line(result, path, kept, dropped, merging.ours.coder)
    if result != ours:
        merging.put(live, result)


def _line(before: bytes, path: str, kept: bytes, dropped: bytes, coder: str) -> bytes:
    """The change that settling was, as the history writes one."""
    stem = Path(path).name
    parse(Path(path), before.split(b"\n"), 1)  # a damaged history is told, not built upon
    fields = {
        "at": now(), "op": "change", "id": new_id(), "what": "settled", "coder": coder, "recoded": [],
        "before": snapshot(stem, dropped), "after": snapshot(stem, kept),
    }  # fmt: skip
    if not (last := before.rstrip(b"\n").rpartition(b"\n")[2]):
        opening = {"id": new_id(), "op": "open", "at": now(), "format": f"{NAME}/{FORMAT}"}
        return chained([opening, fields])
    return (b"" if before.endswith(b"\n") else b"\n") + chained([fields], last)


def _snapshots(project: Project, folder: str, stem: str) -> set[str]:
    found = files_below(project, folder, (".revisions",))
    return {
        name for name in found if re.fullmatch(re.escape(f"{folder}/{stem}-") + "[0-9a-f]{16}.yaml", name)
    }


def _codes(ours: Codebook, theirs: Codebook) -> Iterator[Difference]:
    if (ours.name, ours.version, ours.languages) != (theirs.name, theirs.version, theirs.languages):
        yield Difference("head", f"version {ours.version}", f"version {theirs.version}")
    for code in sorted(ours.by_id.keys() | theirs.by_id.keys()):
        mine, other = ours.by_id.get(code), theirs.by_id.get(code)
        if mine is None or other is None:
            yield Difference(code, "there" if mine else "not there", "there" if other else "not there")
            continue
        for field in mine.__slots__:
            left, right = getattr(mine, field), getattr(other, field)
            if left != right:
                yield Difference(f"{code}.{field}", _shown(left), _shown(right))
    if [c.id for c in ours.codes] != [c.id for c in theirs.codes]:
        yield Difference("order", "of the codes", "differs")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_shown(part)}" for key, part in value.items())
    return ", ".join(value) if isinstance(value, tuple) else str(value)
