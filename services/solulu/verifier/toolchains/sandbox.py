"""A place to run a compiler on code that strangers wrote: no network, limits, a clean environment, an empty home.

What it protects against: a compiler that fetches, fills the disk, never ends or eats the memory. What it does not: a
compiler with a hole in it, and code that names a file outside (`#include "/etc/passwd"`) and shows up in a message.
Run it in a container where that matters. Tools that would run the repository's code (build scripts, annotation
processors, plugins) are called so that they do not.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MAX_FILE_BYTES = 1_000_000_000
MAX_OUTPUT_CHARACTERS = 4_000_000
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "JAVA_HOME")


@dataclass(frozen=True)
class Answer:
    """What a command did."""

    status: int
    """0 where it says that all is well."""
    output: str
    """What it printed on either stream."""


@dataclass(frozen=True)
class Sandbox:
    """Limits, and a folder of its own."""

    folder: Path
    """Home, temporary files and caches of what runs here."""
    seconds: float = 120.0
    """For one run, of the clock; as much of a CPU's time for each process."""

    def run(
        self, command: Sequence[str], where: Path, environment: Mapping[str, str], memory_bytes: int = 0
    ) -> Answer | None:
        """What a command answers; None where it did not end in time.

        `memory_bytes` limits the address space, for tools that do not reserve more of it than they use.
        """
        limits = f"ulimit -c 0 && ulimit -t {int(self.seconds) + 1} && ulimit -f {MAX_FILE_BYTES // 512}"
        limits += f" && ulimit -v {memory_bytes // 1024}" if memory_bytes else ""
        call = [*_without_network(), "/bin/sh", "-c", f'{limits} && exec "$@"', "sh", *command]
        process = subprocess.Popen(
            call, cwd=where, env=self._environment() | dict(environment), start_new_session=True, text=True,
            errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            output, _ = process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _end(process)
        return Answer(process.returncode, output[:MAX_OUTPUT_CHARACTERS])

    def _environment(self) -> dict[str, str]:
        home, temporary = self.folder / "home", self.folder / "tmp"
        for folder in (home, temporary):
            folder.mkdir(parents=True, exist_ok=True)
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return passed | {"HOME": str(home), "TMPDIR": str(temporary), "LC_ALL": "C.UTF-8"}


def _end(process: subprocess.Popen[str]) -> None:
    """Ends what is left of a process and its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.communicate()


@cache
def _without_network() -> tuple[str, ...]:
    """The command that takes the network away, where this kernel lets us; the tools' own offline switches stay."""
    command = ("unshare", "--map-root-user", "--net")
    if not shutil.which("unshare"):
        return ()
    done = subprocess.run([*command, "true"], capture_output=True)
    return command if done.returncode == 0 else ()
