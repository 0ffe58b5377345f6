"""How much memory this process has used at most, and how much this machine has."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

MIB = 1024 * 1024


def peak_mib() -> int:
    """Peak resident memory of this process in MiB; 0 where it cannot be told (Windows)."""
    with suppress(OSError, ValueError, IndexError):
        # getrusage would count the parent's memory too: a child begins with its parent's peak
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB
    return 0


def machine_mib() -> int:
    """Memory of this machine in MiB; 0 where it cannot be told."""
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    return 0
