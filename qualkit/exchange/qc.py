"""Projects of ``qualitative-coding`` (``qc``): a corpus of text files whose lines are coded.

Two generations: since 1.0 a SQLite database beside ``corpus/`` holds the coded
lines (tables ``coded_line``, ``location``, ``document_index``); before that a file
``codes/FILE.CODER.codes`` had the codes of line N on its line N, commas between.
``settings.yaml`` names the folders, ``codebook.yaml`` is the tree of codes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.exchange.incoming import Convention, InCode, InCoding, Incoming, InMemo, InSource, Loss
from qualkit.exchange.offsets import plain
from qualkit.exchange.sqlite import number, tables, text
from qualkit.files.names import require_inside
from qualkit.files.text import read_bytes, read_text
from qualkit.files.yamltree import read_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WIDTH = 80
"""Characters that ``qc`` folds its corpus at."""

Coded = tuple[str, int, str, str]
"""Corpus path, line counted from 0, coder, code."""


def read_qc(path: Path) -> Incoming:
    """What a ``qc`` project holds: its folder, or its settings.yaml. Raises :class:`BadFile`."""
    settings_path = path / "settings.yaml" if path.is_dir() else path
    settings = read_tree(settings_path).value
    if not isinstance(settings, dict) or "corpus_dir" not in settings:
        raise BadFile(
            settings_path, "these are no settings of qualitative-coding.", "Name the project's folder."
        )
    return _Reading(settings_path.parent, settings).result()


class _Reading:
    """One project at work."""

    def __init__(self, root: Path, settings: dict[str, Any]) -> None:
        self.root, self.settings = root, settings
        corpus = self._folder("corpus_dir")
        if corpus is None or not corpus.is_dir():
            raise BadFile(root / "settings.yaml", "its corpus_dir is no folder.", "Copy the corpus along.")
        self.corpus = corpus
        self.losses: list[Loss] = []
        self.stale = 0

    def _folder(self, key: str) -> Path | None:
        name = self.settings.get(key)
        return require_inside(self.root, self.root / name) if isinstance(name, str) and name else None

    def result(self) -> Incoming:
        """Everything read, in one value."""
        coded = sorted(set(self._coded()))
        codes = self._codes({code for *_, code in coded})
        names = {name for name, *_ in coded} | {
            str(path.relative_to(self.corpus).as_posix())
            for path in sorted(self.corpus.rglob("*"))
            if path.is_file() and path.suffix.lower() in (".txt", ".md", "")
        }
        sources: dict[str, InSource] = {}
        starts: dict[str, list[tuple[int, int]]] = {}
        for name in sorted(names):
            path = self.corpus / name
            if ".." in path.parts or not require_inside(self.corpus, path).is_file():
                continue
            raw = plain(read_text(path))
            starts[name] = _lines(raw)
            sources[name] = InSource(
                f"qc:{name}", name.removesuffix(path.suffix).replace("/", "-"), _unfold(raw)
            )
        codings = tuple(_codings(coded, starts, {code.name: code.key for code in codes}))
        taken = sum(name in starts and line < len(starts[name]) for name, line, *_ in coded)
        note = "Lines in a row with one code are one coding." if len(codings) < taken else ""
        if self.stale:
            note += f" {self.stale} files were changed since they were coded: check their codings."
        self.losses += [
            Loss("texts", len(names), len(sources)),
            Loss("coded lines", len(coded), taken, note=note.strip()),
        ]
        name = self.root.absolute().name
        return Incoming(
            self.root, "qualitative-coding", name, codes, tuple(sources.values()), codings,
            tuple(self._memos()), (), tuple(self.losses), Convention("line"),
        )  # fmt: skip

    # ── Codings ──────────────────────────────────────────────────────────────

    def _coded(self) -> Iterator[Coded]:
        database = self._folder("database")
        if database is not None and database.exists():
            yield from self._database(database)
        folder = self._folder("codes_dir")
        if folder is None:
            return
        for path in sorted(folder.rglob("*.codes")) if folder.is_dir() else ():
            name, _, coder = path.relative_to(folder).as_posix().removesuffix(".codes").rpartition(".")
            for at, line in enumerate(plain(read_text(require_inside(self.root, path))).split("\n")):
                yield from ((name, at, coder, code.strip()) for code in line.split(",") if code.strip())

    def _database(self, path: Path) -> Iterator[Coded]:
        with tables(path) as found:
            if not found.names >= {"coded_line", "document_index", "location"}:
                raise BadFile(path, "this is no database of qualitative-coding.", "Run qc upgrade first.")
            hashes = {
                text(r["file_path"]): text(r["file_hash"])
                for r in found.rows("document", "file_path", "file_hash")
            }
            documents = {  # ids are numbers in one table and text in another
                text(r["id"]): text(r["document_id"])
                for r in found.rows("document_index", "id", "document_id")
            }
            places = {
                text(r["id"]): text(r["document_index_id"])
                for r in found.rows("location", "id", "document_index_id")
            }
            linked = {
                text(r["coded_line_id"]): documents.get(places.get(text(r["location_id"]), ""), "")
                for r in found.rows("coded_line_location_association", "coded_line_id", "location_id")
            }
            rows = found.rows("coded_line", "id", "line", "coder_id", "code_id")
        for name, known in hashes.items():
            file = self.corpus / name
            if ".." not in file.parts and file.is_file():
                self.stale += bool(known) and sha1(read_bytes(file)).hexdigest() != known  # noqa: S324  qc's own
        for row in rows:
            at = number(row["line"])
            if at is not None and at >= 0 and (where := linked.get(text(row["id"]))):
                yield where, at, text(row["coder_id"]), text(row["code_id"])

    # ── Codes, memos ─────────────────────────────────────────────────────────

    def _codes(self, used: set[str]) -> tuple[InCode, ...]:
        path = self._folder("codebook")
        tree = read_tree(path).value if path is not None and path.is_file() else []
        made: dict[str, InCode] = {}
        for name, parent in _branches(tree, ""):
            made.setdefault(name, InCode(f"qc:{name}", name, f"qc:{parent}" if parent else ""))
        for name in sorted(used - made.keys()):
            made[name] = InCode(f"qc:{name}", name)
        self.losses.append(Loss("codes", len(made), len(made)))
        return tuple(made.values())

    def _memos(self) -> Iterator[InMemo]:
        folder = self._folder("memos_dir")
        for path in sorted(folder.glob("*.md")) if folder is not None and folder.is_dir() else ():
            if body := plain(read_text(require_inside(self.root, path))).strip():
                found = re.match(r"(\d{4}-\d\d-\d\d)[ _T](\d\d)[-:](\d\d)[-:](\d\d)", path.stem)
                when = f"{found[1]}T{found[2]}:{found[3]}:{found[4]}Z" if found else ""
                yield InMemo(f"qc:memo:{path.name}", body, "project", "", path.stem, "", when)


def _branches(tree: Any, parent: str) -> Iterator[tuple[str, str]]:
    """Each code of a codebook with the one above it: a list of names and of ``name: [children]``."""
    for branch in tree if isinstance(tree, list) else ():
        if isinstance(branch, dict):
            for name, children in branch.items():
                yield str(name), parent
                yield from _branches(children, str(name))
        elif branch:
            yield str(branch), parent


def _lines(raw: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    for line in raw.split("\n"):
        spans.append((at, at + len(line)))
        at += len(line) + 1
    return spans


def _unfold(raw: str) -> str:
    """The text with a space for each line break that folding at :data:`WIDTH` put in; as long as before."""
    out: list[str] = []
    lines = raw.split("\n")
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        word = after.split(" ", 1)[0]
        folded = bool(word) and not after[0].isspace() and len(line) <= WIDTH < len(line) + 1 + len(word)
        out += [line, " " if folded else "\n"]
    return "".join(out[:-1])


def _codings(
    coded: Iterable[Coded], starts: dict[str, list[tuple[int, int]]], codes: dict[str, str]
) -> Iterator[InCoding]:
    """Lines in a row with one code by one coder are one coding."""
    given: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for name, line, coder, code in coded:
        if name in starts and line < len(starts[name]):
            given[name, coder, code].append(line)
    for (name, coder, code), lines in given.items():
        runs: list[list[int]] = []
        for line in lines:
            if runs and line == runs[-1][-1] + 1:
                runs[-1].append(line)
            else:
                runs.append([line])
        for run in runs:
            start, end = starts[name][run[0]][0], starts[name][run[-1]][1]
            key = f"qc:{name}:{coder}:{code}:{run[0]}"
            yield InCoding(key, f"qc:{name}", start, end, codes[code], coder)
