"""The files of this clone, for the tests that hold for all of them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = "services/solulu/v1/"


@cache
def files(*suffixes: str) -> list[str]:
    """Paths of what is, or is about to be, committed, sorted; with one of the suffixes, or all."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git clone: what belongs to the source is not known")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    names = sorted({name for name in listed if name and (ROOT / name).is_file()})
    return [name for name in names if not suffixes or name.endswith(suffixes)]


def modules(*folders: str) -> list[str]:
    """Paths of the Python modules under some folders, without the generated ones."""
    return [name for name in files(".py") if name.startswith(folders) and not name.startswith(GENERATED)]


def read(name: str) -> str:
    """A file's text."""
    return (ROOT / name).read_text(encoding="utf-8")
