"""Codebooks: a flat YAML list of codes, a tree by ``parent``, in every language at once."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile, QualkitError
from qualkit.files.atomic import write_text
from qualkit.files.codebook_check import Fault, faults
from qualkit.files.coded_units import check_units, units_beside
from qualkit.files.names import require_inside
from qualkit.files.text import decode, read_bytes
from qualkit.files.yamltree import parse_tree
from qualkit.model import Code, Codebook, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from qualkit.files.project import Project

CODEBOOK_FORMAT = 1
"""Version of ``codebooks/*.yaml``. 1: first."""

NAME = "qualkit-codebook"
_CACHE = "qualkit-codebook-cache/1"
_TEXTS = ("name", "definition")
_LISTS = ("include", "exclude", "examples", "terms", "exclude_terms")


def read_codebook(path: Path) -> Codebook:
    """The codebook in a file, its hash included.

    Raises :class:`BadFile` with the line for what makes it no codebook: syntax,
    wrong types, doubled ids, unknown parents, cycles. What only makes it a poor
    one is for :func:`check_codebook`.
    """
    found, codebook = _read(path, read_bytes(path))
    for fault in found:
        if fault.fatal:
            raise BadFile(path, fault.message, fault.hint, fault.line)
    assert codebook is not None
    return codebook


def check_codebook(path: Path) -> list[Problem]:
    """All that is wrong in a codebook, by line, missing languages, examples and doubled terms included.

    And in the coded units beside it.
    """
    try:
        found, codebook = _read(path, read_bytes(path))
    except BadFile as error:
        return [Problem(path, error.line, error.reason, error.hint)]
    problems = [
        Problem(path, fault.line, fault.message, fault.hint) for fault in sorted(found, key=lambda f: f.line)
    ]
    return problems + (check_units(units_beside(path), codebook) if codebook else [])


def load_codebook(project: Project) -> Codebook:
    """The project's active codebook, from a cache in ``.qualkit`` while its bytes are the same.

    Raises :class:`BadFile` when it is missing or cannot be read.
    """
    path = require_inside(project.root, project.codebook_path)
    if not path.is_file():
        raise BadFile(
            path, "there is no such codebook.", "Correct codebook in qualkit.toml or put the file there."
        )
    data = read_bytes(path)
    key = sha256(data).hexdigest()
    cache = project.work / "codebook.json"
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        kept = json.loads(cache.read_bytes())
        if kept["format"] == _CACHE and kept["key"] == key:
            codebook = from_plain(kept["codebook"])
            if codebook_hash(codebook) == kept["hash"]:
                return replace(codebook, hash=kept["hash"])
    codebook = read_codebook(path)
    content = {"format": _CACHE, "key": key, "hash": codebook.hash, "codebook": to_plain(codebook)}
    with suppress(QualkitError):  # a project that cannot be written to can still be read
        write_text(cache, json.dumps(content, ensure_ascii=False))
    return codebook


def codebook_hash(codebook: Codebook) -> str:
    """SHA-256 over what a codebook says, in hexadecimal: comments, layout and order of keys do not matter."""
    plain = json.dumps(to_plain(codebook), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(plain.encode("utf-8")).hexdigest()


def _read(path: Path, data: bytes) -> tuple[list[Fault], Codebook | None]:
    tree = parse_tree(path, decode(path, data))
    found = faults(path, tree, NAME, CODEBOOK_FORMAT)
    if any(fault.fatal for fault in found):
        return found, None
    codebook = from_plain(tree.value)
    return found, replace(codebook, hash=codebook_hash(codebook))


# ── Plain values ─────────────────────────────────────────────────────────────


def to_plain(codebook: Codebook) -> dict[str, Any]:
    """A codebook as the dictionaries, lists and text of its file; what is empty is left out."""
    return {
        "name": _filled(codebook.name),
        "version": codebook.version,
        "languages": list(codebook.languages),
        "codes": [_code_plain(code) for code in codebook.codes],
    }


def _code_plain(code: Code) -> dict[str, Any]:
    plain: dict[str, Any] = {"id": code.id}
    if code.parent:
        plain["parent"] = code.parent
    if not code.codable:
        plain["codable"] = False
    if code.retired:
        plain["retired"] = True
    if code.color:
        plain["color"] = code.color
    for key in _TEXTS:
        if texts := _filled(getattr(code, key)):
            plain[key] = texts
    for key in _LISTS:
        lists: Mapping[str, tuple[str, ...]] = getattr(code, key)
        if filled := {language: list(texts) for language, texts in lists.items() if texts}:
            plain[key] = filled
    return plain


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text}


def from_plain(value: Mapping[str, Any]) -> Codebook:
    """The codebook in plain values that hold no fatal fault."""
    return Codebook(
        name=_texts(value.get("name")),
        codes=tuple(_code(entry) for entry in value["codes"]),
        version=one_spaced(value.get("version") or "1"),
        languages=tuple(one_spaced(code) for code in value.get("languages") or ("fi", "sv", "en")),
    )


def _code(entry: Mapping[str, Any]) -> Code:
    lists = {key: _lists(entry.get(key)) for key in _LISTS}
    return Code(
        id=entry["id"].strip(),
        name=_texts(entry.get("name")),
        parent=(entry.get("parent") or "").strip(),
        definition=_texts(entry.get("definition"), lines=True),
        color=(entry.get("color") or "").strip(),
        codable=_flag(entry.get("codable"), default=True),
        retired=_flag(entry.get("retired"), default=False),
        **lists,
    )


def one_spaced(text: str) -> str:
    """The text with every run of white space made one space."""
    return " ".join(text.split())


def _texts(value: Mapping[str, str] | None, *, lines: bool = False) -> dict[str, str]:
    clean = {
        language: text.strip() if lines else one_spaced(text) for language, text in (value or {}).items()
    }
    return {language: text for language, text in clean.items() if text}


def _lists(value: Mapping[str, list[str]] | None) -> dict[str, tuple[str, ...]]:
    clean = {
        language: tuple(one_spaced(text) for text in texts if text.strip())
        for language, texts in (value or {}).items()
    }
    return {language: texts for language, texts in clean.items() if texts}


def _flag(value: object, *, default: bool) -> bool:
    if isinstance(value, bool):
        return value
    return (
        re.fullmatch("true", value, re.IGNORECASE) is not None
        if isinstance(value, str) and value
        else default
    )
