"""Whether everything that a file could take a name from is here: its usings, and the packages behind them.

A using of a namespace that is neither the repository's nor in the table may bring any type and any extension method. A
package whose name begins as all of the repository's namespaces do may add to these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Literal

from solulu.verifier.case import Case
from solulu.verifier.csharp.repository import prefixes
from solulu.verifier.csharp.standard import STANDARD, standard_words
from solulu.verifier.csharp.values import Place, TypeInfo
from solulu.verifier.csharp.world import World
from solulu.verifier.elsewhere import Elsewhere

_HALF_KNOWN = ("Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore")
"""Namespaces of which the table has only some types."""
_OF_EVERYBODY = ("System", "Microsoft")
"""How the namespaces begin that any package may extend."""
_KNOWN_PACKAGES = re.compile(
    r"(xunit(\.(core|stafact|assert|analyzers|abstractions|runner\..*|extensibility\..*|v3(\..*)?))?|nunit(3testadapter|\.analyzers|\.console.*)?|moq"
    r"|nsubstitute(\.analyzers\..*)?|fluentassertions|shouldly|mstest(\..*)?|benchmarkdotnet(\..*)?|coverlet\..*"
    r"|microsoft\.(net\..*|sourcelink\..*|netframework\..*|codeanalysis\..*analyzers|bcl\..*|dotnet\..*))$",
    re.I,
)
_SEQUENCES = ("System.Collections.Generic.IEnumerable", "System.Linq.IQueryable")
_ASYNCHRONOUS = (
    "System.Collections.Generic.IAsyncEnumerable", "System.Collections.Generic.IAsyncEnumerator", "System.IObservable",
    "System.Threading.Tasks.Task", "System.Threading.Tasks.ValueTask",
)  # fmt: skip
_HTTP = tuple(f"System.Net.Http.Http{name}" for name in ("Client", "Content", "RequestMessage", "ResponseMessage"))
_ADDED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "system.reactive": (("system",), _ASYNCHRONOUS),
    "system.interactive": (("system.linq", "system.collections.generic"), _SEQUENCES),
    "system.linq.async": (("system.linq", "system.collections.generic"), (*_SEQUENCES, *_ASYNCHRONOUS)),
    "microsoft.aspnet.webapi.client": (("system.net.http",), _HTTP),
    "morelinq": (("system.linq",), _SEQUENCES),
}
"""Packages that add to namespaces that are not called like them, with those and the types that they extend."""
_DYNAMIC = {"dynamic", "ExpandoObject"}
State = Literal["known", "opened", "unknown"]


class Visible:
    """What one case's file can see from outside."""

    def __init__(self, case: Case, world: World) -> None:
        self._world = world
        self._elsewhere = Elsewhere(case, world.home, world.index, standard_words)
        self._states: dict[tuple[str, str], State] = {}

    def are_types_known(self, place: Place, name: str) -> bool:
        """Whether no using, nor a namespace around, may bring a type of a name that is not here."""
        states = {one: self.state(one, place.path) for one in self._used(place)}
        opened = [one for one, state in states.items() if state == "opened"]
        if "unknown" in states.values() or any(one not in self._world.library.all_namespaces for one in opened):
            return False
        return not opened or not self.occurs(name)

    def are_extensions_known(self, place: Place, types: Iterable[TypeInfo]) -> bool:
        """Whether no using, nor a namespace around, may bring an extension method of some types that is not here."""
        names = {one.name for one in types}
        for one in self._used(place):
            if self.state(one, place.path) == "unknown":
                return False
            for package in self._openers(one, place.path):
                if package not in _ADDED or names.intersection(_ADDED[package][1]):
                    return False
        return True

    def are_all_own(self, types: Iterable[TypeInfo], path: str) -> bool:
        """Whether types are the repository's, or a package's, and no other package is likely to be made for them."""
        places = [one.parts[0].place for one in types]
        return not any(
            (one.repo == STANDARD and one.namespace.startswith(_OF_EVERYBODY)) or self._is_opened(one.namespace, path)
            for one in places
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
        if own is None or own.has_generators(home.path) or self._elsewhere.around & _DYNAMIC:
            return False
        used: set[tuple[str, str]] = {(name, home.path) for name in self._world.usings(home.repo, home.path).namespaces}
        for path in own.project_files(home.path):
            used.update((self._world.meant(name), path) for name in own.code[path].get("u", ()))
        folders = {(name, path.rpartition("/")[0]): path for name, path in used}
        return all(self.state(name, path) == "known" for (name, _), path in folders.items())

    def _state(self, namespace: str, path: str) -> State:
        if "<" in namespace or namespace.startswith(("?", *_HALF_KNOWN)):
            return "unknown"
        if namespace not in self._world.library.all_namespaces and not self._world.has_namespace(namespace):
            return "unknown"
        return "opened" if self._is_opened(namespace, path) else "known"

    def _used(self, place: Place) -> tuple[str, ...]:
        return (*place.usings.namespaces, *prefixes(place.namespace))

    def _is_opened(self, namespace: str, path: str) -> bool:
        """Whether a package that is not here may declare something in a namespace."""
        return any(True for _ in self._openers(namespace, path))

    def _openers(self, namespace: str, path: str) -> Iterator[str]:
        """The packages that are not here and may declare something in a namespace, in small letters."""
        own = self._world.own
        if own is None:
            return
        name = namespace.lower()
        for package in own.packages(path):
            lower = package.lower()
            first, second = (*lower.split("."), "")[:2]
            around = {"system": lower, "microsoft": f"{first}.{second}"}.get(first) or own.root(first)
            is_near = _is_below(name, around) and _is_below(lower, around)
            is_added = lower in _ADDED and name in _ADDED[lower][0]
            if (is_near or is_added) and not (_KNOWN_PACKAGES.match(package) or self._world.has_namespace(package)):
                yield lower

    def occurs(self, name: str) -> bool:
        """Whether a name is anywhere but in the completion."""
        return self._elsewhere.has(name)


def _is_below(name: str, around: str) -> bool:
    return name == around or name.startswith(around + ".")
