"""Everything a file can see: its repository, the repositories and packages indexed with it, the standard library.

The file that is checked is seen as it is with the completion in it, whatever the index says of its path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from solulu.verifier.java.declarations import ABSENT, UNSURE, Declaration, Missing, SourceFile
from solulu.verifier.java.repository import JavaRepository
from solulu.verifier.java.standard import STANDARD, standard_library
from solulu.verifier.repository import Home, SymbolIndex


@dataclass
class World:
    """The types around a file that is checked. `home.repo` is empty where it belongs to no indexed repository."""

    index: SymbolIndex
    home: Home
    overlay: Mapping[str, Any]
    """The file's own summary."""
    _tops: dict[tuple[str, str], Declaration | None] = field(default_factory=dict)
    _files: dict[tuple[str, str], SourceFile] = field(default_factory=dict)

    @cached_property
    def file(self) -> SourceFile:
        """The file that is checked."""
        return SourceFile(self.home.repo, self.home.path, self.overlay)

    def top(self, package: str, name: str) -> Declaration | None:
        """The type of a simple name in a package."""
        key = package, name
        if key not in self._tops:
            self._tops[key] = self._find(package, name)
        return self._tops[key]

    def named(self, name: str) -> Declaration | Missing:
        """The type of a full name."""
        parts = name.split(".")
        for end in range(len(parts) - 1, -1, -1):
            package = ".".join(parts[:end])
            found = self.top(package, parts[end]) if self.is_package(package) else None
            if found:
                for part in parts[end + 1 :]:
                    inner = found.nested(part)
                    if inner is None:
                        return UNSURE
                    found = inner
                return found
        return self.missing(".".join(parts[:-1]))

    def missing(self, package: str) -> Missing:
        """Whether a type that was not found in a package is certain not to exist."""
        if package in self.standard.types and not any(package in repo.types for _, repo in self._repositories):
            return ABSENT
        owner = self._own
        if owner is None or (package not in owner.types and package != self.file.package):
            return UNSURE
        others = [repo for name, repo in self._repositories if name != self.home.repo and package in repo.types]
        return ABSENT if owner.is_complete(package, self.home.path) and not others else UNSURE

    def is_package(self, name: str) -> bool:
        """Whether a package of a name has types that are known."""
        return name == self.file.package or any(name in repo.types for _, repo in self._all)

    def begins_package(self, name: str) -> bool:
        """Whether a known package has this name, or one that begins so."""
        own = self.file.package
        return own == name or own.startswith(name + ".") or any(name in repo.packages for _, repo in self._all)

    def lacks_package(self, name: str) -> bool:
        """Whether it is certain that there is no package of a name: it would have to be one of the repository's."""
        owner = self._own
        return owner is not None and owner.lacks_package(name, self.home.path) and not self.begins_package(name)

    def types_in(self, package: str) -> list[str]:
        """The simple names of the types that are known in a package."""
        found = {name for _, repo in self._all for name in repo.types.get(package, ())}
        if package == self.file.package:
            found |= {described["n"] for described in self.overlay.get("t", ())}
        return sorted(found)

    def is_declared(self, name: str) -> bool:
        """Whether any type of a repository has this simple name."""
        return name in self._own_names or any(name in view.simple_names for _, view in self._repositories)

    def is_standard(self, package: str) -> bool:
        """Whether a package belongs to the standard library."""
        return package in self.standard.types

    def file_of(self, repo: str, path: str) -> SourceFile:
        """One of the files that were indexed."""
        if (repo, path) not in self._files:
            view = self.standard if repo == STANDARD else self.index.repositories[repo].derived(JavaRepository)
            self._files[repo, path] = SourceFile(repo, path, view.files[path])
        return self._files[repo, path]

    def own(self, name: str) -> Declaration | None:
        """A top-level type of the file that is checked."""
        return self.top(self.file.package, name) if name in self._own_names else None

    @cached_property
    def standard(self) -> JavaRepository:
        """The standard library."""
        return standard_library().derived(JavaRepository)

    @cached_property
    def object(self) -> Declaration:
        """java.lang.Object."""
        found = self.top("java.lang", "Object")
        assert found
        return found

    @cached_property
    def _own_names(self) -> Mapping[str, Any]:
        return {described["n"]: described for described in self.overlay.get("t", ())}

    @cached_property
    def _own(self) -> JavaRepository | None:
        return self.index.repositories[self.home.repo].derived(JavaRepository) if self.home.repo else None

    @cached_property
    def _repositories(self) -> list[tuple[str, JavaRepository]]:
        names = sorted(self.index.repositories, key=lambda name: (name != self.home.repo, name))
        return [(name, self.index.repositories[name].derived(JavaRepository)) for name in names]

    @cached_property
    def _all(self) -> list[tuple[str, JavaRepository]]:
        return [*self._repositories, (STANDARD, self.standard)]

    def _find(self, package: str, name: str) -> Declaration | None:
        qualified = f"{package}.{name}" if package else name
        if package == self.file.package and name in self._own_names:
            return Declaration(self._own_names[name], qualified, self.file)
        for repo, places in self._places(package, name):
            path, described = places[0]
            return Declaration(described, qualified, self.file_of(repo, path), is_doubtful=len(places) > 1)
        return None

    def _places(self, package: str, name: str) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
        for repo, view in self._all:
            places = view.types.get(package, {}).get(name, ())
            kept = [place for place in places if repo != self.home.repo or place[0] != self.home.path]
            if kept:
                yield repo, kept
