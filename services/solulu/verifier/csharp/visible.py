"""Whether everything that a file could take a name from is here: its usings, and the packages behind them.

A using of a namespace that is neither the repository's nor in the table may bring any type and any extension method. A
package that shares its first name with a namespace may add to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from solulu.verifier.case import Case
from solulu.verifier.csharp.standard import STANDARD, standard_words
from solulu.verifier.csharp.values import Place, TypeInfo
from solulu.verifier.csharp.world import World
from solulu.verifier.words import words_of

_HALF_KNOWN = ("Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore")
"""Namespaces of which the table has only some types."""
_KNOWN_PACKAGES = re.compile(
    r"(xunit(\.(core|assert|analyzers|abstractions|runner\..*|extensibility\..*|v3(\..*)?))?|nunit(3testadapter|\.analyzers|\.console.*)?|moq"
    r"|nsubstitute(\.analyzers\..*)?|fluentassertions|shouldly|mstest(\..*)?|benchmarkdotnet(\..*)?|coverlet\..*"
    r"|microsoft\.(net\..*|sourcelink\..*|netframework\..*|codeanalysis\..*analyzers|bcl\..*|dotnet\..*))$",
    re.I,
)
_ADDED = {
    "system.reactive": ("system",),
    "system.interactive": ("system.linq", "system.collections.generic"),
    "system.linq.async": ("system.linq", "system.collections.generic"),
    "microsoft.aspnet.webapi.client": ("system.net.http",),
    "morelinq": ("system.linq",),
}
"""Packages that add to namespaces that are not called like them."""
State = Literal["known", "opened", "unknown"]


class Visible:
    """What one case's file can see from outside."""

    def __init__(self, case: Case, world: World) -> None:
        self._case, self._world = case, world
        self._states: dict[tuple[str, str], State] = {}

    def are_types_known(self, place: Place, name: str) -> bool:
        """Whether no using may bring a type of a name that is not here."""
        states = {self.state(one, place.path) for one in place.usings.namespaces}
        return states <= {"known"} or (states <= {"known", "opened"} and not self.occurs(name))

    def are_extensions_known(self, place: Place) -> bool:
        """Whether no using, nor the namespace around, may bring an extension method that is not here."""
        names = (*place.usings.namespaces, *([place.namespace] if place.namespace else []))
        return all(self.state(one, place.path) == "known" for one in names)

    def are_all_own(self, types: Iterable[TypeInfo], path: str) -> bool:
        """Whether types are the repository's, and no package is likely to be made for them."""
        return all(
            one.parts[0].place.repo != STANDARD and not self._is_opened(one.parts[0].place.namespace, path)
            for one in types
        )

    def is_own(self, namespace: str, path: str) -> bool:
        """Whether a namespace is the repository's, and of nobody else."""
        own = any(namespace in repo.namespaces for repo in self._world.repositories.values())
        return (
            (own or namespace in self._world.overlay.get("n", ()))
            and namespace not in self._world.library.all_namespaces
            and not self._is_opened(namespace, path)
        )

    def state(self, namespace: str, path: str) -> State:
        """How much of a namespace is here: all types, at least by name; all but what a package may add; or not."""
        key = namespace, path
        if key not in self._states:
            self._states[key] = self._state(namespace.removeprefix("global::"), path)
        return self._states[key]

    def lacks(self, name: str) -> bool:
        """Whether nothing that the code of the project could use is called so."""
        return not self.occurs(name) and self.is_closed

    @cached_property
    def is_closed(self) -> bool:
        """Whether the project's code uses no namespace that is not here, and nothing dynamic."""
        own, home = self._world.own, self._world.home
        if own is None or "dynamic" in self._around or "ExpandoObject" in self._around or own.has_generators:
            return False
        used: set[tuple[str, str]] = {(name, home.path) for name in self._world.usings(home.repo, home.path).namespaces}
        for path in own.project_files(home.path):
            used.update((name, path) for name in own.code[path].get("u", ()))
        folders = {(name, path.rpartition("/")[0]): path for name, path in used}
        return all(self.state(name, path) == "known" for (name, _), path in folders.items())

    def _state(self, namespace: str, path: str) -> State:
        if "<" in namespace or namespace.startswith(("?", *_HALF_KNOWN)):
            return "unknown"
        if namespace not in self._world.library.all_namespaces and not self._world.has_namespace(namespace):
            return "unknown"
        return "opened" if self._is_opened(namespace, path) else "known"

    def _is_opened(self, namespace: str, path: str) -> bool:
        """Whether a package that is not here may declare something in a namespace."""
        own = self._world.own
        if own is None:
            return False
        name = namespace.lower()
        for package in own.packages(path):
            lower = package.lower()
            first, second = (*lower.split("."), "")[:2]
            around = {"system": lower, "microsoft": f"{first}.{second}"}.get(first, first)
            is_near = name == around or name.startswith(around + ".") or name in _ADDED.get(lower, ())
            if is_near and not _KNOWN_PACKAGES.match(package) and not self._world.has_namespace(package):
                return True
        return False

    def occurs(self, name: str) -> bool:
        """Whether a name is anywhere but in the completion."""
        elsewhere = self._world.num_files_with(name)
        return elsewhere > 0 or name in self._around or name in standard_words()

    @cached_property
    def _around(self) -> frozenset[str]:
        return words_of(self._case.prefix) | words_of(self._case.suffix)
