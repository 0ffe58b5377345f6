"""Append-only JSON lines that survive a crash: reading what is whole, closing what is torn, chaining by hash.

The tear: a crash can leave the last line without its end, or with blocks of
zeros. Reading passes over it. The next append closes it with a line feed and a
line ``repaired`` whose ``prev`` is the hash of the torn line, so nothing is ever
cut off and a reader can tell a repaired tear from damage.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.files.atomic import make_folder, refusal, sync_folder
from qualkit.files.shape import check_format
from qualkit.model import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

Fields = dict[str, Any]
Numbered = tuple[int, Fields]

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_DAMAGED = "Take the line from a copy, or delete it if there is none."


def digest(line: bytes) -> str:
    """What the next line's ``prev`` must be: 16 digits of the SHA-256 of the line without its end."""
    return sha256(line.rstrip(b"\r\n")).hexdigest()[:16]


def dump(fields: Fields) -> bytes:
    """A line's bytes, without the line feed. Raises :class:`ValueError` for what JSON cannot hold."""
    try:
        return _encode(fields).encode("utf-8")
    except TypeError as error:
        raise ValueError(str(error)) from None


def chained(lines: Iterable[Mapping[str, Any]], last: bytes = b"") -> bytes:
    """Lines as a file holds them, each with its ``prev``; ``last``: the line that stands before them."""
    data = bytearray()
    for fields in lines:
        said = {key: value for key, value in fields.items() if key != "prev"}
        last = dump({**said, "prev": digest(last) if last else ""})
        data += last + b"\n"
    return bytes(data)


class Lines:
    """How far one file has been read, and appending to it."""

    def __init__(self, path: Path, name: str, version: int) -> None:
        self.path = path
        self.name = name
        self.version = version
        self._forget()

    def _forget(self) -> None:
        self._last = b""
        """The last whole line, without its line feed."""
        self._last_at = 0
        self._number = 0
        """Its line number; 0 before the first one."""
        self._tail = b""
        """What stands after it: a line feed, and perhaps a torn line."""
        self._headed = False

    def read(self) -> tuple[bool, list[Numbered]]:
        """The lines that are new since the last call; True in front when the file is another one than before.

        Another one: shorter, or with another text where the last line stood (a copy
        put in its place). Raises :class:`BadFile` for a line that is damaged.
        """
        data = self._data(self._last_at)
        rest = data[len(self._last) :]
        anew = not data.startswith(self._last) or bool(self._last and rest[:1] not in (b"", b"\n"))
        if anew:
            self._forget()
            rest = self._data(0)
        chunks = rest.split(b"\n")
        found = parse(self.path, chunks, self._number or 1)
        if found and not self._headed:
            self._check_header(found)
        if found:
            number = found[-1][0]
            before = sum(len(chunk) + 1 for chunk in chunks[: number - (self._number or 1)])
            self._last_at += len(self._last) + before
            self._last = chunks[number - (self._number or 1)]
            self._number = number
            rest = rest[before + len(self._last) :]
        self._tail = rest
        return anew, found

    def append(self, line: Fields, opening: Callable[[], Fields]) -> list[Fields]:
        """Write a line, with ``prev`` added, and sync it; all lines that were written.

        Hold the file's lock and :meth:`read` first. A new file begins with
        ``opening``, a torn line is closed first. Raises :class:`QualkitError` when the disk is full or not
        writable: the file is then as it was.
        """
        torn = self._tail.strip(b"\n").split(b"\n")[-1]
        before = self._tail or self._last
        start = b"" if not before or before.endswith(b"\n") else b"\n"
        lines = [line] if self._headed else [opening(), line]
        if torn:
            lines.insert(0, {"id": line["id"], "op": "repaired", "at": line["at"]})
        last, data, written = torn or self._last, start, []
        for fields in lines:
            written.append({**fields, "prev": digest(last) if last else ""})
            last = dump(written[-1])
            data += last + b"\n"
        size = self._commit(data)
        feeds = self._tail.count(b"\n") + data.count(b"\n") - 1
        self._number = (self._number or 1) + feeds
        self._last, self._last_at, self._tail = last, size - len(last) - 1, b"\n"
        self._headed = True
        return written

    def _data(self, start: int) -> bytes:
        """The file from ``start``; nothing when it is shorter or not there."""
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return b""
        except OSError as error:
            raise BadFile(self.path, f"{error.strerror or error}.", "Check its permissions.") from None

    def _check_header(self, found: list[Numbered]) -> None:
        for number, line in found:
            if line.get("op") == "repaired":
                continue
            if line.get("op") != "open":
                raise BadFile(
                    self.path, "its first line is no journal's.", "Take the file from a copy.", number
                )
            check_format(line.get("format"), self.path, self.name, self.version, number)
            self._headed = True
            return

    def broken(self) -> list[int]:
        """The numbers of the lines whose ``prev`` is not the hash of the line before, in the whole file."""
        numbers, before = [], b""
        for number, chunk in enumerate(self._data(0).split(b"\n"), 1):
            if not chunk.strip():
                continue
            value = _object(chunk)
            if value is not None and value.get("prev") != (digest(before) if before else ""):
                numbers.append(number)
            before = chunk
        return numbers

    def _commit(self, data: bytes) -> int:
        """Append and sync, all or nothing; the file's new size."""
        make_folder(self.path.parent)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            new = not self.path.exists()
            descriptor = os.open(self.path, flags, 0o666)
        except OSError as error:
            raise refusal(self.path, error) from error
        try:
            size = os.fstat(descriptor).st_size
            try:
                _write_all(descriptor, data)
                os.fsync(descriptor)
            except OSError as error:
                os.ftruncate(descriptor, size)
                if new:
                    self.path.unlink(missing_ok=True)
                raise refusal(self.path, error) from error
        finally:
            os.close(descriptor)
        if new:
            sync_folder(self.path.parent)
        return size + len(data)


