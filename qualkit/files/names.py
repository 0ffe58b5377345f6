"""Names that become file names: what an id may look like, how one is made, and staying inside the project."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path, PurePosixPath

from qualkit.errors import BadFile

_ID = re.compile(r"[^\W_][\w.@-]{0,79}", re.ASCII)
_LETTERS = re.compile(r"[^\W_][\w.@-]{0,79}")
# Windows opens these as devices in every folder, whatever the suffix.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_WITHOUT_MARK = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "Æ": "AE", "Ø": "O", "đ": "d", "ł": "l"})


def fault_in_id(name: str) -> str:
    """Why ``name`` cannot be an id that names files; empty when it can.

    An id starts with a letter or a digit and goes on with letters, digits and
    ``- _ . @``; it has at most 80 characters, does not end with a full stop and
    is no device name of Windows. Letters of any script will do.
    """
    if not name:
        return "is empty"
    if not (_ID.fullmatch(name) or _LETTERS.fullmatch(unicodedata.normalize("NFC", name))):
        return "may hold letters, digits, - _ . @ only, at most 80, and starts with a letter or digit"
    if name.endswith("."):
        return "may not end with a full stop"
    if _DEVICES.fullmatch(name):
        return "is a device name on Windows"
    return ""


def safe_id(text: str, fallback: str = "unnamed") -> str:
    """An id made of any text: ASCII, lower case, joined by hyphens (``Käyttö (2)`` → ``kaytto-2``)."""
    plain = unicodedata.normalize("NFKD", text.translate(_WITHOUT_MARK))
    plain = plain.encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9_.@]+", "-", plain)
    plain = re.sub(r"-*\.[-.]*", ".", plain).strip("-._@")[:80].rstrip("-._@")
    return plain if plain and not fault_in_id(plain) else fallback


def new_id() -> str:
    """A fresh id of 12 hexadecimal digits; 2⁴⁸ of them, so that merged journals do not collide."""
    return os.urandom(6).hex()


def fault_in_path(name: str) -> str:
    """Why ``name``, read in a file, cannot be a path inside the project; empty when it can."""
    if not name or "\0" in name:
        return "is no file name"
    if "\\" in name:
        return "is written with \\; write it with /"
    parts = PurePosixPath(name).parts
    if name.startswith(("/", "~")) or re.match(r"[A-Za-z]:", name):
        return "is a path from the root of a disk; it must stand inside the project"
    if ".." in parts:
        return "leads out of the project"
    return ""


def inside(folder: Path, path: Path) -> bool:
    """Whether ``path``, links followed, stands inside ``folder``."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links
        return False


def require_inside(folder: Path, path: Path) -> Path:
    """``path`` again. Raises :class:`BadFile` when a link leads out of ``folder``."""
    if not inside(folder, path):
        raise BadFile(path, "this link leads out of the project.", "Put the file itself in its place.")
    return path


def locate(folder: Path, name: str) -> Path:
    """The file of that name in ``folder``, whichever normal form its name has on the disk.

    macOS and some network drives hand back decomposed names, where ``ä`` is two
    code points; ids are NFC. The path of the NFC name when there is none.
    """
    path = folder / name
    if name.isascii() or path.exists():
        return path
    wanted = unicodedata.normalize("NFC", name)
    if folder.is_dir():
        for entry in os.listdir(folder):  # noqa: PTH208  names only, no stat of each
            if unicodedata.normalize("NFC", entry) == wanted:
                return folder / entry
    return folder / wanted


def names(folder: Path, suffix: str) -> tuple[str, ...]:
    """The ids of the files ``ID<suffix>`` in ``folder``, in order, without hidden files and unfit names."""
    if not folder.is_dir():
        return ()
    found = (unicodedata.normalize("NFC", entry.name) for entry in os.scandir(folder) if _is_file(entry))
    ids = (name.removesuffix(suffix) for name in found if name.endswith(suffix))
    return tuple(sorted(name for name in ids if not fault_in_id(name)))


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False
