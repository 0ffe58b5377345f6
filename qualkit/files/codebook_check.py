"""What is wrong in a codebook: faults that stop reading it, and those that make it a poor one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.files.shape import check_format
from qualkit.files.text import fault_in_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qualkit.files.yamltree import Tree

TOP_KEYS = ("format", "name", "version", "languages", "codes")
_TEXTS = ("name", "definition")
_LISTS = ("include", "exclude", "examples", "terms", "exclude_terms")
_FLAGS = ("codable", "retired")
CODE_KEYS = ("id", "parent", "color", *_FLAGS, *_TEXTS, *_LISTS)
_ID = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile("[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong."""

    line: int
    message: str
    hint: str
    fatal: bool = True
    """False: the codebook can be read all the same."""


def faults(path: Path, tree: Tree, name: str, version: int) -> list[Fault]:
    """All that is wrong in a codebook's tree. Raises :class:`BadFile` when it is no codebook at all."""
    top = tree.value
    if not isinstance(top, dict):
        raise BadFile(path, "this is no codebook.", f"It must begin with format: {name}/{version}.", 1)
    check_format(top.get("format"), path, name, version, tree.line("format"))
    found = [Fault(line, f"the key {key} stands twice.", "Join the two.") for line, key in tree.doubled]
    found += _shape(tree)
    if any(fault.fatal for fault in found):
        return found
    found += _tree_of_codes(tree)
    if not any(fault.fatal for fault in found):
        found += _gaps(tree)
        found += _terms(tree)
    return found


def _shape(tree: Tree) -> Iterator[Fault]:
    """Types, keys and ids."""
    top = tree.value
    yield from _unknown(tree, top, (), TOP_KEYS)
    yield from _texts(tree, top, (), "name")
    if not isinstance(top.get("version", ""), str):
        yield Fault(tree.line("version"), "version must be text.", 'Write for instance version: "2".')
    languages = top.get("languages", [])
    if not isinstance(languages, list) or not all(
        isinstance(code, str) and _LANGUAGE.fullmatch(code) for code in languages
    ):
        yield Fault(tree.line("languages"), "languages must be a list of codes.", "Write [fi, sv, en].")
    codes = top.get("codes")
    if not isinstance(codes, list) or not codes:
        yield Fault(tree.line("codes"), "there are no codes.", "Write a list under codes: with - id: first.")
        return
    for n, code in enumerate(codes):
        yield from _code(tree, code, n)


def _code(tree: Tree, code: Any, n: int) -> Iterator[Fault]:
    line = tree.line("codes", n)
    if not isinstance(code, dict):
        yield Fault(line, "this is no code.", "Begin it with - id: name-of-the-code.")
        return
    code_id = code.get("id", "")
    if not isinstance(code_id, str) or not code_id:
        yield Fault(line, "the code has no id.", "Begin it with - id: name-of-the-code.")
    elif not _ID.fullmatch(code_id) or len(code_id) > 80:
        hint = "Write it with a-z, 0-9 and single hyphens, such as pipe-bridge."
        yield Fault(tree.line("codes", n, "id"), f"the id {code_id[:80]!r} will not do.", hint)
    yield from _unknown(tree, code, ("codes", n), CODE_KEYS)
    for key in ("parent", "color"):
        if not isinstance(code.get(key, ""), str):
            yield Fault(tree.line("codes", n, key), f"{key} must be text.", "Correct the line.")
    color = code.get("color") or ""
    if isinstance(color, str) and color and not re.fullmatch("#[0-9A-Fa-f]{6}", color):
        yield Fault(
            tree.line("codes", n, "color"), f"{color!r} is no colour.", 'Write "#rrggbb".', fatal=False
        )
    for key in _FLAGS:
        if str(code.get(key) or "true").lower() not in ("true", "false"):
            yield Fault(tree.line("codes", n, key), f"{key} must be true or false.", "Correct the line.")
    for key in _TEXTS:
        yield from _texts(tree, code, ("codes", n), key)
    for key in _LISTS:
        yield from _lists(tree, code, ("codes", n), key)


