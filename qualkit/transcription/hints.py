"""Words that the engine is told to expect: names of sites and firms, terms of the codebook."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from qualkit.errors import QualkitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qualkit.files.project import Project
    from qualkit.model import Interview
    from qualkit.transcription.settings import TranscribeSettings

MOST = 24
"""Hints take room in the decoder's 224 tokens of context; more make it slower and no better."""


def hints(project: Project, case: Interview | None, settings: TranscribeSettings) -> tuple[str, ...]:
    """Hints for one interview, the likeliest first: the user's own, its site, other sites, then terms.

    A codebook that cannot be read gives none: transcription does not need it.
    """
    if not settings.hotwords:
        return tuple(settings.words)
    found = list(settings.words)
    if case and case.site:
        found.append(project.site(case.site).name)
    found += [site.name for site in project.sites]
    language = settings.language or (case.language if case else "")
    if language:
        with suppress(QualkitError, OSError):
            from qualkit.files.codebook import load_codebook

            book = load_codebook(project)
            terms = [code.terms.get(language, ()) for code in book.codable]
            # one term of each code before the second of any
            for rank in range(3):
                found += [t[rank] for t in terms if len(t) > rank]
    return tuple(dict.fromkeys(word for word in found if word.strip()))[:MOST]


def hint_text(found: Sequence[str]) -> str:
    """Hints as the engine is given them: short sentences of six.

    Measured on three made interviews: a bare list helps the words most and costs
    half of the full stops, one word a sentence helps nothing; this keeps both.
    """
    groups = [", ".join(found[i : i + 6]) for i in range(0, len(found), 6)]
    return " ".join(g[0].upper() + g[1:] + "." for g in groups)
