"""Where Rust's dependencies lie: unpacked below Cargo's registry, or vendored.

A registry keeps the versions that any project of its user needed. Of those that are compatible the newest is read; a
crate that is there in several that are not is left out, since only the lock file of the asker says which is meant.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from solulu.verifier.case import Case
from solulu.verifier.rules import Package
from solulu.verifier.rust.cargo import summarize_manifest
from solulu.verifier.rust.standard import CRATES

_NAMES = re.compile(r"\b([a-z_]\w*)\s*::|\bextern\s+crate\s+(\w+)|\buse\s+(?:::)?(\w+)\s*(?:;|as\b)")
_VERSION = re.compile(r"-(\d+\.\d[\w.+-]*)$")
_COMPATIBLE = re.compile(r"0\.\d+|\d+")
_NO_CRATES = frozenset({*CRATES, "crate", "self", "super", "test"})


def packages(case: Case, folder: Path) -> Iterator[Package]:
    """The crates that the case's file names and that a folder holds, each in its newest version."""
    named = {name for found in _NAMES.findall(case.text) for name in found if name}
    known: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(_folders(folder), key=_version):
        known[_VERSION.sub("", path.name).replace("-", "_")].append(path)
    for name in sorted(named & known.keys() - _NO_CRATES):
        root = known[name][-1]
        is_one = len({_line(path) for path in known[name]}) == 1
        if is_one and summarize_manifest((root / "Cargo.toml").read_bytes()):
            files = [
                file
                for file in sorted([root / "Cargo.toml", *(root / "src").rglob("*.rs")])
                if file.is_file() and not file.is_symlink()
            ]
            yield Package(name, root, tuple(files))


def default_packages(repo: Path | None) -> Path | None:
    """The repository's own `vendor`, else Cargo's registry of the user."""
    own = repo / "vendor" if repo else None
    if own and own.is_dir():
        return own
    registry = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo") / "registry" / "src"
    return registry if registry.is_dir() else None


def _folders(folder: Path) -> Iterator[Path]:
    """Unpacked crates in a folder, or in the folders in it, one for each registry."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (path / "Cargo.toml").is_file():
            yield path
        elif path.is_dir():
            yield from (below for below in sorted(path.iterdir()) if (below / "Cargo.toml").is_file())


def _version(path: Path) -> tuple[str, list[int]]:
    found = _VERSION.search(path.name)
    return _VERSION.sub("", path.name), [int(part) for part in re.findall(r"\d+", found[1])] if found else []


def _line(path: Path) -> str:
    """What versions that can stand for each other have in common."""
    found = _VERSION.search(path.name)
    line = _COMPATIBLE.match(found[1]) if found else None
    return line[0] if line else ""
