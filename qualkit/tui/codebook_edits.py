"""Changes to a codebook as pure functions, and one that writes the result. Ids never change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from qualkit.errors import UsageError
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_write import write_codebook
from qualkit.files.locks import holding
from qualkit.files.names import require_inside, safe_id
from qualkit.files.text import one_line
from qualkit.model import Code, Codebook

if TYPE_CHECKING:
    from qualkit.files.project import Project

Change = Callable[[Codebook], Codebook]


def change(project: Project, make: Change) -> Codebook:
    """Make a change to the project's codebook on disk, whatever others did to it meanwhile.

    Comments in the file stay. Raises :class:`UsageError` when the change makes no sense any more,
    :class:`BadFile` when the file cannot be read, :class:`Conflict` when another process keeps it.
    """
    path = require_inside(project.root, project.codebook_path)
    with holding(project.work, "codebook"):
        write_codebook(path, make(load_codebook(project)))
    return load_codebook(project)


def free_id(book: Codebook, name: str) -> str:
    """An id made of a name that no code has yet: ``pipe-bridge``, then ``pipe-bridge-2``."""
    stem = safe_id(one_line(name), "code").replace(".", "-").replace("_", "-").replace("@", "-").strip("-")
    numbered = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(book.codes) + 2))
    return next(code_id for code_id in numbered if code_id not in book.by_id)


def added(code: Code) -> Change:
    """A new code, last in the file, where no comment of another one can get lost."""

    def make(book: Codebook) -> Codebook:
        if code.id in book.by_id:
            raise UsageError(f"The codebook has a code {code.id} already.", "Choose another name.")
        if code.parent and code.parent not in book.by_id:
            raise UsageError(f"The codebook has no code {code.parent}.")
        return replace(book, codes=(*book.codes, code))

    return make


def renamed(code_id: str, language: str, name: str) -> Change:
    """A code under another name in one language."""
    return _one(code_id, lambda code: replace(code, name={**code.name, language: one_line(name).strip()}))


def defined(code_id: str, language: str, text: str) -> Change:
    """A code with another definition in one language."""
    return _one(
        code_id, lambda code: replace(code, definition={**code.definition, language: one_line(text).strip()})
    )


def recoloured(code_id: str, color: str) -> Change:
    """A code in another colour. Raises UsageError for what is no ``#rrggbb``."""

    def make(code: Code) -> Code:
        if len(color) != 7 or color[0] != "#" or not all(c in "0123456789abcdefABCDEF" for c in color[1:]):
            raise UsageError(f"{color} is no colour.", "Write it as #1f77b4.")
        return replace(code, color=color.lower())

    return _one(code_id, make)


def retired(code_id: str, on: bool) -> Change:
    """A code that stays on its codings and is offered no more; or is offered again."""
    return _one(code_id, lambda code: replace(code, retired=on))


def moved(code_id: str, parent: str) -> Change:
    """A code below another parent, or at the top."""

    def make(book: Codebook) -> Codebook:
        above = parent
        while above:
            if above == code_id:
                raise UsageError("A code cannot stand below itself.", "Choose another place.")
            above = book.by_id[above].parent if above in book.by_id else ""
        return _one(code_id, lambda code: replace(code, parent=parent))(book)

    return make


def exemplified(code_id: str, language: str, quote: str) -> Change:
    """A passage as an example of a code, in the language it was said in."""

    def make(code: Code) -> Code:
        there = tuple(code.examples.get(language, ()))
        text = one_line(quote).strip()
        return code if text in there else replace(code, examples={**code.examples, language: (*there, text)})

    return _one(code_id, make)


def _one(code_id: str, make: Callable[[Code], Code]) -> Change:
    def all_codes(book: Codebook) -> Codebook:
        if code_id not in book.by_id:
            raise UsageError(f"The codebook has no code {code_id} (any more).")
        return replace(book, codes=tuple(make(c) if c.id == code_id else c for c in book.codes))

    return all_codes
