"""Where JavaScript's dependencies lie: in a folder of packages, `node_modules`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solulu.core.errors import InvalidArgument
from solulu.languages import for_path
from solulu.verifier.case import Case
from solulu.verifier.ecmascript.repository import SUFFIXES, summarize_file
from solulu.verifier.rules import Package

_MOST_FILES = 4_000
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")


def packages(case: Case, folder: Path) -> Iterator[Package]:
    """The packages that the case's file imports, with those that only declare their types."""
    if not folder.is_dir():
        raise InvalidArgument(f"there is no folder {folder} with packages")
    root = folder / "node_modules" if (folder / "node_modules").is_dir() else folder
    language = for_path(case.path)
    data = case.data
    summary = summarize_file(case.path, data) if language else {}
    names = set()
    for specifier in (summary or {}).get("i", ()):
        parts = specifier.split("/")
        if not specifier.startswith((".", "/", "node:")):
            names.add("/".join(parts[:2]) if specifier.startswith("@") else parts[0])
    for name in sorted(names):
        declared = f"@types/{name.removeprefix('@').replace('/', '__')}"
        for package in (name, declared):
            files = _files(root / package)
            if files:
                yield Package(package, root / package, files)


def default_packages(repo: Path | None) -> Path | None:
    """The repository's own `node_modules`; there is no other place."""
    own = repo / "node_modules" if repo else None
    return own if own and own.is_dir() else None


def _files(folder: Path) -> tuple[Path, ...]:
    """A package's declarations, or where it has none its code, and what its package.json says; nothing that lies below
    another `node_modules`, and no links that lead elsewhere."""
    if not (folder / "package.json").is_file():
        return ()
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.name.endswith(SUFFIXES) and path.is_file() and not path.is_symlink()
        and "node_modules" not in path.relative_to(folder).parts
    ][:_MOST_FILES]  # fmt: skip
    declared = [path for path in found if path.name.endswith(_DECLARATIONS)]
    return (folder / "package.json", *(declared or found))
