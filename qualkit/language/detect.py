"""Which of Finnish, Swedish and English a short stretch of speech is in.

Words decide: function words and spoken forms count most, then words that only
one language's dictionary has. No letter statistics are needed beside three
dictionaries of five million forms, and a single word is often enough.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from qualkit.language.compounds import parts
from qualkit.language.dictionary import look_up
from qualkit.language.tokens import words
from qualkit.language.wordlists import word_list, word_table
from qualkit.model import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

FUNCTION_WORD = 3.0
KNOWN = 1.0
SOUND = 0.3
"""What a function word, a dictionary word and a typical spelling are worth."""
_TYPICAL = {
    "fi": ("ää", "yy", "öö", "uo", "yö", "aa", "kk", "ii", "nnä", "ksi", "ssa", "ssä", "lla", "ään"),
    "sv": ("å", "sk", "ck", "tt", "ör", "är", "ning", "het", "ande", "ligt"),
    "en": ("th", "w", "ing", "ou", "ea", "ck", "tion", "ly", "sh"),
}


@lru_cache(maxsize=100_000)
def _votes(word: str, languages: tuple[str, ...]) -> tuple[float, ...]:
    """What one word says for each language."""
    votes = []
    for language in languages:
        vote = 0.0
        if any(word in word_list(name, language) for name in ("stopwords", "fillers", "backchannels")) or (
            word in word_table("spoken", language)
        ):
            vote += FUNCTION_WORD
        elif len(word) > 2 and (look_up(word, language) or parts(word, language)):
            vote += KNOWN
        vote += SOUND * min(2, sum(part in word for part in _TYPICAL.get(language, ())))
        votes.append(vote)
    return tuple(votes)


def language_votes(text: str, languages: Sequence[str] = LANGUAGES) -> dict[str, float]:
    """How much speaks for each language; all 0 for text without words."""
    known = tuple(languages)
    total = [0.0] * len(known)
    for word in words(text):
        if not word.isdigit():
            total = [sum(pair) for pair in zip(total, _votes(word, known), strict=True)]
    return dict(zip(known, total, strict=True))


def detect_language(text: str, default: str = "", languages: Sequence[str] = LANGUAGES) -> str:
    """The language of a text, or ``default`` where no language is clearly ahead of the others."""
    votes = language_votes(text, languages)
    if not votes:
        return default
    first, *rest = sorted(votes, key=lambda language: -votes[language])
    second = votes[rest[0]] if rest else 0.0
    count = max(1, len(words(text)))
    if votes[first] - second >= 0.75 and votes[first] >= 0.5 * count:
        return first
    return default
