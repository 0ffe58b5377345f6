"""What a turn does in the talk: asks, answers, or only listens."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from qualkit.language.tokens import words
from qualkit.language.wordlists import word_list
from qualkit.model import LANGUAGES

if TYPE_CHECKING:
    from qualkit.model import Transcript

_SOUNDS = re.compile(r"[\[(<*][^\])>*]{0,40}[\])>*]")
"""What a transcriber notes of sounds: ``[naurua]``, ``(laughs)``, ``*yskii*``."""
_NO = frozenset({"ei", "en", "nej", "no", "nope", "inte", "int"})
_ASKS = {
    "fi": re.compile(
        r"^(?:no |ja |mut(?:ta)? |entä(?:s|pä)? |sitten |niin )*"
        r"(?:entä|mi(?:tä|tkä|kä|ssä|hin|stä|llä|llainen|ten|tes|ksi|nkä)s?|kuin?ka|kuka|ke(?:nen|tkä|lle)|milloin|"
        r"kerro|kertoisit|voisit(?:ko|teko)?|haluaisin kysyä|paljonko|moneenko|"
        r"\w+(?:ko|kö)(?:s|han|hän)?)\b"
    ),
    "sv": re.compile(
        r"^(?:nå |och |men |å |så )*"
        r"(?:vad|va|vem|vilk\w+|var(?:för|t|ifrån)?|hur|när|berätta|kan du|kan ni|har ni|"
        r"har du|är (?:det|ni|du)|finns (?:det|där)|skulle|ska|kunde|tycker|tror|e de)\b"
    ),
    "en": re.compile(
        r"^(?:so |and |but |well |okay |ok |then )*"
        r"(?:what|who|which|where|when|why|how|tell me|could you|can you|"
        r"would you|do you|does|did|is (?:there|it|that)|are (?:there|you|they)|have you|has)\b"
    ),
}


def is_backchannel(text: str, language: str) -> bool:
    """Whether a turn holds only listening noises, fillers, bare agreement or noted sounds."""
    said = words(_SOUNDS.sub(" ", text))
    noises = _noises(language)
    return len(said) <= 8 and all(word in noises or _hums(word.replace("-", "")) for word in said)


def _noises(language: str) -> frozenset[str]:
    languages = (language,) if language in LANGUAGES else LANGUAGES
    return frozenset().union(
        *(word_list(name, each) for name in ("backchannels", "fillers") for each in languages)
    )


def _hums(word: str) -> bool:
    return bool(re.fullmatch(r"[mhnöäåeua]{0,2}[mhöä]{1,6}|(?:ha|hä|he|hi){2,}h?|a+h+a*|o+h+", word))


def is_answer_noise(text: str) -> bool:
    """Whether bare words such as ``joo`` or ``ei`` can answer a question: they hold a yes or a no."""
    return any(not _hums(word) for word in words(_SOUNDS.sub(" ", text)))


def says_no(text: str) -> bool:
    """Whether a bare answer is a no."""
    return any(word in _NO for word in words(text))


def is_question(text: str, language: str) -> bool:
    """Whether a turn asks: by its question mark, or by how it begins where nobody wrote one."""
    if "?" in text:
        return True
    plain = text.lower().strip()
    languages = (language,) if language in LANGUAGES else LANGUAGES
    return any(_ASKS[each].search(plain) for each in languages)


def interviewers(transcript: Transcript) -> frozenset[str]:
    """Ids of those who interview: by their role, else the one who clearly asks most and says less."""
    named = frozenset(s.id for s in transcript.speakers if s.role == "interviewer")
    if named or any(s.role for s in transcript.speakers):
        return named
    asked: Counter[str] = Counter()
    said: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    for turn in transcript.turns:
        language = turn.language or transcript.language
        turns[turn.speaker] += 1
        asked[turn.speaker] += is_question(turn.text, language)
        said[turn.speaker] += len(turn.text)
    if len(turns) < 2 or sum(asked.values()) < 3:
        return frozenset()
    first, *others = sorted(turns, key=lambda speaker: (-asked[speaker], said[speaker], speaker))
    clear = asked[first] >= 0.4 * turns[first] and all(
        2 * asked[other] * turns[first] <= asked[first] * turns[other] and said[other] > said[first]
        for other in others
    )
    return frozenset({first}) if clear else frozenset()
