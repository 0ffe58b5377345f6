"""Adding to a codebook's file without touching a line of what people wrote there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from qualkit.errors import BadFile, UsageError
from qualkit.files.atomic import write_text
from qualkit.files.codebook import codebook_hash, load_codebook, read_codebook
from qualkit.files.locks import holding
from qualkit.files.names import require_inside, safe_id
from qualkit.files.text import one_line, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.files.project import Project
    from qualkit.model import Code, Codebook

_TOP_KEY = re.compile(r"^[A-Za-z_][\w-]*\s*:", re.MULTILINE)
_ITEM = re.compile(r"^( *)- +id\s*:", re.MULTILINE)


def free_id(codebook: Codebook, name: str) -> str:
    """An id made of a name that no code has yet: ``pipe-bridge``, then ``pipe-bridge-2``."""
    stem = re.sub(r"[^a-z0-9]+", "-", safe_id(one_line(name), "code").lower()).strip("-") or "code"
    return next(
        i
        for n in range(1, len(codebook.codes) + 2)
        if (i := stem if n == 1 else f"{stem}-{n}") not in codebook.by_id
    )


def add_code(project: Project, code: Code) -> Codebook:
    """Write a new code at the end of the project's codebook; comments and layout stay as they are.

    Only id, parent, colour, name and definition are written. Raises
    :class:`UsageError` for an id that is taken or a parent that is not there, and
    :class:`BadFile` when the file is laid out so that nothing can be added safely.
    """
    path = require_inside(project.root, project.codebook_path)
    with holding(project.work, "codebook"):
        before = load_codebook(project)
        if code.id in before.by_id:
            raise UsageError(f"The codebook has a code {code.id} already.", "Choose another name.")
        if code.parent and code.parent not in before.by_id:
            raise UsageError(f"The codebook has no code {code.parent}.")
        text = read_text(path)
        start = re.search(r"^codes\s*:[ \t]*(#.*)?$", text, re.MULTILINE)
        item = _ITEM.search(text, start.end()) if start else None
        if start is None or item is None:
            raise BadFile(path, "codes is not a list with one code a block.", "Add the code with an editor.")
        after = _TOP_KEY.search(text, item.end())
        end = after.start() if after else len(text)
        head = text[:end] if text[:end].endswith("\n") else text[:end] + "\n"
        made = head + _block(code, item[1]) + text[end:]
        trial = path.with_name(path.name + ".part")
        write_text(trial, made)
        try:
            result = read_codebook(trial)
            wanted = replace(before, codes=(*before.codes, code), hash="")
            if codebook_hash(result) != codebook_hash(wanted):
                raise BadFile(path, "the code could not be added as it is.", "Add it with an editor.")
        finally:
            trial.unlink(missing_ok=True)
        write_text(path, made)
    return load_codebook(project)


def _block(code: Code, indent: str) -> str:
    rows = [f"- id: {code.id}"]
    if code.parent:
        rows.append(f"  parent: {code.parent}")
    if code.color:
        rows.append(f"  color: {_quoted(code.color)}")
    rows.append(f"  name: {_texts(code.name)}")
    if code.definition:
        rows.append(f"  definition: {_texts(code.definition)}")
    return "\n" + "".join(f"{indent}{row}\n" for row in rows)


def _texts(texts: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{language}: {_quoted(text)}" for language, text in texts.items()) + "}"


def _quoted(text: str) -> str:
    """A YAML scalar in double quotes: JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)
