"""What this machine has, or lends: cores and memory."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

MIB = 1024 * 1024


def cores() -> int:
    """Cores that this process may use: a cluster lends some of a machine's."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


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
    """Memory of this machine, or what a cluster lends of it, in MiB; 0 where it cannot be told."""
    with suppress(AttributeError, OSError, ValueError):
        return min([os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *_limits()]) // MIB
    return 0


def _limits(process: Path = Path("/proc/self/cgroup"), groups: Path = Path("/sys/fs/cgroup")) -> list[int]:
    """Bytes that the control groups of this process allow it, from its own up (Linux, version 2)."""
    found = []
    with suppress(OSError, UnicodeError):
        own = next((line[3:] for line in process.read_text().splitlines() if line.startswith("0::")), "/")
        group = groups / own.lstrip("/")
        for folder in (group, *group.parents):
            with suppress(OSError, ValueError):  # "max" is no limit
                found.append(int((folder / "memory.max").read_text()))
            if folder == groups:
                break
    return found
