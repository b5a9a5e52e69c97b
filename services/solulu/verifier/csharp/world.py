"""Everything a file can name: the types of the repositories indexed with it, its own as they are now, and the library.

A name is looked for as the language does: in the types around, then in the namespaces around, then in those used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from solulu.verifier.csharp.repository import (
    CSharpRepository,
    Usings,
    extension_methods,
    full_name,
    prefixes,
    usings_of,
)
from solulu.verifier.csharp.standard import NAMES, STANDARD, TYPES, standard_library
from solulu.verifier.csharp.texts import Type, read_type
from solulu.verifier.csharp.values import Namespace, Object, Part, Place, Static, TypeInfo, Value
from solulu.verifier.repository import Home, SymbolIndex

PREDEFINED = {
    "bool": "Boolean", "byte": "Byte", "sbyte": "SByte", "char": "Char", "decimal": "Decimal", "double": "Double",
    "float": "Single", "int": "Int32", "uint": "UInt32", "nint": "IntPtr", "nuint": "UIntPtr", "long": "Int64",
    "ulong": "UInt64", "short": "Int16", "ushort": "UInt16", "object": "Object", "string": "String",
}  # fmt: skip
_MOST_ANCESTORS = 60
_NO_TYPES = {"var", "dynamic", "void"}


class World:
    """What one case sees."""

    def __init__(self, index: SymbolIndex, home: Home, overlay: Mapping[str, Any]) -> None:
        self.home, self.overlay = home, overlay
        self.index = index
        self._infos: dict[tuple[str, int], TypeInfo | None] = {}
        self._ancestors: dict[Object, tuple[list[Object], bool]] = {}

    @cached_property
    def repositories(self) -> Mapping[str, CSharpRepository]:
        """All that is indexed, by name."""
        return {name: repo.derived(CSharpRepository) for name, repo in sorted(self.index.repositories.items())}

    @property
    def own(self) -> CSharpRepository | None:
        """The repository of the case's file."""
        return self.repositories.get(self.home.repo)

    @cached_property
    def library(self) -> Library:
        """The base class library."""
        return standard_library().derived(Library)

    # -- places -------------------------------------------------------------------------------------------------------

    def usings(self, repo: str, path: str) -> Usings:
        """What a file may leave out of a name."""
        if repo == STANDARD:
            return self.library.usings
        here = repo == self.home.repo and path == self.home.path
        summary = self.overlay if here else self.repositories[repo].code.get(path, {})
        given = self.repositories[repo].given(path) if repo in self.repositories else Usings()
        own = usings_of(summary)
        own = replace(own, namespaces=tuple(map(self.meant, own.namespaces)))
        if "g" in summary:
            own = own.joined(usings_of(summary["g"]))
        return own.joined(given)

    def meant(self, using: str) -> str:
        """The namespace that a using means: the nearest of the name to the namespace that it stands in."""
        around, _, name = using.rpartition("|")
        name = name.removeprefix("global::")
        near = (f"{prefix}.{name}" for prefix in reversed(prefixes(around)))
        return next(filter(self.has_namespace, near), name)

    def part(self, repo: str, path: str, declared: Mapping[str, Any]) -> Part:
        """A declaration with what is around its members."""
        name = full_name(declared)
        namespace = declared.get("s", "")
        around = [name]
        while around[-1].rpartition(".")[0] != namespace:
            around.append(around[-1].rpartition(".")[0])
        return Part(Place(repo, path, namespace, tuple(around), self.usings(repo, path)), declared)

    # -- types --------------------------------------------------------------------------------------------------------

    def arities(self, name: str) -> list[int]:
        """How many type parameters the types of a full name have."""
        return sorted({len(declared.get("p", ())) for _, _, declared in self._declared(name)})

    def info(self, name: str, arity: int) -> TypeInfo | None:
        """The type of a full name."""
        key = name, arity
        if key not in self._infos:
            parts = tuple(
                self.part(repo, path, declared)
                for repo, path, declared in self._declared(name)
                if len(declared.get("p", ())) == arity
            )
            self._infos[key] = TypeInfo(name, arity, parts) if parts else None
        return self._infos[key]

    def has_type(self, name: str) -> bool:
        """Whether there is a type of a full name, with members or by name only."""
        return any(True for _ in self._declared(name)) or self.library.is_named(name)

    def has_namespace(self, name: str) -> bool:
        """Whether something indexed, or the file, is in a namespace."""
        return (
            any(name in repo.namespaces for repo in self.repositories.values())
            or name in self._own_namespaces
            or name in self.library.all_namespaces
        )

    def is_some_type(self, simple: str) -> bool:
        """Whether any type is called so, wherever it is."""
        return (
            any(simple in repo.simple_names for repo in self.repositories.values())
            or any(name.rpartition(".")[2] == simple for name in self._own_types)
            or simple in self.library.simple_names
        )

    def standard(self, name: str, *arguments: Value) -> Value:
        """An object of a type of the library."""
        info = self.info(name, len(arguments)) if name != "System.Array" else self.info(name, 0)
        return Object(info, arguments) if info else None

    def array(self, element: Value) -> Value:
        """An array; `()` counts as one argument even where the element is anything."""
        info = self.info("System.Array", 0)
        return Object(info, (element,)) if info else None

    # -- names --------------------------------------------------------------------------------------------------------

    def find(self, name: str, arity: int | None, place: Place) -> Static | Namespace | str:
        """What a simple name means as a type or a namespace: `unknown` where something that cannot be seen may define
        it or several may be meant, else `absent`."""
        is_certain = True
        for around in place.types:
            for info, is_closed in self._around(around):
                is_certain = is_certain and is_closed
                found = self._typed(f"{info}.{name}", arity)
                if found:
                    return found
        if name in place.usings.aliases:
            target = self._alias(place.usings.aliases[name], place)
            return "unknown" if isinstance(target, str) else target
        spaces = [*reversed(prefixes(place.namespace)), ""]
        outer = [f"{space}.{name}" if space else name for space in spaces]
        used = [f"{space}.{name}" for space in place.usings.namespaces]
        typed = {full: found for full in (*outer, *used) if (found := self._typed(full, arity))}
        if len(typed) > 1 and arity is not None:
            typed = {full: found for full, found in typed.items() if arity in self.arities(full)} or typed
        for full in outer:
            if full in typed and (len(typed) == 1 or self._is_near(full, place)):
                return typed[full]
            if full in typed or (self.has_namespace(full) and typed):
                return "unknown"
            if self.has_namespace(full):
                return Namespace(full)
        if len(typed) == 1:
            return next(iter(typed.values()))
        return "unknown" if typed or not is_certain else "absent"

    def resolve(self, written: Type, place: Place, bound: Mapping[str, Value]) -> Value:
        """The type that is written, as an object of it."""
        if written is None:
            return None
        name, arguments = written.parts[0]
        if name == "[]":
            return self.array(self.resolve(arguments[0], place, bound))
        if name == "?":
            inner = self.resolve(arguments[0], place, bound)
            return self.standard("System.Nullable", inner) if inner and inner.type.kind in "se" else inner
        if name == "()":
            elements = tuple(self.resolve(one, place, bound) for one in arguments)
            info = self.info("System.ValueTuple", len(elements))
            return Object(info, elements, written.names) if info else None
        if name == "*" or name in _NO_TYPES:
            return None
        if written.is_simple and name in bound:
            return bound[name]
        found = self.denoted(written, place, bound)
        return found.of if isinstance(found, Static) else None

    def denoted(self, written: Type, place: Place, bound: Mapping[str, Value]) -> Static | Namespace | str:
        """What dotted names mean: a type or a namespace, or `unknown` or `absent`."""
        if written is None:
            return "unknown"
        found: Static | Namespace | str = "unknown"
        for at, (name, written_arguments) in enumerate(written.parts):
            if at == 0:
                if name in PREDEFINED and not written_arguments:
                    made = self.standard(f"System.{PREDEFINED[name]}")
                    found = Static(made) if made else "unknown"
                else:
                    found = self.find(name, len(written_arguments), place)
            else:
                found = self.inside(found, name, len(written_arguments))
            if isinstance(found, str):
                return found
            if isinstance(found, Static) and written_arguments:
                arguments = tuple(self.resolve(one, place, bound) for one in written_arguments)
                found = Static(Object(found.of.type, arguments))
        return found

    def inside(self, around: Static | Namespace | str, name: str, arity: int | None) -> Static | Namespace | str:
        """What a name means after a dot."""
        if isinstance(around, Namespace):
            full = f"{around.name}.{name}"
            found = self._typed(full, arity)
            if found:
                return found
            if self.has_namespace(full):
                return Namespace(full)
            return "absent"
        if isinstance(around, Static):
            ancestors, is_closed = self.ancestors(around.of)
            for one in ancestors:
                found = self._typed(f"{one.type.name}.{name}", arity)
                if found:
                    return found
            return "absent" if is_closed else "unknown"
        return "unknown"

    # -- inheritance --------------------------------------------------------------------------------------------------

    def ancestors(self, of: Object) -> tuple[list[Object], bool]:
        """The type and those it inherits from, nearest first, and whether these are all."""
        if of not in self._ancestors:
            self._ancestors[of] = [of], False
            self._ancestors[of] = self._inherited(of)
        return self._ancestors[of]

    def _inherited(self, of: Object) -> tuple[list[Object], bool]:
        found, is_closed = [of], True
        waiting = [of]
        while waiting:
            one = waiting.pop(0)
            for base in self._bases(one):
                if base is None:
                    is_closed = False
                elif base not in found and len(found) < _MOST_ANCESTORS:
                    found.append(base)
                    waiting.append(base)
        return found, is_closed and len(found) < _MOST_ANCESTORS

    def _bases(self, of: Object) -> Iterator[Value]:
        bound = of.bound()
        if of.is_array:
            yield self.standard("System.Collections.Generic.IList", of.arguments[0])
            yield self.standard("System.Collections.Generic.IReadOnlyList", of.arguments[0])
        for part in of.type.parts:
            outer = part.place.types[1:]
            place = Place(part.place.repo, part.place.path, part.place.namespace, outer, part.place.usings)
            for text in part.declared.get("b", ()) if of.type.kind != "e" else ():
                yield self.resolve(read_type(text), place, bound)
        if of.type.kind == "?":
            yield None
        implied = {"s": "ValueType", "e": "Enum", "d": "MulticastDelegate"}.get(of.type.kind)
        if implied:
            yield self.standard(f"System.{implied}")
        if of.type.name != "System.Object":
            yield self.standard("System.Object")

    def _around(self, name: str) -> list[tuple[str, bool]]:
        """The full names of a type and its ancestors, and whether each has all its ancestors here."""
        found: list[tuple[str, bool]] = []
        for arity in self.arities(name):
            info = self.info(name, arity)
            if info:
                ancestors, is_closed = self.ancestors(Object(info, (None,) * arity))
                found += [(one.type.name, is_closed) for one in ancestors]
        return found

    # -- declarations -------------------------------------------------------------------------------------------------

    def extensions(self, method: str) -> list[TypeInfo]:
        """The static classes that have an extension method of a name."""
        names = {name for repo in self.repositories.values() for name, _ in repo.extensions.get(method, ())}
        names |= {name for name, _ in self.library.extensions.get(method, ())}
        for declared in self.overlay.get("t", ()):
            if method in extension_methods(declared):
                names.add(full_name(declared))
        infos = [self.info(name, 0) for name in sorted(names)]
        return [info for info in infos if info]

    def _typed(self, full: str, arity: int | None) -> Static | str | None:
        arities = self.arities(full)
        if not arities:
            return Static(Object(self._named(full, arity or 0))) if self.library.is_named(full) else None
        if arity is None or arity not in arities:
            if arity:
                return "unknown"
            arity = arities[0]
        info = self.info(full, arity)
        return Static(Object(info, (None,) * arity)) if info else None

    def _named(self, full: str, arity: int) -> TypeInfo:
        """A type of which nothing but the name is known."""
        namespace, _, name = full.rpartition(".")
        info = self._infos.get((full, arity))
        if info is None:
            place = Place(STANDARD, NAMES, namespace, (full,), Usings())
            info = TypeInfo(full, arity, (Part(place, {"n": name, "s": namespace, "k": "?"}),))
            self._infos[full, arity] = info
        return info

    def _is_near(self, full: str, place: Place) -> bool:
        """Whether a part of a type is in the project of a place: others with its name may not be seen from there."""
        repo = self.repositories.get(place.repo)
        project = repo.project_of(place.path) if repo else ""
        return any(
            name == place.repo and (path == place.path or (repo is not None and repo.project_of(path) == project))
            for name, path, _ in self._declared(full)
        )

    def _alias(self, text: str, place: Place) -> Static | Namespace | str:
        for namespace in ("", place.namespace):
            found = self.denoted(read_type(text), Place(place.repo, place.path, namespace, (), Usings()), {})
            if not isinstance(found, str):
                break
        return found

    def _declared(self, name: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for declared in self._own_types.get(name, ()):
            yield self.home.repo, self.home.path, declared
        for repo_name, repo in self.repositories.items():
            for path, declared in repo.types.get(name, ()):
                if path != self.home.path or repo_name != self.home.repo:
                    yield repo_name, path, declared
        for declared in self.library.types.get(name, ()):
            yield STANDARD, TYPES, declared

    @cached_property
    def _own_types(self) -> Mapping[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = {}
        for declared in self.overlay.get("t", ()):
            found.setdefault(full_name(declared), []).append(declared)
        return found

    @cached_property
    def _own_namespaces(self) -> frozenset[str]:
        return frozenset(prefix for name in self.overlay.get("n", ()) for prefix in prefixes(name))


class Library:
    """The table of the base class library, and of the names in packages."""

    def __init__(self, repo: Any) -> None:
        table, named = repo.summaries["csharp"][TYPES], repo.summaries["csharp"][NAMES]
        self.types: dict[str, list[Mapping[str, Any]]] = {}
        for declared in table["t"]:
            self.types.setdefault(full_name(declared), []).append(declared)
        self.names: Mapping[str, frozenset[str]] = {space: frozenset(names) for space, names in named["names"].items()}
        self.extension_names: Mapping[str, frozenset[str]] = {
            space: frozenset(names) for space, names in named["extensions"].items()
        }
        self.usings = Usings(tuple(table["u"]))
        self.namespaces = frozenset({*self.names, *table["u"]})
        self.all_namespaces = frozenset(prefix for name in self.namespaces for prefix in prefixes(name))
        self.simple_names = frozenset(
            {name.rpartition(".")[2] for name in self.types} | {name for names in self.names.values() for name in names}
        )
        self.extensions: dict[str, list[tuple[str, str]]] = {}
        for declared in table["t"]:
            for method in extension_methods(declared):
                self.extensions.setdefault(method, []).append((full_name(declared), TYPES))

    def is_named(self, full: str) -> bool:
        """Whether there is a type of which only the name is kept."""
        namespace, _, name = full.rpartition(".")
        return name in self.names.get(namespace, ())
