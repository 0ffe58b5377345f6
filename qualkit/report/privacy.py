"""What a report may print: nothing restricted for the public, no names where pseudonyms are asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from qualkit.model import Codebook
    from qualkit.themes.passages import Gathered

AUDIENCES = ("project", "public")


def for_public(gathered: Gathered, codes: Collection[str]) -> Gathered:
    """The passages without those of restricted codes; what shares words with them is counted, not quoted."""
    kept = (p for p in gathered.passages if p.code not in codes)
    passages = tuple(replace(p, quotable=p.quotable and not p.restricted) for p in kept)
    return replace(gathered, passages=passages)


def without_codes(book: Codebook, codes: Collection[str]) -> Codebook:
    """The codebook as the public sees it: restricted codes, and codes under them, are not in it."""
    closed = set(codes)
    for code in book.codes:
        at = code.id
        seen: set[str] = set()
        while at and at not in seen:
            if at in codes:
                closed.add(code.id)
            seen.add(at)
            at = book.by_id[at].parent if at in book.by_id else ""
    return replace(book, codes=tuple(c for c in book.codes if c.id not in closed))
