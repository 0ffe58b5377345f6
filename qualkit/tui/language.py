"""The language that the review desk speaks: gettext catalogues in ``locale/``, English without one.

``QUALKIT_LANG`` decides, else the terminal's locale. The messages are looked
up when a module is imported, so the choice stands for the whole process.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

FOLDER = Path(__file__).parent / "locale"
SPOKEN = ("en", "fi", "sv")


def chosen() -> str:
    """``en``, ``fi`` or ``sv``."""
    wishes = (os.environ.get(name, "") for name in ("QUALKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    wish = next((w for w in wishes if w), "en")[:2].lower()
    return wish if wish in SPOKEN else "en"


LANGUAGE = chosen()
_catalogue = gettext.translation("qualkit", FOLDER, languages=[LANGUAGE], fallback=True)
_ = _catalogue.gettext
ngettext = _catalogue.ngettext
