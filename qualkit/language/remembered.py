"""What the dictionaries were asked before, kept between processes in one file that can be deleted.

Reading the dictionaries and cutting compounds is most of what a short run
costs, and it always gives the same answers: they are a function of the word,
of the dictionaries and of this package, whose digests the file bears.

Format history: 1 — first.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from qualkit.files.atomic import write_text
from qualkit.files.memory import unswept
from qualkit.language import dictionary, lemmas, voikko
from qualkit.language.compounds import Part

if TYPE_CHECKING:
    from qualkit.files.project import Project

REMEMBERED_FORMAT = 1
MOST = 200_000
"""Words kept in one file; past that it begins anew."""


def words_file(project: Project) -> Path:
    """Where a project remembers them."""
    return project.work / "words.json"


def recall(path: Path) -> int:
    """Take in what ``path`` remembers; how many words that was. 0 where it is of other dictionaries."""
    with unswept():
        return _recalled(path)


def _recalled(path: Path) -> int:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != REMEMBERED_FORMAT or held["of"] != _sources():
            return 0
        looked = {
            (word, language): str(lemma)
            for language, found in held["lemmas"].items()
            for word, lemma in found.items()
        }
        analysed = {
            (word, language): lemmas.Analysis(
                plain, tuple(several), tuple(Part(*part) for part in parts), form, how
            )
            for language, found in held["words"].items()
            for word, (plain, several, parts, form, how) in found.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # It can be made again.
        return 0
    dictionary.LOOKED_UP.update(looked)
    lemmas.ANALYSED.update(analysed)
    return len(analysed)


def remember(path: Path, before: int) -> None:
    """Write down what is known by now, where that is more than the ``before`` words that were recalled."""
    # A number is its own lemma, and there are as many of them as texts have.
    asked = {key: one for key, one in lemmas.ANALYSED.items() if not key[0].isdigit()}
    if not before < len(asked) <= MOST:
        return
    looked: dict[str, dict[str, str]] = {}
    for (word, language), lemma in dictionary.LOOKED_UP.items():
        looked.setdefault(language, {})[word] = lemma
    words: dict[str, dict[str, object]] = {}
    for (word, language), one in asked.items():
        parts = [(part.start, part.end, part.lemma) for part in one.parts]
        words.setdefault(language, {})[word] = (one.word, one.lemmas, parts, one.form, one.how)
    held = {"format": REMEMBERED_FORMAT, "of": _sources(), "lemmas": looked, "words": words}
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
