"""The report's own words in Finnish, Swedish and English, from gettext catalogues beside this module.

After editing a ``.po`` file: ``python tools/compile_words.py``.
"""

from __future__ import annotations

import datetime as dt
import gettext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from qualkit.files.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qualkit.model import Code
    from qualkit.themes.passages import Passage

LOCALES = Path(__file__).parent / "locale"
DOMAIN = "report"
TERRITORY = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Words:
    """How one language names things and writes figures, dates and times."""

    language: str
    catalogue: gettext.NullTranslations

    def __call__(self, message: str, **values: object) -> str:
        """A message in this language, its ``{names}`` filled in."""
        return self.catalogue.gettext(message).format(**values)

    def many(self, one: str, other: str, count: int) -> str:
        """A message that depends on a count, with ``{count}`` filled in: ``3 passages``."""
        return self.catalogue.ngettext(one, other, count).format(count=self.number(count))

    def number(self, value: float) -> str:
        """A figure as this language writes it: ``1 234,5`` in Finnish."""
        return str(format_decimal(value, locale=self._locale))

    def decimal(self, value: float) -> str:
        """A figure with two decimals: ``0,40``."""
        return str(format_decimal(value, format="0.00", locale=self._locale))

    def percent(self, share: float) -> str:
        """A share of 0–1 in per cent."""
        return str(format_percent(share, locale=self._locale))

    def date(self, iso: str) -> str:
        """An ISO date as this language writes it, ``24.11.2026``; the text itself when it is no date."""
        try:
            day = dt.date.fromisoformat(iso[:10])
            # Finland's Swedish writes dates as its Finnish does: 24.11.2026.
            shape = "d.M.yyyy" if self.language in {"fi", "sv"} else "medium"
            return str(format_date(day, shape, locale=self._locale))
        except ValueError:
            return iso

    def of_code(self, code: Code) -> str:
        """The code's name."""
        return code.name_in(self.language)

    def language_name(self, language: str) -> str:
        """What a language is called: ``suomi``, ``finska``, ``Finnish``."""
        if not language:
            return "–"
        try:
            name = Locale.parse(language).get_display_name(self._locale)
        except (ValueError, LookupError):
            return language
        return str(name or language)

    def place(self, passage: Passage) -> str:
        """Where a quote was said: interview, speaker's role, minute and second."""
        who = passage.role or passage.speaker_name
        return " · ".join(part for part in (passage.interview, who, clock(passage.start_ms)) if part)

    def status(self, status: Status | None) -> str:
        """A status in one word; a dash when there is none."""
        names = {
            Status.GOOD: self("good"),
            Status.ADEQUATE: self("adequate"),
            Status.POOR: self("poor"),
            Status.CRITICAL: self("critical"),
            Status.NOT_DISCUSSED: self("not discussed"),
        }
        return names[status] if status else "–"

    def decision(self, passage: Passage) -> str:
        """How a passage came to count, and by whom: ``anna, accepted from a suggestion``."""
        names = {
            "coded": self("coded by hand"),
            "accepted": self("accepted from a suggestion"),
            "bulk-accepted": self("accepted with many others"),
            "settled": self("settled between coders who disagreed"),
            "suggested": self("suggested by the machine, not decided"),
        }
        who = passage.coder.removeprefix("model:").partition("@")[0]
        return ", ".join(part for part in (who, names.get(passage.decision, "")) if part)

    def source(self, passage: Passage, sites: Mapping[str, str]) -> str:
        """The line under a quote: where it was said, whether a person decided, and the id to check it by."""
        parts = (
            self.place(passage),
            sites.get(passage.site) or passage.site,
            "" if passage.by_person else "◇",
            self.trail(passage),
        )
        return " · ".join(part for part in parts if part)

    def trail(self, passage: Passage) -> str:
        """Who decided on a quote, whether it was altered, and the id by which it can be checked."""
        parts = [self.decision(passage), self("names replaced") if passage.altered else "", f"#{passage.id}"]
        return " · ".join(part for part in parts if part)

    @property
    def _locale(self) -> str:
        return TERRITORY[self.language]


@cache
def words(language: str) -> Words:
    """The words of fi, sv or en; English for any other language."""
    language = language if language in TERRITORY else "en"
    return Words(language, gettext.translation(DOMAIN, LOCALES, [language], fallback=language == "en"))


def clock(ms: int | None) -> str:
    """``12:34`` or ``1:02:03``; empty for a passage without a time."""
    if ms is None:
        return ""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def named(ids: Mapping[str, int], names: Mapping[str, str]) -> str:
    """``Kilpisalo 4; Järnskata 2``: names, which may hold commas, with their counts, the largest first."""
    ordered = sorted(ids.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(f"{names.get(key) or key or '–'} {count}" for key, count in ordered)
