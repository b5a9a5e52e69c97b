"""What Go sees in a repository: its packages by folder, and its modules by path.

A package is all files of a folder with one package clause. Build tags and file name suffixes choose among them when a
program is built; here a name that any file defines is defined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from solulu.verifier.go.modules import is_below, is_build_file
from solulu.verifier.repository import Repository, SymbolIndex

_OFTEN_MADE = re.compile(
    r"(?<![a-z])(?:gen|generated|mocks?|fakes?|protos?|pb|api|ent|docs|assets|statik|wire|string)(?![a-z])"
    r"|^(?:gen|mock)|(?:pb|proto|gen|mocks?)(?:v\d+\w*)?$|bindata"
)
"""In names of folders and files that programs make, and that not everybody keeps."""


@dataclass(frozen=True)
class Declaration:
    """A top-level name or a method, as one file declares it."""

    path: str
    """Of the file."""
    kind: str
    """`f` function, `t` type, `a` alias, `v` variable or constant of a type, `e` one with an expression, `l` constant
    whose default type is the text."""
    text: str
    parameters: frozenset[str] = frozenset()
    """Names of type parameters."""
    position: int = -1
    """Which result of the expression; -1 where it is the only one."""


@dataclass(frozen=True)
class Package:
    """The files of a folder with the same package clause."""

    repo: str
    folder: str
    clause: str
    files: Mapping[str, Mapping[str, Any]] = field(compare=False, hash=False, repr=False)
    """Summaries by path."""
    lacks_generated: bool = field(default=False, compare=False)
    """Whether it asks for a generator that seems not to have run."""

    @cached_property
    def names(self) -> Mapping[str, list[Declaration]]:
        """Declarations by name."""
        found: dict[str, list[Declaration]] = {}
        for path, summary in sorted(self.files.items()):
            for name, one in declared(path, summary):
                found.setdefault(name, []).append(one)
        return found

    @cached_property
    def methods(self) -> Mapping[str, Mapping[str, list[Declaration]]]:
        """Declarations of methods by receiver and name."""
        found: dict[str, dict[str, list[Declaration]]] = {}
        for path, summary in sorted(self.files.items()):
            for receiver in summary.get("m", {}):
                for name, one in methods_of(path, summary, receiver):
                    found.setdefault(receiver, {}).setdefault(name, []).append(one)
        return found

    @cached_property
    def unread(self) -> frozenset[str]:
        """Files that were not read in full."""
        return frozenset(path for path, summary in self.files.items() if "x" in summary)


def declared(path: str, summary: Mapping[str, Any]) -> Iterator[tuple[str, Declaration]]:
    """The top-level names of a file."""
    for name, (kind, text, *rest) in summary.get("d", {}).items():
        if rest and isinstance(rest[0], int):
            yield name, Declaration(path, kind, text, position=rest[0])
        else:
            yield name, Declaration(path, kind, text, frozenset(*rest))


def methods_of(path: str, summary: Mapping[str, Any], receiver: str) -> Iterator[tuple[str, Declaration]]:
    """The methods that a file gives a type."""
    for name, (text, *rest) in summary.get("m", {}).get(receiver, {}).items():
        yield name, Declaration(path, "f", text, frozenset(*rest))


def folder_of(path: str) -> str:
    """The folder of a file, empty for the root."""
    folder = PurePosixPath(path).parent.as_posix()
    return "" if folder == "." else folder


class GoRepository:
    """The Go files of a repository."""

    def __init__(self, repo: Repository) -> None:
        summaries: Mapping[str, Any] = repo.summaries.get("go", {})
        self._files = {path: one for path, one in summaries.items() if not is_build_file(path)}
        self._builds = {path: one for path, one in summaries.items() if is_build_file(path)}
        self.is_workspace = any("work" in one for one in self._builds.values())
        self._paths = repo.files
        self._ignored = [
            (folder_of(path), pattern)
            for path, one in sorted(self._builds.items())
            for pattern in one.get("ignored", ())
        ]

    @cached_property
    def modules(self) -> Mapping[str, Mapping[str, Any]]:
        """What each `go.mod` says, by its folder."""
        return {folder_of(path): one for path, one in sorted(self._builds.items()) if "module" in one}

    def module_folder(self, folder: str) -> str | None:
        """The folder of the module that a folder belongs to."""
        parts = folder.split("/") if folder else []
        for length in range(len(parts), -1, -1):
            candidate = "/".join(parts[:length])
            if candidate in self.modules:
                return candidate
        return None

    @cached_property
    def folders(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Summaries by folder and path."""
        found: dict[str, dict[str, Mapping[str, Any]]] = {}
        for path, summary in self._files.items():
            found.setdefault(folder_of(path), {})[path] = summary
        return found

    def package(self, repo: str, folder: str, clause: str) -> Package:
        """The package of a folder with a clause; one without files where there is none."""
        key = (repo, folder, clause)
        if key not in self._packages:
            files = {path: one for path, one in self.folders.get(folder, {}).items() if one.get("p", clause) == clause}
            self._packages[key] = Package(repo, folder, clause, files, self._lacks_generated(folder, files))
        return self._packages[key]

    def may_be_made(self, folder: str) -> bool:
        """Whether a folder without packages may be one that a program fills: nothing beside it has packages either, or
        it has other files, or its name, or what the repository ignores, says so."""
        parent, _, name = folder.rpartition("/")
        has_others = any(other.startswith(f"{parent}/") or other == parent for other in self.folders) or not parent
        last = {pattern.rpartition("/")[2] for _, pattern in self._ignored}
        is_ignored = any(fnmatchcase(part, pattern) for part in folder.split("/") for pattern in last)
        has_sources = any(path.startswith(f"{folder}/") for path in self._paths)
        return not has_others or is_ignored or has_sources or bool(_OFTEN_MADE.search(name.lower()))

    def _lacks_generated(self, folder: str, files: Mapping[str, Mapping[str, Any]]) -> bool:
        if any("n" in summary for summary in self.folders.get(folder, {}).values()):
            return False
        return any("g" in summary for summary in files.values()) or any(
            _is_for(folder, base, pattern) for base, pattern in self._ignored
        )

    def clauses(self, folder: str) -> list[str]:
        """The package clauses that an import of a folder may mean: no tests, and no program where there is more."""
        files = self.folders.get(folder, {})
        found = sorted({one["p"] for path, one in files.items() if "p" in one and not path.endswith("_test.go")})
        return [clause for clause in found if clause != "main"] or found

    @cached_property
    def _packages(self) -> dict[tuple[str, str, str], Package]:
        return {}


