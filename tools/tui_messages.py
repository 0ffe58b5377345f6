"""Message catalogues of the review desk, with Babel: extract, update and compile in one go.

`python tools/tui_messages.py` after a change of strings; `--check` only tells what is out of date or
untranslated. The compiled `.mo` files are committed, so that users need no tool.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from compile_words import compiled

TUI = Path(__file__).parents[1] / "qualkit" / "tui"
LOCALE = TUI / "locale"
LANGUAGES = ("fi", "sv")


def template() -> Catalog:
    """Every string that the code marks with `_` or `ngettext`."""
    catalog = Catalog(project="qualkit", charset="utf-8", fuzzy=False)
    for name, _line, message, comments, _context in extract_from_dir(
        str(TUI), [("**.py", "python")], keywords={"_": None, "ngettext": (1, 2)}
    ):
        catalog.add(message, None, [(name, None)], auto_comments=comments)
    return catalog


def updated(language: str) -> Catalog:
    """The catalogue of a language with the strings of today; translations kept."""
    path = LOCALE / language / "LC_MESSAGES" / "qualkit.po"
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    else:
        catalog = Catalog(locale=language, project="qualkit", charset="utf-8", fuzzy=False)
    catalog.update(template(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def po(catalog: Catalog) -> bytes:
    """The text form: no dates, no line numbers, so that only changed strings change the file."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, sort_output=True, omit_header=False, no_location=True)
    lines = out.getvalue().decode().split("\n")
    dated = ('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Generated-By', '"Language-Team')
    kept = [line for line in lines if not line.startswith((*dated, "#"))]
    return ("\n".join(kept).strip() + "\n").encode()


def faults() -> list[str]:
    """What is untranslated, has lost a placeholder, or was not written after the last change."""
    found = []
    for language in LANGUAGES:
        catalog, folder = updated(language), LOCALE / language / "LC_MESSAGES"
        for message in catalog:
            texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
            sources = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
            if message.id and not all(texts):
                found.append(f"{language}: not translated: {sources[0]}")
            elif message.id and any(_fields(t) != _fields(sources[0]) for t in texts):
                found.append(f"{language}: other placeholders: {sources[0]}")
        text = folder / "qualkit.po"
        binary = text.with_suffix(".mo")
        if not text.exists() or text.read_bytes() != po(catalog):
            found.append(f"{text.name} for {language} is out of date: run python tools/tui_messages.py")
        elif not binary.exists() or binary.read_bytes() != compiled(text):
            found.append(f"{binary.name} for {language} is out of date: run python tools/tui_messages.py")
    return found


def _fields(text: str) -> set[str]:
    import string

    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def main() -> int:
    if "--check" not in sys.argv[1:]:
        for language in LANGUAGES:
            folder = LOCALE / language / "LC_MESSAGES"
            folder.mkdir(parents=True, exist_ok=True)
            catalog = updated(language)
            (folder / "qualkit.po").write_bytes(po(catalog))
            (folder / "qualkit.mo").write_bytes(compiled(folder / "qualkit.po"))
    found = faults()
    print("\n".join(found) or "All strings are translated.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