def check_lines(path: Path, name: str, version: int) -> list[Problem]:
    """Damaged lines of a file, and lines that were changed after they were written."""
    lines = Lines(path, name, version)
    try:
        lines.read()
    except BadFile as error:
        return [Problem(path, error.line, error.reason, error.hint)]
    told = "this line or the one before it was changed after it was written."
    return [Problem(path, number, told, "Compare it with a copy.") for number in lines.broken()]


def parse(path: Path, chunks: list[bytes], first: int) -> list[Numbered]:
    """The objects of lines with their numbers, without a torn one. Raises :class:`BadFile` for damage.

    The last chunk is what stands after the last line feed.
    """
    numbers = [n for n, chunk in enumerate(chunks, first) if chunk.strip()]
    whole = [chunk for chunk in chunks if chunk.strip()]
    try:
        # One call for all lines takes a third of the time of one call each. No text holds a bare line feed.
        values = json.loads(b"[%s]" % b",\n".join(whole))
        if len(values) == len(whole) and all(type(value) is dict for value in values):
            return list(zip(numbers, values, strict=True))
    except (ValueError, RecursionError):
        pass
    return list(_one_by_one(path, numbers, whole, bool(chunks[-1].strip())))


def _one_by_one(path: Path, numbers: list[int], whole: list[bytes], cut: bool) -> Iterator[Numbered]:
    """Line by line where one of them is not whole: a torn one passes when it is closed or the last."""
    torn: tuple[int, bytes] | None = None
    for number, chunk in zip(numbers, whole, strict=True):
        value = _object(chunk)
        if torn is not None:
            if value is None or value.get("op") != "repaired" or value.get("prev") != digest(torn[1]):
                break
            torn = None
        if value is None:
            torn = (number, chunk)
        else:
            yield number, value
    # A crash leaves a last line without its end, or with zeros; anything else was edited.
    if torn is not None and not (torn[0] == numbers[-1] and (cut or b"\0" in torn[1])):
        raise BadFile(path, "this line is damaged.", _DAMAGED, torn[0])


def _object(chunk: bytes) -> Fields | None:
    try:
        value = json.loads(chunk)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