def _is_for(folder: str, base: str, pattern: str) -> bool:
    """Whether a pattern, ignored below the folder `base`, is for files that a program makes in a folder."""
    where, _, name = pattern.rpartition("/")
    if not name.endswith(".go") or not _OFTEN_MADE.search(name.lower()):
        return False
    return fnmatchcase(folder, "/".join(part for part in (base, where) if part)) if where else is_below(folder, base)


class GoIndex:
    """The modules of all repositories of an index."""

    def __init__(self, index: SymbolIndex) -> None:
        self._modules: list[tuple[str, str, str]] = []
        for name, repo in sorted(index.repositories.items()):
            view = repo.derived(GoRepository)
            for folder, module in view.modules.items():
                if module["module"]:
                    self._modules.append((module["module"], name, folder))
            if "" not in view.modules and "/" in name:
                self._modules.append((name.partition("@")[0], name, ""))

    @cached_property
    def first_words(self) -> frozenset[str]:
        """What the module paths, and those that modules replace or require, begin with."""
        return frozenset(module.partition("/")[0] for module, _, _ in self._modules)

    def modules_in(self, repo: str) -> list[tuple[str, str]]:
        """(module path, folder) of the modules of a repository."""
        return [(module, folder) for module, name, folder in self._modules if name == repo]

    def modules_of(self, path: str) -> list[tuple[str, str, str]]:
        """(module path, repository, folder) of every module that a package's path may be in, the longest path first."""
        found = [module for module in self._modules if is_below(path, module[0])]
        return sorted(found, key=lambda module: (-len(module[0]), module))
