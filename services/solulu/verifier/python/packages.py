"""Where Python's dependencies lie: in a folder of packages, or in a virtual environment."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from solulu.core.errors import InvalidArgument
from solulu.verifier.case import Case
from solulu.verifier.python.repository import module_summary
from solulu.verifier.rules import Package

_SUFFIXES = (".py", ".pyi", ".so", ".pyd")


def packages(case: Case, folder: Path) -> Iterator[Package]:
    """The top-level modules and packages that the case's file imports, the standard library left out."""
    root = _site_packages(folder)
    summary = module_summary(case.text)
    tops = {module.partition(".")[0] for module, level in summary.imports if level == 0}
    for name in sorted(tops - sys.stdlib_module_names - {""}):
        files = _files(root, name)
        if files:
            yield Package(name, root, files)


def default_packages(repo: Path | None) -> Path | None:
    """The repository's own `.venv`, else the running environment."""
    own = repo / ".venv" if repo else None
    return own if own and own.is_dir() else Path(sysconfig.get_path("purelib"))


def _site_packages(folder: Path) -> Path:
    """Where a virtual environment has its packages; any other folder is taken to hold them itself."""
    if not folder.is_dir():
        raise InvalidArgument(f"there is no folder {folder} with packages")
    found = sorted(folder.glob("lib/python*/site-packages")) + sorted(folder.glob("Lib/site-packages"))
    return found[-1] if found else folder


def _files(root: Path, name: str) -> tuple[Path, ...]:
    """Code and extension modules of a top-level name, without links that lead elsewhere."""
    if not name.isidentifier():
        return ()
    below = sorted((root / name).rglob("*")) if (root / name).is_dir() else []
    return tuple(
        path
        for path in [*below, *sorted(root.glob(f"{name}.*"))]
        if path.suffix in _SUFFIXES and path.is_file() and not path.is_symlink()
    )
