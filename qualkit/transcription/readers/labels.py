"""Names in front of what is said, and times beside them: ``[00:01:02] Anna Virtanen: …``."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from qualkit.transcription.readers.said import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{1,2}(?:[.,]\d{1,3})?"
_NAME = r"[^\W_][^:<>\[\]{}\t\n]{0,59}?|\+\d[\d *()-]{4,20}"
_PREFIX = re.compile(
    rf"(?:(?:[-–—•]|>{{1,2}})\s*)?(?:\[(?P<boxed>{_NAME})\]|(?P<name>{_NAME}))\s*:(?=\s|$)\s*"
)

_PARTICLES = frozenset(["af", "av", "von", "de", "la", "van", "der", "di", "el", "al", "och", "ja", "and"])
_LABEL = re.compile(
    r"(?:[A-ZÅÄÖ]{1,3}\d{0,2}|S\d+|SPEAKER[ _]?\d+|(?:speaker|person|puhuja|henkilö|haastateltava|talare|"
    r"respondent|informant|deltagare|vastaaja|participant|osallistuja|unknown|guest)\s*\d*|haastattelija|"
    r"haastateltava|intervjuare|intervjuaren|intervjuperson|interviewer|interviewee|moderator|tutkija|\+\d.*)",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    re.findall(
        r"\S+",
        "huom esim eli siis note nb ex t.ex dvs obs kysymys vastaus fråga svar question answer ps klo kl "
        "time aika tid date pvm päivä päivämäärä datum language kieli språk model source http https",
    )
)
"""Words that stand before a colon and are nobody."""


def is_label(name: str) -> bool:
    """Whether it names a role or stands for a name (``H``, ``S2``, ``SPEAKER_00``, ``Puhuja 1``)."""
    if not _LABEL.fullmatch(name):
        return False
    # ``ja:`` and ``on:`` are words; a letter or two stand for a name in capitals, or one alone.
    return len(name) == 1 or len(name) > 3 or name[:1].isupper()


def is_full_name(name: str) -> bool:
    """Whether it looks like first and family name: two to five words, each with a capital or in brackets."""
    words = [word for word in name.split() if word.casefold() not in _PARTICLES]
    if not 2 <= len(words) <= 6 or name[-1:] in ".,;!?":
        return False
    return all(word[:1].isupper() or word[:1] == "(" or word[:1].isdigit() for word in words)


def in_front(text: str) -> tuple[str, str] | None:
    """What stands before a colon at the beginning of a text, and the text after it."""
    found = _PREFIX.match(text)
    if found is None:
        return None
    return plain(found["name"] or found["boxed"]), text[found.end() :]


class Names:
    """The names of a file: which of the words before a colon are speakers.

    Taken are labels and roles, full names, and any name with a capital that recurs;
    a name with a small letter must recur, and stand in front of a tenth of all that
    is said.
    """

    def __init__(self, candidates: Iterable[str], passages: int) -> None:
        counted = Counter(plain(name) for name in candidates)
        starred = {name for name in counted if is_label(name) or is_full_name(name)}
        most = sum(n for name, n in counted.items() if name[:1].isupper()) >= 0.6 * max(1, passages)
        self.known = frozenset(
            name
            for name, n in counted.items()
            if name.casefold().rstrip(".") not in _NO_NAME
            and (
                name in starred
                or (name[:1].isupper() and len(name.split()) <= 5 and (n > 1 or (most and " " not in name)))
                or (n > 2 and n >= 0.1 * passages and len(name.split()) <= 3)
            )
        )

    def __contains__(self, name: str) -> bool:
        return plain(name) in self.known


def milliseconds(stamp: str) -> int:
    """``1:02:03.5``, ``02:03`` or ``0:0:3,450`` in ms."""
    clock, _, part = stamp.replace(",", ".").partition(".")
    seconds = 0
    for figure in clock.split(":"):
        seconds = seconds * 60 + int(figure)
    return seconds * 1000 + int(part.ljust(3, "0")[:3] or 0)
