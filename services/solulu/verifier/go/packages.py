"""Where Go's dependencies lie: in a repository's vendor folder, or in the module cache.

The cache may hold several versions of a module; the few newest are read, and `go.mod` says later which of them counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from solulu.core.errors import InvalidArgument
from solulu.verifier.case import Case
from solulu.verifier.go.standard import standard_packages
from solulu.verifier.go.summary import parse, summarize
from solulu.verifier.go.world import VENDORED
from solulu.verifier.rules import Package

_MOST_VERSIONS = 4
_CAPITAL = re.compile(r"[A-Z]")
_ESCAPED = re.compile(r"!([a-z])")


def packages(case: Case, folder: Path) -> Iterator[Package]:
    """The modules, or the vendored packages, that the case's file imports."""
    if not folder.is_dir():
        raise InvalidArgument(f"there is no folder {folder} with packages")
    data = case.data
    paths = {path for _, path in summarize(parse(data).root_node, data).get("i", ())}
    is_vendor = folder.name == "vendor" or (folder / "modules.txt").is_file()
    found: dict[str, Package] = {}
    for path in sorted(paths - standard_packages().folders.keys()):
        if _is_safe(path):
            for package in _vendored(path, folder) if is_vendor else _cached(path, folder):
                found.setdefault(package.name, package)
    yield from found.values()


def default_packages(repo: Path | None) -> Path | None:
    """The repository's own `vendor`, else the module cache."""
    own = repo / "vendor" if repo else None
    if own and own.is_dir():
        return own
    home = os.environ.get("GOMODCACHE") or Path(os.environ.get("GOPATH") or Path.home() / "go") / "pkg" / "mod"
    return Path(home) if Path(home).is_dir() else None


def _vendored(path: str, folder: Path) -> Iterator[Package]:
    root = folder / path
    files = tuple(file for file in sorted(root.glob("*.go")) if _is_plain(file))
    if files:
        yield Package(f"{path}{VENDORED}", root, files)


def _cached(path: str, folder: Path) -> Iterator[Package]:
    """Every version of the module with the longest path that a package's path begins with."""
    parts = [_CAPITAL.sub(lambda capital: f"!{capital[0].lower()}", part) for part in path.split("/")]
    for length in range(len(parts), 0, -1):
        parent, name = folder.joinpath(*parts[: length - 1]), parts[length - 1]
        roots = [root for root in parent.glob(f"{name}@*") if root.is_dir() and not root.is_symlink()]
        for root in sorted(roots, key=_version, reverse=True)[:_MOST_VERSIONS]:
            module = _ESCAPED.sub(lambda escaped: escaped[1].upper(), root.relative_to(folder).as_posix())
            below = sorted(file for file in root.rglob("*") if file.suffix == ".go" or file.name == "go.mod")
            yield Package(module, root, tuple(file for file in below if _is_plain(file)))
        if roots:
            return


def _version(root: Path) -> tuple[list[int], str]:
    version = root.name.rpartition("@")[2]
    return [int(number) for number in re.findall(r"\d+", version.partition("-")[0])], version


def _is_safe(path: str) -> bool:
    return all(re.fullmatch(r"[\w.~+-]*\w[\w.~+-]*", part) for part in path.split("/"))


def _is_plain(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and not file.name.endswith("_test.go")
