"""Reading JSON that people edit by hand: every fault is a :class:`BadFile` that names its place.

A place is a path such as ``turns[3].words[2].end``. For faults of syntax it is the
line that the decoder gives.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from qualkit.errors import BadFile
from qualkit.files.text import decode, fault_in_line, read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Object = dict[str, Any]


class Unfit(Exception):
    """A value that is not what its place asks for; becomes a :class:`BadFile` where the path is known."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place} {message}" if place else message)


def _no_number(text: str) -> NoReturn:
    raise Unfit("", f"holds {text}, which is no number")


def parse_json(path: Path, text: str) -> Any:
    """The value of a JSON text. Raises :class:`BadFile` with the line of a fault of syntax."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise BadFile(
            path,
            f"this is not JSON: {error.msg} (column {error.colno}).",
            "Undo the last edit.",
            error.lineno,
        ) from None
    except (Unfit, RecursionError, ValueError) as error:
        message = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise BadFile(path, f"this is not JSON: {message}.", "Undo the last edit.") from None


def read_json(path: Path) -> Any:
    """The value that a JSON file holds. Raises :class:`BadFile`."""
    return parse_json(path, decode(path, read_bytes(path)))


def an_object(value: object, place: str, known: frozenset[str] | None = None) -> Object:
    """``value`` as a JSON object whose keys are all ``known``."""
    if not isinstance(value, dict):
        raise Unfit(place or "the file", "must be an object: {…}")
    if known is not None and not value.keys() <= known:
        unknown = min(value.keys() - known)
        raise Unfit(f"{place}.{unknown}".lstrip("."), "is not a key of this format")
    return value


def a_list(value: object, place: str) -> list[Any]:
    """``value`` as a JSON list."""
    if not isinstance(value, list):
        raise Unfit(place, "must be a list: […]")
    return value


def need(fields: Mapping[str, Any], key: str, place: str) -> Any:
    """The value of a key that must be there."""
    if key not in fields:
        raise Unfit(f"{place}.{key}".lstrip("."), "is missing")
    return fields[key]


def a_text(value: object, place: str) -> str:
    """``value`` as one line of text without control characters."""
    if not isinstance(value, str):
        raise Unfit(place, "must be text")
    if fault := fault_in_line(value):
        raise Unfit(place, fault)
    return value


def a_count(value: object, place: str) -> int:
    """``value`` as a whole number from 0 up."""
    if type(value) is not int or value < 0:
        raise Unfit(place, "must be a whole number, 0 or more")
    return value


def a_flag(value: object, place: str) -> bool:
    """``value`` as true or false."""
    if not isinstance(value, bool):
        raise Unfit(place, "must be true or false")
    return value


def a_share(value: object, place: str) -> float:
    """``value`` as a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Unfit(place, "must be a number from 0 to 1")
    return float(value)


def a_format(fields: Mapping[str, Any], path: Path, name: str, version: int) -> None:
    """Check the ``format`` of a file, ``NAME/VERSION``. Raises :class:`BadFile`."""
    check_format(fields.get("format"), path, name, version)


def check_format(value: object, path: Path, name: str, version: int, line: int = 0) -> None:
    """Check one format string. Raises :class:`BadFile` that tells a newer file from a foreign one."""
    if value == f"{name}/{version}":
        return
    if isinstance(value, str) and value.startswith(f"{name}/"):
        raise BadFile(
            path,
            f"{value} was written by a newer Qualkit; this one reads {name}/{version}.",
            "Update Qualkit.",
            line,
        )
    raise BadFile(
        path,
        f"format is {str(value)[:40]!r} where {name}/{version} is expected.",
        "Check that it is the right file.",
        line,
    )
