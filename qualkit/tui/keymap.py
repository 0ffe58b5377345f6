"""The user's own keys: ``[keys]`` in the user's configuration, checked before the first screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qualkit.errors import BadFile
from qualkit.tui.actions import ACTIONS, every

if TYPE_CHECKING:
    from pathlib import Path

TOGETHER = (
    ("app", "project", "rows"),
    ("app", "review", "transcript"),
    ("app", "view", "rows", "matrix"),
    ("app", "view", "rows", "search"),
    ("app", "view", "rows", "codebook"),
    ("app", "view", "rows", "clusters"),
    ("app", "view", "rows", "bulk"),
    ("app", "view", "rows", "settle"),
    ("app", "split", "rows"),
    ("app", "picker"),
    ("app", "editor"),
    ("app", "prompt"),
    ("app", "menu", "rows"),
)
"""Panes whose keys work at the same time: within one line no key may have two meanings."""


def keymap(config: Mapping[str, Any], path: Path) -> dict[str, str]:
    """Action id → keys, from the ``[keys]`` table.

    Raises :class:`BadFile` that names what is unknown, or both actions of a clash.
    """
    table = config.get("keys", {})
    if not isinstance(table, Mapping):
        raise BadFile(path, "keys must be a table.", "Write [keys] on a line of its own.")
    known = {action.id for action in every()}
    chosen: dict[str, str] = {}
    for name, keys in _flat(table):
        if name not in known:
            raise BadFile(path, f"keys: {name} is not an action.", _nearest(name, known))
        if not isinstance(keys, str) or not keys.strip():
            raise BadFile(
                path, f"keys: {name} must be a key in quotes.", f'Write for instance "{name}" = "f5".'
            )
        chosen[name] = ",".join(key.strip() for key in keys.split(","))
    clash = clashes(chosen)
    if clash:
        raise BadFile(path, f"keys: {clash[0]}.", "Give one of them another key.")
    return chosen


def clashes(chosen: Mapping[str, str]) -> list[str]:
    """Keys that would mean two things at once, as sentences without a full stop."""
    from textual.keys import _character_to_key

    found = []
    for groups in TOGETHER:
        holder: dict[str, str] = {}
        for group in groups:
            for action in ACTIONS[group]:
                for key in chosen.get(action.id, action.keys).split(","):
                    name = _character_to_key(key) if len(key) == 1 else key
                    other = holder.setdefault(name, action.id)
                    if other != action.id:
                        sentence = f"{key} would be both {other} and {action.id}"
                        if sentence not in found:
                            found.append(sentence)
    return found


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """``review.accept = "a"`` is a table in a table for TOML: names joined with dots again."""
    pairs: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{name}.")
        else:
            pairs.append((prefix + name, value))
    return pairs


def _nearest(name: str, known: set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name, sorted(known), 1)
    return f"Did you mean {near[0]}?" if near else "docs/tui.md lists them."
