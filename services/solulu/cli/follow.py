"""Following a job to its end, and what Ctrl-C means meanwhile: the job is the server's, so it is left running."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from solulu.cli.output import notes
from solulu.cli.progress import display

if TYPE_CHECKING:
    from solulu.client import JobHandle
    from solulu.v1.artifact_pb2 import Artifact


def follow(handle: JobHandle, name: str) -> Artifact:
    """Shows progress until the job has succeeded, and returns its artifact. Raises JobError if it has not.

    Ctrl-C asks what to do with the job; where nobody can answer, it is left running. Exits with 1 then.
    """
    while True:
        try:
            with display() as shown:
                return handle.wait(lambda job: shown.update(name, job))
        except KeyboardInterrupt:
            if not _goes_on(handle):
                raise typer.Exit(1) from None


def _goes_on(handle: JobHandle) -> bool:
    """Asks, and does what was answered; whether to go on following."""
    job = handle.id[:8]
    if sys.stdin.isatty():
        try:
            answer = typer.prompt("[d]etach, [c]ancel the job, or go [o]n following?", default="d", err=True)
        except (typer.Abort, KeyboardInterrupt):
            answer = "d"
        if answer.lower().startswith("o"):
            return True
        if answer.lower().startswith("c"):
            handle.cancel()
            notes().print(f"job {job} is being cancelled; run the same command again to continue it")
            return False
    notes().print(
        f"job {job} goes on\n  solulu jobs watch {job}   follows it again\n  solulu jobs cancel {job}  stops it"
    )
    return False
