"""What the dictionaries were asked before, kept between processes in one file that can be deleted.

Reading the dictionaries and cutting compounds is most of what a short run
costs, and it always gives the same answers: they are a function of the word,
of the dictionaries and of this package, whose digests the file bears.

Format history: 1 — first; 2 — words that no dictionary has stand by themselves; 3 — what unknown words were
heard for, and no look-ups of which an analysis was made.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qualkit.files.atomic import write_text
from qualkit.files.memory import unswept
from qualkit.language import dictionary, lemmas, misheard, voikko
from qualkit.language.compounds import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.files.project import Project
    from qualkit.language.dictionary import Answer, AnswersByLanguage

REMEMBERED_FORMAT = 3
MOST = 200_000
"""Words kept in one file; with more it stays as it is."""


def words_file(project: Project) -> Path:
    """Where a project remembers them."""
    return project.work / "words.json"


def recall(path: Path) -> int:
    """Take in what ``path`` remembers; how many answers that was. 0 where it is of other dictionaries."""
    with unswept(old=True):
        return _recalled(path)


def _recalled(path: Path) -> int:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != REMEMBERED_FORMAT or held["of"] != _sources():
            return 0
        looked: dict[str, dict[str, str]] = held["lemmas"]
        if not all({str}.issuperset(map(type, found.values())) for found in looked.values()):
            return 0
        for language, missed in held["missed"].items():
            looked[language].update(dict.fromkeys(missed.split(" "), ""))
        analysed = {
            language: {word: _analysis(*one) for word, one in found.items()}
            for language, found in held["words"].items()
        }
        heard = {
            language: {word: tuple(_analysis(*one) for one in several) for word, several in found.items()}
            for language, found in held["heard"].items()
        }
        together = {
            language: {word: tuple(two.split()) for word, two in found.items()}
            for language, found in held["together"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # It can be made again.
        return 0
    kept: tuple[tuple[AnswersByLanguage[Any], dict[str, dict[str, Any]]], ...] = (
        (dictionary.ASKED, looked), (lemmas.ANALYSED, analysed),
        (misheard.HEARD, heard), (misheard.RUN_TOGETHER, together),
    )  # fmt: skip
    for answers, recalled in kept:
        for language, found in recalled.items():
            answers[language].update(found)
    return _answers(*(recalled for _, recalled in kept))


def _analysis(
    word: str, several: list[str], parts: list[tuple[int, int, str]], form: str, how: str
) -> lemmas.Analysis:
    if not several:
        raise ValueError(word)
    return lemmas.Analysis(word, tuple(several), tuple([Part(*part) for part in parts]), form, how)


def _answers(*tables: Mapping[str, Mapping[str, object]]) -> int:
    return sum(len(found) for table in tables for found in table.values())


def _no_numbers(answers: AnswersByLanguage[Answer]) -> dict[str, dict[str, Answer]]:
    """A number is its own lemma, and there are as many of them as texts have."""
    return {
        language: {word: one for word, one in found.items() if not word.isdigit()}
        for language, found in answers.items()
    }


def remember(path: Path, before: int) -> None:
    """Write down what is known by now, where that is more than the ``before`` answers that were recalled."""
    words, asked = _no_numbers(lemmas.ANALYSED), _no_numbers(dictionary.ASKED)
    known = _answers(words, asked, misheard.HEARD, misheard.RUN_TOGETHER)
    if known <= before or _answers(words) > MOST:
        return
    looked = asked.items()
    held = {
        "format": REMEMBERED_FORMAT,
        "of": _sources(),
        "lemmas": {language: {word: one for word, one in found.items() if one} for language, found in looked},
        # Most of what was looked up is in no dictionary.
        "missed": {
            language: " ".join(word for word, one in found.items() if not one and " " not in word)
            for language, found in looked
        },
        "words": words,
        "heard": misheard.HEARD,
        "together": {
            language: {word: " ".join(two) for word, two in found.items()}
            for language, found in misheard.RUN_TOGETHER.items()
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(held, ensure_ascii=False, separators=(",", ":")) + "\n")


@cache
def _sources() -> str:
    """A digest of all that an answer depends on."""
    seen = blake2b(digest_size=8)
    seen.update(f"{version('simplemma')}\0{voikko.available()}".encode())
    folder = Path(__file__).parent
    for path in sorted([*folder.glob("*.py"), *(folder / "data").iterdir()]):
        seen.update(path.read_bytes())
    return seen.hexdigest()
