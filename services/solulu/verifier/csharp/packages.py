"""Where C#'s dependencies lie as source: in folders below `--packages`. What NuGet installs is compiled: not read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solulu.core.errors import InvalidArgument
from solulu.languages.csharp import CSHARP
from solulu.verifier.case import Case
from solulu.verifier.csharp.repository import usings_of
from solulu.verifier.csharp.summary import summarize
from solulu.verifier.rules import Package


def packages(case: Case, folder: Path) -> Iterator[Package]:
    """The folders that are named like a namespace that the case's file uses, or like one around it."""
    if not folder.is_dir():
        raise InvalidArgument(f"there is no folder {folder} with packages")
    data = case.data
    summary = summarize(data, CSHARP.parse(data))
    used = {name.rpartition("|")[2].lower() for name in usings_of(summary).namespaces}
    for root in sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()):
        name = root.name.lower()
        if any(space == name or space.startswith(name + ".") for space in used):
            files = tuple(path for path in sorted(root.rglob("*.cs")) if path.is_file() and not path.is_symlink())
            if files:
                yield Package(root.name, root, files)


def default_packages(repo: Path | None) -> Path | None:
    """None: a checkout has its dependencies compiled, if at all."""
    return None
