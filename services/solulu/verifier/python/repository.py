"""What Python sees in a repository: its modules by dotted name, and what makes them uncertain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from posixpath import basename
from typing import Any

from tree_sitter import Tree

from solulu.verifier.python.modules import dotted_names
from solulu.verifier.python.scopes import analyze
from solulu.verifier.python.source import read
from solulu.verifier.python.summary import ModuleSummary, from_json, simple_base, simple_name, summarize, to_json
from solulu.verifier.repository import Repository, SymbolIndex

_OPAQUE_SUFFIXES = (".so", ".pyd", ".pyx", ".pyi")
"""Files that are modules, but not ones that can be read here."""
_OPAQUE = {"o": 1}
_NATIVE_SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".pyx", ".pxd", ".rs", ".f", ".f90", ".zig")
_BUILD_FILES = ("pyproject.toml", "setup.cfg", "MANIFEST.in", ".gitignore", "meson.build", "BUILD", "hatch.toml")
"""Files that may name modules which a build makes; their words are what is wanted of them."""


def reads(path: str) -> bool:
    """Whether a file is a Python module, or may name one that a build makes."""
    return path.endswith((".py", *_OPAQUE_SUFFIXES)) or basename(path) in _BUILD_FILES


def summarize_file(path: str, data: bytes | None, tree: Tree | None = None) -> dict[str, Any] | None:
    """The summary of a file as JSON; the interpreter's own parser reads it, so tree-sitter's tree is not needed."""
    if basename(path) in _BUILD_FILES:
        return None
    if data is None or path.endswith(_OPAQUE_SUFFIXES):
        return _OPAQUE
    return to_json(module_summary(data.decode("utf-8", "replace")))


def module_summary(text: str) -> ModuleSummary:
    """What a Python file offers; anything may be in one that cannot be read."""
    source = read(text)
    return ModuleSummary() if source is None else summarize(analyze(source))


class PythonRepository:
    """The Python files of a repository."""

    def __init__(self, repo: Repository) -> None:
        everything: Mapping[str, Any] = repo.summaries.get("python", {})
        self.modules = {path: summary for path, summary in everything.items() if summary != _OPAQUE}
        """Summaries by path, as JSON."""
        self.opaque = sorted({path.partition(".")[0].replace("/", ".") for path in everything.keys() - self.modules})
        """Dotted names of modules that are there but cannot be read."""
        self.has_native_code = any(path.endswith(_NATIVE_SUFFIXES) for path in repo.files)
        self._summaries: dict[str, ModuleSummary] = {}

    @cached_property
    def by_name(self) -> Mapping[str, list[str]]:
        """Paths of the files that a dotted name may mean."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(self.modules):
            for name in dotted_names(path, self.modules):
                found[name].append(path)
        return dict(found)

    @cached_property
    def packages(self) -> frozenset[str]:
        """Every dotted name that has something below it."""
        parents = {name.rpartition(".")[0] for name in self.by_name}
        return frozenset(parent for name in parents for parent in _prefixes(name))

    @cached_property
    def opaque_names(self) -> frozenset[str]:
        """The simple names of the modules that cannot be read."""
        return frozenset(simple_name(module) for module in self.opaque)

    def summary(self, path: str) -> ModuleSummary:
        """What the Python file at `path` offers."""
        if path not in self._summaries:
            self._summaries[path] = from_json(self.modules[path])
        return self._summaries[path]

    @cached_property
    def assigned(self) -> frozenset[str]:
        """Attributes that some file assigns to objects that it did not make."""
        return frozenset(name for summary in self.modules.values() for name in summary.get("a", ()))


class PythonIndex:
    """The classes of all repositories of an index."""

    def __init__(self, index: SymbolIndex) -> None:
        self._views = {name: repo.derived(PythonRepository) for name, repo in sorted(index.repositories.items())}

    @cached_property
    def classes_called(self) -> Mapping[str, list[tuple[str, str, str]]]:
        """Repository, path and qualified name of every class, by its simple name."""
        found: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for name, repo in self._views.items():
            for path in sorted(repo.modules):
                for qualified in repo.summary(path).classes:
                    found[simple_name(qualified)].append((name, path, qualified))
        return dict(found)

    @cached_property
    def subclasses(self) -> Mapping[str, frozenset[str]]:
        """Simple names of the classes that inherit from something with a name."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for repo in self._views.values():
            for path in repo.modules:
                for qualified, body in repo.summary(path).classes.items():
                    for base in body.bases:
                        found[simple_base(base)].add(simple_name(qualified))
        return {base: frozenset(names) for base, names in found.items()}


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1) if parts[0]]
