"""Changes to a codebook as pure functions, and one that writes the result. Ids never change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qualkit.errors import UsageError
from qualkit.files.codebook import load_codebook
from qualkit.files.codebook_write import write_codebook
from qualkit.files.locks import holding
from qualkit.files.names import require_inside, safe_id
from qualkit.files.text import one_line
from qualkit.model import Code, Codebook, Lists

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


LISTS = ("include", "exclude", "examples", "terms", "exclude_terms")


def listed(code_id: str, what: str, language: str, texts: Sequence[str]) -> Change:
    """A code with other rules, examples or terms (one of :data:`LISTS`) in one language."""
    kept = tuple(dict.fromkeys(t for text in texts if (t := one_line(text).strip())))

    def make(code: Code) -> Code:
        there = {**getattr(code, what), language: kept}
        if not kept:
            del there[language]
        changes: dict[str, Any] = {what: there}
        return replace(code, **changes)

    return _one(code_id, make)


def merged(code_id: str, into: str) -> Change:
    """A code retired in favour of another, which takes over its terms and examples."""

    def make(book: Codebook) -> Codebook:
        source, target = book.by_id.get(code_id), book.by_id.get(into)
        if source is None or target is None or source is target or not target.codable or target.retired:
            raise UsageError("These two cannot be merged.", "Choose two codes that passages can get.")
        together = replace(
            target,
            terms=_joined(target.terms, source.terms),
            examples=_joined(target.examples, source.examples),
        )
        # Terms that stood on both would betray two codes at once.
        gone = replace(source, retired=True, terms={})
        new = {source.id: gone, target.id: together}
        return replace(book, codes=tuple(new.get(c.id, c) for c in book.codes))

    return make


def split(code_id: str, new: Code) -> Change:
    """A new code beside another one, with its place and colour."""

    def make(book: Codebook) -> Codebook:
        if code_id not in book.by_id:
            raise UsageError(f"The codebook has no code {code_id} (any more).")
        old = book.by_id[code_id]
        return added(replace(new, parent=old.parent, color=old.color))(book)

    return make


def _joined(one: Lists, other: Lists) -> Lists:
    languages = dict.fromkeys((*one, *other))
    return {x: tuple(dict.fromkeys((*one.get(x, ()), *other.get(x, ())))) for x in languages}


def _one(code_id: str, make: Callable[[Code], Code]) -> Change:
    def all_codes(book: Codebook) -> Codebook:
        if code_id not in book.by_id:
            raise UsageError(f"The codebook has no code {code_id} (any more).")
        return replace(book, codes=tuple(make(c) if c.id == code_id else c for c in book.codes))

    return all_codes
