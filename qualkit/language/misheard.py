"""What was probably said where speech recognition wrote no word: ``raitteita`` → raiteita.

Recognition doubles and drops letters, takes voiceless for voiced and ``a`` for
``ä``, and runs words together. Only words that nothing else explains are asked
about; a guess must be a word of the dictionary or a compound of productive parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.language.compounds import parts, sure
from qualkit.language.dictionary import AnswersByLanguage, look_up
from qualkit.language.lemmas import Analysis, written
from qualkit.language.wordlists import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST = 6
"""Shorter words are one letter away from too many others."""
_DOUBLED = frozenset("aeiouyäöåfklmnprstd")
_CONFUSED = {
    "a": "ä", "ä": "a", "o": "ö", "ö": "o", "u": "y", "y": "u", "b": "p", "p": "b", "d": "t", "t": "d",
    "g": "k", "k": "g", "v": "f", "f": "v", "å": "o", "e": "i", "i": "e", "j": "i",
}  # fmt: skip
_MOST = 2


def slips(word: str) -> Iterator[str]:
    """Words that one typical slip of the ear makes of this one."""
    for at, letter in enumerate(word):
        if at and letter == word[at - 1]:
            yield word[:at] + word[at + 1 :]
        elif letter in _DOUBLED:
            yield word[: at + 1] + word[at:]
        if letter in _CONFUSED:
            yield word[:at] + _CONFUSED[letter] + word[at + 1 :]


def heard_for(word: str, language: str) -> tuple[Analysis, ...]:
    """The real words that an unknown one may stand for, at most two, likeliest first."""
    return HEARD[language][word]


def run_together(word: str, language: str) -> tuple[str, ...]:
    """The two words that an unknown one was run together from (``putketon``: putket, on), or nothing."""
    return RUN_TOGETHER[language][word]


def _heard_for(word: str, language: str) -> tuple[Analysis, ...]:
    if len(word) < SHORTEST or not word.isalpha():
        return ()
    near = list(dict.fromkeys(slips(word)))
    found = [form for form in near if look_up(form, language)]
    if not found and len(word) > SHORTEST + 2:
        found = [form for form in near if sure(parts(form, language), language)]
    known = (written(form, language) for form in found[:_MOST])
    return tuple(each for each in known if each is not None)


def _run_together(word: str, language: str) -> tuple[str, ...]:
    if len(word) < SHORTEST + 1 or not word.isalpha():
        return ()
    small = word_list("stopwords", language)
    for cut in range(len(word) - 2, 4, -1):
        left, right = word[:cut], word[cut:]
        follows = right in small or (len(right) > 3 and look_up(right, language))
        if follows and (look_up(left, language) or sure(parts(left, language), language)):
            return left, right
    for cut in range(2, min(5, len(word) - 4)):
        left, right = word[:cut], word[cut:]
        if left in small and (look_up(right, language) or sure(parts(right, language), language)):
            return left, right
    return ()


HEARD = AnswersByLanguage(_heard_for, 20_000)
RUN_TOGETHER = AnswersByLanguage(_run_together, 20_000)
"""What was said of unknown words; :mod:`.remembered` keeps both between processes."""
