"""What a Cargo manifest says of its crates: where they begin, what they are called, and what they depend on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

_DEPENDENCIES = ("dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies")
_ROOTS = re.compile(r"(?:src/(?:lib|main)|build|(?:src/bin|tests|examples|benches)/[^/]+(?:/main)?)\.rs")
_TARGETS = ("bin", "test", "example", "bench")


def summarize_manifest(data: bytes) -> dict[str, Any] | None:
    """The facts in a `Cargo.toml`; None where it cannot be read."""
    try:
        read = tomllib.loads(data.decode())
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    found: dict[str, Any] = {"d": {name: package for table in _tables(read) for name, package in _depended(table)}}
    workspace = _table(read, "workspace")
    found["w"] = dict(_depended(_table(workspace, "dependencies")))
    package = _table(read, "package")
    if isinstance(package.get("name"), str):
        found["n"] = package["name"]
    edition = package.get("edition", "2015")
    found["e"] = edition if isinstance(edition, str) else "2021"
    library = _table(read, "lib")
    if library.get("proc-macro") is True or library.get("proc_macro") is True:
        found["P"] = 1
    if isinstance(library.get("name"), str):
        found["l"] = library["name"]
    listed = [target for kind in _TARGETS for target in _list(read, kind)]
    paths = [target["path"] for target in [library, *listed] if isinstance(target.get("path"), str)]
    found["r"] = sorted({str(PurePosixPath(path)) for path in paths})
    if isinstance(library.get("path"), str):
        found["L"] = str(PurePosixPath(library["path"]))
    return found


def roots(manifest: Mapping[str, Any], folder: str, paths: Collection[str]) -> Iterator[str]:
    """The files of `paths` that crates of a manifest begin with."""
    start = f"{folder}/" if folder else ""
    for path in paths:
        below = path.removeprefix(start)
        if path.startswith(start) and (_ROOTS.fullmatch(below) or below in manifest["r"]):
            yield path


def _tables(read: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in _DEPENDENCIES:
        yield _table(read, name)
        for target in _table(read, "target").values():
            yield _table(target, name)


def _depended(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name in the code, name of the package) of dependencies."""
    for name, wanted in table.items():
        package = wanted.get("package") if isinstance(wanted, dict) else None
        yield name.replace("-", "_"), package if isinstance(package, str) else name


def _table(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = value.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
