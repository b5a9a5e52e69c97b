"""The command line: called in this process, and the program for a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from solulu.cli.main import main

COMMAND = str(Path(sys.executable).with_name("solulu"))
"""The program as it is installed here."""


def solulu(*arguments: object) -> int:
    """Runs a command and returns its exit code; what it prints is the test's to capture."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0
