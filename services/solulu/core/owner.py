"""Who holds something: a process of a host, told from a later process that got its number.

A host is what shares a name and the numbers of processes: two containers of one pod do not, for each counts its own.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """`host:pid:start` of this process."""
    return f"{_host()}:{os.getpid()}:{_start_time(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Whether `owner` was a process of this host and is gone. Of another host's processes nothing is known: False."""
    host, pid, start = owner.rsplit(":", 2)
    return host == _host() and _start_time(int(pid)) != start


def _host() -> str:
    """The host's name; on Linux with the number of the namespace that process ids are counted in."""
    namespace = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}/{namespace.stat().st_ino}" if namespace.exists() else socket.gethostname()


def _start_time(pid: int) -> str:
    """When a process started, in the kernel's own unit; empty if there is none. Without /proc, whether it is there."""
    if not Path("/proc/self/stat").exists():
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return ""
        except PermissionError:
            pass
        return "there"
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
