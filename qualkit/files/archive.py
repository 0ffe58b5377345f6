"""Archives and XML from outside, opened with distrust: nothing is extracted by name, nothing is expanded."""

from __future__ import annotations

import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.parsers import expat

from qualkit.errors import BadFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

MAX_MEMBERS = 100_000
MAX_XML = 1 << 30
"""Bytes of one XML document, unpacked."""
MAX_TEXT = 1 << 28
"""Bytes of one text source, unpacked."""
MAX_MEDIA = (1 << 31) - 1
"""Bytes of one recording: the standard's own limit."""
MAX_RATIO = 200
"""Text shrinks tenfold, repetitive XML thirtyfold; a bomb a thousandfold."""
MAX_DEPTH = 100

_BLOCK = 1 << 20
_REFUSED = "Ask for a fresh export from the tool that made it."


class Archive:
    """A ZIP archive whose members are read by name without regard to case, under limits."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self.path = path
        self._file = file
        infos = file.infolist()
        if len(infos) > MAX_MEMBERS:
            raise BadFile(path, f"it holds {len(infos)} files.", _REFUSED)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            name = info.filename.replace("\\", "/")
            parts = PurePosixPath(name).parts
            if name.startswith("/") or ".." in parts or (parts and ":" in parts[0]) or "\0" in name:
                raise BadFile(path, "it holds a file whose name leads out of the archive.", _REFUSED)
            if info.flag_bits & 1:
                raise BadFile(path, "it is encrypted.", "Export it without a password.")
            if (info.external_attr >> 16) & 0o170000 == 0o120000:
                raise BadFile(path, "it holds a link.", _REFUSED)
            if info.is_dir():
                continue
            if info.file_size > _BLOCK and info.file_size > MAX_RATIO * max(1, info.compress_size):
                raise BadFile(path, f"{name[:80]} unpacks to {info.file_size} bytes: a bomb.", _REFUSED)
            if name.casefold() in self._members:
                raise BadFile(path, f"it holds {name[:80]} twice.", _REFUSED)
            self._members[name.casefold()] = info

    def names(self) -> tuple[str, ...]:
        """The members' names as written."""
        return tuple(info.filename.replace("\\", "/") for info in self._members.values())

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._members

    def read(self, name: str, limit: int = MAX_TEXT) -> bytes:
        """A member's bytes. Raises :class:`BadFile` when it is missing, damaged or larger than ``limit``."""
        return b"".join(self.blocks(name, limit))

    def blocks(self, name: str, limit: int) -> Iterator[bytes]:
        """A member's bytes in blocks, counted while they come: a header can lie about the size."""
        info = self._members.get(name.casefold())
        if info is None:
            raise BadFile(self.path, f"{name[:80]} is missing in it.", _REFUSED)
        if info.file_size > limit:
            raise BadFile(self.path, f"{name[:80]} is larger than {limit} bytes.", _REFUSED)
        total = 0
        try:
            with self._file.open(info) as member:
                while block := member.read(_BLOCK):
                    total += len(block)
                    if total > limit:
                        raise BadFile(self.path, f"{name[:80]} is larger than {limit} bytes.", _REFUSED)
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise BadFile(self.path, f"{name[:80]} in it is damaged.", _REFUSED) from None


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive at ``path``. Raises :class:`BadFile` when it is none or not to be trusted."""
    if not path.is_file():
        raise BadFile(path, "there is no such file.", "Check the name.")
    try:
        file: IO[bytes] = path.open("rb")
    except OSError as error:
        raise BadFile(path, f"{error.strerror or error}.", "Check its permissions.") from None
    with file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            raise BadFile(path, "this is no archive.", "It may be cut short: ask for it again.") from None
        with archive:
            yield Archive(path, archive)


def parse_xml(path: Path, data: bytes) -> ET.Element:
    """The root of an XML document without DTD. Raises :class:`BadFile` with the line."""
    refuse_dtd(path, data)
    try:
        return ET.fromstring(data)  # noqa: S314  no DTD, so no entities
    except (ET.ParseError, ValueError, LookupError) as error:
        line = getattr(error, "position", (0, 0))[0]
        raise BadFile(path, "this is not well-formed XML.", _REFUSED, line) from None


def refuse_dtd(path: Path, data: bytes) -> None:
    """Raise :class:`BadFile` for a document type, entities, or nesting that no codebook has."""
    parser = expat.ParserCreate()
    depth = 0

    def refuse(*_: object) -> int:
        raise BadFile(path, "it declares a document type or entities.", "That is refused: " + _REFUSED)

    def begin(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise BadFile(path, f"its elements are nested deeper than {MAX_DEPTH}.", _REFUSED)

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadFile(path, "this is not well-formed XML.", _REFUSED, error.lineno) from None
    except (ValueError, LookupError):
        raise BadFile(path, "its encoding is not known.", _REFUSED) from None
