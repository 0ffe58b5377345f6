"""What a failure may say."""

from __future__ import annotations


def line_of(err: str) -> str:
    """The one line of a failure."""
    assert err.count("\n") == 1, err
    return err.strip()
