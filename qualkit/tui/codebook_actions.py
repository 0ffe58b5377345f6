"""What the keys of the Codebook screen do: every change is written at once and can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.files import codebook_edits as edits
from qualkit.files.codebook_history import moves_of
from qualkit.files.journal import read_codings
from qualkit.files.text import one_line
from qualkit.model import Code
from qualkit.tui.dialogs import Editor, Menu, Prompt
from qualkit.tui.language import _
from qualkit.tui.picker import picker
from qualkit.tui.split_screen import SplitScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from qualkit.tui.codebook_screen import CodebookScreen

_PARTS = {
    "include": _("When to use it, a line each"),
    "exclude": _("When not to use it, a line each"),
    "examples": _("Examples, a line each"),
    "terms": _("Words that betray it, a line each"),
    "exclude_terms": _("Words that only look so, a line each"),
}


def add(screen: CodebookScreen) -> None:
    """A new code below the one under the cursor, or beside it."""
    here = screen.code

    def make(name: str | None) -> None:
        if name and name.strip():
            parent = "" if here is None else here.parent if here.codable else here.id
            code = Code(edits.free_id(screen.book, name), {screen.language: one_line(name).strip()}, parent)
            screen.change(_("added: {name}").format(name=name.strip()), edits.added(code), code.id)

    screen.ask(Prompt(_("Name of the new code")), make)


def rename(screen: CodebookScreen) -> None:
    """Another name in the reading language."""
    if (code := screen.code) is None:
        return

    def make(name: str | None) -> None:
        if name and name.strip():
            what = _("renamed: {name}").format(name=name.strip())
            screen.change(what, edits.renamed(code.id, screen.language, name))

    title = _("Name in {language}").format(language=screen.language)
    screen.ask(Prompt(title, code.name.get(screen.language, "")), make)


def edit(screen: CodebookScreen) -> None:
    """The definition, rules, examples or words in the reading language."""
    if (code := screen.code) is None:
        return
    language = screen.language

    def chosen(index: int | None) -> None:
        if index == 0:
            text = code.definition.get(language, "")
            screen.ask(Editor(_("Definition"), text), lambda answer: define(answer, text))
        elif index is not None:
            part = edits.LISTS[index - 1]
            before = "\n".join(getattr(code, part).get(language, ()))
            screen.ask(Editor(_PARTS[part], before), lambda answer: relist(part, answer, before))

    def define(answer: str | None, before: str) -> None:
        if answer is not None and answer != before:
            screen.change(_("definition changed"), edits.defined(code.id, language, answer))

    def relist(part: str, answer: str | None, before: str) -> None:
        if answer is not None and answer != before:
            make = edits.listed(code.id, part, language, answer.splitlines())
            screen.change(_("changed: {what}").format(what=_PARTS[part]), make)

    title = _("Edit in {language}").format(language=language)
    screen.ask(Menu(title, [_("Definition"), *(_PARTS[part] for part in edits.LISTS)]), chosen)


def recolour(screen: CodebookScreen) -> None:
    """Another colour."""
    if (code := screen.code) is None:
        return

    def make(color: str | None) -> None:
        if color and color.strip():
            screen.change(_("colour changed"), edits.recoloured(code.id, color.strip()))

    screen.ask(Prompt(_("Colour, as #1f77b4"), code.color), make)


def retire(screen: CodebookScreen) -> None:
    """Offer the code no more, or offer it again; its codings stay."""
    if (code := screen.code) is not None:
        what = _("offered again") if code.retired else _("retired; its codings stay")
        screen.change(what, edits.retired(code.id, not code.retired))


def move(screen: CodebookScreen) -> None:
    """Below another code, or to the top."""
    if (code := screen.code) is None:
        return
    places = [c for c in screen.book.codes if not c.codable and c.id != code.id][:8]
    names = [*(_("under {name}").format(name=c.name_in(screen.language)) for c in places), _("at the top")]

    def make(index: int | None) -> None:
        if index is not None:
            parent = places[index].id if index < len(places) else ""
            screen.change(_("moved"), edits.moved(code.id, parent))

    screen.ask(Menu(_("Where in the codebook?"), names), make)


def merge(screen: CodebookScreen) -> None:
    """Into another code: your codings follow, the code is retired."""
    code = screen.code
    if code is None or not code.codable:
        return
    held = [c for c in read_codings(screen.project) if c.code == code.id]
    mine = [c for c in held if c.coder == screen.project.coder]

    def chosen(codes: tuple[str, ...] | None) -> None:
        if not codes or codes[0] == code.id:
            return
        into = codes[0]
        names = {
            "one": code.name_in(screen.language),
            "other": screen.book.by_id[into].name_in(screen.language),
        }
        lines = [_("Merge: {n} codings of yours become {other}").format(n=len(mine), **names), _("Leave it")]

        def sure(index: int | None) -> None:
            if index == 0:
                what = _("merged: {one} into {other}").format(**names)
                if len(held) > len(mine):
                    what += " · " + _("{n} codings of others keep it").format(n=len(held) - len(mine))
                moves = moves_of(screen.project, [(c, into) for c in mine])
                screen.change(what, edits.merged(code.id, into), into, moves)

        screen.ask(Menu(_("{one} into {other}?").format(**names), lines), sure)

    title = _("Merge {name} into which code?").format(name=code.name_in(screen.language))
    screen.ask(picker(screen.app, screen.book, screen.language, title=title), chosen)


def split(screen: CodebookScreen) -> None:
    """A new code beside this one, and passages that go over to it."""
    code = screen.code
    if code is None or not code.codable:
        return
    mine = [c for c in read_codings(screen.project, coders=[screen.project.coder]) if c.code == code.id]

    def named(name: str | None) -> None:
        if not name or not name.strip():
            return
        new = Code(edits.free_id(screen.book, name), {screen.language: one_line(name).strip()})

        def keep(over: frozenset[str] | None) -> None:
            if over is not None:
                moves = moves_of(screen.project, [(c, new.id) for c in mine if c.id in over])
                what = _("split: {name}").format(name=name.strip())
                screen.change(what, edits.split(code.id, new), new.id, moves)

        screen.ask(SplitScreen(screen.project, code.name_in(screen.language), name.strip(), mine), keep)

    screen.ask(Prompt(_("Name of the code that takes some of the passages")), named)


def turn(which: str) -> Callable[[CodebookScreen], None]:
    """Undo or redo, as an action."""

    def act(screen: CodebookScreen) -> None:
        made = screen.history.undo() if which == "undo" else screen.history.redo()
        if made is None:
            screen.tell(_("Nothing to undo.") if which == "undo" else _("Nothing to do again."))
        else:
            screen.reload()
            screen.tell((_("undone") if which == "undo" else _("done again")) + f": {made.what}")

    return act