def _unknown(
    tree: Tree, value: dict[str, Any], place: tuple[str | int, ...], known: tuple[str, ...]
) -> Iterator[Fault]:
    from difflib import get_close_matches

    for key in value:
        if key not in known:
            near = get_close_matches(key, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
            yield Fault(
                tree.line(*place, key),
                f"the key {key[:40]!r} is not known and is not read.",
                hint,
                fatal=False,
            )


def _by_language(tree: Tree, value: Any, place: tuple[str | int, ...], key: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(
            tree.line(*place, key),
            f"{key} must name its languages.",
            f"Write {key}: {{fi: …, sv: …, en: …}}.",
        )
        return
    languages = tree.value.get("languages")
    for language in value:
        if not _LANGUAGE.fullmatch(language):
            hint = (
                "A comma splits the text: put the text in quotes."
                if " " in language
                else "Write fi, sv or en."
            )
            message = f"{language[:20]!r} is no language code."
            yield Fault(tree.line(*place, key, language), message, hint)
        elif languages and isinstance(languages, list) and language not in languages:
            hint = "Add it there or delete it here."
            message = f"{key} is in {language}, which is not among languages."
            yield Fault(tree.line(*place, key, language), message, hint, fatal=False)


def _texts(tree: Tree, value: dict[str, Any], place: tuple[str | int, ...], key: str) -> Iterator[Fault]:
    texts = value.get(key) or {}
    yield from _by_language(tree, texts, place, key)
    for language, text in texts.items() if isinstance(texts, dict) else ():
        yield from _text(tree, text, (*place, key, language))


def _lists(tree: Tree, value: dict[str, Any], place: tuple[str | int, ...], key: str) -> Iterator[Fault]:
    lists = value.get(key) or {}
    yield from _by_language(tree, lists, place, key)
    for language, texts in lists.items() if isinstance(lists, dict) else ():
        if texts == "":
            continue
        if not isinstance(texts, list):
            line = tree.line(*place, key, language)
            yield Fault(
                line, f"{key}.{language} must be a list.", "Begin each line with a hyphen, or write [a, b]."
            )
            continue
        for n, text in enumerate(texts):
            yield from _text(tree, text, (*place, key, language, n))


def _text(tree: Tree, text: Any, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if not isinstance(text, str):
        # - Kuka maksaa: yhtiö   is a mapping to YAML
        yield Fault(tree.line(*place), "this must be text.", "Put it in quotes if it holds a colon.")
    elif fault := fault_in_text(text):
        yield Fault(tree.line(*place), f"this text {fault}.", "Type it again.")


def _tree_of_codes(tree: Tree) -> Iterator[Fault]:
    """Doubled ids, unknown parents, cycles."""
    codes = tree.value["codes"]
    at: dict[str, int] = {}
    for n, code in enumerate(codes):
        if code["id"] in at:
            line = tree.line("codes", at[code["id"]], "id")
            yield Fault(
                tree.line("codes", n, "id"), f"the id {code['id']} stands on line {line} too.", "Rename one."
            )
        at.setdefault(code["id"], n)
    if len(at) < len(codes):
        return  # whose parents they are is not clear
    parents = {code["id"]: code.get("parent") or "" for code in codes}
    told: set[str] = set()
    for n, code in enumerate(codes):
        parent = code.get("parent") or ""
        if parent and parent not in parents:
            from difflib import get_close_matches

            near = get_close_matches(parent, parents, 1)
            hint = f"Did you mean {near[0]}?" if near else "Write the id of a code in this file."
            yield Fault(
                tree.line("codes", n, "parent"), f"there is no code {parent[:80]!r} to be the parent.", hint
            )
            continue
        way = [code["id"]]
        while (parent := parents.get(way[-1], "")) and parent not in way:
            way.append(parent)
        if parent == code["id"] and not told & set(way):
            told |= set(way)
            circle = " → ".join([*way, parent])
            yield Fault(
                tree.line("codes", n, "parent"), f"the codes are each other's parents: {circle}.", "Break it."
            )


def _gaps(tree: Tree) -> Iterator[Fault]:
    """What a code should say and does not, in every language of the codebook."""
    languages = tree.value.get("languages") or []
    for n, code in enumerate(tree.value["codes"]):
        if str(code.get("retired")).lower() == "true":
            continue
        dimension = str(code.get("codable")).lower() == "false"
        for key in (*_TEXTS, *_LISTS):
            there = {language for language, text in (code.get(key) or {}).items() if text and text != [""]}
            missing = [language for language in languages if language not in there]
            needed = key in _TEXTS or (key in ("examples", "terms") and not dimension)
            if missing and (there or needed):
                message = f"{code['id']} has no {key} in {', '.join(missing)}."
                if not there and key in _LISTS:
                    message = f"{code['id']} has no {key}."
                yield Fault(tree.line("codes", n, key), message, "Write them.", fatal=False)


def _terms(tree: Tree) -> Iterator[Fault]:
    """Terms that stand twice: they could not tell one code from the other."""
    seen: dict[tuple[str, str], tuple[str, int]] = {}
    for n, code in enumerate(tree.value["codes"]):
        for language, terms in (code.get("terms") or {}).items():
            excluded = {t.casefold() for t in (code.get("exclude_terms") or {}).get(language) or ()}
            for m, term in enumerate(terms or ()):
                line = tree.line("codes", n, "terms", language, m)
                folded = " ".join(term.split()).casefold()
                if folded in excluded:
                    message = f"the term {term!r} ({language}) stands under exclude_terms too."
                    yield Fault(line, message, "Decide which it is.", fatal=False)
                if (before := seen.get((language, folded))) and folded:
                    where = f"under {before[0]}" if before[0] != code["id"] else "in this list"
                    message = f"the term {term!r} ({language}) stands {where} on line {before[1]} too."
                    yield Fault(line, message, "Keep it where it tells most.", fatal=False)
                seen.setdefault((language, folded), (code["id"], line))
