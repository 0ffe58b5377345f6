"""Compile every gettext catalogue of the package: run after editing a ``.po`` file.

The compiled files are committed, so that users need no tool; a test compares them.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[1] / "qualkit"


def compiled(source: Path) -> bytes:
    """The ``.mo`` of a ``.po`` file."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
    # The header would hold today's date, and the same words must give the same file.
    catalogue.creation_date = catalogue.revision_date = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    target = io.BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def main() -> None:
    """Write every ``.mo`` beside its ``.po``."""
    for source in sorted(PACKAGE.rglob("*.po")):
        source.with_suffix(".mo").write_bytes(compiled(source))
        print(source.relative_to(PACKAGE.parent))


if __name__ == "__main__":
    main()
