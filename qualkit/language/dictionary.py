"""What simplemma's dictionaries know, asked one word at a time.

The front-coded stream is read in place: 70 MB and a second for the 3.5 million
Finnish forms, where an ordinary dict takes 400 MB. Only the plain look-up is
used: simplemma's affix rules cut ``sähköverkkoyhtiö`` to ``sähköverkko``, which
loses the head of a compound; ours are in :mod:`qualkit.language.compounds`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeVar

from qualkit.language.wordlists import word_list, word_table
from qualkit.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Answer = TypeVar("Answer")
VOWELS = frozenset("aeiouyäöåéü")


@cache
def _table(language: str) -> Mapping[str, str]:
    if language not in LANGUAGES:
        return {}
    from simplemma.strategies.dictionaries import StreamDictionaryFactory

    table: Mapping[str, str] = StreamDictionaryFactory().get_dictionary(language)
    return table


class Answers(dict[str, Answer]):
    """Word → what was said of it, begun anew when there are too many."""

    def __init__(self, ask: Callable[[str], Answer], most: int) -> None:
        super().__init__()
        self._ask, self._most = ask, most

    def __missing__(self, word: str) -> Answer:
        if len(self) >= self._most:
            self.clear()
        answer = self[word] = self._ask(word)
        return answer


class AnswersByLanguage(dict[str, Answers[Answer]]):
    """Language → its :class:`Answers`, at most ``most`` of each."""

    def __init__(self, ask: Callable[[str, str], Answer], most: int) -> None:
        super().__init__()
        self._ask, self._most = ask, most

    def __missing__(self, language: str) -> Answers[Answer]:
        held = self[language] = Answers(lambda word: self._ask(word, language), self._most)
        return held


def look_up(word: str, language: str) -> str:
    """The lemma of a normalised common word; empty when the dictionary has none."""
    return LOOKED_UP[language][word]


def ask(word: str, language: str) -> str:
    """As :func:`look_up`, for those who ask in every run beside analysing words.

    Analyses and these answers are remembered between processes; what an analysis was made of is not.
    """
    return ASKED[language][word]


def look_up_name(word: str, language: str) -> str:
    """The lemma of a proper name, lower-cased (``jaakon`` → jaakko); empty when the dictionary has none."""
    return LOOKED_UP[language][f"^{word}"]


def _look_up(word: str, language: str) -> str:
    if word[:1] == "^":
        return (_table(language).get(word[1:].capitalize()) or "").lower() if word[1:] else ""
    if not word or word.isdigit():  # no dictionary is about numbers
        return ""
    if word in word_list("known", language):
        return word
    lemma = (_table(language).get(word) or "").lower()
    return word_table("mended", language).get(lemma, lemma)


LOOKED_UP = AnswersByLanguage(_look_up, 250_000)
"""What :func:`look_up` said, and of ``^word`` :func:`look_up_name`."""
ASKED = AnswersByLanguage(look_up, 150_000)
"""What :func:`ask` said; :mod:`.remembered` keeps it between processes."""


def warm(language: str) -> None:
    """Read the dictionary of ``language`` now rather than at the first word."""
    _table(language)


def let_go() -> None:
    """Drop the dictionaries, 100 MB of them; what they said stays known. They are read again when asked."""
    _table.cache_clear()


@lru_cache(maxsize=50_000)
def is_noun(word: str, language: str) -> bool:
    """Whether ``word`` is the dictionary form of a noun or adjective.

    The dictionary has no parts of speech: a word counts as nominal when a form
    that only nominals have leads back to it.
    """
    if len(word) < 2 or not word.isalpha():
        return False
    if language == "fi":
        return _is_finnish_noun(word)
    if language == "sv":
        return _is_swedish_noun(word)
    if language == "en":
        return look_up(word, "en") == word and any(
            look_up(form, "en") == word for form in (word + "s", word + "es", word[:-1] + "ies")
        )
    return False


_GRADES = (
    ("nt", "nn"), ("nk", "ng"), ("mp", "mm"), ("lt", "ll"), ("rt", "rr"),
    ("tt", "t"), ("pp", "p"), ("kk", "k"), ("t", "d"), ("p", "v"), ("k", ""),
)  # fmt: skip


def weak_grades(word: str) -> list[str]:
    """A Finnish noun's stem before a case ending, its consonants weakened: kanta → kanna(ssa)."""
    stem, vowel = word[:-1], word[-1:]
    return [stem[: -len(strong)] + weak + vowel for strong, weak in _GRADES if stem.endswith(strong)]


def strong_grades(stem: str) -> list[str]:
    """What a Finnish noun's weak stem may come from: kulu(n) → kulku, silla(n) → silta."""
    bare, vowel = stem[:-1], stem[-1:]
    return [bare.removesuffix(weak) + strong + vowel for strong, weak in _GRADES if bare.endswith(weak)]


def _is_finnish_noun(word: str) -> bool:
    front = not any(c in "aou" for c in word)
    a = "ä" if front else "a"
    if word[-1] in "aä":
        # A verb's infinitive takes no further partitive ending: *tehdää*.
        endings = (word[-1], "t" + word[-1], "ss" + word[-1], word[-1] + "n")
        if any(look_up(word + ending, "fi") == word for ending in endings):
            return True
        return any(look_up(weak + "ss" + word[-1], "fi") == word for weak in weak_grades(word))
    if word.endswith("nen"):
        return look_up(word[:-3] + "sen", "fi") == word
    forms = (word + a, word + "t" + a, word + "ss" + a, word + "n")
    return look_up(word, "fi") == word or any(look_up(form, "fi") == word for form in forms)


def _is_swedish_noun(word: str) -> bool:
    bare = word[:-1] if word[-1] in "ae" else word
    forms: tuple[str, ...] = (
        word + "en",
        word + "et",
        word + "n",
        word + "t",
        bare + "or",
        word + "er",
        word + "ar",
    )
    if word.endswith(("el", "en", "er")):
        forms += (word[:-2] + word[-1] + "et", word[:-2] + word[-1] + "en")
    if word[-1] in "mn":
        forms += (word + word[-1] + "et", word + word[-1] + "en")
    return any(look_up(form, "sv") == word for form in forms)
