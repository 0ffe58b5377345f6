"""The word lists in ``data/words-*.toml``, read once a language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from qualkit.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def _lists(language: str) -> Mapping[str, object]:
    if language not in LANGUAGES:
        return {}
    text = (files("qualkit.language") / "data" / f"words-{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def word_list(name: str, language: str) -> frozenset[str]:
    """A list by name: ``stopwords``, ``fillers``, ``backchannels``, …; empty for a language without lists."""
    found = _lists(language).get(name, "")
    return frozenset(found.split()) if isinstance(found, str) else frozenset()


@cache
def word_table(name: str, language: str) -> Mapping[str, str]:
    """A table by name: ``spoken`` word → written word, ``mended``: wrong lemma → right one."""
    found = _lists(language).get(name, {})
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


@cache
def pairs(name: str, language: str) -> Mapping[str, tuple[str, ...]]:
    """A table ``data/NAME-LANGUAGE.txt``: first word of each line → the others; empty where there is none."""
    path = files("qualkit.language") / "data" / f"{name}-{language}.txt"
    if not path.is_file():
        return {}
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {line[0]: tuple(line[1:]) for line in lines if line and line[0] != "#"}


@cache
def _empty_words(language: str) -> frozenset[str]:
    return frozenset().union(
        *(word_list(name, language) for name in ("stopwords", "fillers", "backchannels"))
    )


def is_content(word: str, language: str) -> bool:
    """Whether a normalised word says something: no function word, no filler, more than two letters."""
    return len(word) > 2 and not word.isdigit() and word not in _empty_words(language)
