"""Rust: `rustc` checks the crate that the file belongs to. Not cargo: a build script is a program of the repository.

So only crates without dependencies, or whose golden compiles without them, can be asked about. They are built with
their default features, as far as these need no dependency.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from pathlib import Path

from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, parsed

_LINE = re.compile(r"(?P<path>[^\s:][^:]*\.rs):(?P<line>\d+):\d+: error(?:\[\w+\])?: (?P<message>.*)")
_EDITION = re.compile(r"^\s*edition\s*=\s*\"(\d{4})\"", re.M)
_ROOTS = ("src/lib.rs", "src/main.rs")


class Rustc:
    """The compiler, up to types and borrows; no code is generated."""

    languages: tuple[str, ...] = ("rust",)

    def is_installed(self) -> bool:
        """Whether `rustc` is on the PATH."""
        return shutil.which("rustc") is not None

    def errors(self, root: Path, path: str, sandbox: Sandbox) -> list[Diagnostic] | None:
        """The compiler's errors; None for files that the crate does not hold."""
        file = root / path
        crate = next((folder / name for folder in file.parents for name in _ROOTS if (folder / name).is_file()), None)
        if crate is None or not crate.is_relative_to(root):
            return None
        out = sandbox.folder / "rust"
        out.mkdir(parents=True, exist_ok=True)
        edition = self._edition(crate.parent.parent)
        features = [word for name in _features(crate.parent.parent) for word in ("--cfg", f'feature="{name}"')]
        command = ["rustc", "--edition", edition, "--crate-type", "lib", "--crate-name", "it", "--out-dir", str(out),
                   "--emit=metadata,dep-info", "--error-format=short", "--cap-lints=allow", *features,
                   str(crate)]  # fmt: skip
        answer = sandbox.run(command, crate.parent.parent, self._environment(), memory_bytes=8_000_000_000)
        found = parsed(answer, _LINE, root, path, crate.parent.parent)
        listed = out / "it.d"
        holds_file = listed.is_file() and str(file) in listed.read_text("utf-8", "replace")
        # Errors elsewhere, as of a crate that is not there, end the work before types are looked at.
        is_incomplete = answer is not None and answer.status != 0 and not found
        return None if is_incomplete or not holds_file else found

    def _edition(self, folder: Path) -> str:
        manifest = folder / "Cargo.toml"
        found = _EDITION.search(manifest.read_text("utf-8", "replace")) if manifest.is_file() else None
        return found[1] if found else "2021"

    def _environment(self) -> dict[str, str]:
        """Where rustup keeps the compiler: its command looks below the home, which is another one here."""
        home = Path("~").expanduser()
        return {name: os.environ.get(name) or str(home / folder) for name, folder in (("RUSTUP_HOME", ".rustup"),)}


def _features(folder: Path) -> list[str]:
    """The default features of the crate in a folder, without those that a dependency would have to be there for."""
    manifest = folder / "Cargo.toml"
    try:
        features = tomllib.loads(manifest.read_text()).get("features", {}) if manifest.is_file() else {}
    except ValueError:
        return []
    found: set[str] = set()
    for name in features.get("default", ()):
        needed = {name}
        waiting = [name]
        while waiting:
            more = {entry for entry in features.get(waiting.pop(), ()) if "?/" not in entry} - needed
            needed |= more
            waiting += more
        if needed <= features.keys():
            found |= needed
    return sorted(found)
