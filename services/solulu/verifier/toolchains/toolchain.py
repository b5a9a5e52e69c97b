"""What a compiler is to the verifier: something that lists the errors of one file of a repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from solulu.verifier.toolchains.sandbox import Answer, Sandbox


@dataclass(frozen=True)
class Diagnostic:
    """An error, where the tool places it."""

    line: int
    """1-based."""
    message: str


class Toolchain(Protocol):
    """One compiler or type checker."""

    languages: tuple[str, ...]

    def is_installed(self) -> bool:
        """Whether it can be asked here."""

    def errors(self, root: Path, path: str, sandbox: Sandbox) -> list[Diagnostic] | None:
        """The errors of the file at `path` in the repository at `root`; None where the tool cannot be asked about that
        file, or gave no answer. Code of the repository is read and never run."""


def parsed(
    answer: Answer | None, pattern: re.Pattern[str], root: Path, path: str, where: Path
) -> list[Diagnostic] | None:
    """The diagnostics on one file in what a tool printed, whose paths are relative to `where`; None where it failed
    without a diagnostic on any file."""
    if answer is None:
        return None
    matches = [found for line in answer.output.splitlines() if (found := pattern.match(line))]
    if answer.status and not matches:
        return None
    wanted = (root / path).resolve()
    return [
        Diagnostic(int(found["line"]), found["message"].strip())
        for found in matches
        if (where / found["path"]).resolve() == wanted
    ]
