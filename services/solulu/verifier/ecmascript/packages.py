"""Where JavaScript's dependencies lie: in a folder of packages, `node_modules`, or in one nearer to the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from solulu.core.errors import InvalidArgument
from solulu.languages import for_path
from solulu.verifier.case import Case
from solulu.verifier.ecmascript.repository import SUFFIXES, EcmaRepository, summarize_file
from solulu.verifier.ecmascript.standard import standard_library
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
    of_node = standard_library().derived(EcmaRepository).ambient
    for specifier in (summary or {}).get("i", ()):
        parts = specifier.split("/")
        if not specifier.startswith((".", "/", "node:")) and specifier not in of_node:
            names.add("/".join(parts[:2]) if specifier.startswith("@") else parts[0])
    places = [*_around(PurePosixPath(case.path), root.parent), root]
    for name in sorted(names):
        declared = f"@types/{name.removeprefix('@').replace('/', '__')}"
        for package in (name, declared):
            place = next((place for place in places if (place / package / "package.json").is_file()), root)
            files = _files(place / package)
            if files:
                yield Package(package, place / package, files)


def default_packages(repo: Path | None) -> Path | None:
    """The repository's own `node_modules`; there is no other place."""
    own = repo / "node_modules" if repo else None
    return own if own and own.is_dir() else None


def _around(path: PurePosixPath, repo: Path) -> Iterator[Path]:
    """The `node_modules` that Node looks into first, between a file and the repository's root."""
    if not path.is_absolute() and ".." not in path.parts:
        yield from (repo / above / "node_modules" for above in path.parents if above.parts)


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
