"""C++ has no place where dependencies lie: what a repository vendors is a part of it, all else is unknown."""

from __future__ import annotations

from pathlib import Path

from solulu.verifier.case import Case
from solulu.verifier.rules import Package


def packages(case: Case, folder: Path) -> tuple[Package, ...]:
    """None."""
    return ()


def default_packages(repo: Path | None) -> Path | None:
    """No such place."""
    return None
