"""The command line, called in this process."""

from __future__ import annotations

from solulu.cli.main import main


def solulu(*arguments: object) -> int:
    """Runs a command and returns its exit code; what it prints is the test's to capture."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0
