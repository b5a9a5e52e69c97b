"""A Python module as a child process that cannot outlive this one.

The child runs as `python -m solulu.core.child MODULE ARGUMENTS`. Its standard input is a pipe from its parent, and it
ends when that closes, however the parent died, even while it is still importing the module. Linux's PR_SET_PDEATHSIG
would fire as soon as the thread that started the child ends, and exists on Linux alone.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr

from solulu.core.settings import Settings

_GRACE_SECONDS = 5.0
_TAIL_BYTES = 16_384


class Child:
    """A module that runs as a child process, with its output appended to a log file."""

    def __init__(self, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            # A session of its own: Ctrl-C reaches the parent alone, which then stops its children in order.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "solulu.core.child", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative where a signal ended it; None while it runs."""
        return self._process.poll()

    def stop(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        """Asks it to end, makes it end after a while, and returns when it has."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(grace_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def last_lines(self, count: int = 12) -> str:
        """The end of its log."""
        with self._log.open("rb") as file:
            file.seek(max(self._log.stat().st_size - _TAIL_BYTES, 0))
            lines = file.read().decode("utf-8", "replace").splitlines()
        return "\n".join(lines[-count:])


def settings_environment(settings: Settings, fields: Sequence[str]) -> dict[str, str]:
    """Some fields of the settings as the environment that makes a child read the same ones; unset ones are left out."""
    values = {**{name: getattr(settings, name) for name in fields}, "home": settings.home.absolute()}
    return {f"SOLULU_{name.upper()}": _text(value) for name, value in values.items() if value is not None}


def exit_words(code: int) -> str:
    """How a process ended, for people."""
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name
    return f"was killed by {name}" + (", perhaps because memory ran out" if name == "SIGKILL" else "")


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, (list, tuple)):
        return json.dumps([str(item) for item in value])
    return str(value)


def _end_with_parent() -> None:
    def watch() -> None:
        while os.read(0, 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


if __name__ == "__main__":
    _end_with_parent()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
