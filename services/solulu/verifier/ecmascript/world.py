"""Everything a file can see: its repository, what is indexed with it, and the standard library.

The file that is checked is seen as it is with the completion in it, whatever the index says of its path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from solulu.verifier.ecmascript.modules import file_at, mapped, package_file, relative
from solulu.verifier.ecmascript.repository import EcmaRepository, global_names
from solulu.verifier.ecmascript.standard import STANDARD, standard_library
from solulu.verifier.ecmascript.summary import Summary
from solulu.verifier.ecmascript.values import Ambient, Module, Part, Scope
from solulu.verifier.repository import Home, SymbolIndex
from solulu.verifier.words import may_contain

_NO_MODULE: Summary = {"d": 1}
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")


@dataclass
class World:
    """The files around one that is checked. `home.repo` is empty where the file belongs to no indexed repository."""

    index: SymbolIndex
    home: Home
    overlay: Summary
    _scopes: dict[Home, Scope] = field(default_factory=dict)

    def summary(self, home: Home) -> Summary:
        """What a file offers."""
        return self.overlay if home == self.home else self.repository(home.repo).modules.get(home.path, _NO_MODULE)

    def repository(self, name: str) -> EcmaRepository:
        """A repository of the index, or the standard library."""
        repo = standard_library() if name == STANDARD else self.index.repositories[name]
        return repo.derived(EcmaRepository)

    def may_hide(self, home: Home, name: str) -> bool:
        """Whether a file could have a name that was not read in it."""
        summary = self.summary(home)
        if summary.get("d") or home == self.home:
            return bool(summary.get("d") or summary.get("e"))
        return bool(summary.get("e")) and may_contain(self.index.repositories[home.repo].words(home.path), name)

    @cached_property
    def everything(self) -> Scope:
        """What all files see."""
        return Scope(Home(STANDARD, ""), {}, None)

    def scope(self, home: Home) -> Scope:
        """The top level of a file."""
        if home not in self._scopes:
            summary = self.summary(home)
            names, hidden = summary.get("n", {}), summary.get("h")
            self._scopes[home] = Scope(home, {**hidden, **names} if hidden else names, self.everything)
        return self._scopes[home]

    def global_parts(self, name: str) -> list[Part]:
        """The declarations of a name that all files see."""
        parts: list[Part] = []
        for binding in global_names(self.home.path, self.overlay).get(name, ()):
            parts.append((binding, self.scope(self.home)))
        for repo, tables in self.all:
            for path, binding in tables.global_names.get(name, ()):
                home = Home(repo, path)
                if home != self.home:
                    parts.append((binding, self.scope(home)))
        return parts

    def find(self, specifier: str, asker: Home) -> Module | Ambient | Literal["missing"] | None:
        """The module that an import in a file means; None where nothing can be said."""
        if specifier.startswith(".") or specifier == "":
            if asker.repo not in self.index.repositories:
                return None
            found = relative(self.repository(asker.repo), specifier, asker.path)
            if found == "missing":
                return "missing" if not self._is_ambient(specifier) else None
            return Module(Home(asker.repo, found), specifier) if found else None
        if any(specifier in tables.ambient for _, tables in self.all):
            return self._declared(specifier, asker)
        home = self._package(specifier, asker)
        return Module(home, specifier) if home else None

    def ambient(self, specifier: str) -> list[tuple[Home, Summary]]:
        """The declarations of a module that is only declared."""
        return [(Home(repo, path), one) for repo, tables in self.all for path, one in tables.ambient.get(specifier, ())]

    def is_assigned(self, name: str) -> bool:
        """Whether some file assigns a member of this name to an object, or adds one to the types of others."""
        indexed = (tables for repo, tables in self.all if repo != STANDARD)
        return name in self.overlay.get("a", ()) or any(name in one.assigned or name in one.added for one in indexed)

    @cached_property
    def all(self) -> list[tuple[str, EcmaRepository]]:
        """All repositories, the file's own first, the standard library last."""
        names = sorted(self.index.repositories, key=lambda name: (name != self.home.repo, name))
        return [(name, self.repository(name)) for name in (*names, STANDARD)]

    def _is_ambient(self, specifier: str) -> bool:
        return any(specifier.endswith(pattern.lstrip("*")) for _, tables in self.all for pattern in tables.patterns)

    def _declared(self, specifier: str, asker: Home) -> Module | Ambient | None:
        """A module that is declared somewhere: the package itself where the declaration only adds to it."""
        home = self._package(specifier, asker)
        if home:
            return Module(home, specifier)
        declared = self.ambient(specifier)
        is_whole = any(home.repo == STANDARD or self.summary(home).get("k") == "script" for home, _ in declared)
        return Ambient(specifier) if is_whole else None

    def _package(self, specifier: str, asker: Home) -> Home | None:
        for repo, path in self._package_files(specifier, asker):
            if path:
                return Home(repo, path)
        return None

    def _package_files(self, specifier: str, asker: Home) -> Iterator[tuple[str, str | None]]:
        parts = specifier.split("/")
        size = 2 if specifier.startswith("@") else 1
        name, rest = "/".join(parts[:size]), "/".join(parts[size:])
        if asker.repo in self.index.repositories:
            own = self.repository(asker.repo)
            for target in mapped(own, specifier, asker.path):
                yield asker.repo, file_at(own, target)
            folder = own.own_package(name, asker.path)
            if folder is not None:
                yield asker.repo, package_file(own, folder, rest)
        scope_free = name.removeprefix("@").replace("/", "__")
        installed = [
            (repo, package_file(self.repository(repo), "", rest))
            for repo in (name, f"@types/{scope_free}")
            if repo in self.index.repositories and repo != asker.repo
        ]
        yield from sorted(installed, key=lambda found: not (found[1] or "").endswith(_DECLARATIONS))
