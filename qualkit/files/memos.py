"""Memos on the project, on codes and on interviews: ``memos/ID.md``, text with a few lines in front.

Memos on passages and codings stand in the coder's journal, so that undo reaches them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.files.anchors import anchor_fields, anchor_from
from qualkit.files.atomic import write_text
from qualkit.files.names import fault_in_id, locate, names, require_inside
from qualkit.files.text import decode, nfc, read_bytes
from qualkit.model import Memo, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project

MEMO_FORMAT = 1
"""Version of ``memos/ID.md``. 1: first."""

_FORMAT = f"qualkit-memo/{MEMO_FORMAT}"
_KEYS = ("format", "about", "coder", "created", "title", "anchor")
_ABOUT = re.compile(r"project|(?:interview|code|coding):\S+")


def read_memos(project: Project) -> tuple[Memo, ...]:
    """The memos in ``memos/``, the oldest first. Raises :class:`BadFile`."""
    paths = [locate(project.memos, f"{name}.md") for name in names(project.memos, ".md")]
    memos = [read_memo(require_inside(project.root, path)) for path in paths]
    return tuple(sorted(memos, key=lambda memo: (memo.created, memo.id)))


def read_memo(path: Path) -> Memo:
    """One memo. A text without front matter is a memo on the project. Raises :class:`BadFile`."""
    return memo_of(path, read_bytes(path))


def memo_of(path: Path, data: bytes) -> Memo:
    """The memo that a file of that name with these bytes is. Raises :class:`BadFile`."""
    text = decode(path, data)
    memo_id = nfc(path.name.removesuffix(".md"))
    if not text.startswith("---\n"):
        return Memo(memo_id, "project", "", "", text.strip())
    front, closed, body = text[4:].partition("\n---\n")
    if not closed:
        raise BadFile(path, "the front matter does not end.", "Put a line of three hyphens after it.", 1)
    fields: dict[str, str] = {}
    for number, line in enumerate(front.split("\n"), 2):
        key, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or key.strip() not in _KEYS:
            raise BadFile(
                path, f"{key[:40]!r} is no key of a memo.", f"Known are {', '.join(_KEYS)}.", number
            )
        fields[key.strip()] = _unquoted(path, value.strip(), number)
    if fields.get("format", _FORMAT) != _FORMAT:
        raise BadFile(path, f"its format is not {_FORMAT}.", "Update Qualkit or correct the line.", 2)
    about = fields.get("about", "project")
    if not _ABOUT.fullmatch(about):
        raise BadFile(path, f"about is {about[:40]!r}.", "Write project, interview:ID, code:ID or coding:ID.")
    place = None
    if fields.get("anchor"):
        try:
            place = anchor_from(json.loads(fields["anchor"]))
        except (ValueError, TypeError) as error:
            raise BadFile(path, f"its anchor cannot be read: {error}.", "Delete the line anchor.") from None
    return Memo(
        id=memo_id,
        about=about,
        coder=fields.get("coder", ""),
        created=fields.get("created", ""),
        text=body.strip(),
        title=fields.get("title", ""),
        anchor=place,
    )


def write_memo(project: Project, memo: Memo) -> Path:
    """Write a memo, atomically, in the place of the one with its id. Raises :class:`UsageError`."""
    if fault := fault_in_id(memo.id):
        raise UsageError(f"The memo {memo.id!r} {fault}.")
    if not _ABOUT.fullmatch(memo.about):
        raise UsageError(
            f"A memo cannot be about {memo.about!r}.", "Name project, interview:ID, code:ID or coding:ID."
        )
    front = {"format": _FORMAT, "about": memo.about, "coder": memo.coder, "created": memo.created}
    if memo.title:
        front["title"] = memo.title
    lines = [f"{key}: {_quoted(value)}\n" for key, value in front.items()]
    if memo.anchor:
        lines.append(f"anchor: {json.dumps(anchor_fields(memo.anchor), ensure_ascii=False)}\n")
    path = require_inside(project.root, locate(project.memos, f"{memo.id}.md"))
    write_text(path, f"---\n{''.join(lines)}---\n\n{nfc(memo.text).strip()}\n")
    return path


def check_memo(path: Path) -> list[Problem]:
    """What is wrong in a memo."""
    try:
        read_memo(path)
    except BadFile as error:
        return [Problem(path, error.line, error.reason, error.hint)]
    return []


def _quoted(value: str) -> str:
    """A value as YAML and a person read it: in quotes only where it needs them."""
    plain = re.fullmatch(r"[\w/@+-][\w/@ .,:+-]*", value) and ": " not in value and value == value.strip()
    return value if plain and not value.endswith(":") else json.dumps(nfc(value), ensure_ascii=False)


def _unquoted(path: Path, value: str, line: int) -> str:
    if not value.startswith('"'):
        return value
    try:
        text = json.loads(value)
    except ValueError:
        raise BadFile(path, "a quote does not end.", "Correct the line.", line) from None
    return nfc(text) if isinstance(text, str) else value
