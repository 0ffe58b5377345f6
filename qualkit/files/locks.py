"""Locks between processes, one file each under ``.qualkit/locks``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from qualkit.errors import Conflict
from qualkit.files.atomic import make_folder, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT = 20.0
"""Seconds to wait for another process; whoever holds a lock holds it for one write."""


@contextmanager
def holding(work: Path, name: str, wait: float = WAIT) -> Iterator[None]:
    """Hold the lock ``name`` of the project whose work folder is ``work``.

    The system lets go when a process dies, so a lock never has to be removed by
    hand. Raises :class:`Conflict` when another process keeps it longer than
    ``wait`` seconds.
    """
    from filelock import FileLock, Timeout  # 20 ms that reading does not need

    path = work / "locks" / f"{name}.lock"
    make_folder(path.parent)
    lock = FileLock(path, timeout=wait)
    try:
        lock.acquire()
    except Timeout:
        raise Conflict(
            f"{path}: another Qualkit process is writing.", "Wait until it has finished and try again."
        ) from None
    except OSError as error:
        raise refusal(path, error) from error
    try:
        yield
    finally:
        lock.release()
