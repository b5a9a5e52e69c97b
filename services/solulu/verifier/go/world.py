"""Everything a Go file can see: its package, the packages it imports, and the universe.

The file that is checked is seen as it is with the completion in it, whatever the index says of its path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from solulu.verifier.go.modules import is_below, usual_names
from solulu.verifier.go.repository import Declaration, GoIndex, GoRepository, Package, declared, folder_of, methods_of
from solulu.verifier.go.standard import (
    STANDARD,
    UNIVERSE_CONSTANTS,
    UNIVERSE_FUNCTIONS,
    UNIVERSE_TYPES,
    standard_packages,
)
from solulu.verifier.go.types import embedded_name, read_type
from solulu.verifier.go.values import (
    Basic,
    Binding,
    Builtin,
    Declared,
    FileScope,
    LocalName,
    LocalScope,
    PackageValue,
    Scope,
    Status,
    TypeValue,
)
from solulu.verifier.repository import Home, Repository, SymbolIndex

Missing = Literal["missing"]
MISSING: Missing = "missing"
"""Proof that there is no such package."""
VENDORED = "@vendor"
"""Stands for the version of a dependency that lies in a vendor folder."""
_MANY_NAMES = 2_000
_LONGEST_CHAIN = 8
"""Of aliases of aliases."""
_ALWAYS_UNKNOWN = ("C", "appengine", "appengine_internal")


@dataclass(frozen=True)
class Imported:
    """The packages that an import path may mean."""

    packages: tuple[Package, ...]


class World:
    """The files around one that is checked. `home.repo` is empty where the file belongs to no indexed repository."""

    def __init__(self, index: SymbolIndex, home: Home, summary: Mapping[str, Any]) -> None:
        self._index, self.home, self._overlay = index, home, summary
        self.package = self.repository(home.repo).package(home.repo, folder_of(home.path), summary.get("p", ""))
        self.file = FileScope(self.package, home.path)
        self._imported: dict[tuple[str, Package], Imported | Missing | None] = {}
        self._aliased: dict[Package, Mapping[str, list[str]]] = {}

    def repository(self, name: str) -> GoRepository:
        """A repository of the index, or the standard library."""
        if name == STANDARD:
            return standard_packages()
        return self._index.repositories[name].derived(GoRepository) if name else _nothing()

    def imports(self, scope: Scope) -> list[tuple[str, str]]:
        """Name and path of what a file imports."""
        file = scope.file
        is_home = file.package == self.package and file.path == self.home.path
        summary = self._overlay if is_home else file.package.files.get(file.path, {})
        return [(name, path) for name, path in summary.get("i", ())]

    def declarations(self, package: Package, name: str, scope: Scope) -> tuple[Declaration, ...]:
        """The declarations of a top-level name that a scope can see."""
        found = package.names.get(name, ())
        own = [self._own[name]] if name in self._own and package == self.package else []
        return self._visible(package, [*found], own, scope)

    def methods(self, package: Package, receiver: str, scope: Scope) -> Mapping[str, tuple[Declaration, ...]]:
        """The methods of a type that a scope can see."""
        found: dict[str, list[Declaration]] = {}
        own: dict[str, list[Declaration]] = {}
        for called in (receiver, *self._aliases(package).get(receiver, ())):
            for name, ones in package.methods.get(called, {}).items():
                found.setdefault(name, []).extend(ones)
            if package == self.package:
                for name, one in methods_of(self.home.path, self._overlay, called):
                    own.setdefault(name, []).append(one)
        visible = {
            name: self._visible(package, found.get(name, []), own.get(name, []), scope)
            for name in [*found, *(name for name in own if name not in found)]
        }
        return {name: ones for name, ones in visible.items() if ones}

    def names(self, package: Package, scope: Scope, like: str) -> dict[str, tuple[Declaration, ...]]:
        """The top-level names of a package that a scope can see; of very many, those that begin as `like` does."""
        names = {*package.names, *(self._own if package == self.package else ())}
        if len(names) > _MANY_NAMES:
            names = {name for name in names if name[:1].lower() == like[:1].lower()}
        return {name: ones for name in sorted(names) if (ones := self.declarations(package, name, scope))}

    def is_known(self, package: Package) -> bool:
        """Whether all names of a package are seen: every file was read, none is yet to be generated, and it is what the
        program is built with, not perhaps another version."""
        if package.repo == STANDARD:
            return not package.unread
        if not self._is_built(package):
            return False
        unread = package.unread - ({self.home.path} if package == self.package else set())
        is_own_unread = package == self.package and "x" in self._overlay
        return bool(package.repo) and not unread and not is_own_unread and not package.lacks_generated

    def lookup(self, name: str, scope: Scope) -> tuple[Status, Binding]:
        """What a name means in a scope."""
        if isinstance(scope, LocalScope):
            local = scope.locals.find(name, scope.offset)
            if local:
                return "found", LocalName(local, scope)
        file = scope.file
        if name in file.parameters:
            return "found", None
        imports = self.imports(file)
        for imported_as, path in imports:
            if imported_as == name or (imported_as == "" and name in (self.package_names(path, file) or ())):
                return "found", PackageValue(path)
        declarations = self.declarations(file.package, name, file)
        if declarations:
            return "found", Declared(file.package, name, declarations)
        is_unsure = False
        for imported_as, path in imports:
            if imported_as == ".":
                status, found = self.member(path, name, file)
                if status == "found":
                    return status, found
                is_unsure |= status == "unknown"
            elif imported_as == "" and self.package_names(path, file) is None and name in usual_names(path):
                return "unknown", PackageValue(path)
        universal = _universal(name)
        if universal:
            return "found", universal
        return ("unknown" if is_unsure or not self.is_known(file.package) else "absent"), None

    def member(self, path: str, name: str, scope: Scope) -> tuple[Status, Binding]:
        """What an exported name of an imported package means."""
        imported = self.imported(path, scope.package)
        if imported is None or imported == MISSING:
            return "unknown", None
        for package in imported.packages:
            declarations = self.declarations(package, name, scope)
            if declarations and name[:1].isupper():
                return "found", Declared(package, name, declarations)
        return ("absent" if all(map(self.is_known, imported.packages)) else "unknown"), None

    def package_names(self, path: str, scope: Scope) -> frozenset[str] | None:
        """What the packages of an import path call themselves; None where they are not indexed."""
        imported = self.imported(path, scope.package)
        if imported is None or imported == MISSING:
            return None
        return frozenset(package.clause for package in imported.packages)

    def imported(self, path: str, asker: Package) -> Imported | Missing | None:
        """What an import path means in a package's files; None where nothing can be said."""
        key = (path, asker)
        if key not in self._imported:
            self._imported[key] = self._import(path, asker)
        return self._imported[key]

    def paths(self) -> list[str]:
        """The import paths of the standard library and of the file's own module."""
        own = self._modules.modules_in(self.home.repo) if self.home.repo else []
        repo = self.repository(self.home.repo)
        found = [path for path in standard_packages().folders if "internal" not in path.split("/")]
        for module, folder in own:
            for other in repo.folders:
                if is_below(other, folder):
                    found.append("/".join(part for part in (module, other[len(folder) :].strip("/")) if part))
        return sorted(set(found))

    def _import(self, path: str, asker: Package) -> Imported | Missing | None:
        standard = standard_packages()
        if path in standard.folders:
            return self._packages(STANDARD, path)
        if path.partition("/")[0] in _ALWAYS_UNKNOWN or not path or path.startswith("."):
            return None
        repo = self.repository(asker.repo)
        own_folder = repo.module_folder(asker.folder)
        build = repo.modules[own_folder] if own_folder is not None else None
        if own_folder is not None:
            vendored = "/".join(part for part in (own_folder, "vendor", path) if part)
            if self._has(asker.repo, vendored):
                return self._packages(asker.repo, vendored)
        missing: str | None = None
        for module, name, folder in self._order(path, asker.repo):
            inside = path[len(module) :].strip("/")
            place = "/".join(part for part in (folder, inside) if part)
            if self._has(name, place):
                return self._packages(name, place)
            if name == asker.repo and folder == own_folder:
                missing = place
        if build is None:
            return None
        required = [module for module in (*build["require"], *build["replace"]) if is_below(path, module)]
        if required or any(is_below(path, module["module"]) for module in self._others(repo, own_folder)):
            return None
        if missing is not None:
            after = path[len(build["module"]) :].strip("/").partition("/")[0]
            is_version = after[:1] == "v" and after[1:].isdigit()
            return None if is_version or repo.may_be_made(missing) else MISSING
        first = path.partition("/")[0]
        return None if "." in first or first in self._modules.first_words or repo.is_workspace else MISSING

    def _others(self, repo: GoRepository, own_folder: str | None) -> Iterator[Mapping[str, Any]]:
        return (module for folder, module in repo.modules.items() if folder != own_folder and module["module"])

    def _order(self, path: str, repo: str) -> list[tuple[str, str, str]]:
        return sorted(self._modules.modules_of(path), key=lambda module: module[1] != repo)

    def _is_built(self, package: Package) -> bool:
        """Whether the module of a package is the very version that the file's own module is built with."""
        repo, own = self.repository(package.repo), self.repository(self.home.repo)
        folder, own_folder = repo.module_folder(package.folder), own.module_folder(self.package.folder)
        is_own = package.repo == self.home.repo
        if (is_own and folder == own_folder) or package.repo.endswith(VENDORED):
            return True
        if own_folder is None:
            return False
        build = own.modules[own_folder]
        path, _, version = package.repo.partition("@")
        module = path if folder is None else repo.modules[folder]["module"]
        if is_own:
            return own.is_workspace or build["replace"].get(module, "").startswith(".")
        return bool(version) and build["require"].get(module) == version and module not in build["replace"]

    def _has(self, repo: str, folder: str) -> bool:
        is_home = repo == self.home.repo and folder == self.package.folder
        return folder in self.repository(repo).folders or (is_home and bool(repo))

    def _packages(self, repo: str, folder: str) -> Imported:
        view = self.repository(repo)
        clauses = view.clauses(folder)
        if repo == self.home.repo and folder == self.package.folder:
            own = self.package.clause.removesuffix("_test")
            clauses = clauses if own in clauses else [*clauses, own]
        return Imported(tuple(view.package(repo, folder, clause) for clause in clauses))

    @property
    def _modules(self) -> GoIndex:
        return self._index.derived(GoIndex)

    @cached_property
    def _own(self) -> Mapping[str, Declaration]:
        return dict(declared(self.home.path, self._overlay))

    def _aliases(self, package: Package) -> Mapping[str, list[str]]:
        """The aliases that a package declares methods for, by the type that they stand for."""
        if package not in self._aliased:
            own = self._overlay.get("m", {}) if package == self.package else {}
            found: dict[str, list[str]] = {}
            for name in {**package.methods, **own}:
                aliased = self._aliased_by(package, name)
                if aliased:
                    found.setdefault(aliased, []).append(name)
            self._aliased[package] = found
        return self._aliased[package]

    def _aliased_by(self, package: Package, name: str) -> str:
        aliased = ""
        for _ in range(_LONGEST_CHAIN):
            ones = self.declarations(package, aliased or name, self.file)
            if not ones or ones[0].kind != "a":
                break
            aliased = embedded_name(read_type(ones[0].text))
        return aliased

    def _visible(
        self, package: Package, found: list[Declaration], own: list[Declaration], scope: Scope
    ) -> tuple[Declaration, ...]:
        if package.repo == self.home.repo:
            found = [one for one in found if one.path != self.home.path]
        sees_tests = scope.path.endswith("_test.go") and scope.package.folder == package.folder
        return tuple(one for one in [*found, *own] if sees_tests or not one.path.endswith("_test.go"))


def _universal(name: str) -> Binding:
    if name in UNIVERSE_TYPES:
        return TypeValue(Basic(name))
    if name in UNIVERSE_FUNCTIONS:
        return Builtin(name)
    return Basic("bool" if name in ("true", "false") else name) if name in UNIVERSE_CONSTANTS else None


def _nothing() -> GoRepository:
    return GoRepository(Repository({}, [], {}, {}))
