"""Write the tables of keys in docs/tui.md from the bindings; `--check` only compares."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["QUALKIT_LANG"] = "en"

from qualkit.tui.actions import ACTIONS, spelt
from qualkit.tui.dialogs import TITLES

DOCS = Path(__file__).parents[1] / "docs" / "tui.md"
BEGIN, END = "<!-- keys: written by tools/tui_keys.py -->", "<!-- end of keys -->"


def tables() -> str:
    """One table a pane."""
    parts = []
    for group, actions in ACTIONS.items():
        parts.append(f"### {TITLES[group]}\n\n| key | name | what it does | id |\n|---|---|---|---|")
        for action in actions:
            keys = " ".join(f"`{key}`" for key in spelt(action.keys).split(" ")).replace("|", "\\|")
            parts.append(f"| {keys} | {action.name} | {action.help} | `{action.id}` |")
        parts.append("")
    return "\n".join(parts)


def renewed(text: str) -> str:
    """The page with its tables as the bindings have them now."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{tables()}\n{END}{tail}"


def main() -> int:
    text = DOCS.read_text(encoding="utf-8")
    wanted = renewed(text)
    if "--check" in sys.argv[1:]:
        return int(text != wanted)
    DOCS.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
