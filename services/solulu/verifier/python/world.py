"""Everything a file can see: its repository, the repositories indexed with it, and the standard library.

The file that is checked is seen as it is with the completion in it, whatever the index says of its path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from solulu.verifier.python.modules import absolute, dotted_names
from solulu.verifier.python.repository import PythonIndex, PythonRepository
from solulu.verifier.python.stdlib import STDLIB, standard_library
from solulu.verifier.python.summary import ModuleSummary, simple_base, simple_name
from solulu.verifier.repository import Home, SymbolIndex

_MADE_ELSEWHERE = ("_version", "version", "_pb2", "_pb2_grpc")
"""Ends of modules that a build makes."""


Missing = Literal["missing"]
MISSING: Missing = "missing"
"""Proof that there is no such module."""


@dataclass
class World:
    """The files around one that is checked. `home.repo` is empty where the file belongs to no indexed repository."""

    index: SymbolIndex
    home: Home
    overlay: ModuleSummary
    dotted: dict[Home, tuple[str, ...]] = field(default_factory=dict)

    def summary(self, home: Home) -> ModuleSummary:
        """What a file offers."""
        return self.overlay if home == self.home else self.repository(home.repo).summary(home.path)

    def repository(self, name: str) -> PythonRepository:
        """A repository of the index, or the standard library."""
        repo = standard_library() if name == STDLIB else self.index.repositories[name]
        return repo.derived(PythonRepository)

    def names_of(self, home: Home) -> tuple[str, ...]:
        """The dotted names of a file, the likeliest first."""
        if home not in self.dotted:
            known = self.repository(home.repo).modules if home.repo else {}
            self.dotted[home] = tuple(dotted_names(home.path, known))
        return self.dotted[home]

    def absolute(self, module: str, level: int, home: Home) -> str | None:
        """The dotted name that an import in a file means."""
        names = self.names_of(home)
        return absolute(module, level, names[0] if names else "", home.path.endswith("__init__.py"))

    def find(self, module: str, asker: Home) -> list[Home] | Missing | None:
        """The files that a dotted name may mean; None where nothing can be said."""
        homes = [Home(name, path) for name, repo in self._order(asker) for path in repo.by_name.get(module, ())]
        if self.home not in homes and module in self.names_of(self.home) and self.home.repo == asker.repo:
            homes.insert(0, self.home)
        if homes:
            own = [home for home in homes if home.repo == asker.repo]
            return own if own and STDLIB not in {home.repo for home in homes} else homes
        return self._missing(module, asker)

    def is_package(self, module: str, asker: Home) -> bool:
        """Whether something lies below a dotted name."""
        return any(module in repo.packages for _, repo in self._order(asker))

    def is_known(self, top: str, asker: Home) -> bool:
        """Whether a top-level module belongs to anything that is indexed."""
        return any(top in repo.by_name or top in repo.packages for _, repo in self._order(asker))

    def is_standard(self, module: str) -> bool:
        """Whether a dotted name is one of the standard library."""
        return module in self.repository(STDLIB).by_name

    def is_assigned(self, name: str, home: Home) -> bool:
        """Whether the repository of `home`, or the file's, assigns an attribute to objects of others."""
        repos = {home.repo, self.home.repo} & self.index.repositories.keys()
        return name in self.overlay.assigned or any(name in self.repository(repo).assigned for repo in repos)

    def has_opaque(self, name: str, home: Home) -> bool:
        """Whether the repository of `home` has a module of a simple name that cannot be read."""
        return bool(home.repo) and name in self.repository(home.repo).opaque_names

    def classes_called(self, name: str) -> list[tuple[Home, str]]:
        """Every class with a name, by its file and qualified name."""
        indexed = [
            (Home(repo, path), qualified) for repo, path, qualified in self._classes.classes_called.get(name, ())
        ]
        own = [(self.home, qualified) for qualified in self.overlay.classes if simple_name(qualified) == name]
        return [*own, *(place for place in indexed if place[0] != self.home)]

    def subclasses(self, name: str) -> list[str]:
        """The simple names of the classes that inherit from something called `name`."""
        own = [
            simple_name(qualified)
            for qualified, body in self.overlay.classes.items()
            if name in map(simple_base, body.bases)
        ]
        return sorted({*own, *self._classes.subclasses.get(name, ())})

    def _order(self, asker: Home) -> Iterator[tuple[str, PythonRepository]]:
        if asker.repo in self.index.repositories:
            yield asker.repo, self.repository(asker.repo)
        for name, repo in self._all:
            if name != asker.repo:
                yield name, repo
        yield STDLIB, self.repository(STDLIB)

    @cached_property
    def _all(self) -> list[tuple[str, PythonRepository]]:
        return [(name, self.repository(name)) for name in sorted(self.index.repositories)]

    @property
    def _classes(self) -> PythonIndex:
        return self.index.derived(PythonIndex)

    def _missing(self, module: str, asker: Home) -> Missing | None:
        """Whether a module that was not found is certain not to exist: the package it should lie in is read in full."""
        parent, _, name = module.rpartition(".")
        if not parent or name.endswith(_MADE_ELSEWHERE):
            return None
        homes = self.find(parent, asker)
        if homes == MISSING:
            return MISSING
        if not homes or (name.startswith("_") and any(self._may_be_built(name, home.repo) for home in homes)):
            return None
        for home in homes:
            summary = self.summary(home)
            opaque = self.repository(home.repo).opaque if home.repo else ()
            if summary.is_dynamic or any(module == other or other.startswith(module + ".") for other in opaque):
                return None
        return None if self.is_package(module, asker) else MISSING

    def _may_be_built(self, name: str, repo: str) -> bool:
        """Whether a private module may be one that a build makes: from code that is not Python, or with its name."""
        if repo not in self.index.repositories or self.repository(repo).has_native_code:
            return True
        known = self.index.repositories[repo]
        elsewhere = known.num_files_with[name]
        return elsewhere > (self.home.repo == repo and name in known.words(self.home.path))
