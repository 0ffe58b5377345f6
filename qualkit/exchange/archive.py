"""Archives and XML from outside, as :mod:`qualkit.files.archive` opens them."""

from qualkit.files.archive import (
    MAX_DEPTH,
    MAX_MEDIA,
    MAX_MEMBERS,
    MAX_RATIO,
    MAX_TEXT,
    MAX_XML,
    Archive,
    opened,
    parse_xml,
    refuse_dtd,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_MEDIA",
    "MAX_MEMBERS",
    "MAX_RATIO",
    "MAX_TEXT",
    "MAX_XML",
    "Archive",
    "opened",
    "parse_xml",
    "refuse_dtd",
]
